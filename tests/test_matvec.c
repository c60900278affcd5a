/*
 * test_matvec.c - the one-call functions compute (I_k (x) W) x: exactly if every sum is an integer,
 * otherwise within the promised bound; and they write only y.
 */
#include "check.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "oracle.h"
#include "random.h"
#include "types.h"

/* The published example: k = 3, W 3 x 2, four rows of six. The expected values were computed by
 * hand from the equation, not by any program of this project. */
static void published_example_is_exact(void **state) {
  (void)state;
  enum { BATCH = 4, K = 3, M = 3, N = 2 };
  const float w[M * N] = {1, 2, 3, 4, 5, 6};
  const float x[BATCH * K * N] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
                                  13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24};
  const float expected[BATCH * K * M] = {
      5,  11,  17,  11, 25,  39,  17, 39,  61,  /* [1 2 | 3 4 | 5 6] */
      23, 53,  83,  29, 67,  105, 35, 81,  127, /* [7 8 | 9 10 | 11 12] */
      41, 95,  149, 47, 109, 171, 53, 123, 193, /* [13 14 | 15 16 | 17 18] */
      59, 137, 215, 65, 151, 237, 71, 165, 259, /* [19 20 | 21 22 | 23 24] */
  };
  float y[BATCH * K * M];
  assert_int_equal(kron_eye_matvec_batch(BATCH, K, M, N, w, x, y), 0);
  assert_memory_equal(y, expected, sizeof y);
  memset(y, 0xff, sizeof y);
  for (size_t r = 0; r < BATCH; r++)
    assert_int_equal(kron_eye_matvec(K, M, N, w, x + r * K * N, y + r * K * M), 0);
  assert_memory_equal(y, expected, sizeof y);

  double w64[M * N], x64[BATCH * K * N], y64[BATCH * K * M];
  for (size_t i = 0; i < M * N; i++) w64[i] = (double)w[i];
  for (size_t i = 0; i < BATCH * K * N; i++) x64[i] = (double)x[i];
  assert_int_equal(kron_eye_matvec_batch_f64(BATCH, K, M, N, w64, x64, y64), 0);
  for (size_t i = 0; i < BATCH * K * M; i++) assert_true(y64[i] == (double)expected[i]);
}

/* One shape in one type: the arrays, and the same numbers in double for the oracle. */
typedef struct product {
  const call_types *t;
  size_t batch, k, m, n;
  void *w, *x, *y;
  double *w_double, *x_double;
} product;

enum { CANARIES = 8 };
#define CANARY 12345.0

static product product_create(const call_types *t, size_t batch, size_t k, size_t m, size_t n,
                              double (*value)(rng *), rng *r) {
  product p = {t, batch, k, m, n, NULL, NULL, NULL, NULL, NULL};
  const size_t xs = batch * k * n, ys = batch * k * m;
  p.w = calloc(m * n + 1, element_size(t->e));
  p.x = calloc(xs + 1, element_size(t->e));
  p.y = calloc(ys + CANARIES, element_size(t->e));
  p.w_double = calloc(m * n + 1, sizeof(double));
  p.x_double = calloc(xs + 1, sizeof(double));
  assert_true(p.w && p.x && p.y && p.w_double && p.x_double);
  for (size_t i = 0; i < m * n; i++) {
    element_set(t->e, p.w, i, value(r));
    p.w_double[i] = element_get(t->e, p.w, i);
  }
  for (size_t i = 0; i < xs; i++) {
    element_set(t->e, p.x, i, value(r));
    p.x_double[i] = element_get(t->e, p.x, i);
  }
  for (size_t i = 0; i < ys; i++) element_set(t->e, p.y, i, NAN); /* y is not read */
  for (size_t i = ys; i < ys + CANARIES; i++) element_set(t->e, p.y, i, CANARY);
  return p;
}

static void product_destroy(product *p) {
  free(p->w);
  free(p->x);
  free(p->y);
  free(p->w_double);
  free(p->x_double);
}

/* Computes the product in one call, or in one call per row. */
static void product_run(const product *p, bool row_by_row) {
  if (!row_by_row) {
    assert_int_equal(p->t->matvec_batch(p->batch, p->k, p->m, p->n, p->w, p->x, p->y), 0);
    return;
  }
  const size_t size = element_size(p->t->e);
  for (size_t r = 0; r < p->batch; r++)
    assert_int_equal(p->t->matvec(p->k, p->m, p->n, p->w,
                                  (const char *)p->x + r * p->k * p->n * size,
                                  (char *)p->y + r * p->k * p->m * size),
                     0);
}

