/*
 * test_gradient.c - the gradient of W: every combination of left, m, n, right in 0..4, stored as it
 * is and transposed, one dW or one for each block, behind one another or interleaved, on both
 * routes, exactly on integers; larger shapes around tiles, groups and pieces within the bound; what
 * makes it a gradient: <dW, E> = <dy, (I (x) E (x) I) x> and finite differences of a loss. The same
 * bits for any threads, strides and zeros. The gradient of a bias, and the backward of RELU.
 *
 * x and dy are read-only and touch an inaccessible page, and so does dW. Where beta = 0, dW is NaN
 * before. Gaps of dW keep what they hold.
 */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "gradient_types.h"
#include "guarded.h"
#include "random.h"

/* ------------------------------------------------------------------ a problem and its oracle */

typedef enum arrangement { ONE_W, BEHIND, INTERLEAVED, ARRANGEMENTS } arrangement;

typedef struct problem {
  const gradient_types *t;
  kron_eye_shape shape;
  size_t batch, ldx, lddy, lddw;
  double alpha, beta;
  guarded x, dy, dw;
  double *old; /* all that dw holds before */
} problem;

static size_t row_x(const problem *p) {
  return p->shape.left * p->shape.n * p->shape.right;
}
static size_t row_y(const problem *p) {
  return p->shape.left * p->shape.m * p->shape.right;
}
static size_t stored_rows(const problem *p) {
  return p->shape.op == KRON_EYE_TRANSPOSE ? p->shape.n : p->shape.m;
}
static size_t stored_columns(const problem *p) {
  return p->shape.op == KRON_EYE_TRANSPOSE ? p->shape.m : p->shape.n;
}
static size_t extent(size_t rows, size_t stride, size_t length) {
  return rows == 0 || length == 0 ? 0 : (rows - 1) * stride + length;
}
static size_t blocks_of(const problem *p) {
  return p->shape.stridew == 0 ? 1 : p->shape.left;
}
static size_t place(const problem *p, size_t a, size_t i, size_t j) {
  const bool transposed = p->shape.op == KRON_EYE_TRANSPOSE;
  return a * p->shape.stridew + (transposed ? j : i) * p->lddw + (transposed ? i : j);
}
static size_t elements(const problem *p) {
  return p->dw.bytes / element_size(p->t->e);
}

typedef double draw(rng *r);

static double small_integer(rng *r) {
  return rng_below(r, 3) == 0 ? 0 : (double)rng_below(r, 9) - 4;
}

/* Sums of these lose many digits. */
static double of_any_magnitude(rng *r) {
  return ldexp(rng_normal(r), (int)rng_below(r, 61) - 30);
}

/* Products of these are subnormal in float, or zero. */
static double tiny(rng *r) {
  return ldexp(rng_normal(r), -70 - (int)rng_below(r, 8));
}

/* An array that ends, or sometimes starts, at an inaccessible page. */
static guarded numbers(element e, size_t count, draw *next, rng *r) {
  const guarded_edge edge = rng_below(r, 4) == 0 ? GUARDED_START : GUARDED_END;
  guarded g = guarded_create(count * element_size(e), edge);
  for (size_t i = 0; i < count; i++) element_set(e, g.data, i, next(r));
  return g;
}

