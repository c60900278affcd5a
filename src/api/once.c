#include "api/once.h"

#include "problem/loops.h"
#include "run/run.h"

/* The plan for this one call, or NULL. */
static struct kron_eye_plan *temporary_plan(const struct kron_eye_operator *op,
                                            const struct kron_eye_operands *operands) {
  const kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  if (kron_eye_no_output(op, operands->batch) || kron_eye_no_product(op, &operands->finish) ||
      !kron_eye_plan_packing_pays(op, operands->batch) || kron_eye_plan_prefers_blas(op, &options))
    return NULL;
  return kron_eye_plan_build(op, &options);
}

void kron_eye_api_once(const struct kron_eye_operator *op,
                       const struct kron_eye_operands *operands) {
  struct kron_eye_plan *plan = temporary_plan(op, operands);
  if (plan)
    kron_eye_run(plan, operands);
  else
    kron_eye_run_unplanned(op, operands);
  kron_eye_plan_free(plan);
}
