/*
 * rearrange.h - arrays whose elements change places or are scaled, for tests of relations between
 * products. Arrays are for the caller to free.
 */
#ifndef TESTS_REARRANGE_H
#define TESTS_REARRANGE_H

#include <stdbool.h>

#include <kron_eye.h>

#include "random.h"
#include "types.h"

enum { PERMUTED_MOST = 256 }; /**< items along an axis that is permuted */

/** The sizes of an array along three axes. */
typedef struct box {
  size_t outer, middle, inner;
} box;

/** Which item along each axis becomes which; NULL: all stay. */
typedef struct moves {
  const size_t *outer, *middle, *inner;
} moves;

char *elements(element e, size_t count); /**< zeros */

/** Small integers, whose products and sums are exact, or numbers of a normal distribution; bytes
    are never negative. */
char *drawn(element e, size_t count, bool integers, rng *r);

/** All elements times a power of two, which rounds nothing that is not subnormal. */
void scale(element e, void *array, size_t count, double by);

/** A random order of `count` items, at most PERMUTED_MOST. */
void permutation(size_t order[PERMUTED_MOST], size_t count, rng *r);

size_t moved(const size_t *order, size_t k); /**< order[k], or k if order is NULL */

/** to[k] = from[order[k]] along each axis, where `to` has the sizes of `part`. */
char *rearranged(element e, const char *from, box whole, box part, moves move);

/** Where op(W)[i,j] of block a lies in tight Ws. */
size_t at_w(const kron_eye_shape *s, size_t a, size_t i, size_t j);

#endif
