/* Level 2: plans. */
#include "plan/plan.h"

#include "run/run.h"

#include <kron_eye.h>

static int create(kron_eye_plan **out, enum kron_eye_types types, const kron_eye_shape *shape,
                  const void *w, size_t ldw, const kron_eye_options *options) {
  if (!out) return -1;
  *out = NULL;
  struct kron_eye_operator op;
  kron_eye_options known;
  int status = kron_eye_problem_from_shape(types, 2, shape, w, ldw, &op);
  if (status == KRON_EYE_OK) status = kron_eye_problem_from_options(5, options, &known);
  if (status != KRON_EYE_OK) return status;
  const bool mixed = types == KRON_EYE_F32_F64 || types == KRON_EYE_U8_F32;
  if (mixed && known.route == KRON_EYE_ROUTE_BLAS) return KRON_EYE_UNSUPPORTED;
  *out = kron_eye_plan_build(&op, &known);
  return *out ? KRON_EYE_OK : KRON_EYE_NO_MEMORY;
}

static bool of_types(const kron_eye_plan *plan, enum kron_eye_types types) {
  return plan && plan->op.types == types;
}

static int update(kron_eye_plan *plan, enum kron_eye_types types, const void *w, size_t ldw) {
  if (!of_types(plan, types)) return -1;
  struct kron_eye_operator op;
  const int status = kron_eye_problem_from_update(&plan->op, w, ldw, &op);
  if (status == KRON_EYE_OK) kron_eye_plan_repack(plan, &op);
  return status;
}

static int apply(const kron_eye_plan *plan, enum kron_eye_types types,
                 struct kron_eye_operands *operands, const kron_eye_epilogue *epilogue) {
  if (!of_types(plan, types)) return -1;
  int status = kron_eye_problem_from_apply(&plan->op, 2, operands);
  if (status == KRON_EYE_OK && epilogue)
    status = kron_eye_problem_from_epilogue(&plan->op, epilogue, operands);
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

int kron_eye_plan_update_f32(kron_eye_plan *plan, const float *w, size_t ldw) {
  return update(plan, KRON_EYE_F32, w, ldw);
}

int kron_eye_plan_update_f64(kron_eye_plan *plan, const double *w, size_t ldw) {
  return update(plan, KRON_EYE_F64, w, ldw);
}

int kron_eye_plan_update_f32_f64(kron_eye_plan *plan, const double *w, size_t ldw) {
  return update(plan, KRON_EYE_F32_F64, w, ldw);
}

int kron_eye_plan_update_u8_f32(kron_eye_plan *plan, const float *w, size_t ldw) {
  return update(plan, KRON_EYE_U8_F32, w, ldw);
}

int kron_eye_apply_f32(const kron_eye_plan *plan, size_t batch, float alpha, const float *x,
                       size_t ldx, float beta, float *y, size_t ldy) {
  struct kron_eye_operands operands = {batch, x, ldx, y, ldy, kron_eye_finish_plain(alpha, beta)};
  return apply(plan, KRON_EYE_F32, &operands, NULL);
}

int kron_eye_apply_f64(const kron_eye_plan *plan, size_t batch, double alpha, const double *x,
                       size_t ldx, double beta, double *y, size_t ldy) {
  struct kron_eye_operands operands = {batch, x, ldx, y, ldy, kron_eye_finish_plain(alpha, beta)};
  return apply(plan, KRON_EYE_F64, &operands, NULL);
}

int kron_eye_apply_f32_f64(const kron_eye_plan *plan, size_t batch, double alpha, const float *x,
                           size_t ldx, double beta, double *y, size_t ldy) {
  struct kron_eye_operands operands = {batch, x, ldx, y, ldy, kron_eye_finish_plain(alpha, beta)};
  return apply(plan, KRON_EYE_F32_F64, &operands, NULL);
}

int kron_eye_apply_u8_f32(const kron_eye_plan *plan, size_t batch, float alpha, const uint8_t *x,
                          size_t ldx, float beta, float *y, size_t ldy) {
  struct kron_eye_operands operands = {batch, x, ldx, y, ldy, kron_eye_finish_plain(alpha, beta)};
  return apply(plan, KRON_EYE_U8_F32, &operands, NULL);
}

int kron_eye_apply_fused_f32(const kron_eye_plan *plan, size_t batch, float alpha, const float *x,
                             size_t ldx, float beta, float *y, size_t ldy,
                             const kron_eye_epilogue *epilogue) {
  struct kron_eye_operands operands = {batch, x, ldx, y, ldy, kron_eye_finish_plain(alpha, beta)};
  return apply(plan, KRON_EYE_F32, &operands, epilogue);
}

int kron_eye_apply_fused_f64(const kron_eye_plan *plan, size_t batch, double alpha, const double *x,
                             size_t ldx, double beta, double *y, size_t ldy,
                             const kron_eye_epilogue *epilogue) {
  struct kron_eye_operands operands = {batch, x, ldx, y, ldy, kron_eye_finish_plain(alpha, beta)};
  return apply(plan, KRON_EYE_F64, &operands, epilogue);
}

int kron_eye_apply_fused_f32_f64(const kron_eye_plan *plan, size_t batch, double alpha,
                                 const float *x, size_t ldx, double beta, double *y, size_t ldy,
                                 const kron_eye_epilogue *epilogue) {
  struct kron_eye_operands operands = {batch, x, ldx, y, ldy, kron_eye_finish_plain(alpha, beta)};
  return apply(plan, KRON_EYE_F32_F64, &operands, epilogue);
}

int kron_eye_apply_fused_u8_f32(const kron_eye_plan *plan, size_t batch, float alpha,
                                const uint8_t *x, size_t ldx, float beta, float *y, size_t ldy,
                                const kron_eye_epilogue *epilogue) {
  struct kron_eye_operands operands = {batch, x, ldx, y, ldy, kron_eye_finish_plain(alpha, beta)};
  return apply(plan, KRON_EYE_U8_F32, &operands, epilogue);
}

size_t kron_eye_plan_describe(const kron_eye_plan *plan, char *text, size_t capacity) {
  if (capacity > 0) text[0] = '\0';
  return plan ? kron_eye_plan_text(plan, text, capacity) : 0;
}

void kron_eye_plan_destroy(kron_eye_plan *plan) {
  kron_eye_plan_free(plan);
}