static problem problem_create(const gradient_types *t, size_t left, size_t m, size_t n,
                              size_t right, int op, arrangement how, size_t batch, draw *next,
                              rng *r) {
  static const double factors[] = {1, -1, 0.5, 0};
  problem p = {.t = t, .shape = KRON_EYE_SHAPE_INIT, .batch = batch};
  p.shape.left = left;
  p.shape.m = m;
  p.shape.n = n;
  p.shape.right = right;
  p.shape.op = op;
  p.alpha = factors[rng_below(r, 8) == 0 ? 3 : rng_below(r, 3)];
  p.beta = factors[rng_below(r, 4)];
  p.ldx = rng_below(r, 6) == 0 ? 0 : row_x(&p) + rng_below(r, 3);
  p.lddy = rng_below(r, 6) == 0 ? 0 : row_y(&p) + rng_below(r, 3);
  p.lddw = stored_columns(&p) + rng_below(r, 3);
  if (how == INTERLEAVED && left > 0) {
    p.shape.stridew = stored_columns(&p) + 1 + rng_below(r, 2);
    p.lddw = (left - 1) * p.shape.stridew + stored_columns(&p) + rng_below(r, 3);
  }
  const size_t one = extent(stored_rows(&p), p.lddw, stored_columns(&p));
  if (how == BEHIND || (how == INTERLEAVED && left == 0))
    p.shape.stridew = one + 1 + rng_below(r, 3);
  const size_t count =
      one == 0 || blocks_of(&p) == 0 ? 0 : (blocks_of(&p) - 1) * p.shape.stridew + one;
  p.x = numbers(t->e, extent(p.ldx == 0 && batch > 0 ? 1 : batch, p.ldx, row_x(&p)), next, r);
  p.dy = numbers(t->e, extent(p.lddy == 0 && batch > 0 ? 1 : batch, p.lddy, row_y(&p)), next, r);
  p.dw = numbers(t->e, count, next, r);
  p.old = calloc(count + 1, sizeof *p.old);
  assert_non_null(p.old);
  for (size_t i = 0; i < count; i++) p.old[i] = element_get(t->e, p.dw.data, i);
  guarded_read_only(&p.x);
  guarded_read_only(&p.dy);
  return p;
}

static void problem_destroy(problem *p) {
  guarded_destroy(&p->x);
  guarded_destroy(&p->dy);
  guarded_destroy(&p->dw);
  free(p->old);
}

/* dW as before, but NaN where it is to be overwritten unread. */
static void reset(problem *p) {
  for (size_t k = 0; k < elements(p); k++) element_set(p->t->e, p->dw.data, k, p->old[k]);
  if (p->beta != 0 || elements(p) == 0) return;
  for (size_t a = 0; a < blocks_of(p); a++)
    for (size_t i = 0; i < p->shape.m; i++)
      for (size_t j = 0; j < p->shape.n; j++)
        element_set(p->t->e, p->dw.data, place(p, a, i, j), NAN);
}

static int run(problem *p, const kron_eye_options *options) {
  return p->t->gradient(&p->shape, p->batch, p->alpha, p->x.data, p->ldx, p->dy.data, p->lddy,
                        p->beta, p->dw.data, p->lddw, options);
}

static kron_eye_options options_of(int route, int zeros, size_t threads) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = route;
  options.zeros = zeros;
  options.threads = threads;
  return options;
}

/* Every element by the definition, in long double, within `terms + 3` u of the magnitudes; 0:
 * exact. */
