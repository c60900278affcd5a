/* Do two strided arrays share a byte? */
#ifndef KRON_EYE_PROBLEM_OVERLAP_H
#define KRON_EYE_PROBLEM_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `count` rows of `length` bytes, `stride` bytes apart. */
struct kron_eye_rows {
  const void *start;
  size_t count, stride, length;
};

static inline uintptr_t kron_eye_row_start(const struct kron_eye_rows *rows, size_t row) {
  return (uintptr_t)rows->start + row * rows->stride;
}

/* kron_eye_problem_overlap() where the extents are not apart: one step a row. */
bool kron_eye_problem_rows_meet(const struct kron_eye_rows *a, const struct kron_eye_rows *b);

/* Exact: interleaved rows that share no byte do not overlap. */
static inline bool kron_eye_problem_overlap(const struct kron_eye_rows *a,
                                            const struct kron_eye_rows *b) {
  if (a->count == 0 || a->length == 0 || b->count == 0 || b->length == 0) return false;
  const uintptr_t end_a = kron_eye_row_start(a, a->count - 1) + a->length,
                  end_b = kron_eye_row_start(b, b->count - 1) + b->length;
  return end_a > (uintptr_t)b->start && end_b > (uintptr_t)a->start &&
         kron_eye_problem_rows_meet(a, b);
}

/* The same of `blocks` arrays like `first`, `step` bytes apart, and `other`. */
bool kron_eye_problem_blocks_overlap(const struct kron_eye_rows *first, size_t blocks, size_t step,
                                     const struct kron_eye_rows *other);

#endif
