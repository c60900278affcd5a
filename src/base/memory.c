#include "base/memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

static void *allocate(size_t size) {
  if (size > PTRDIFF_MAX - KRON_EYE_ALIGNMENT) return NULL;
  /* aligned_alloc wants a multiple of the alignment. */
  const size_t whole = (size + KRON_EYE_ALIGNMENT - 1) / KRON_EYE_ALIGNMENT * KRON_EYE_ALIGNMENT;
  return aligned_alloc(KRON_EYE_ALIGNMENT, whole);
}

struct kron_eye_allocator kron_eye_base_allocator = {allocate, free};

void *kron_eye_base_allocate(size_t size) {
  const int saved = errno;
  void *memory = kron_eye_base_allocator.allocate(size);
  errno = saved;
  return memory;
}

void kron_eye_base_release(void *memory) {
  const int saved = errno;
  kron_eye_base_allocator.release(memory);
  errno = saved;
}