static void check_result(const problem *p, bool exact, const char *how) {
  const kron_eye_shape *s = &p->shape;
  double *left_over = calloc(elements(p) + 1, sizeof *left_over);
  assert_non_null(left_over);
  memcpy(left_over, p->old, elements(p) * sizeof *left_over);
  const size_t blocks = elements(p) == 0 ? 0 : blocks_of(p);
  const size_t left = s->stridew == 0 ? s->left : 1;
  for (size_t b = 0; b < blocks; b++)
    for (size_t i = 0; i < s->m; i++)
      for (size_t j = 0; j < s->n; j++) {
        long double sum = 0, size = 0;
        for (size_t r = 0; r < p->batch; r++)
          for (size_t k = 0; k < left; k++)
            for (size_t c = 0; c < s->right; c++) {
              const size_t a = b + k;
              const long double product =
                  (long double)element_get(p->t->e, p->x.data,
                                           r * p->ldx + (a * s->n + j) * s->right + c) *
                  element_get(p->t->e, p->dy.data, r * p->lddy + (a * s->m + i) * s->right + c);
              sum += product;
              size += fabsl(product);
            }
        const size_t at = place(p, b, i, j);
        const long double old = p->beta == 0 ? 0 : (long double)p->beta * p->old[at];
        const long double expected = p->alpha * sum + old;
        const double got = element_get(p->t->e, p->dw.data, at);
        const double terms = (double)p->batch * (double)left * (double)s->right;
        const long double bound =
            exact ? 0
                  : (terms + 3) * p->t->format->u * (fabs(p->alpha) * size + fabsl(old)) +
                        (terms + 3) * p->t->format->eta;
        if (!(fabsl(got - expected) <= bound))
          fail_msg("%s %s: left=%zu m=%zu n=%zu right=%zu op=%d stridew=%zu batch=%zu ldx=%zu "
                   "lddy=%zu lddw=%zu alpha=%g beta=%g: dw[%zu][%zu,%zu] is %.17g, not %.17Lg",
                   p->t->name, how, s->left, s->m, s->n, s->right, s->op, s->stridew, p->batch,
                   p->ldx, p->lddy, p->lddw, p->alpha, p->beta, b, i, j, got, expected);
        left_over[at] = got;
      }
  for (size_t k = 0; k < elements(p); k++) /* what lies between */
    assert_true(element_get(p->t->e, p->dw.data, k) == left_over[k]);
  free(left_over);
}

/* ------------------------------------------------------------------ the definition */

static void every_small_shape(void **state) {
  (void)state;
  enum { MOST = 4, ALL = (MOST + 1) * (MOST + 1) * (MOST + 1) * (MOST + 1) };
  rng r = rng_start("small shapes");
  size_t cases = 0;
  for (size_t left = 0; left <= MOST; left++)
    for (size_t m = 0; m <= MOST; m++)
      for (size_t n = 0; n <= MOST; n++)
        for (size_t right = 0; right <= MOST; right++)
          for (int op = KRON_EYE_NO_TRANSPOSE; op <= KRON_EYE_TRANSPOSE; op++)
            for (int how = 0; how < ARRANGEMENTS; how++)
              for (size_t t = 0; t < GRADIENT_TYPES; t++) {
                problem p = problem_create(&all_gradient_types[t], left, m, n, right, op,
                                           (arrangement)how, rng_below(&r, 4), small_integer, &r);
                for (int route = KRON_EYE_ROUTE_KERNEL; route <= KRON_EYE_ROUTE_BLAS; route++) {
                  const kron_eye_options options =
                      options_of(route, (int)rng_below(&r, 3), rng_below(&r, 3));
                  reset(&p);
                  assert_int_equal(run(&p, &options), 0);
                  check_result(&p, true, route == KRON_EYE_ROUTE_BLAS ? "BLAS" : "kernels");
                  cases++;
                }
                problem_destroy(&p);
              }
  check_cases("gradients of small shapes", cases, (size_t)ALL * 2 * ARRANGEMENTS * 2 * 2);
}

/* Around the widths of vectors and strips, the heights of tiles, and the terms of groups. */
static void larger_shapes(void **state) {
  (void)state;
  enum { SHAPES = 1200 };
  draw *const data[] = {rng_normal, of_any_magnitude, tiny};
  rng r = rng_start("larger shapes");
  size_t cases = 0;
  for (size_t s = 0; s < SHAPES; s++) {
    const size_t right = rng_below(&r, 2) ? 1 : 1 + rng_below(&r, 40);
    problem p = problem_create(&all_gradient_types[s % GRADIENT_TYPES], 1 + rng_below(&r, 4),
                               1 + rng_below(&r, rng_below(&r, 3) ? 20 : 110),
                               1 + rng_below(&r, rng_below(&r, 3) ? 30 : 130), right,
                               (int)rng_below(&r, 2), (arrangement)rng_below(&r, ARRANGEMENTS),
                               1 + rng_below(&r, right > 1 ? 5 : 80), data[rng_below(&r, 3)], &r);
    const kron_eye_options options =
        options_of(rng_below(&r, 4) == 0 ? KRON_EYE_ROUTE_BLAS : KRON_EYE_ROUTE_AUTO,
                   (int)rng_below(&r, 3), rng_below(&r, 4));
    reset(&p);
    assert_int_equal(run(&p, &options), 0);
    check_result(&p, false, "larger");
    problem_destroy(&p);
    cases++;
  }
  check_cases("gradients of larger shapes", cases, SHAPES);
}

