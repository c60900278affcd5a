/* size.h - products of sizes, with a check for overflow. */
#ifndef KRON_EYE_EXAMPLES_SIZE_H
#define KRON_EYE_EXAMPLES_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** *product = a * b. Returns false, with *product untouched, if that exceeds PTRDIFF_MAX. */
static inline bool size_product(size_t a, size_t b, size_t *product) {
  if (b != 0 && a > (size_t)PTRDIFF_MAX / b) return false;
  *product = a * b;
  return true;
}

#endif