/* Compares y with the dense oracle; returns the largest error as a fraction of its bound. With
 * `exact`, no error is accepted. */
static long double product_check(const product *p, bool exact) {
  const size_t outputs = p->k * p->m, inputs = p->k * p->n;
  double *kron = oracle_kron_identity(p->k, p->m, p->n, p->w_double);
  long double *value = calloc(outputs + 1, sizeof *value);
  long double *magnitude = calloc(outputs + 1, sizeof *magnitude);
  assert_true(kron && value && magnitude);
  long double worst = 0;
  for (size_t r = 0; r < p->batch; r++) {
    oracle_apply(outputs, inputs, kron, p->x_double + r * inputs, value, magnitude);
    for (size_t i = 0; i < outputs; i++) {
      const double y = element_get(p->t->e, p->y, r * outputs + i);
      const long double error = fabsl(y - value[i]);
      const long double bound = exact ? 0 : oracle_bound(p->t->format, p->n, 1, magnitude[i], 0, 0);
      if (!(error <= bound))
        fail_msg("%s batch=%zu k=%zu m=%zu n=%zu: y[%zu,%zu] = %.17g, not %.17Lg", p->t->name,
                 p->batch, p->k, p->m, p->n, r, i, y, value[i]);
      if (bound > 0 && error / bound > worst) worst = error / bound;
    }
  }
  for (size_t i = 0; i < CANARIES; i++)
    assert_true(element_get(p->t->e, p->y, p->batch * outputs + i) == CANARY);
  free(kron);
  free(value);
  free(magnitude);
  return worst;
}

static double small_integer(rng *r) {
  return (double)rng_below(r, 17) - 8;
}

/* Whether two of the three are equal, which could hide a swapped index. */
static bool all_differ(size_t k, size_t m, size_t n) {
  return k != m && m != n && k != n;
}

/* Shapes with k, m and n all different, in both types, in one call and in one call per row. The
 * values are integers, so that any order of additions gives the same result and no tolerance is
 * needed. */
static void small_shapes_are_exact(void **state) {
  (void)state;
  const size_t ks[] = {1, 2, 3, 5, 8}, ms[] = {1, 2, 3, 4, 7, 10, 17, 33},
               ns[] = {1, 2, 4, 5, 6, 9, 16, 31}, batches[] = {1, 2, 6};
  rng r = rng_start("small shapes");
  size_t cases = 0;
  for (size_t t = 0; t < CALL_TYPES; t++)
    for (size_t b = 0; b < 3; b++)
      for (size_t k = 0; k < 5; k++)
        for (size_t m = 0; m < 8; m++)
          for (size_t n = 0; n < 8; n++) {
            if (!all_differ(ks[k], ms[m], ns[n])) continue;
            product p = product_create(&all_call_types[t], batches[b], ks[k], ms[m], ns[n],
                                       small_integer, &r);
            for (int row_by_row = 0; row_by_row <= 1; row_by_row++, cases++) {
              product_run(&p, row_by_row != 0);
              product_check(&p, true);
            }
            product_destroy(&p);
          }
  check_cases("small shapes, exact", cases, CALL_TYPES * 3 * 261 * 2);
}

/* Normal values and larger shapes, within the bound. */
static void larger_shapes_are_within_the_bound(void **state) {
  (void)state;
  const size_t shapes[][4] = {/* batch, k, m, n */
                              {1, 3, 1, 1000}, {5, 4, 30, 784}, {2, 7, 65, 31}, {1, 2, 300, 40},
                              {40, 1, 10, 30}, {3, 30, 10, 29}, {1, 17, 64, 63}};
  rng r = rng_start("larger shapes");
  size_t cases = 0;
  for (size_t t = 0; t < CALL_TYPES; t++) {
    long double worst = 0;
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
      product p = product_create(&all_call_types[t], shapes[s][0], shapes[s][1], shapes[s][2],
                                 shapes[s][3], rng_normal, &r);
      for (int row_by_row = 0; row_by_row <= 1; row_by_row++, cases++) {
        product_run(&p, row_by_row != 0);
        worst = fmaxl(worst, product_check(&p, false));
      }
      product_destroy(&p);
    }
    printf("# %s: worst error / bound %.3Lf\n", all_call_types[t].name, worst);
  }
  check_cases("larger shapes", cases, 2 * 7 * 2);
}

