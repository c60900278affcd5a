/*
 * fuzz_numbers.h - for targets whose operands are too many for the bytes of an input: sizes and
 * strides from the input, numbers from a seed in it, arrays between inaccessible pages, and the
 * comparison of an element with its value in long double.
 */
#ifndef TESTS_FUZZ_NUMBERS_H
#define TESTS_FUZZ_NUMBERS_H

#include "fuzz_input.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kron_eye.h>

#include "types.h"

/** What elements are made of; some are zeros in each. */
typedef enum fuzz_kind {
  FUZZ_INTEGERS, /**< small, so that every order of additions gives the exact sum */
  FUZZ_FINITE,   /**< of any sign and many magnitudes, subnormal ones too; no sum overflows */
  FUZZ_SPECIAL,  /**< the same, and a NaN or an infinity here and there */
  FUZZ_KINDS
} fuzz_kind;

typedef struct fuzz_numbers {
  fuzz_kind kind;
  uint64_t seed;
  unsigned zeros; /**< of 8 elements, about */
} fuzz_numbers;

/** Two bytes: the kind is one of the first `kinds`. */
fuzz_numbers fuzz_numbers_of(fuzz_input *in, size_t kinds);

/** The next number, which is one of the type e. */
double fuzz_number(fuzz_numbers *numbers, element e);

/** Three bytes: a size in [0, small), or sometimes in [0, large). */
size_t fuzz_size(fuzz_input *in, size_t small, size_t large);

/** Any left, m, n, right, op and batch. Halved until the products of all of them are at most
 *  `work`, and a row of x or y times the batch has at most FUZZ_MOST_ELEMENTS. */
kron_eye_shape fuzz_shape(fuzz_input *in, size_t *batch, size_t work);

/** How W is stored. */
size_t fuzz_stored_rows(const kron_eye_shape *shape);
size_t fuzz_stored_columns(const kron_eye_shape *shape);
/** Elements from the first of W to behind the last. */
size_t fuzz_w_extent(const kron_eye_shape *shape, size_t ldw);
/** Where op(W_a)[i,j] stands. */
size_t fuzz_w_place(const kron_eye_shape *shape, size_t ldw, size_t a, size_t i, size_t j);
/** stridew and ldw: one W, one for each block, behind one another or interleaved, or (where they
 *  may) overlapping. */
size_t fuzz_w_strides(fuzz_input *in, kron_eye_shape *shape, bool may_overlap);

/** How a product is asked for: strides, factors, and what x and y hold. */
typedef struct fuzz_call {
  size_t ldx, ldy;
  double alpha, beta;
  int filler; /**< of the gaps of y: NaN, where y is not to be read */
  fuzz_numbers numbers;
} fuzz_call;

/** Five bytes. Rows of so many elements, ldx = 0 among the strides; no NaN or infinity for a BLAS,
 *  which may treat them in its own way. */
fuzz_call fuzz_call_of(fuzz_input *in, size_t row_x, size_t row_y, bool own_kernels);

/** Elements of `rows` rows, `stride` apart. */
size_t fuzz_extent(size_t rows, size_t stride, size_t length);

enum {
  FUZZ_MOST_ELEMENTS = 1 << 17, /**< of an array */
  FUZZ_ARENA_BYTES = 1 << 22,
  FUZZ_SLOTS = 6
};

/**
 * Array number `slot`, until the next call with that number: `bytes` bytes that end (or begin) at
 * an inaccessible page. To write; whoever reads only is given fuzz_reader(slot, array), where
 * writing ends the program.
 */
void *fuzz_guarded(size_t slot, size_t bytes, bool at_end);
const void *fuzz_reader(size_t slot, const void *array);

/** Such an array of `rows` rows of numbers with `filler` in the bytes between them. */
void *fuzz_rows(fuzz_numbers *numbers, size_t slot, element e, size_t rows, size_t stride,
                size_t length, bool at_end, int filler);

/** Requires the bytes between the rows to be `filler` still. */
void fuzz_require_gaps(const void *array, element e, size_t rows, size_t stride, size_t length,
                       int filler);

/** Requires the same bits, or both to be a NaN. */
void fuzz_require_same(element e, const void *a, const void *b, size_t count);

/** Requires `got` to be `expected`, within `bound` where that is finite; exactly if 0. */
void fuzz_require_near(double got, long double expected, long double bound);

#endif
