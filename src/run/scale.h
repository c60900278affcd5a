/* The product's part that needs no product: y = beta * y. */
#ifndef KRON_EYE_RUN_SCALE_H
#define KRON_EYE_RUN_SCALE_H

#include "problem/problem.h"

/* y = beta * y on every row of y, none of them empty; beta = 0 writes +0 without reading. Reads
   neither W nor x. */
void kron_eye_run_scale(const struct kron_eye_operator *op,
                        const struct kron_eye_operands *operands);

#endif
