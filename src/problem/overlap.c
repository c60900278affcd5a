#include "problem/overlap.h"

bool kron_eye_problem_rows_meet(const struct kron_eye_rows *a, const struct kron_eye_rows *b) {
  /* Rows of each array ascend, so one merge finds any two that meet. A row that ends before the
     other's begins is done with. */
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
