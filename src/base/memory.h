/* All memory that the library asks for. */
#ifndef KRON_EYE_BASE_MEMORY_H
#define KRON_EYE_BASE_MEMORY_H

#include <stddef.h>

/* Bytes: a cache line, and the widest vector. */
#define KRON_EYE_ALIGNMENT 64

struct kron_eye_allocator {
  /* `size` bytes at a multiple of KRON_EYE_ALIGNMENT, or NULL. */
  void *(*allocate)(size_t size);
  /* Takes back what allocate gave; NULL is accepted. */
  void (*release)(void *memory);
};

/* The C library's, until a test puts another in its place (before any other thread runs). */
extern struct kron_eye_allocator kron_eye_base_allocator;

/* The allocator's functions, with errno as it was. */
void *kron_eye_base_allocate(size_t size);
void kron_eye_base_release(void *memory);

#endif
