/* The lower bound of a product in a small program: one pass over what it reads and writes. */
#ifndef KRON_EYE_BENCH_PASS_H
#define KRON_EYE_BENCH_PASS_H

#include "rounds.h"

struct pass {
  const void *x; /* read while y is written */
  size_t x_bytes;
  void *y;
  size_t y_bytes;
  const void *w; /* read before */
  size_t w_bytes;
  size_t places; /* of x and y at once */
  bool streaming;
};

enum { PASS_WAYS = 4 };

/** Adds the pass at one and at four places, with ordinary and with streaming stores, as ways named
 * "pass"; returns the new number of ways. */
size_t pass_ways(struct pass pass, struct way *ways, size_t count);

#endif
