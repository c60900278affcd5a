/* The gradient of W of one layer, dW = sum over all blocks of dy x^T, for gradient.c: its arrays
 * and the ways to compute it. */
#ifndef KRON_EYE_BENCH_GRADIENT_H
#define KRON_EYE_BENCH_GRADIENT_H

#include "blas.h"
#include "rounds.h"
#include "task.h"

struct gradient {
  struct task task;        /* the forward product, TYPE_F32 or TYPE_F64 */
  void *dy, *dw;           /* as y, as W */
  void *bias;              /* m */
  void *partial;           /* threads x m x n */
  const struct blas *blas; /* the linked one, then those of --blas */
  size_t blas_count;
};

static inline size_t gradient_vectors(const struct gradient *g) {
  return g->task.rows * g->task.blocks;
}

enum { GRADIENT_WAYS = 7 + 5 * (1 + ROUNDS_BLASES) };

/** The ways to compute dW, the forward product with and without bias and RELU, and the floors;
 * returns their number. The names of those that compute dW begin with "gradient" or one of
 * GRADIENT_PEERS. */
size_t gradient_ways(const struct gradient *gradient, struct way ways[GRADIENT_WAYS]);
#define GRADIENT_PEERS "cblas|oneDNN"

/** oneDNN's, if it was found; returns whether it was. */
bool gradient_onednn(const struct gradient *gradient, struct way *way);

#endif
