/* plan_types.c - the four plan suffixes of types.h. */
#include "types.h"

#define DEFINE_PLAN(suffix, X, Y)                                                                  \
  static int create_##suffix(kron_eye_plan **out, const kron_eye_shape *shape, const void *w,      \
                             size_t ldw, const kron_eye_options *options) {                        \
    return kron_eye_plan_create_##suffix(out, shape, (const Y *)w, ldw, options);                  \
  }                                                                                                \
  static int apply_##suffix(const kron_eye_plan *plan, size_t batch, double alpha, const void *x,  \
                            size_t ldx, double beta, void *y, size_t ldy) {                        \
    return kron_eye_apply_##suffix(plan, batch, (Y)alpha, (const X *)x, ldx, (Y)beta, (Y *)y,      \
                                   ldy);                                                           \
  }

DEFINE_PLAN(f32, float, float)
DEFINE_PLAN(f64, double, double)
DEFINE_PLAN(f32_f64, float, double)
DEFINE_PLAN(u8_f32, uint8_t, float)

const plan_types all_plan_types[PLAN_TYPES] = {
    {"f32", ELEMENT_F32, ELEMENT_F32, &oracle_float, create_f32, apply_f32},
    {"f64", ELEMENT_F64, ELEMENT_F64, &oracle_double, create_f64, apply_f64},
    {"f32_f64", ELEMENT_F32, ELEMENT_F64, &oracle_double, create_f32_f64, apply_f32_f64},
    {"u8_f32", ELEMENT_U8, ELEMENT_F32, &oracle_float, create_u8_f32, apply_u8_f32},
};
