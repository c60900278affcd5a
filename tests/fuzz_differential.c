/*
 * fuzz_differential.c - arbitrary shapes, strides, factors and data. On small integers, every plan
 * gives the oracle's result exactly. On arbitrary bits, plans that skip zeros, multiply them or
 * choose agree bit for bit (or both have a NaN). Each process runs one ISA path, given by
 * KRON_EYE_ISA.
 */
#include "fuzz_input.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "types.h"

enum { MOST_BATCH = 20, MOST_LEFT = 5, MOST_M = 70, MOST_N = 40, MOST_PAD = 3 };

typedef struct product {
  const plan_types *t;
  size_t batch, left, m, n, ldw, ldx, ldy;
  double alpha, beta;
  bool integers;
  void *w, *x, *y;
} product;

static size_t extent(size_t rows, size_t stride, size_t length) {
  return rows == 0 || length == 0 ? 0 : (rows - 1) * stride + length;
}

/* Bytes of the input become small integers instead of arbitrary bits; half of them are zeros. */
static void *elements(fuzz_input *in, element e, size_t count, bool integers) {
  if (!integers) return fuzz_array(in, count * element_size(e));
  uint8_t *bytes = fuzz_array(in, count);
  fuzz_input none = {NULL, 0};
  void *array = fuzz_array(&none, count * element_size(e));
  for (size_t i = 0; i < count; i++) {
    const int value = bytes[i] % 16;
    element_set(e, array, i, e == ELEMENT_U8 || value < 8 ? bytes[i] % 8 : 0 - (bytes[i] % 16 - 8));
    if (bytes[i] >= 128) element_set(e, array, i, 0);
  }
  free(bytes);
  return array;
}

/* The result of one plan: a new array like p->y. */
static void *apply(const product *p, int zeros, size_t threads) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = p->left;
  shape.m = p->m;
  shape.n = p->n;
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  options.zeros = zeros;
  options.threads = threads;
  kron_eye_plan *plan = NULL;
  FUZZ_REQUIRE(p->t->create(&plan, &shape, p->w, p->ldw, &options) == 0);
  const size_t bytes = extent(p->batch, p->ldy, p->left * p->m) * element_size(p->t->y);
  fuzz_input old = {p->y, bytes};
  void *y = fuzz_array(&old, bytes);
  FUZZ_REQUIRE(p->t->apply(plan, p->batch, p->alpha, p->x, p->ldx, p->beta, y, p->ldy) == 0);
  kron_eye_plan_destroy(plan);
  return y;
}

static void check_exact(const product *p, const void *y) {
  for (size_t b = 0; b < p->batch; b++)
    for (size_t i = 0; i < p->left * p->m; i++) {
      double sum = 0;
      for (size_t j = 0; j < p->n; j++)
        sum += element_get(p->t->y, p->w, i % p->m * p->ldw + j) *
               element_get(p->t->x, p->x, b * p->ldx + i / p->m * p->n + j);
      const size_t at = b * p->ldy + i;
      const double old = p->beta == 0 ? 0 : element_get(p->t->y, p->y, at);
      FUZZ_REQUIRE(element_get(p->t->y, y, at) == p->alpha * sum + p->beta * old);
    }
}

static void check_same(const product *p, const void *a, const void *b) {
  const size_t size = element_size(p->t->y), count = extent(p->batch, p->ldy, p->left * p->m);
  for (size_t i = 0; i < count; i++) {
    const double u = element_get(p->t->y, a, i), v = element_get(p->t->y, b, i);
    FUZZ_REQUIRE((isnan(u) && isnan(v)) ||
                 memcmp((const char *)a + i * size, (const char *)b + i * size, size) == 0);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const double factors[] = {0, 1, -1, 2, 0.5};
  fuzz_input in = {data, size};
  product p = {.t = &all_plan_types[fuzz_below(&in, PLAN_TYPES)]};
  p.integers = fuzz_below(&in, 4) != 0;
  p.batch = fuzz_below(&in, MOST_BATCH);
  p.left = fuzz_below(&in, MOST_LEFT);
  p.m = fuzz_below(&in, MOST_M);
  p.n = fuzz_below(&in, MOST_N);
  p.ldw = p.n + fuzz_below(&in, MOST_PAD);
  p.ldx = p.left * p.n + fuzz_below(&in, MOST_PAD);
  p.ldy = p.left * p.m + fuzz_below(&in, MOST_PAD);
  p.alpha = factors[fuzz_below(&in, 5)];
  p.beta = factors[fuzz_below(&in, 5)];
  p.w = elements(&in, p.t->y, extent(p.m, p.ldw, p.n), p.integers);
  p.x = elements(&in, p.t->x, extent(p.batch, p.ldx, p.left * p.n), p.integers);
  p.y = elements(&in, p.t->y, extent(p.batch, p.ldy, p.left * p.m), p.integers);
  void *multiplied = apply(&p, KRON_EYE_ZEROS_MULTIPLY, 1);
  if (p.integers) check_exact(&p, multiplied);
  for (int zeros = KRON_EYE_ZEROS_AUTO; zeros < KRON_EYE_ZEROS_MULTIPLY; zeros++) {
    void *skipped = apply(&p, zeros, 0);
    check_same(&p, skipped, multiplied);
    free(skipped);
  }
  free(multiplied);
  free(p.w);
  free(p.x);
  free(p.y);
  return 0;
}
