/* Which part of the product there is to do, and by which route. */
#include "run/run.h"

#include "problem/loops.h"
#include "run/blas.h"
#include "run/rows.h"
#include "run/scale.h"

void kron_eye_run(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands) {
  if (plan->blas) {
    kron_eye_run_unplanned(&plan->copy, operands);
    return;
  }
  if (kron_eye_no_output(&plan->op, operands->batch)) return;
  if (kron_eye_no_product(&plan->op, &operands->finish))
    kron_eye_run_scale(&plan->op, operands);
  else
    kron_eye_run_rows(plan, operands);
}

void kron_eye_run_unplanned(const struct kron_eye_operator *op,
                            const struct kron_eye_operands *operands) {
  if (kron_eye_no_output(op, operands->batch)) return;
  if (kron_eye_no_product(op, &operands->finish))
    kron_eye_run_scale(op, operands);
  else
    kron_eye_run_blas(op, operands, KRON_EYE_BLAS_LIMIT);
}
