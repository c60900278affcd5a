#include "problem/overlap.h"

#include <stdint.h>

static uintptr_t row_start(const struct kron_eye_rows *rows, size_t row) {
  return (uintptr_t)rows->start + row * rows->stride;
}

static bool empty(const struct kron_eye_rows *rows) {
  return rows->count == 0 || rows->length == 0;
}

static uintptr_t end(const struct kron_eye_rows *rows) {
  return row_start(rows, rows->count - 1) + rows->length;
}

bool kron_eye_problem_overlap(const struct kron_eye_rows *a, const struct kron_eye_rows *b) {
  if (empty(a) || empty(b)) return false;
  if (end(a) <= row_start(b, 0) || end(b) <= row_start(a, 0)) return false;
  /* Rows of each array ascend, so one merge finds any two that meet. A row that ends before the
     other's begins is done with. */
  size_t i = 0, j = 0;
  while (i < a->count && j < b->count) {
    const uintptr_t at_a = row_start(a, i), at_b = row_start(b, j);
    if (at_a + a->length <= at_b)
      i++;
    else if (at_b + b->length <= at_a)
      j++;
    else
      return true;
  }
  return false;
}
