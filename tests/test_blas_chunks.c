/*
 * test_blas_chunks.c - the BLAS route with a limit far below INT32_MAX, so that it splits the
 * product as it does for arrays beyond 32-bit counts: the result is the same as in one piece, for
 * every layout of the rows. The values are integers, so that the order of additions does not
 * matter.
 */
#include "check.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "run/blas.h"

typedef struct layout {
  size_t batch, left, m, n;
  size_t gap_w, gap_x, gap_y; /* elements between rows */
  bool broadcast;             /* ldx = 0 */
} layout;

static double *integers(rng *r, size_t count) {
  double *a = calloc(count + 1, sizeof *a);
  assert_non_null(a);
  for (size_t i = 0; i < count; i++) a[i] = (double)rng_below(r, 9) - 4;
  return a;
}

static float *narrowed(const double *a, size_t count) {
  float *b = calloc(count + 1, sizeof *b);
  assert_non_null(b);
  for (size_t i = 0; i < count; i++) b[i] = (float)a[i];
  return b;
}

/* y = alpha (I (x) W) x + beta y by the equation, with the gaps untouched. */
static void by_the_equation(const layout *s, double alpha, const double *w, const double *x,
                            double beta, double *y) {
  const size_t ldw = s->n + s->gap_w, ldx = s->broadcast ? 0 : s->left * s->n + s->gap_x,
               ldy = s->left * s->m + s->gap_y;
  for (size_t r = 0; r < s->batch; r++)
    for (size_t a = 0; a < s->left; a++)
      for (size_t i = 0; i < s->m; i++) {
        double sum = 0;
        for (size_t j = 0; j < s->n; j++) sum += w[i * ldw + j] * x[r * ldx + a * s->n + j];
        double *out = &y[r * ldy + a * s->m + i];
        *out = alpha * sum + (beta == 0 ? 0 : beta * *out);
      }
}

/* Checks one layout with one limit, in both types. */
static void expect_equation(const layout *s, size_t limit, double beta, rng *r) {
  const double alpha = 2;
  const size_t ldw = s->n + s->gap_w, ldx = s->broadcast ? 0 : s->left * s->n + s->gap_x,
               ldy = s->left * s->m + s->gap_y;
  const size_t xs = s->batch * (s->left * s->n + s->gap_x), ys = s->batch * ldy;
  double *w = integers(r, s->m * ldw), *x = integers(r, xs), *y = integers(r, ys),
         *expected = calloc(ys + 1, sizeof *expected);
  assert_non_null(expected);
  memcpy(expected, y, ys * sizeof *y);
  by_the_equation(s, alpha, w, x, beta, expected);

  float *w32 = narrowed(w, s->m * ldw), *x32 = narrowed(x, xs), *y32 = narrowed(y, ys);
  const struct kron_eye_operator op64 = {KRON_EYE_F64, s->left, s->m, s->n, w, ldw},
                                 op32 = {KRON_EYE_F32, s->left, s->m, s->n, w32, ldw};
  const struct kron_eye_operands rows64 = {s->batch, x, ldx, y, ldy, alpha, beta},
                                 rows32 = {s->batch, x32, ldx, y32, ldy, alpha, beta};
  kron_eye_run_blas(&op64, &rows64, limit);
  kron_eye_run_blas(&op32, &rows32, limit);
  for (size_t i = 0; i < ys; i++) {
    assert_true(y[i] == expected[i]);
    assert_true((double)y32[i] == expected[i]);
  }
  free(w);
  free(x);
  free(y);
  free(expected);
  free(w32);
  free(x32);
  free(y32);
}

static void any_limit_gives_the_same(void **state) {
  (void)state;
  const layout layouts[] = {
      {1, 5, 3, 7, 0, 0, 0, false},  /* one row */
      {6, 5, 3, 7, 0, 0, 0, false},  /* rows that follow one another */
      {6, 5, 3, 7, 2, 0, 0, false},  /* W padded */
      {6, 5, 3, 7, 0, 4, 0, false},  /* gaps in x, more rows than blocks */
      {6, 5, 3, 7, 1, 0, 9, false},  /* gaps in y */
      {3, 5, 4, 11, 1, 3, 2, false}, /* gaps, more blocks than rows */
      {4, 2, 3, 7, 0, 0, 0, true},   /* one row of x for all */
      {2, 1, 1, 1, 0, 0, 0, false},
  };
  const size_t limits[] = {1, 2, 3, 5, 7, 8, 13, 30, 1000, INT32_MAX};
  const double betas[] = {0, 1, -3};
  rng r = rng_start("chunks");
  size_t cases = 0;
  for (size_t s = 0; s < sizeof layouts / sizeof *layouts; s++)
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++)
      for (size_t b = 0; b < sizeof betas / sizeof *betas; b++, cases++)
        expect_equation(&layouts[s], limits[l], betas[b], &r);
  check_cases("chunked products in two types", cases, 8 * 10 * 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_limit_gives_the_same),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
