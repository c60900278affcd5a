/* y = act(beta*y + bias), for calls whose product is zero. */
#ifndef KRON_EYE_RUN_SCALE_H
#define KRON_EYE_RUN_SCALE_H

#include "problem/problem.h"

/* For every row of y, none of them empty. With beta = 0, y is not read, and +0 takes the place of
   beta*y. Reads neither W nor x, and ignores alpha. */
void kron_eye_run_scale(const struct kron_eye_operator *op,
                        const struct kron_eye_operands *operands);

#endif
