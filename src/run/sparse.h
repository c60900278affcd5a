/* The product on sparse x. */
#ifndef KRON_EYE_RUN_SPARSE_H
#define KRON_EYE_RUN_SPARSE_H

#include "plan/plan.h"

/* Sparse x, and the y of its product. */
struct kron_eye_sparse_operands {
  size_t batch;
  const kron_eye_csr *x; /* without faults */
  void *y;
  size_t ldy;
  struct kron_eye_finish finish;
};

/* The canonical problem; right is 1. Allocates nothing. */
void kron_eye_run_csr(const struct kron_eye_plan *plan,
                      const struct kron_eye_sparse_operands *operands);

#endif
