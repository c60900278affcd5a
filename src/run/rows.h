/* The kernel route: divides the blocks of all rows among the threads, and computes all panels. */
#ifndef KRON_EYE_RUN_ROWS_H
#define KRON_EYE_RUN_ROWS_H

#include "plan/plan.h"

/* Nothing empty, alpha not 0. */
void kron_eye_run_rows(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands);

#endif
