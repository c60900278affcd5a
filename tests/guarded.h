/*
 * guarded.h - arrays that touch an inaccessible page: the first byte read or written past that edge
 * ends the program with SIGSEGV. This includes masked vector accesses, which gcc's address
 * sanitizer does not see.
 */
#ifndef TESTS_GUARDED_H
#define TESTS_GUARDED_H

#include <stddef.h>

/** Which edge of the array touches the inaccessible page. */
typedef enum guarded_edge {
  GUARDED_END,   /**< the byte after the last one is inaccessible */
  GUARDED_START, /**< the byte before the first one is inaccessible */
} guarded_edge;

typedef struct guarded {
  void *data;   /**< `bytes` bytes, zeroed; an empty array points at the inaccessible page */
  size_t bytes; /**< as asked for */
  void *map;    /**< the whole mapping: an inaccessible page on each side */
  size_t map_bytes;
} guarded;

/** A new array. A test that gets no memory fails. With GUARDED_END, the data are aligned only as
 * far as `bytes` is. */
guarded guarded_create(size_t bytes, guarded_edge edge);

/** From now on, writing to the array is a SIGSEGV too. */
void guarded_read_only(const guarded *array);

void guarded_destroy(guarded *array);

#endif
