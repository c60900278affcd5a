/* The problems of training: the gradients of W and of a bias, and the backward pass of ReLU. */
#ifndef KRON_EYE_PROBLEM_FROM_GRADIENT_H
#define KRON_EYE_PROBLEM_FROM_GRADIENT_H

#include "problem/problem.h"

/* dW_a = alpha * sum over r, a (where all blocks have one W), c of dy x^T + beta * dW_a. */
struct kron_eye_gradient {
  struct kron_eye_operator op; /* with the strides of dW for those of W */
  size_t batch;
  double alpha, beta;
  const void *x, *dy;
  size_t ldx, lddy;
  void *dw;
  kron_eye_options options;
};

/* db_a[i] = alpha * sum over r, a (where all blocks have one bias), c of dy + beta * db_a[i]. */
struct kron_eye_bias_gradient {
  size_t left, m, right, batch;
  double alpha, beta;
  const void *dy;
  size_t lddy;
  void *db;
  size_t block; /* elements from the bias of a block to that of the next; 0: one for all */
};

/* rows x cols elements: dz = dy where y > 0, else +0. */
struct kron_eye_relu_backward {
  size_t rows, cols;
  const void *y, *dy;
  void *dz;
  size_t ldy, lddy, lddz;
};

/* Fills op and options, and checks the other fields, which the caller has set. */
int kron_eye_problem_from_gradient(enum kron_eye_types types, const kron_eye_shape *shape,
                                   size_t lddw, const kron_eye_options *options,
                                   struct kron_eye_gradient *gradient);

/* Fills left, m, right and block. */
int kron_eye_problem_from_bias_gradient(enum kron_eye_types types, const kron_eye_shape *shape,
                                        size_t bias_stride,
                                        struct kron_eye_bias_gradient *gradient);

int kron_eye_problem_from_relu_backward(enum kron_eye_types types,
                                        const struct kron_eye_relu_backward *backward);

#endif
