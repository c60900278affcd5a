/* Applies a plan. */
#ifndef KRON_EYE_RUN_RUN_H
#define KRON_EYE_RUN_RUN_H

#include "plan/plan.h"

/* The canonical problem on checked operands. Allocates nothing. */
void kron_eye_run(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands);

/* The same without a plan, through the BLAS: f32 and f64 only. */
void kron_eye_run_unplanned(const struct kron_eye_operator *op,
                            const struct kron_eye_operands *operands);

#endif
