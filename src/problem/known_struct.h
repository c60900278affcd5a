/* The callers' structs, which may be of another version than the library. */
#ifndef KRON_EYE_PROBLEM_KNOWN_STRUCT_H
#define KRON_EYE_PROBLEM_KNOWN_STRUCT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A struct of a caller that was compiled with another version may be shorter or longer than ours,
 * never shorter than `least`. What a longer one holds beyond ours must be zero: we would not do it.
 */
static inline bool kron_eye_known_struct(const void *structure, size_t size, size_t least,
                                         size_t ours) {
  if (size < least) return false;
  for (size_t i = ours; i < size; i++)
    if (((const unsigned char *)structure)[i] != 0) return false;
  return true;
}

/* Is an enum's or a switch's value one of 0 .. last? */
static inline bool kron_eye_within(int value, int last) {
  return value >= 0 && value <= last;
}

#endif
