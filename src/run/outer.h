/* The gradients of W and of a bias. */
#ifndef KRON_EYE_RUN_OUTER_H
#define KRON_EYE_RUN_OUTER_H

#include "problem/from_gradient.h"

/* Of a checked problem: KRON_EYE_OK, or KRON_EYE_NO_MEMORY, and then dW is as it was. */
int kron_eye_run_gradient(const struct kron_eye_gradient *gradient);

#endif
