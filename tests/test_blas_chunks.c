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
  size_t batch, left, m, n, right;
  bool transposed, own_w;     /* W^T is stored; each block has a W of its own */
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

static size_t ldw_of(const layout *s) {
  return (s->transposed ? s->m : s->n) + s->gap_w;
}
static size_t stored_w(const layout *s) {
  return (s->transposed ? s->n : s->m) * ldw_of(s);
}
static size_t ldx_of(const layout *s) {
  return s->broadcast ? 0 : s->left * s->n * s->right + s->gap_x;
}
static size_t ldy_of(const layout *s) {
  return s->left * s->m * s->right + s->gap_y;
}

/* y = alpha (I (x) op(W) (x) I) x + beta y by the equation, gaps left alone. */
static void by_the_equation(const layout *s, double alpha, const double *w, const double *x,
                            double beta, double *y) {
  const size_t row = s->transposed ? 1 : ldw_of(s), column = s->transposed ? ldw_of(s) : 1;
  for (size_t r = 0; r < s->batch; r++)
    for (size_t a = 0; a < s->left; a++)
      for (size_t i = 0; i < s->m; i++)
        for (size_t c = 0; c < s->right; c++) {
          const double *wa = w + (s->own_w ? a * stored_w(s) : 0) + i * row;
          const double *xa = x + r * ldx_of(s) + a * s->n * s->right + c;
          double sum = 0;
          for (size_t j = 0; j < s->n; j++) sum += wa[j * column] * xa[j * s->right];
          double *out = &y[r * ldy_of(s) + (a * s->m + i) * s->right + c];
          *out = alpha * sum + (beta == 0 ? 0 : beta * *out);
        }
}

