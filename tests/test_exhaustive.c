/*
 * test_exhaustive.c - every small product: all m and n to 33, seven numbers of blocks, zeros
 * skipped, multiplied or left to the library, and all pairs of factors, in all four types. The
 * batch, the strides, the data and the edge that touches an inaccessible page are drawn at random.
 * One case in a hundred by default; all of them with KRON_EYE_TEST_FULL=1.
 *
 * Compact for speed: the arrays of all cases are parts of three mappings, and the oracle runs once
 * for all factors. operands.h does more for each case and takes longer.
 */
#include "check.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <kron_eye.h>

#include "guarded.h"
#include "random.h"
#include "types.h"

static const size_t lefts[] = {0, 1, 2, 3, 5, 8, 17};
static const double factors[] = {0, 1, -1, 0x1.010102p-8}; /* exact in float too */

enum {
  LEFTS = sizeof lefts / sizeof *lefts,
  SIZES = 34, /* m and n in 0..33 */
  ZEROS = KRON_EYE_ZEROS_MULTIPLY + 1,
  FACTORS = sizeof factors / sizeof *factors,
  PAIRS = FACTORS * FACTORS,
  PLANS = PLAN_TYPES * LEFTS * SIZES * SIZES * ZEROS,
  CASES = PLANS * PAIRS,
  SAMPLE = 100,
  MOST_BLOCKS = 60, /* batch * left, see draw() */
  MOST_PAD = 3,
  MOST_ELEMENTS = MOST_BLOCKS * (SIZES - 1 + MOST_PAD),
  ARENA = 1 << 16, /* bytes: whole pages, whatever the page */
  CANARY = 0xa5
};

/* One plan, its numbers, and their layout. Rows of blocks are without gaps in x and y_old. */
static struct product {
  const plan_types *t;
  size_t batch, left, m, n, ldx, ldy;
  guarded_edge edge;
  double w[SIZES * SIZES], x[MOST_ELEMENTS], y_old[MOST_ELEMENTS];
  long double product[MOST_ELEMENTS], size[MOST_ELEMENTS]; /* (I (x) W)x and |I (x) W||x| */
  kron_eye_plan *plan;
  const void *laid_x;
} p;

static guarded w_arena, x_arena, y_arena;

/* `bytes` bytes at the end or the start of an arena. */
static void *place(const guarded *arena, size_t bytes, guarded_edge edge) {
  assert_true(bytes <= arena->bytes);
  return (char *)arena->data + (edge == GUARDED_END ? arena->bytes - bytes : 0);
}

static size_t extent(size_t rows, size_t stride, size_t length) {
  return rows == 0 || length == 0 ? 0 : (rows - 1) * stride + length;
}

/* Copies rows of doubles into an arena as elements e, with `filler` in the gaps between them. */
static void *lay_out(const guarded *arena, element e, const double *rows, size_t count,
                     size_t stride, size_t length, int filler) {
  const size_t bytes = extent(count, stride, length) * element_size(e);
  void *array = place(arena, bytes, p.edge);
  memset(array, filler, bytes);
  for (size_t r = 0; r < count; r++)
    for (size_t j = 0; j < length; j++) element_set(e, array, r * stride + j, rows[r * length + j]);
  return array;
}

static double value(element e, rng *r) {
  if (e == ELEMENT_U8) return (double)(1 + rng_below(r, 255));
  return e == ELEMENT_F32 ? (double)(float)rng_normal(r) : rng_normal(r);
}

/* Decodes the number of a plan, from the last digit: zeros, n, m, left, types. Sets all of p except
 * the plan. */
static int draw(size_t plan, rng *r) {
  const int zeros = (int)(plan % ZEROS);
  p.n = plan / ZEROS % SIZES;
  p.m = plan / ZEROS / SIZES % SIZES;
  p.left = lefts[plan / ZEROS / SIZES / SIZES % LEFTS];
  p.t = &all_plan_types[plan / ZEROS / SIZES / SIZES / LEFTS];
  p.batch = 1 + rng_below(r, p.left < 4 ? 20 : 3);
  p.ldx = p.left * p.n + rng_below(r, 2) * rng_below(r, MOST_PAD + 1);
  p.ldy = p.left * p.m + rng_below(r, 2) * rng_below(r, MOST_PAD + 1);
  p.edge = rng_below(r, 2) != 0 ? GUARDED_START : GUARDED_END;
  const size_t blocks = p.batch * p.left, rarity = 1 + rng_below(r, 8); /* 1: no zeros */
  assert_true(blocks <= MOST_BLOCKS);
  for (size_t i = 0; i < p.m * p.n; i++) p.w[i] = value(p.t->y, r);
  for (size_t i = 0; i < blocks * p.n; i++)
    p.x[i] = rng_below(r, rarity) != 0 ? 0 : value(p.t->x, r);
  for (size_t i = 0; i < blocks * p.m; i++) p.y_old[i] = value(p.t->y, r);
  oracle_blocks(blocks, p.m, p.n, p.w, p.x, p.product, p.size);
  return zeros;
}

