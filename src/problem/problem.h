/*
 * The canonical problem that every public call becomes:
 *
 *     y[r,a,i,c] = alpha * sum_j op(W_a)[i,j] * x[r,a,j,c]  +  beta * y[r,a,i,c]
 *
 *     r in [0, batch)   x rows ldx apart, y rows ldy apart
 *     a in [0, left)    x blocks n*right apart, y blocks m*right apart, Ws w_block apart
 *     i in [0, m)       y right apart, W w_row apart
 *     j in [0, n)       x right apart, W w_column apart
 *     c in [0, right)   x and y side by side
 *
 * It has two parts: the operator, from which a plan is made, and the operands, to which it is
 * applied. All strides count elements.
 */
#ifndef KRON_EYE_PROBLEM_H
#define KRON_EYE_PROBLEM_H

#include "base/finish.h"
#include "base/types.h"

#include <kron_eye.h>
#include <stdbool.h>
#include <stddef.h>

/* A transpose exchanges w_row and w_column; no other code treats it specially. */
struct kron_eye_operator {
  enum kron_eye_types types;
  size_t left, m, n, right;
  const void *w;
  size_t w_row, w_column;
  size_t w_block;  /* 0: one W for all blocks */
  bool w_empty;    /* W has no elements, so that w may be NULL */
  bool transposed; /* how W is stored; the strides say the same, and the products look at these */
};

struct kron_eye_operands {
  size_t batch;
  const void *x;
  size_t ldx;
  void *y;
  size_t ldy;
  struct kron_eye_finish finish;
};

/* The finish of a call without an epilogue. */
static inline struct kron_eye_finish kron_eye_finish_plain(double alpha, double beta) {
  return (struct kron_eye_finish){.alpha = alpha, .beta = beta};
}

/* Elements of a row of x and of y. */
static inline size_t kron_eye_operator_row_x(const struct kron_eye_operator *op) {
  return op->left * op->n * op->right;
}
static inline size_t kron_eye_operator_row_y(const struct kron_eye_operator *op) {
  return op->left * op->m * op->right;
}

/* The number of Ws in memory. */
static inline size_t kron_eye_operator_matrices(const struct kron_eye_operator *op) {
  if (op->w_empty) return 0;
  return op->w_block == 0 ? 1 : op->left;
}

/*
 * Each of these checks the arguments of one public call, in the order that its comment in
 * kron_eye.h documents. It returns the call's status and, if that is 0, the problem.
 */
int kron_eye_problem_from_matvec(enum kron_eye_types types, size_t k, size_t m, size_t n,
                                 const void *w, const void *x, void *y,
                                 struct kron_eye_operator *op, struct kron_eye_operands *operands);

int kron_eye_problem_from_batch(enum kron_eye_types types, size_t batch, size_t k, size_t m,
                                size_t n, const void *w, const void *x, void *y,
                                struct kron_eye_operator *op, struct kron_eye_operands *operands);

/* `at`: the position of the shape among the arguments; w and ldw follow it. */
int kron_eye_problem_from_shape(enum kron_eye_types types, int at, const kron_eye_shape *shape,
                                const void *w, size_t ldw, struct kron_eye_operator *op);

/* Another W for an operator: w and ldw are arguments 2 and 3. */
int kron_eye_problem_from_update(const struct kron_eye_operator *op, const void *w, size_t ldw,
                                 struct kron_eye_operator *updated);

/* The shape alone, its struct as the library knows it: 0 or -1. `x_size` and `y_size` are bytes. */
int kron_eye_problem_known_shape(const kron_eye_shape *shape, size_t x_size, size_t y_size,
                                 kron_eye_shape *known);

int kron_eye_problem_adjoint(const kron_eye_shape *shape, kron_eye_shape *adjoint);

/* The options in this version's struct; NULL becomes the defaults. `at`: their position. */
int kron_eye_problem_from_options(int at, const kron_eye_options *options, kron_eye_options *known);

/* `at`: the position of batch; alpha, x, ldx, beta, y and ldy follow it. */
int kron_eye_problem_from_apply(const struct kron_eye_operator *op, int at,
                                const struct kron_eye_operands *operands);

/* The checks of apply, and those of the product's W. */
int kron_eye_problem_from_product(const struct kron_eye_operator *op,
                                  const struct kron_eye_operands *operands);

/* Checks an epilogue, after the checks of apply, and copies it to the finish. */
int kron_eye_problem_from_epilogue(const struct kron_eye_operator *op,
                                   const kron_eye_epilogue *epilogue,
                                   struct kron_eye_operands *operands);

#endif
