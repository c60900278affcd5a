#include "gradient_types.h"

#define FUNCTIONS(T, type)                                                                         \
  static int gradient_##T(const kron_eye_shape *shape, size_t batch, double alpha, const void *x,  \
                          size_t ldx, const void *dy, size_t lddy, double beta, void *dw,          \
                          size_t lddw, const kron_eye_options *options) {                          \
    return kron_eye_gradient_##T(shape, batch, (type)alpha, x, ldx, dy, lddy, (type)beta, dw,      \
                                 lddw, options);                                                   \
  }                                                                                                \
  static int bias_##T(const kron_eye_shape *shape, size_t batch, double alpha, const void *dy,     \
                      size_t lddy, double beta, void *db, size_t bias_stride) {                    \
    return kron_eye_bias_gradient_##T(shape, batch, (type)alpha, dy, lddy, (type)beta, db,         \
                                      bias_stride);                                                \
  }                                                                                                \
  static int relu_##T(size_t rows, size_t cols, const void *y, size_t ldy, const void *dy,         \
                      size_t lddy, void *dz, size_t lddz) {                                        \
    return kron_eye_relu_backward_##T(rows, cols, y, ldy, dy, lddy, dz, lddz);                     \
  }
FUNCTIONS(f32, float)
FUNCTIONS(f64, double)

const gradient_types all_gradient_types[GRADIENT_TYPES] = {
    {"f32", ELEMENT_F32, &oracle_float, gradient_f32, bias_f32, relu_f32},
    {"f64", ELEMENT_F64, &oracle_double, gradient_f64, bias_f64, relu_f64},
};