/* Strides at which terms are copied before they are used, and every number of outputs and columns
   around the tiles. */
static void every_width(void **state) {
  (void)state;
  enum { MOST_M = 50, MOST_N = 52 };
  rng r = rng_start("widths");
  size_t cases = 0;
  for (size_t m = 1; m <= MOST_M; m++)
    for (size_t n = 1; n <= MOST_N; n++, cases++) {
      problem p = problem_create(&all_gradient_types[(m + n) % 2], 1, m, n, 1, (int)(m % 2), ONE_W,
                                 60 + rng_below(&r, 10), small_integer, &r);
      const kron_eye_options options = options_of(0, (int)rng_below(&r, 3), 1);
      reset(&p);
      assert_int_equal(run(&p, &options), 0);
      check_result(&p, true, "width");
      problem_destroy(&p);
    }
  const size_t far[] = {128, 256, 512, 1024};
  for (size_t f = 0; f < 4; f++)
    for (size_t t = 0; t < GRADIENT_TYPES; t++, cases++) {
      problem p = problem_create(&all_gradient_types[t], 1, 5 + f * 128, far[f], 1, 0, ONE_W, 70,
                                 small_integer, &r);
      reset(&p);
      assert_int_equal(run(&p, NULL), 0);
      check_result(&p, true, "far");
      problem_destroy(&p);
    }
  check_cases("widths", cases, MOST_M * MOST_N + 4 * GRADIENT_TYPES);
}

/* ------------------------------------------------------------------ what makes it a gradient */

/* <dW, E> = <dy, (I (x) E (x) I) x> for any E, exactly on integers. */
static void it_is_the_adjoint_of_the_product(void **state) {
  (void)state;
  enum { SHAPES = 300 };
  rng r = rng_start("adjoint");
  for (size_t s = 0; s < SHAPES; s++) {
    problem p = problem_create(&all_gradient_types[1], 1 + rng_below(&r, 4), 1 + rng_below(&r, 9),
                               1 + rng_below(&r, 9), 1 + rng_below(&r, 5), (int)rng_below(&r, 2),
                               (arrangement)rng_below(&r, ARRANGEMENTS), 1 + rng_below(&r, 4),
                               small_integer, &r);
    p.alpha = 1;
    p.beta = 0;
    guarded e = numbers(p.t->e, elements(&p), small_integer, &r);
    const size_t ldy = row_y(&p);
    double *y = calloc(p.batch * ldy, sizeof *y), by_dw = 0, by_dy = 0;
    assert_non_null(y);
    assert_int_equal(
        kron_eye_product_f64(&p.shape, e.data, p.lddw, p.batch, 1, p.x.data, p.ldx, 0, y, ldy), 0);
    assert_int_equal(run(&p, NULL), 0);
    for (size_t a = 0; a < blocks_of(&p); a++)
      for (size_t i = 0; i < p.shape.m; i++)
        for (size_t j = 0; j < p.shape.n; j++) {
          const size_t at = place(&p, a, i, j);
          by_dw += ((const double *)p.dw.data)[at] * ((const double *)e.data)[at];
        }
    for (size_t b = 0; b < p.batch; b++)
      for (size_t i = 0; i < ldy; i++)
        by_dy += y[b * ldy + i] * ((const double *)p.dy.data)[b * p.lddy + i];
    assert_true(by_dw == by_dy);
    assert_true(by_dw != 0 || s > 0);
    free(y);
    guarded_destroy(&e);
    problem_destroy(&p);
  }
  check_cases("dot tests", SHAPES, SHAPES);
}

