#include "base/memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

static void *allocate(size_t size) {
  if (size > PTRDIFF_MAX - KRON_EYE_ALIGNMENT) return NULL;
  /* aligned_alloc wants a multiple of the alignment. */
  const size_t whole = (size + KRON_EYE_ALIGNMENT - 1) / KRON_EYE_ALIGNMENT * KRON_EYE_ALIGNMENT;
  const int saved = errno;
  void *memory = aligned_alloc(KRON_EYE_ALIGNMENT, whole);
  errno = saved;
  return memory;
}

struct kron_eye_allocator kron_eye_base_allocator = {allocate, free};
