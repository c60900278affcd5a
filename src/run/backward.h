/* The backward pass of an epilogue: the gradient of a bias, and ReLU. */
#ifndef KRON_EYE_RUN_BACKWARD_H
#define KRON_EYE_RUN_BACKWARD_H

#include "problem/from_gradient.h"

/* For checked problems; f32 and f64 only. */
void kron_eye_run_bias_gradient(enum kron_eye_types types,
                                const struct kron_eye_bias_gradient *gradient);
void kron_eye_run_relu_backward(enum kron_eye_types types,
                                const struct kron_eye_relu_backward *backward);

#endif