static double loss(const problem *p, const double *w, double *y) {
  assert_int_equal(
      kron_eye_product_f64(&p->shape, w, p->lddw, p->batch, 1, p->x.data, p->ldx, 0, y, row_y(p)),
      0);
  double sum = 0;
  for (size_t b = 0; b < p->batch; b++)
    for (size_t i = 0; i < row_y(p); i++) {
      const double off = y[b * row_y(p) + i] -
                         ((const double *)p->dy.data)[b * p->lddy + i]; /* dy is the target */
      sum += off * off / 2;
    }
  return sum;
}

/* L = |K x - target|^2 / 2 is quadratic in W: the central difference has no error of its own. */
static void finite_differences_agree(void **state) {
  (void)state;
  enum { SHAPES = 60, DIRECTIONS = 5 };
  const double h = 0x1p-10;
  rng r = rng_start("finite differences");
  size_t cases = 0;
  for (size_t s = 0; s < SHAPES; s++) {
    problem p = problem_create(&all_gradient_types[1], 1 + rng_below(&r, 3), 1 + rng_below(&r, 7),
                               1 + rng_below(&r, 7), 1 + rng_below(&r, 4), (int)rng_below(&r, 2),
                               (arrangement)rng_below(&r, ARRANGEMENTS), 1 + rng_below(&r, 4),
                               rng_normal, &r);
    const size_t count = elements(&p), rows = p.batch * row_y(&p);
    double *y = calloc(rows, sizeof *y), *dy = calloc(rows, sizeof *dy),
           *w = calloc(count, sizeof *w);
    assert_true(y && dy && w);
    loss(&p, p.old, dy);
    for (size_t b = 0; b < p.batch; b++)
      for (size_t i = 0; i < row_y(&p); i++)
        dy[b * row_y(&p) + i] -= ((const double *)p.dy.data)[b * p.lddy + i];
    double *dw = p.dw.data;
    assert_int_equal(kron_eye_gradient_f64(&p.shape, p.batch, 1, p.x.data, p.ldx, dy, row_y(&p), 0,
                                           dw, p.lddw, NULL),
                     0);
    for (size_t d = 0; d < DIRECTIONS; d++, cases++) {
      const size_t a = rng_below(&r, blocks_of(&p)), i = rng_below(&r, p.shape.m),
                   j = rng_below(&r, p.shape.n), at = place(&p, a, i, j);
      memcpy(w, p.old, count * sizeof *w);
      w[at] = p.old[at] + h;
      const double above = loss(&p, w, y);
      w[at] = p.old[at] - h;
      const double below = loss(&p, w, y), slope = (above - below) / (2 * h);
      if (!(fabs(slope - dw[at]) <= 1e-8 * (fabs(dw[at]) + above)))
        fail_msg("dw is %.12g, the slope %.12g", dw[at], slope);
    }
    free(y);
    free(dy);
    free(w);
    problem_destroy(&p);
  }
  check_cases("slopes", cases, SHAPES * DIRECTIONS);
}

/* ------------------------------------------------------------------ bits */

/* Fills x with zeros of both signs, in runs of columns, so that groups, strips and single elements
   are zero; returns how many are. */
static void thin(element e, void *x, size_t count, rng *r) {
  for (size_t i = 0, run = 0; i<count; i++, run -= run> 0) {
    if (run == 0 && rng_below(r, 24) == 0) run = 1 + rng_below(r, 60);
    if (run > 0 || rng_below(r, 4) == 0) element_set(e, x, i, rng_below(r, 2) ? 0.0 : -0.0);
  }
}

typedef struct bits_case {
  size_t batch, left, m, n, right;
} bits_case;

