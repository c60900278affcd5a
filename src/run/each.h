/* The kernel route where each block has its own W and one task walks many of them. */
#ifndef KRON_EYE_RUN_EACH_H
#define KRON_EYE_RUN_EACH_H

#include "plan/plan.h"

/* Does the plan's kernel walk the blocks? */
bool kron_eye_run_walks(const struct kron_eye_plan *plan);

/* Nothing empty, alpha not 0. */
void kron_eye_run_each(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands);

#endif
