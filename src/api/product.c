/* Level 1: the whole equation in one call, and the shape of the transposed operator. */
#include "api/once.h"

#include <kron_eye.h>

static int product(enum kron_eye_types types, const kron_eye_shape *shape, const void *w,
                   size_t ldw, const struct kron_eye_operands *operands) {
  struct kron_eye_operator op;
  int status = kron_eye_problem_from_shape(types, 1, shape, w, ldw, &op);
  if (status == KRON_EYE_OK) status = kron_eye_problem_from_product(&op, operands);
  if (status == KRON_EYE_OK) kron_eye_api_once(&op, operands);
  return status;
}

int kron_eye_product_f32(const kron_eye_shape *shape, const float *w, size_t ldw, size_t batch,
                         float alpha, const float *x, size_t ldx, float beta, float *y,
                         size_t ldy) {
  const struct kron_eye_operands operands = {batch, x,   ldx,
                                             y,     ldy, kron_eye_finish_plain(alpha, beta)};
  return product(KRON_EYE_F32, shape, w, ldw, &operands);
}

int kron_eye_product_f64(const kron_eye_shape *shape, const double *w, size_t ldw, size_t batch,
                         double alpha, const double *x, size_t ldx, double beta, double *y,
                         size_t ldy) {
  const struct kron_eye_operands operands = {batch, x,   ldx,
                                             y,     ldy, kron_eye_finish_plain(alpha, beta)};
  return product(KRON_EYE_F64, shape, w, ldw, &operands);
}

int kron_eye_shape_adjoint(const kron_eye_shape *shape, kron_eye_shape *adjoint) {
  return kron_eye_problem_adjoint(shape, adjoint);
}