static const bits_case bits_cases[] = {{300, 10, 30, 200, 1}, {5000, 1, 3, 7, 1},
                                       {1, 3000, 10, 30, 1},  {40, 3, 9, 150, 33},
                                       {2100, 2, 40, 6, 1},   {130, 1, 7, 900, 1},
                                       {130, 4, 30, 243, 1}}; /* threads: 3 columns left over */
enum { BITS_CASES = sizeof bits_cases / sizeof *bits_cases };

/* The gradient as bytes of a tight dW, for this layout of x and dy. */
static void *bits_of(const gradient_types *t, const bits_case *c, int op, const void *x,
                     const void *dy, size_t pad, const kron_eye_options *options) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = c->left;
  shape.m = c->m;
  shape.n = c->n;
  shape.right = c->right;
  shape.op = op;
  const size_t size = element_size(t->e), rx = c->left * c->n * c->right,
               ry = c->left * c->m * c->right;
  guarded px = guarded_create(extent(c->batch, rx + pad, rx) * size, GUARDED_END),
          py = guarded_create(extent(c->batch, ry + pad, ry) * size, GUARDED_END);
  for (size_t r = 0; r < c->batch; r++) {
    memcpy((char *)px.data + r * (rx + pad) * size, (const char *)x + r * rx * size, rx * size);
    memcpy((char *)py.data + r * (ry + pad) * size, (const char *)dy + r * ry * size, ry * size);
  }
  void *dw = malloc(c->m * c->n * size);
  assert_non_null(dw);
  assert_int_equal(t->gradient(&shape, c->batch, 1, px.data, rx + pad, py.data, ry + pad, 0, dw,
                               op == KRON_EYE_TRANSPOSE ? c->m : c->n, options),
                   0);
  guarded_destroy(&px);
  guarded_destroy(&py);
  if (op == KRON_EYE_NO_TRANSPOSE) return dw;
  char *turned = malloc(c->m * c->n * size);
  assert_non_null(turned);
  for (size_t i = 0; i < c->m; i++)
    for (size_t j = 0; j < c->n; j++)
      memcpy(turned + (i * c->n + j) * size, (const char *)dw + (j * c->m + i) * size, size);
  free(dw);
  return turned;
}

/* Where neither is a NaN, whose sign and payload are free. */
static void same_bits(element e, const void *a, const void *b, size_t count) {
  const size_t size = element_size(e);
  for (size_t i = 0; i < count; i++) {
    if (isnan(element_get(e, a, i)) && isnan(element_get(e, b, i))) continue;
    assert_memory_equal((const char *)a + i * size, (const char *)b + i * size, size);
  }
}

static void bits_depend_on_the_numbers_alone(void **state) {
  (void)state;
  rng r = rng_start("bits");
  size_t cases = 0;
  for (size_t t = 0; t < GRADIENT_TYPES; t++)
    for (size_t k = 0; k < BITS_CASES; k++)
      for (int special = 0; special <= 1; special++) {
        const gradient_types *types = &all_gradient_types[t];
        const bits_case *c = &bits_cases[k];
        const size_t nx = c->batch * c->left * c->n * c->right,
                     ny = c->batch * c->left * c->m * c->right;
        guarded x = numbers(types->e, nx, rng_normal, &r),
                dy = numbers(types->e, ny, rng_normal, &r);
        thin(types->e, x.data, nx, &r);
        if (special) { /* what a zero of x must not hide */
          element_set(types->e, dy.data, rng_below(&r, ny), INFINITY);
          element_set(types->e, dy.data, ny - 1, NAN);
        }
        kron_eye_options options = options_of(0, KRON_EYE_ZEROS_MULTIPLY, 1);
        void *expected = bits_of(types, c, 0, x.data, dy.data, 0, &options);
        for (size_t threads = 1; threads <= 4; threads++)
          for (int zeros = 0; zeros <= KRON_EYE_ZEROS_MULTIPLY; zeros++, cases++) {
            options = options_of(KRON_EYE_ROUTE_AUTO, zeros, threads);
            void *dw =
                bits_of(types, c, (int)(threads % 2), x.data, dy.data, threads / 2, &options);
            same_bits(types->e, expected, dw, c->m * c->n);
            free(dw);
          }
        free(expected);
        guarded_destroy(&x);
        guarded_destroy(&dy);
      }
  check_cases("bits", cases, GRADIENT_TYPES * BITS_CASES * 2 * 4 * 3);
}

