/* Is an element not zero? By its bits, so that no floating-point exception is raised and the
   caller's floating-point environment makes no difference. A zero of either sign is one, a NaN is
   not. */
#ifndef KRON_EYE_BASE_NONZERO_H
#define KRON_EYE_BASE_NONZERO_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline bool kron_eye_nonzero_f32(const float *value) {
  uint32_t bits;
  memcpy(&bits, value, sizeof bits);
  return bits << 1 != 0;
}

static inline bool kron_eye_nonzero_f64(const double *value) {
  uint64_t bits;
  memcpy(&bits, value, sizeof bits);
  return bits << 1 != 0;
}

#endif