/* Checks one layout with one limit, in both types. */
static void expect_equation(const layout *s, size_t limit, double beta, rng *r) {
  const double alpha = 2;
  const size_t ldw = ldw_of(s), ldx = ldx_of(s), ldy = ldy_of(s);
  const size_t stride = s->own_w ? stored_w(s) : 0, ws = stored_w(s) * (s->own_w ? s->left : 1);
  const size_t xs = s->batch * (s->left * s->n * s->right + s->gap_x), ys = s->batch * ldy;
  double *w = integers(r, ws), *x = integers(r, xs), *y = integers(r, ys),
         *expected = calloc(ys + 1, sizeof *expected);
  assert_non_null(expected);
  memcpy(expected, y, ys * sizeof *y);
  by_the_equation(s, alpha, w, x, beta, expected);

  float *w32 = narrowed(w, ws), *x32 = narrowed(x, xs), *y32 = narrowed(y, ys);
  const struct kron_eye_operator op64 = {.types = KRON_EYE_F64,
                                         .left = s->left,
                                         .m = s->m,
                                         .n = s->n,
                                         .right = s->right,
                                         .w = w,
                                         .w_row = s->transposed ? 1 : ldw,
                                         .w_column = s->transposed ? ldw : 1,
                                         .w_block = stride};
  struct kron_eye_operator op32 = op64;
  op32.types = KRON_EYE_F32;
  op32.w = w32;
  const struct kron_eye_finish finish = kron_eye_finish_plain(alpha, beta);
  const struct kron_eye_operands rows64 = {s->batch, x, ldx, y, ldy, finish},
                                 rows32 = {s->batch, x32, ldx, y32, ldy, finish};
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

/* The gradient of one layout, in double: its dW is laid out as W. */
static void expect_gradient(const layout *s, size_t limit, double beta, rng *r) {
  const double alpha = 2;
  const size_t ldw = ldw_of(s), ldx = ldx_of(s),
               ldy = s->broadcast && s->batch % 2 == 0 ? 0 : ldy_of(s);
  const size_t blocks = s->own_w ? s->left : 1, ws = stored_w(s) * blocks;
  double *dw = integers(r, ws), *x = integers(r, s->batch * (s->left * s->n * s->right + s->gap_x)),
         *dy = integers(r, s->batch * ldy_of(s)), *expected = calloc(ws + 1, sizeof *expected);
  assert_non_null(expected);
  memcpy(expected, dw, ws * sizeof *dw);
  const size_t row = s->transposed ? 1 : ldw, column = s->transposed ? ldw : 1;
  for (size_t b = 0; b < blocks; b++)
    for (size_t i = 0; i < s->m; i++)
      for (size_t j = 0; j < s->n; j++) {
        double sum = 0, *out = &expected[b * stored_w(s) + i * row + j * column];
        for (size_t k = 0; k < s->batch * (s->left / blocks) * s->right; k++) {
          const size_t c = k % s->right, a = b + k / s->right % (s->left / blocks),
                       q = k / s->right / (s->left / blocks);
          sum += x[q * ldx + (a * s->n + j) * s->right + c] *
                 dy[q * ldy + (a * s->m + i) * s->right + c];
        }
        *out = alpha * sum + beta * *out;
      }
  const struct kron_eye_gradient gradient = {.op = {.types = KRON_EYE_F64,
                                                    .left = s->left,
                                                    .m = s->m,
                                                    .n = s->n,
                                                    .right = s->right,
                                                    .w_row = row,
                                                    .w_column = column,
                                                    .w_block = s->own_w ? stored_w(s) : 0,
                                                    .transposed = s->transposed},
                                             .batch = s->batch,
                                             .alpha = alpha,
                                             .beta = beta,
                                             .x = x,
                                             .dy = dy,
                                             .ldx = ldx,
                                             .lddy = ldy,
                                             .dw = dw};
  kron_eye_run_blas_gradient(&gradient, limit);
  for (size_t i = 0; i < ws; i++) assert_true(dw[i] == expected[i]);
  free(dw);
  free(x);
  free(dy);
  free(expected);
}

static void any_limit_gives_the_same(void **state) {
  (void)state;
  const layout layouts[] = {
      /* batch, left, m, n, right, transposed, own W, gaps of W, x, y, one row of x */
      {1, 5, 3, 7, 1, false, false, 0, 0, 0, false},  /* one row */
      {6, 5, 3, 7, 1, false, false, 0, 0, 0, false},  /* rows that follow one another */
      {6, 5, 3, 7, 1, false, false, 2, 0, 0, false},  /* W padded */
      {6, 5, 3, 7, 1, false, false, 0, 4, 0, false},  /* gaps in x, more rows than blocks */
      {6, 5, 3, 7, 1, false, false, 1, 0, 9, false},  /* gaps in y */
      {3, 5, 4, 11, 1, false, false, 1, 3, 2, false}, /* gaps, more blocks than rows */
      {4, 2, 3, 7, 1, false, false, 0, 0, 0, true},   /* one row of x for all */
      {2, 1, 1, 1, 1, false, false, 0, 0, 0, false},
      {6, 5, 3, 7, 1, true, false, 2, 1, 0, false},  /* transposed */
      {6, 5, 1, 7, 1, true, false, 2, 0, 3, false},  /* transposed, one output */
      {6, 5, 3, 1, 1, true, false, 0, 0, 0, false},  /* transposed, one input */
      {1, 5, 3, 1, 1, false, false, 0, 0, 0, false}, /* one input */
      {6, 4, 3, 7, 1, false, true, 1, 2, 0, false},  /* a W for each block */
      {1, 4, 3, 7, 1, true, true, 0, 0, 0, false},
      {4, 3, 2, 7, 1, true, true, 1, 0, 1, true},
      {2, 3, 4, 7, 5, false, false, 1, 2, 3, false}, /* right > 1 */
      {2, 3, 4, 7, 5, true, false, 0, 0, 0, false},
      {3, 2, 1, 7, 5, true, true, 2, 1, 1, false},
      {3, 2, 5, 1, 4, false, true, 0, 0, 0, true},
  };
  enum { LAYOUTS = sizeof layouts / sizeof *layouts };
  const size_t limits[] = {1, 2, 3, 5, 7, 8, 13, 30, 1000, INT32_MAX};
  const double betas[] = {0, 1, -3};
  rng r = rng_start("chunks");
  size_t cases = 0;
  for (size_t s = 0; s < LAYOUTS; s++)
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++)
      for (size_t b = 0; b < sizeof betas / sizeof *betas; b++, cases++) {
        expect_equation(&layouts[s], limits[l], betas[b], &r);
        expect_gradient(&layouts[s], limits[l], betas[b], &r);
      }
  check_cases("chunked products in two types, and gradients", cases, LAYOUTS * 10 * 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(any_limit_gives_the_same),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
