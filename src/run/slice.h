/* The product for some c of a larger right, for callers that loop over c themselves. */
#ifndef KRON_EYE_RUN_SLICE_H
#define KRON_EYE_RUN_SLICE_H

#include "plan/plan.h"

/* Strides in elements. Element (b, j, c) of x is at b*x_block + j*x_column + c, element (b, i, c)
   of y at b*y_block + i*y_column + c. */
struct kron_eye_slice {
  size_t blocks, right;
  const void *x;
  size_t x_block, x_column;
  void *y;
  size_t y_block, y_column;
  struct kron_eye_finish finish; /* without an epilogue */
};

/* y[b,i,c] = finish(sum_j op(W)[i,j] * x[b,j,c]) on one thread, for a plan of the library's own
   kernels with one W and right > 1; the bits are those of kron_eye_run(). Nothing empty, alpha
   not 0. */
void kron_eye_run_slice(const struct kron_eye_plan *plan, const struct kron_eye_slice *slice);

#endif