static void product_create(size_t plan, rng *r) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  options.zeros = draw(plan, r);
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = p.left;
  shape.m = p.m;
  shape.n = p.n;
  const size_t ldw = p.n + rng_below(r, MOST_PAD + 1);
  void *w = lay_out(&w_arena, p.t->y, p.w, p.m, ldw, p.n, 0xff);
  assert_int_equal(p.t->create(&p.plan, &shape, w, ldw, &options), 0);
  memset(w, 0xff,
         extent(p.m, ldw, p.n) * element_size(p.t->y)); /* the plan has its own copy of W */
  p.laid_x = lay_out(&x_arena, p.t->x, p.x, p.batch, p.ldx, p.left * p.n, 0xff);
}

static void product_destroy(void) {
  kron_eye_plan_destroy(p.plan);
  p.plan = NULL;
}

/* The rows of y must be within the bound, and the gaps unchanged. */
static void check(const void *y, double alpha, double beta) {
  const size_t length = p.left * p.m, size = element_size(p.t->y);
  for (size_t b = 0; b < p.batch; b++) {
    for (size_t i = 0; i < length; i++) {
      const double old = beta == 0 ? 0 : p.y_old[b * length + i];
      const double out = element_get(p.t->y, y, b * p.ldy + i);
      const long double exact = alpha * p.product[b * length + i] + (long double)beta * old;
      const long double bound =
          oracle_bound(p.t->format, p.n, alpha, p.size[b * length + i], beta, old);
      if (!(fabsl(out - exact) <= bound))
        fail_msg("%s batch=%zu left=%zu m=%zu n=%zu ldx=%zu ldy=%zu alpha=%g beta=%g: "
                 "y[%zu,%zu] = %.17g, not %.17Lg",
                 p.t->name, p.batch, p.left, p.m, p.n, p.ldx, p.ldy, alpha, beta, b, i, out, exact);
    }
    const unsigned char *bytes = y;
    for (size_t g = (b * p.ldy + length) * size; g < (b + 1) * p.ldy * size; g++)
      if (b + 1 < p.batch && length != 0) assert_int_equal(bytes[g], CANARY);
  }
}

/* With beta = 0 the old y is NaN. */
static void product_apply(double alpha, double beta) {
  const size_t length = p.left * p.m, size = element_size(p.t->y);
  char *y = lay_out(&y_arena, p.t->y, p.y_old, p.batch, p.ldy, length, CANARY);
  for (size_t b = 0; b < p.batch && beta == 0; b++)
    memset(y + b * p.ldy * size, 0xff, length * size);
  assert_int_equal(p.t->apply(p.plan, p.batch, alpha, p.laid_x, p.ldx, beta, y, p.ldy), 0);
  check(y, alpha, beta);
}

static void every_small_product(void **state) {
  (void)state;
  const size_t step = check_full() ? 1 : SAMPLE;
  rng r = rng_start("every small product");
  w_arena = guarded_create(ARENA, GUARDED_END);
  x_arena = guarded_create(ARENA, GUARDED_END);
  y_arena = guarded_create(ARENA, GUARDED_END);
  size_t cases = 0, plan = PLANS;
  for (size_t first = 0; first + step <= CASES; first += step, cases++) {
    const size_t drawn = first + rng_below(&r, step), pair = drawn % PAIRS;
    if (drawn / PAIRS != plan) {
      product_destroy();
      plan = drawn / PAIRS;
      product_create(plan, &r);
    }
    product_apply(factors[pair / FACTORS], factors[pair % FACTORS]);
  }
  product_destroy();
  guarded_destroy(&w_arena);
  guarded_destroy(&x_arena);
  guarded_destroy(&y_arena);
  check_cases("small products", cases, step == 1 ? 1553664 : 15536);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_small_product),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