/* The oracle that works block by block agrees with the one that forms the matrix. */
static void both_oracles_agree(void **state) {
  (void)state;
  enum { K = 5, M = 4, N = 7 };
  double w[M * N], x[K * N];
  rng r = rng_start("oracles");
  for (size_t i = 0; i < M * N; i++) w[i] = rng_normal(&r);
  for (size_t i = 0; i < K * N; i++) x[i] = rng_normal(&r);
  long double dense[K * M], dense_size[K * M], blocks[K * M], blocks_size[K * M];
  double *kron = oracle_kron_identity(K, M, N, w);
  assert_non_null(kron);
  oracle_apply(K * M, K * N, kron, x, dense, dense_size);
  oracle_blocks(K, M, N, w, x, blocks, blocks_size);
  for (size_t i = 0; i < K * M; i++) {
    assert_true(dense[i] == blocks[i]);
    assert_true(dense_size[i] == blocks_size[i]);
  }
  free(kron);
}

/* Each size in turn is 0: without output no pointer is checked; without input the result is zeros.
 */
static void zero_sizes(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t t = 0; t < CALL_TYPES; t++) {
    const call_types *c = &all_call_types[t];
    double y[12]; /* large enough for six elements of either type */
    memset(y, 0xff, sizeof y);
    double untouched[12];
    memcpy(untouched, y, sizeof y);
    const double w[6] = {1, 1, 1, 1, 1, 1}, x[6] = {1, 1, 1, 1, 1, 1};
    assert_int_equal(c->matvec(0, 2, 3, w, x, y), 0);
    assert_int_equal(c->matvec(2, 0, 3, w, x, y), 0);
    assert_int_equal(c->matvec_batch(0, 1, 2, 3, w, x, y), 0);
    assert_int_equal(c->matvec_batch(1, 0, 2, 3, w, x, y), 0);
    assert_int_equal(c->matvec_batch(2, 1, 0, 3, w, x, y), 0);
    assert_memory_equal(y, untouched, sizeof y);
    /* pointers to empty arrays may be NULL */
    assert_int_equal(c->matvec(0, 2, 3, w, NULL, NULL), 0);
    assert_int_equal(c->matvec(2, 0, 3, NULL, x, NULL), 0);
    assert_int_equal(c->matvec(0, 0, 0, NULL, NULL, NULL), 0);
    assert_int_equal(c->matvec_batch(0, 1, 2, 3, w, NULL, NULL), 0);
    assert_int_equal(c->matvec_batch(0, 0, 0, 0, NULL, NULL, NULL), 0);
    /* n = 0: y = 0, also where it held NaN */
    assert_int_equal(c->matvec(2, 3, 0, NULL, NULL, y), 0);
    for (size_t i = 0; i < 6; i++) assert_true(element_get(c->e, y, i) == 0);
    memset(y, 0xff, sizeof y);
    assert_int_equal(c->matvec_batch(3, 1, 2, 0, NULL, NULL, y), 0);
    for (size_t i = 0; i < 6; i++) assert_true(element_get(c->e, y, i) == 0);
    assert_memory_equal((char *)y + 6 * element_size(c->e),
                        (char *)untouched + 6 * element_size(c->e),
                        sizeof y - 6 * element_size(c->e));
    cases += 12;
  }
  check_cases("zero sizes", cases, 24);
}

/* W = I copies x. */
static void identity_copies(void **state) {
  (void)state;
  enum { BATCH = 3, K = 2, SIZE = 45 };
  float w[SIZE * SIZE] = {0}, x[BATCH * K * SIZE], y[BATCH * K * SIZE];
  rng r = rng_start("identity");
  for (size_t i = 0; i < SIZE; i++) w[i * SIZE + i] = 1;
  for (size_t i = 0; i < BATCH * K * SIZE; i++) x[i] = (float)rng_normal(&r);
  assert_int_equal(kron_eye_matvec_batch(BATCH, K, SIZE, SIZE, w, x, y), 0);
  assert_memory_equal(x, y, sizeof x);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(published_example_is_exact),
      cmocka_unit_test(small_shapes_are_exact),
      cmocka_unit_test(larger_shapes_are_within_the_bound),
      cmocka_unit_test(both_oracles_agree),
      cmocka_unit_test(zero_sizes),
      cmocka_unit_test(identity_copies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
