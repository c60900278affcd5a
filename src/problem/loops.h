/* The loops over the blocks (r, a) of a problem, derived once for all routes and kernels. */
#ifndef KRON_EYE_PROBLEM_LOOPS_H
#define KRON_EYE_PROBLEM_LOOPS_H

#include "problem/problem.h"

/* There is no output: nothing to do at all. */
static inline bool kron_eye_no_output(const struct kron_eye_operator *op, size_t batch) {
  return batch == 0 || op->left == 0 || op->m == 0 || op->right == 0;
}

/* There is output but no product: y = act(beta*y + bias), and neither W nor x is read. */
static inline bool kron_eye_no_product(const struct kron_eye_operator *op,
                                       const struct kron_eye_finish *finish) {
  return finish->alpha == 0 || op->n == 0;
}

/*
 * The blocks as `runs` runs of `rows` evenly spaced ones. Strides in elements. A block of x is n
 * rows of `right` elements, a block of y m rows of them.
 */
struct kron_eye_loops {
  size_t runs, rows;
  size_t x_run, x_row, y_run, y_row;
  bool run_is_block; /* run a holds block a of every row; else a run mixes blocks */
};

/* `apart`: each block of a row has its own W or bias, so a run holds the same block of every row.
 */
struct kron_eye_loops kron_eye_problem_loops(const struct kron_eye_operator *op,
                                             const struct kron_eye_operands *operands, bool apart);

#endif
