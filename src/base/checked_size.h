/* Arithmetic on sizes, and sizes whose products must fit. */
#ifndef KRON_EYE_BASE_CHECKED_SIZE_H
#define KRON_EYE_BASE_CHECKED_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The smaller of two sizes. */
static inline size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

/* a / b, rounded up; b is not 0. */
static inline size_t ceiling(size_t a, size_t b) {
  return a / b + (a % b != 0); /* NOLINT(clang-analyzer-core.DivideZero) */
}

/* Does a*b*c elements of `size` bytes fit in PTRDIFF_MAX, the most bytes that one array can have?
 */
static inline bool kron_eye_fits(size_t a, size_t b, size_t c, size_t size) {
  if (a == 0 || b == 0 || c == 0) return true;
  size_t product;
  return !__builtin_mul_overflow(a, b, &product) && !__builtin_mul_overflow(product, c, &product) &&
         !__builtin_mul_overflow(product, size, &product) && product <= PTRDIFF_MAX;
}

/* The extent, in elements, of `rows` rows of `length` that start `stride` apart. Only for extents
   that kron_eye_extent_fits() has passed. */
static inline size_t kron_eye_extent(size_t rows, size_t stride, size_t length) {
  return rows == 0 || length == 0 ? 0 : (rows - 1) * stride + length;
}

/* Does that extent, of elements of `size` bytes, fit in PTRDIFF_MAX? */
static inline bool kron_eye_extent_fits(size_t rows, size_t stride, size_t length, size_t size) {
  if (rows == 0 || length == 0) return true;
  size_t last;
  return kron_eye_fits(rows - 1, stride, 1, size) && kron_eye_fits(length, 1, 1, size) &&
         !__builtin_add_overflow((rows - 1) * stride * size, length * size, &last) &&
         last <= PTRDIFF_MAX;
}

#endif
