/* Arrays whose integers are int32_t or int64_t, as the caller has them. */
#ifndef KRON_EYE_BASE_INTEGERS_H
#define KRON_EYE_BASE_INTEGERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* integers[i]; a negative one becomes larger than any size. */
static inline size_t kron_eye_integer(const void *integers, bool wide, size_t i) {
  return wide ? (size_t)((const int64_t *)integers)[i] : (size_t)((const int32_t *)integers)[i];
}

static inline void kron_eye_integer_set(void *integers, bool wide, size_t i, size_t value) {
  if (wide)
    ((int64_t *)integers)[i] = (int64_t)value;
  else
    ((int32_t *)integers)[i] = (int32_t)value;
}

#endif
