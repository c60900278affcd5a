/* Rung 2: plans. */
#include "plan/plan.h"

#include "run/run.h"

#include <kron_eye.h>

static int create(kron_eye_plan **out, enum kron_eye_types types, const kron_eye_shape *shape,
                  const void *w, size_t ldw, const kron_eye_options *options) {
  if (!out) return -1;
  *out = NULL;
  struct kron_eye_operator op;
  kron_eye_options known;
  const int shape_status = kron_eye_problem_from_shape(types, shape, w, ldw, &op);
  if (shape_status < 0) return shape_status;
  const int options_status = kron_eye_problem_from_options(options, &known);
  if (options_status < 0) return options_status;
  const bool mixed = types == KRON_EYE_F32_F64 || types == KRON_EYE_U8_F32;
  if (shape_status != KRON_EYE_OK || (mixed && known.route == KRON_EYE_ROUTE_BLAS))
    return KRON_EYE_UNSUPPORTED;
  *out = kron_eye_plan_build(&op, &known);
  return *out ? KRON_EYE_OK : KRON_EYE_NO_MEMORY;
}

static int apply(const kron_eye_plan *plan, enum kron_eye_types types,
                 const struct kron_eye_operands *operands) {
  if (!plan || plan->op.types != types) return -1;
  const int status = kron_eye_problem_from_apply(&plan->op, operands);
  if (status == KRON_EYE_OK) kron_eye_run(plan, operands);
  return status;
}

int kron_eye_plan_create_f32(kron_eye_plan **out, const kron_eye_shape *shape, const float *w,
                             size_t ldw, const kron_eye_options *options) {
  return create(out, KRON_EYE_F32, shape, w, ldw, options);
}

int kron_eye_plan_create_f64(kron_eye_plan **out, const kron_eye_shape *shape, const double *w,
                             size_t ldw, const kron_eye_options *options) {
  return create(out, KRON_EYE_F64, shape, w, ldw, options);
}

int kron_eye_plan_create_f32_f64(kron_eye_plan **out, const kron_eye_shape *shape, const double *w,
                                 size_t ldw, const kron_eye_options *options) {
  return create(out, KRON_EYE_F32_F64, shape, w, ldw, options);
}

int kron_eye_plan_create_u8_f32(kron_eye_plan **out, const kron_eye_shape *shape, const float *w,
                                size_t ldw, const kron_eye_options *options) {
  return create(out, KRON_EYE_U8_F32, shape, w, ldw, options);
}

int kron_eye_apply_f32(const kron_eye_plan *plan, size_t batch, float alpha, const float *x,
                       size_t ldx, float beta, float *y, size_t ldy) {
  const struct kron_eye_operands operands = {batch, x, ldx, y, ldy, alpha, beta};
  return apply(plan, KRON_EYE_F32, &operands);
}

int kron_eye_apply_f64(const kron_eye_plan *plan, size_t batch, double alpha, const double *x,
                       size_t ldx, double beta, double *y, size_t ldy) {
  const struct kron_eye_operands operands = {batch, x, ldx, y, ldy, alpha, beta};
  return apply(plan, KRON_EYE_F64, &operands);
}

int kron_eye_apply_f32_f64(const kron_eye_plan *plan, size_t batch, double alpha, const float *x,
                           size_t ldx, double beta, double *y, size_t ldy) {
  const struct kron_eye_operands operands = {batch, x, ldx, y, ldy, alpha, beta};
  return apply(plan, KRON_EYE_F32_F64, &operands);
}

int kron_eye_apply_u8_f32(const kron_eye_plan *plan, size_t batch, float alpha, const uint8_t *x,
                          size_t ldx, float beta, float *y, size_t ldy) {
  const struct kron_eye_operands operands = {batch, x, ldx, y, ldy, alpha, beta};
  return apply(plan, KRON_EYE_U8_F32, &operands);
}

size_t kron_eye_plan_describe(const kron_eye_plan *plan, char *text, size_t capacity) {
  if (capacity > 0) text[0] = '\0';
  return plan ? kron_eye_plan_text(plan, text, capacity) : 0;
}

void kron_eye_plan_destroy(kron_eye_plan *plan) {
  kron_eye_plan_free(plan);
}
