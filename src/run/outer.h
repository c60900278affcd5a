/* The gradients of W and of a bias. */
#ifndef KRON_EYE_RUN_OUTER_H
#define KRON_EYE_RUN_OUTER_H

#include "problem/from_gradient.h"

/* Takes a checked problem. Returns KRON_EYE_OK, or KRON_EYE_NO_MEMORY with dW unchanged. */
int kron_eye_run_gradient(const struct kron_eye_gradient *gradient);

#endif
