/* Which part of the product there is to do, and by which route. */
#include "run/run.h"

#include "run/blas.h"
#include "run/rows.h"
#include "run/scale.h"

void kron_eye_run(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands) {
  const struct kron_eye_operator *op = &plan->op;
  if (operands->batch == 0 || op->left == 0 || op->m == 0) return;
  if (operands->alpha == 0 || op->n == 0)
    kron_eye_run_scale(op, operands);
  else if (plan->blas)
    kron_eye_run_blas(op, operands, KRON_EYE_BLAS_LIMIT);
  else
    kron_eye_run_rows(plan, operands);
}
