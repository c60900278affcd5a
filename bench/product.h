/* One product of the whole operator, y[r,a,i,c] = sum_j op(W_a)[i,j] x[r,a,j,c], for operator.c:
 * its arrays, whether a result is right, and the ways to compute it. */
#ifndef KRON_EYE_BENCH_PRODUCT_H
#define KRON_EYE_BENCH_PRODUCT_H

#include "blas.h"
#include "rounds.h"
#include "task.h"

struct product {
  enum type type; /* TYPE_F32 or TYPE_F64 */
  size_t batch, left, m, n, right;
  bool transposed; /* W is stored n x m */
  bool each;       /* a W for each block */
  size_t threads;
  const struct blas *blas;
  void *w, *x, *y;
};

/** Fills the arrays with random values; the other members are given. */
void product_create(struct product *product);
void product_destroy(struct product *product);

/** Elements of one W, of all of them, of x, of y. */
static inline size_t product_w(const struct product *p) {
  return p->m * p->n;
}
static inline size_t product_all_w(const struct product *p) {
  return product_w(p) * (p->each ? p->left : 1);
}
static inline size_t product_x(const struct product *p) {
  return p->batch * p->left * p->n * p->right;
}
static inline size_t product_y(const struct product *p) {
  return p->batch * p->left * p->m * p->right;
}

/** Element i of an array of the product. */
static inline double product_get(const struct product *p, const void *array, size_t i) {
  return p->type == TYPE_F64 ? ((const double *)array)[i] : (double)((const float *)array)[i];
}
/** Its address. */
static inline const void *product_at(const struct product *p, const void *array, size_t i) {
  return (const char *)array + i * y_size(p->type);
}

/** op(W_a) for all a, packed as m x n or as its transpose; the caller frees it. */
void *product_pack(const struct product *product, bool transposed);

/** Runs the way on a y full of NaN, compares some fibres, the first and the last among them, with
 * sums in long double, and dies where one is off by more than kron_eye promises. */
void product_check(const struct product *product, const struct way *way);

enum { MOST_WAYS = 16 };

/** The floors, the plan, the call, the BLAS and the other libraries, as far as each can compute it;
 * returns their number. The names of peers begin with one of PRODUCT_PEERS. */
size_t product_ways(const struct product *product, struct way ways[MOST_WAYS]);
#define PRODUCT_PEERS "cblas|LIBXSMM|oneDNN"

/** Each adds at most one way, and returns whether it did. */
bool product_libxsmm(const struct product *product, struct way *way);
bool product_onednn(const struct product *product, struct way *way);

#endif