/* ------------------------------------------------------------------ what is not read */

/* An address that must not be read, for arrays that are not empty. */
static void alpha_0_reads_neither_x_nor_dy(void **state) {
  (void)state;
  enum { M = 5, N = 7, LEFT = 2, RIGHT = 3, BATCH = 4 };
  size_t cases = 0;
  for (size_t t = 0; t < GRADIENT_TYPES; t++)
    for (int beta = 0; beta <= 2; beta++)
      for (int route = 0; route <= KRON_EYE_ROUTE_BLAS; route++)
        for (int empty = 0; empty <= 1; empty++, cases++) {
          const gradient_types *types = &all_gradient_types[t];
          guarded nothing = guarded_create(0, GUARDED_END);
          kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
          shape.left = LEFT;
          shape.m = M;
          shape.n = N;
          shape.right = RIGHT;
          double dw[M * N];
          for (size_t i = 0; i < M * N; i++) element_set(types->e, dw, i, beta == 0 ? NAN : -0.5);
          const kron_eye_options options = options_of(route, 0, 0);
          assert_int_equal(types->gradient(&shape, empty ? 0 : BATCH, empty ? NAN : 0, nothing.data,
                                           0, nothing.data, 0, beta, dw, N, &options),
                           0);
          for (size_t i = 0; i < M * N; i++)
            assert_true(element_get(types->e, dw, i) == -0.5 * beta);
          double db[M];
          for (size_t i = 0; i < M; i++) element_set(types->e, db, i, beta == 0 ? NAN : -0.5);
          assert_int_equal(
              types->bias(&shape, empty ? 0 : BATCH, empty ? NAN : 0, nothing.data, 0, beta, db, 0),
              0);
          for (size_t i = 0; i < M; i++) assert_true(element_get(types->e, db, i) == -0.5 * beta);
          guarded_destroy(&nothing);
        }
  check_cases("alpha = 0", cases, GRADIENT_TYPES * 3 * 3 * 2);
}

/* ------------------------------------------------------------------ the bias, and RELU */

static void bias_gradients_are_sums(void **state) {
  (void)state;
  enum { CASES = 3000 };
  rng r = rng_start("bias");
  for (size_t k = 0; k < CASES; k++) {
    const size_t m = rng_below(&r, 9) == 0 ? 60 + rng_below(&r, 80) : rng_below(&r, 9);
    problem p = problem_create(&all_gradient_types[k % 2], rng_below(&r, 5), m,
                               1 + rng_below(&r, 3), rng_below(&r, 5), (int)rng_below(&r, 2), ONE_W,
                               rng_below(&r, 5), small_integer, &r);
    const size_t left = p.shape.left, stride = rng_below(&r, 2) ? m + 1 + rng_below(&r, 3) : 0;
    const size_t blocks = stride == 0 || left == 0 ? 1 : left, count = (blocks - 1) * stride + m;
    const bool empty = left == 0 && stride != 0;
    guarded db = numbers(p.t->e, count, small_integer, &r);
    double *expected = calloc(count + 1, sizeof *expected);
    assert_non_null(expected);
    for (size_t i = 0; i < count; i++) expected[i] = element_get(p.t->e, db.data, i);
    for (size_t b = 0; b < (empty ? 0 : blocks); b++)
      for (size_t i = 0; i < m; i++) {
        double sum = 0, *e = &expected[b * (left > 1 ? stride : 0) + i];
        for (size_t row = 0; row < p.batch; row++)
          for (size_t a = 0; a < left; a++)
            for (size_t c = 0; c < p.shape.right && (blocks == 1 || a == b); c++)
              sum += element_get(p.t->e, p.dy.data, row * p.lddy + (a * m + i) * p.shape.right + c);
        *e = p.alpha * sum + (p.beta == 0 ? 0 : p.beta * *e);
        if (p.beta == 0) element_set(p.t->e, db.data, b * (left > 1 ? stride : 0) + i, NAN);
      }
    assert_int_equal(
        p.t->bias(&p.shape, p.batch, p.alpha, p.dy.data, p.lddy, p.beta, db.data, stride), 0);
    for (size_t i = 0; i < count; i++) assert_true(element_get(p.t->e, db.data, i) == expected[i]);
    free(expected);
    guarded_destroy(&db);
    problem_destroy(&p);
  }
  check_cases("bias gradients", CASES, CASES);
}

