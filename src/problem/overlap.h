/* Do two strided arrays share a byte? */
#ifndef KRON_EYE_PROBLEM_OVERLAP_H
#define KRON_EYE_PROBLEM_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>

/* `count` rows of `length` bytes, `stride` bytes apart. */
struct kron_eye_rows {
  const void *start;
  size_t count, stride, length;
};

/*
 * Exact: interleaved rows that share no byte do not overlap. Costs nothing where the extents are
 * apart, else one step a row.
 */
bool kron_eye_problem_overlap(const struct kron_eye_rows *a, const struct kron_eye_rows *b);

#endif
