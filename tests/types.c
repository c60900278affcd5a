/* types.c - thin wrappers: void pointers to the typed functions, element by element access. */
#include "types.h"

size_t element_size(element e) {
  switch (e) {
  case ELEMENT_U8:
    return sizeof(uint8_t);
  case ELEMENT_F32:
    return sizeof(float);
  case ELEMENT_F64:
    return sizeof(double);
  }
  return 0;
}

double element_get(element e, const void *array, size_t i) {
  switch (e) {
  case ELEMENT_U8:
    return ((const uint8_t *)array)[i];
  case ELEMENT_F32:
    return (double)((const float *)array)[i];
  case ELEMENT_F64:
    return ((const double *)array)[i];
  }
  return 0;
}

void element_set(element e, void *array, size_t i, double v) {
  switch (e) {
  case ELEMENT_U8:
    ((uint8_t *)array)[i] = (uint8_t)v;
    break;
  case ELEMENT_F32:
    ((float *)array)[i] = (float)v;
    break;
  case ELEMENT_F64:
    ((double *)array)[i] = v;
    break;
  }
}

#define DEFINE_CALLS(suffix, T)                                                                    \
  static int matvec##suffix(size_t k, size_t m, size_t n, const void *w, const void *x, void *y) { \
    return kron_eye_matvec##suffix(k, m, n, (const T *)w, (const T *)x, (T *)y);                   \
  }                                                                                                \
  static int matvec_batch##suffix(size_t batch, size_t k, size_t m, size_t n, const void *w,       \
                                  const void *x, void *y) {                                        \
    return kron_eye_matvec_batch##suffix(batch, k, m, n, (const T *)w, (const T *)x, (T *)y);      \
  }

DEFINE_CALLS(, float)
DEFINE_CALLS(_f64, double)

const call_types all_call_types[CALL_TYPES] = {
    {"f32", ELEMENT_F32, &oracle_float, matvec, matvec_batch},
    {"f64", ELEMENT_F64, &oracle_double, matvec_f64, matvec_batch_f64},
};
