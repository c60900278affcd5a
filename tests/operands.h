/*
 * operands.h - the numbers of one product, independent of their layout in memory.
 *
 * An `operands` holds W, x and the old y without gaps, and as many rows as any test needs. Each
 * apply copies some of those rows to a new layout (strides, gaps, alignment, which edge touches an
 * inaccessible page), calls the library, checks that the gaps are unchanged, and returns the result
 * without gaps. So one set of numbers can be run through every layout, and the results compared.
 *
 * In every apply x is read-only, x and y touch an inaccessible page, the gaps of x hold NaN (255 in
 * bytes), and where beta is 0 the old y is NaN. W is unmapped before the first apply.
 */
#ifndef TESTS_OPERANDS_H
#define TESTS_OPERANDS_H

#include <stdbool.h>
#include <stddef.h>

#include <kron_eye.h>

#include "guarded.h"
#include "random.h"
#include "types.h"

/** The zeros of x. */
typedef enum zeros_in_x {
  ZEROS_NONE,      /**< none */
  ZEROS_SCATTERED, /**< four of five, anywhere */
  ZEROS_CLUSTERED, /**< in runs of columns, the same in every block, and some more */
  ZEROS_PATTERNS
} zeros_in_x;

typedef struct operands {
  const plan_types *t;
  size_t batch, left, m, n;
  void *w;      /* m x n */
  void *x;      /* batch x (left*n) */
  void *y;      /* batch x (left*m): the old y */
  double *kron; /* I_left (x) W formed by the oracle, when first needed and only if it is small */
} operands;

/** How rows lie in memory, in elements. */
typedef struct layout {
  size_t pad_x, pad_y; /**< gap after each row */
  bool broadcast;      /**< ldx = 0: row `first` of x serves all rows */
  guarded_edge edge;   /**< which edge touches the inaccessible page */
  size_t shift;        /**< with GUARDED_START: slack before the first row, to spoil alignment */
} layout;

/** Standard-normal values (bytes: uniform). */
operands operands_create(const plan_types *t, size_t batch, size_t left, size_t m, size_t n,
                         zeros_in_x zeros, rng *r);
void operands_destroy(operands *o);

/** A plan of these operands' W, given with rows n + pad_w apart; the status must be 0. */
kron_eye_plan *operands_plan(const operands *o, size_t pad_w, const kron_eye_options *options);

/** Applies the plan to rows [first, first + batch). The result, batch x (left*m) without gaps, must
 * be freed by the caller. The status must be 0. */
void *operands_apply(const operands *o, const kron_eye_plan *plan, size_t first, size_t batch,
                     const layout *l, double alpha, double beta);

/** Compares such a result with the oracle, element by element, and fails if an error exceeds the
 * promised bound; returns the largest error as a fraction of its bound. */
long double operands_check(operands *o, size_t first, size_t batch, const layout *l, double alpha,
                           double beta, const void *result);

/** Creates a plan, applies it to all rows, checks the result and destroys the plan. */
long double operands_run(operands *o, size_t pad_w, const kron_eye_options *options,
                         const layout *l, double alpha, double beta);

#endif
