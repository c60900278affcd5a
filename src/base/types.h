/* Element types of a product. */
#ifndef KRON_EYE_BASE_TYPES_H
#define KRON_EYE_BASE_TYPES_H

#include "base/strict_arithmetic.h"

#include <stddef.h>

/* x, then W and y where they differ. The list is closed. */
enum kron_eye_types {
  KRON_EYE_F32,
  KRON_EYE_F64,
  KRON_EYE_F32_F64,
  KRON_EYE_U8_F32,
  KRON_EYE_TYPES_COUNT
};

struct kron_eye_types_info {
  const char *name;
  size_t x_size; /* bytes of an element of x */
  size_t y_size; /* bytes of an element of W and of y */
};

extern const struct kron_eye_types_info kron_eye_base_types[KRON_EYE_TYPES_COUNT];

#endif
