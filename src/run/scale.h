/* The product's part that needs no product: y = act(beta*y + bias). */
#ifndef KRON_EYE_RUN_SCALE_H
#define KRON_EYE_RUN_SCALE_H

#include "problem/problem.h"

/* On every row of y, none of them empty; beta = 0 writes +0 before the bias, without reading. Reads
   neither W nor x, and alpha is ignored. */
void kron_eye_run_scale(const struct kron_eye_operator *op,
                        const struct kron_eye_operands *operands);

#endif
