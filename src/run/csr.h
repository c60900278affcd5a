/* The product on sparse x, and the check of its arrays. */
#ifndef KRON_EYE_RUN_CSR_H
#define KRON_EYE_RUN_CSR_H

#include "plan/plan.h"

/* The canonical problem; operands->x is a kron_eye_csr without faults, operands->ldx is ignored.
   Allocates nothing. */
void kron_eye_run_csr(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands);

/* The first fault of a matrix, its arrays read on at most `threads` threads (0: OpenMP's setting).
 */
kron_eye_csr_fault kron_eye_run_csr_check(const kron_eye_csr *x, size_t threads);

#endif
