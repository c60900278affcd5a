/* gradient_types.h - one run-time interface to what the library has for learning, for both types.
 */
#ifndef TESTS_GRADIENT_TYPES_H
#define TESTS_GRADIENT_TYPES_H

#include "types.h"

typedef struct gradient_types {
  const char *name;
  element e;
  const oracle_format *format;
  int (*gradient)(const kron_eye_shape *shape, size_t batch, double alpha, const void *x,
                  size_t ldx, const void *dy, size_t lddy, double beta, void *dw, size_t lddw,
                  const kron_eye_options *options);
  int (*bias)(const kron_eye_shape *shape, size_t batch, double alpha, const void *dy, size_t lddy,
              double beta, void *db, size_t bias_stride);
  int (*relu)(size_t rows, size_t cols, const void *y, size_t ldy, const void *dy, size_t lddy,
              void *dz, size_t lddz);
} gradient_types;

enum { GRADIENT_TYPES = 2 };
extern const gradient_types all_gradient_types[GRADIENT_TYPES];

#endif
