/* Level 5: functions for training: gradients of W and of a bias, and the backward pass of ReLU. */
#include "problem/from_gradient.h"
#include "run/backward.h"
#include "run/outer.h"

#include <kron_eye.h>

static int gradient(enum kron_eye_types types, const kron_eye_shape *shape, size_t lddw,
                    const kron_eye_options *options, struct kron_eye_gradient *problem) {
  const int status = kron_eye_problem_from_gradient(types, shape, lddw, options, problem);
  return status == KRON_EYE_OK ? kron_eye_run_gradient(problem) : status;
}

int kron_eye_gradient_f32(const kron_eye_shape *shape, size_t batch, float alpha, const float *x,
                          size_t ldx, const float *dy, size_t lddy, float beta, float *dw,
                          size_t lddw, const kron_eye_options *options) {
  struct kron_eye_gradient problem = {.batch = batch,
                                      .alpha = alpha,
                                      .beta = beta,
                                      .x = x,
                                      .dy = dy,
                                      .ldx = ldx,
                                      .lddy = lddy,
                                      .dw = dw};
  return gradient(KRON_EYE_F32, shape, lddw, options, &problem);
}

int kron_eye_gradient_f64(const kron_eye_shape *shape, size_t batch, double alpha, const double *x,
                          size_t ldx, const double *dy, size_t lddy, double beta, double *dw,
                          size_t lddw, const kron_eye_options *options) {
  struct kron_eye_gradient problem = {.batch = batch,
                                      .alpha = alpha,
                                      .beta = beta,
                                      .x = x,
                                      .dy = dy,
                                      .ldx = ldx,
                                      .lddy = lddy,
                                      .dw = dw};
  return gradient(KRON_EYE_F64, shape, lddw, options, &problem);
}

static int bias_gradient(enum kron_eye_types types, const kron_eye_shape *shape, size_t bias_stride,
                         struct kron_eye_bias_gradient *problem) {
  const int status = kron_eye_problem_from_bias_gradient(types, shape, bias_stride, problem);
  if (status == KRON_EYE_OK) kron_eye_run_bias_gradient(types, problem);
  return status;
}

int kron_eye_bias_gradient_f32(const kron_eye_shape *shape, size_t batch, float alpha,
                               const float *dy, size_t lddy, float beta, float *db,
                               size_t bias_stride) {
  struct kron_eye_bias_gradient problem = {
      .batch = batch, .alpha = alpha, .beta = beta, .dy = dy, .lddy = lddy, .db = db};
  return bias_gradient(KRON_EYE_F32, shape, bias_stride, &problem);
}

int kron_eye_bias_gradient_f64(const kron_eye_shape *shape, size_t batch, double alpha,
                               const double *dy, size_t lddy, double beta, double *db,
                               size_t bias_stride) {
  struct kron_eye_bias_gradient problem = {
      .batch = batch, .alpha = alpha, .beta = beta, .dy = dy, .lddy = lddy, .db = db};
  return bias_gradient(KRON_EYE_F64, shape, bias_stride, &problem);
}

static int relu_backward(enum kron_eye_types types, const struct kron_eye_relu_backward *problem) {
  const int status = kron_eye_problem_from_relu_backward(types, problem);
  if (status == KRON_EYE_OK) kron_eye_run_relu_backward(types, problem);
  return status;
}

int kron_eye_relu_backward_f32(size_t rows, size_t cols, const float *y, size_t ldy,
                               const float *dy, size_t lddy, float *dz, size_t lddz) {
  const struct kron_eye_relu_backward problem = {rows, cols, y, dy, dz, ldy, lddy, lddz};
  return relu_backward(KRON_EYE_F32, &problem);
}

int kron_eye_relu_backward_f64(size_t rows, size_t cols, const double *y, size_t ldy,
                               const double *dy, size_t lddy, double *dz, size_t lddz) {
  const struct kron_eye_relu_backward problem = {rows, cols, y, dy, dz, ldy, lddy, lddz};
  return relu_backward(KRON_EYE_F64, &problem);
}
