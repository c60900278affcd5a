/* Reads callers' structs, which may come from another version of the header. */
#ifndef KRON_EYE_PROBLEM_KNOWN_STRUCT_H
#define KRON_EYE_PROBLEM_KNOWN_STRUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* The largest size of a struct in bytes. A larger size is a mistake, and the struct is not read. */
enum { KRON_EYE_STRUCT_MAX = 1024 };

/*
 * Reads a struct that begins with its own size in bytes into `known`, which has `known_size` bytes
 * and holds the defaults. A caller that was compiled with another version may have a shorter
 * struct, of at least `min_size` bytes, or a longer one. The tail of a longer one must be zero,
 * because this version does not know what it means. Returns false if the size or the tail is bad.
 * The size in `known` becomes `known_size`.
 */
static inline bool kron_eye_known_struct(const void *structure, size_t min_size, void *known,
                                         size_t known_size) {
  size_t size;
  memcpy(&size, structure, sizeof size);
  if (size < min_size || size > KRON_EYE_STRUCT_MAX) return false;
  for (size_t i = known_size; i < size; i++)
    if (((const unsigned char *)structure)[i] != 0) return false;
  memcpy(known, structure, size < known_size ? size : known_size);
  memcpy(known, &known_size, sizeof known_size);
  return true;
}

/* Is an enum's or a switch's value one of 0 .. last? */
static inline bool kron_eye_within(int value, int last) {
  return value >= 0 && value <= last;
}

#endif
