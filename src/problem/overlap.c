#include "problem/overlap.h"

bool kron_eye_problem_rows_meet(const struct kron_eye_rows *a, const struct kron_eye_rows *b) {
  /* The rows of each array are in ascending order, so one merge finds any two that overlap. A row
     that ends before the other begins overlaps none of the following rows either. */
  size_t i = 0, j = 0;
  while (i < a->count && j < b->count) {
    const uintptr_t at_a = kron_eye_row_start(a, i), at_b = kron_eye_row_start(b, j);
    if (at_a + a->length <= at_b)
      i++;
    else if (at_b + b->length <= at_a)
      j++;
    else
      return true;
  }
  return false;
}

bool kron_eye_problem_blocks_overlap(const struct kron_eye_rows *first, size_t blocks, size_t step,
                                     const struct kron_eye_rows *other) {
  for (size_t a = 0; a < blocks; a++) {
    const struct kron_eye_rows block = {(const char *)first->start + a * step, first->count,
                                        first->stride, first->length};
    if (kron_eye_problem_overlap(&block, other)) return true;
  }
  return false;
}