static void relu_backward_passes_what_was_positive(void **state) {
  (void)state;
  enum { MOST_ROWS = 3, MOST_COLS = 40 };
  const double values[] = {1, -1, 0, -0.0, NAN, INFINITY, -INFINITY, 0x1p-126, -0x1p-126};
  enum { VALUES = sizeof values / sizeof *values };
  rng r = rng_start("relu");
  size_t cases = 0;
  for (size_t t = 0; t < GRADIENT_TYPES; t++)
    for (size_t rows = 0; rows <= MOST_ROWS; rows++)
      for (size_t cols = 0; cols <= MOST_COLS; cols++)
        for (int place = 0; place <= 1; place++, cases++) {
          const element e = all_gradient_types[t].e;
          const size_t ldy = cols + rng_below(&r, 3), ldz = cols + rng_below(&r, 3);
          guarded y = guarded_create(extent(rows, ldy, cols) * element_size(e), GUARDED_END),
                  dy = numbers(e, extent(rows, ldz, cols), rng_normal, &r),
                  dz = numbers(e, extent(rows, ldz, cols), rng_normal, &r);
          for (size_t i = 0; i < extent(rows, ldy, cols); i++)
            element_set(e, y.data, i, values[rng_below(&r, VALUES)]);
          double kept[(MOST_COLS + 2) * MOST_ROWS + 1];
          for (size_t i = 0; i < extent(rows, ldz, cols); i++) {
            const size_t col = ldz == 0 ? 0 : i % ldz, row = ldz == 0 ? 0 : i / ldz;
            const double v = col < cols ? element_get(e, y.data, row * ldy + col) : 0;
            const double old = element_get(e, place ? dy.data : dz.data, i);
            kept[i] = col >= cols ? old : isnan(v) ? v : v > 0 ? element_get(e, dy.data, i) : 0;
          }
          void *to = place ? dy.data : dz.data;
          assert_int_equal(
              all_gradient_types[t].relu(rows, cols, y.data, ldy, dy.data, ldz, to, ldz), 0);
          for (size_t i = 0; i < extent(rows, ldz, cols); i++) {
            const double got = element_get(e, to, i);
            assert_true(isnan(kept[i]) ? isnan(got)
                                       : got == kept[i] && !signbit(got) == !signbit(kept[i]));
          }
          guarded_destroy(&y);
          guarded_destroy(&dy);
          guarded_destroy(&dz);
        }
  check_cases("RELU backward", cases, GRADIENT_TYPES * (MOST_ROWS + 1) * (MOST_COLS + 1) * 2);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_small_shape),
      cmocka_unit_test(larger_shapes),
      cmocka_unit_test(every_width),
      cmocka_unit_test(it_is_the_adjoint_of_the_product),
      cmocka_unit_test(finite_differences_agree),
      cmocka_unit_test(bits_depend_on_the_numbers_alone),
      cmocka_unit_test(alpha_0_reads_neither_x_nor_dy),
      cmocka_unit_test(bias_gradients_are_sums),
      cmocka_unit_test(relu_backward_passes_what_was_positive),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
