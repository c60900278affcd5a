/*
 * test_operator_exhaustive.c - products with right > 1, bit for bit. The kernels add in the order
 * of j, one multiply-add after the other from +0 (on the portable path a multiplication and an
 * addition), and write alpha * (sum + 0) + beta * y, each operation rounded. So every element is
 * compared with that chain written out in C, in all four rounding modes, and the floating-point
 * exceptions with those that the chain raises.
 *
 * - Every small shape: m, n, right, W or its transpose, one W or one for each block, and all pairs
 *   of factors, in all four types. The batch, the strides, the numbers (special ones among them)
 * and the edge that touches an inaccessible page are drawn at random. One case in a hundred and
 * sixty by default; all of them with KRON_EYE_TEST_FULL=1.
 * - Every pair of special values in W and x, in every lane, for every special alpha, beta and y.
 */
#include "check.h"

#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <kron_eye.h>

#include "guarded.h"
#include "random.h"
#include "types.h"

static const double factors[] = {0, 1, -1, 0x1.010102p-8}; /* exact in float too */
static const size_t ns[] = {1, 2, 3, 4, 5, 7, 9};
static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};

enum {
  MODES = sizeof modes / sizeof *modes,
  FLAGS = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW,
  LEFTS = 3,   /* 1..3 */
  MOST_M = 18, /* 1..18 */
  NS = sizeof ns / sizeof *ns,
  MOST_N = 9,
  RIGHTS = 34, /* 2..35 */
  MOST_RIGHT = 35,
  FACTORS = sizeof factors / sizeof *factors,
  PAIRS = FACTORS * FACTORS,
  PLANS = PLAN_TYPES * 2 * 2 * LEFTS * MOST_M * NS * RIGHTS,
  CASES = PLANS * PAIRS,
  SAMPLE = 160,
  MOST_BATCH = 3,
  MOST_PAD = 3,
  ROWS_X = MOST_BATCH * (LEFTS * MOST_N * MOST_RIGHT + MOST_PAD),
  ROWS_Y = MOST_BATCH * (LEFTS * MOST_M * MOST_RIGHT + MOST_PAD),
  ARENA = 1 << 17, /* bytes: whole pages, whatever the page */
  SPECIALS = 14
};

/* One product. The numbers are arrays of the types' own elements, parts of the arenas. */
static struct product {
  const plan_types *t;
  kron_eye_shape shape;
  size_t batch, ldw, ldx, ldy;
  kron_eye_plan *plan;
  char *w, *x, *y;
  double old[ROWS_Y]; /* all that y holds before, gaps too */
} p;

static guarded w_arena, x_arena, y_arena;

static size_t row_x(void) {
  return p.shape.left * p.shape.n * p.shape.right;
}
static size_t row_y(void) {
  return p.shape.left * p.shape.m * p.shape.right;
}
static size_t extent_w(void) {
  const bool turned = p.shape.op == KRON_EYE_TRANSPOSE;
  const size_t rows = turned ? p.shape.n : p.shape.m, columns = turned ? p.shape.m : p.shape.n;
  return (p.shape.left - 1) * p.shape.stridew + (rows - 1) * p.ldw + columns;
}
static size_t place_w(size_t a, size_t i, size_t j) {
  const bool turned = p.shape.op == KRON_EYE_TRANSPOSE;
  return a * p.shape.stridew + (turned ? j * p.ldw + i : i * p.ldw + j);
}

/* `count` elements at the end or the start of an arena, all bits set: NaN, or 255 in bytes. */
static char *place(const guarded *arena, element e, size_t count, guarded_edge edge) {
  const size_t bytes = count * element_size(e);
  assert_true(bytes <= arena->bytes);
  char *array = (char *)arena->data + (edge == GUARDED_END ? arena->bytes - bytes : 0);
  memset(array, 0xff, bytes);
  return array;
}

static void specials_of(element e, double specials[SPECIALS]) {
  const bool is_float = e == ELEMENT_F32;
  const double most = is_float ? (double)FLT_MAX : DBL_MAX, least = is_float ? 0x1p-126 : DBL_MIN,
               subnormal = is_float ? 0x1p-149 : 0x1p-1074;
  const double values[SPECIALS] = {NAN,  INFINITY, -INFINITY, 0.0,    -0.0,      1,          -1,
                                   most, -most,    least,     -least, subnormal, -subnormal, 0.75};
  const double bytes[SPECIALS] = {0, 1, 2, 3, 4, 5, 127, 128, 129, 200, 252, 253, 254, 255};
  memcpy(specials, e == ELEMENT_U8 ? bytes : values, sizeof values);
}

/* A normal number, or a special one where rarity has it so; 0: none. */
static double value(element e, size_t rarity, rng *r) {
  double specials[SPECIALS];
  specials_of(e, specials);
  if (rarity != 0 && rng_below(r, rarity) == 0) return specials[rng_below(r, SPECIALS)];
  if (e == ELEMENT_U8) return (double)rng_below(r, 256);
  return e == ELEMENT_F32 ? (double)(float)rng_normal(r) : rng_normal(r);
}

/* ------------------------------------------------------------------ the chain, written out */

/* a * b + c in y's type, rounded as the kernels of this path do. */
static double multiply_add(double a, double b, double c, bool fused) {
  if (p.t->y == ELEMENT_F32) {
    if (fused) return (double)fmaf((float)a, (float)b, (float)c);
    const volatile float product = (float)a * (float)b, sum = product + (float)c;
    return (double)sum;
  }
  if (fused) return fma(a, b, c);
  const volatile double product = a * b, sum = product + c;
  return sum;
}

static double multiply(double a, double b) {
  const volatile float single = (float)a * (float)b;
  if (p.t->y == ELEMENT_F32) return (double)single;
  const volatile double product = a * b;
  return product;
}

static double add(double a, double b) {
  if (p.t->y == ELEMENT_F32) {
    const volatile float sum = (float)a + (float)b;
    return (double)sum;
  }
  const volatile double sum = a + b;
  return sum;
}

static double written_out(size_t r, size_t a, size_t i, size_t c, double alpha, double beta) {
  const size_t right = p.shape.right, n = p.shape.n;
  const bool fused = strcmp(kron_eye_isa(), "portable") != 0;
  const double old = p.old[r * p.ldy + (a * p.shape.m + i) * right + c];
  if (alpha == 0) return beta == 0 ? 0 : multiply(beta, old);
  double sum = 0;
  for (size_t j = 0; j < n; j++)
    sum = multiply_add(element_get(p.t->y, p.w, place_w(a, i, j)),
                       element_get(p.t->x, p.x, r * p.ldx + (a * n + j) * right + c), sum, fused);
  const double v = multiply(alpha, add(sum, 0));
  return beta == 0 ? v : add(v, multiply(beta, old));
}

/* ------------------------------------------------------------------ one product */

static bool same_bits(double a, double b) {
  return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

static void expect_bits(int mode, double alpha, double beta, int raised) {
  static double expected[ROWS_Y];
  memcpy(expected, p.old, p.batch * p.ldy * sizeof *expected);
  const size_t m = p.shape.m, right = p.shape.right;
  fesetround(mode);
  feclearexcept(FLAGS);
  for (size_t r = 0; r < p.batch; r++)
    for (size_t k = 0; k < row_y(); k++)
      expected[r * p.ldy + k] =
          written_out(r, k / right / m, k / right % m, k % right, alpha, beta);
  const int allowed = fetestexcept(FLAGS);
  fesetround(FE_TONEAREST);
  for (size_t k = 0; k < (p.batch - 1) * p.ldy + row_y(); k++) {
    const double got = element_get(p.t->y, p.y, k);
    if (!same_bits(got, expected[k]))
      fail_msg("%s left=%zu m=%zu n=%zu right=%zu op=%d stridew=%zu batch=%zu ldx=%zu ldy=%zu "
               "alpha=%g beta=%g rounding %d: y[%zu] is %a, not %a",
               p.t->name, p.shape.left, m, p.shape.n, right, p.shape.op, p.shape.stridew, p.batch,
               p.ldx, p.ldy, alpha, beta, mode, k, got, expected[k]);
  }
  if (raised & ~allowed)
    fail_msg("%s left=%zu m=%zu n=%zu right=%zu op=%d alpha=%g beta=%g raises %x, not %x",
             p.t->name, p.shape.left, m, p.shape.n, right, p.shape.op, alpha, beta, raised,
             allowed);
}

/* The old y as p.old has it, gaps too; NaN where it is not to be read. */
static void product_run(int mode, double alpha, double beta) {
  for (size_t k = 0; k < (p.batch - 1) * p.ldy + row_y(); k++) {
    const bool unread = beta == 0 && k % p.ldy < row_y();
    element_set(p.t->y, p.y, k, unread ? (double)NAN : p.old[k]);
  }
  fesetround(mode);
  feclearexcept(FLAGS);
  const int status = p.t->apply(p.plan, p.batch, alpha, p.x, p.ldx, beta, p.y, p.ldy);
  const int raised = fetestexcept(FLAGS);
  fesetround(FE_TONEAREST);
  assert_int_equal(status, 0);
  expect_bits(mode, alpha, beta, raised);
}

static void product_create(void) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  options.threads = 1; /* whose exceptions are this thread's */
  assert_int_equal(p.t->create(&p.plan, &p.shape, p.w, p.ldw, &options), 0);
}

static void product_destroy(void) {
  kron_eye_plan_destroy(p.plan);
  p.plan = NULL;
}

static int arenas_create(void **state) {
  (void)state;
  w_arena = guarded_create(ARENA, GUARDED_END);
  x_arena = guarded_create(ARENA, GUARDED_END);
  y_arena = guarded_create(ARENA, GUARDED_END);
  return 0;
}

static int arenas_destroy(void **state) {
  (void)state;
  guarded_destroy(&w_arena);
  guarded_destroy(&x_arena);
  guarded_destroy(&y_arena);
  return 0;
}

/* ------------------------------------------------------------------ every small shape */

/* Decodes the number of a plan, and draws the rest of its layout. */
static void draw_shape(size_t plan, rng *r) {
  p.shape = (kron_eye_shape)KRON_EYE_SHAPE_INIT;
  p.shape.right = 2 + plan % RIGHTS;
  plan /= RIGHTS;
  p.shape.n = ns[plan % NS];
  plan /= NS;
  p.shape.m = 1 + plan % MOST_M;
  plan /= MOST_M;
  p.shape.left = 1 + plan % LEFTS;
  plan /= LEFTS;
  p.shape.op = (int)(plan % 2);
  const bool own_w = plan / 2 % 2 != 0;
  p.t = &all_plan_types[plan / 4];
  p.batch = 1 + rng_below(r, rng_below(r, 2) ? MOST_BATCH : 1);
  p.ldw = (p.shape.op == KRON_EYE_TRANSPOSE ? p.shape.m : p.shape.n) + rng_below(r, MOST_PAD + 1);
  p.ldx = row_x() + rng_below(r, MOST_PAD + 1);
  p.ldy = row_y() + rng_below(r, MOST_PAD + 1);
  if (own_w) p.shape.stridew = extent_w() + rng_below(r, MOST_PAD + 1);
}

static void draw_numbers(rng *r) {
  const guarded_edge edge = rng_below(r, 2) != 0 ? GUARDED_START : GUARDED_END;
  const size_t rarity = rng_below(r, 3) == 0 ? 1 + rng_below(r, 30) : 0;
  p.w = place(&w_arena, p.t->y, extent_w(), edge);
  p.x = place(&x_arena, p.t->x, (p.batch - 1) * p.ldx + row_x(), edge);
  p.y = place(&y_arena, p.t->y, (p.batch - 1) * p.ldy + row_y(), edge);
  for (size_t a = 0; a < (p.shape.stridew != 0 ? p.shape.left : 1); a++)
    for (size_t i = 0; i < p.shape.m; i++)
      for (size_t j = 0; j < p.shape.n; j++)
        element_set(p.t->y, p.w, place_w(a, i, j), value(p.t->y, rarity, r));
  for (size_t b = 0; b < p.batch; b++)
    for (size_t k = 0; k < row_x(); k++)
      element_set(p.t->x, p.x, b * p.ldx + k, value(p.t->x, rarity, r));
  for (size_t k = 0; k < p.batch * p.ldy; k++) p.old[k] = value(p.t->y, rarity, r);
}

static void every_small_product(void **state) {
  (void)state;
  const size_t step = check_full() ? 1 : SAMPLE;
  rng r = rng_start("every small product");
  size_t cases = 0, plan = PLANS;
  for (size_t first = 0; first + step <= CASES; first += step, cases++) {
    const size_t drawn = first + rng_below(&r, step), pair = drawn % PAIRS;
    if (drawn / PAIRS != plan) {
      product_destroy();
      plan = drawn / PAIRS;
      draw_shape(plan, &r);
      draw_numbers(&r);
      product_create();
    }
    product_run(modes[rng_below(&r, MODES)], factors[pair / FACTORS], factors[pair % FACTORS]);
  }
  product_destroy();
  check_cases("small products", cases, step == 1 ? 3290112 : 20563);
}

/* ------------------------------------------------------------------ special values */

/* n = 2: a special w times a special x, plus 1 times another; every lane has each of them in turn.
 */
static void special_numbers(size_t turn) {
  double of_x[SPECIALS], of_y[SPECIALS];
  specials_of(p.t->x, of_x);
  specials_of(p.t->y, of_y);
  for (size_t i = 0; i < p.shape.m; i++) {
    element_set(p.t->y, p.w, place_w(0, i, 0), of_y[(i + turn) % SPECIALS]);
    element_set(p.t->y, p.w, place_w(0, i, 1), 1);
  }
  for (size_t c = 0; c < p.shape.right; c++) {
    element_set(p.t->x, p.x, c, of_x[(c + turn / SPECIALS) % SPECIALS]);
    element_set(p.t->x, p.x, p.shape.right + c, of_x[(3 * c + turn) % SPECIALS]);
  }
  for (size_t k = 0; k < row_y(); k++) p.old[k] = of_y[(k + k / SPECIALS + turn) % SPECIALS];
}

static void every_special_value(void **state) {
  (void)state;
  const size_t rights[] = {2, 3, 4, 5, 7, 8, 9, 15, 17, 31, 33};
  enum { RIGHTS_HERE = sizeof rights / sizeof *rights, M = 15, TURNS = SPECIALS * SPECIALS };
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < RIGHTS_HERE; s++)
      for (size_t turn = 0; turn < TURNS; turn++, cases++) {
        double specials[SPECIALS];
        p.t = &all_plan_types[t];
        p.shape = (kron_eye_shape)KRON_EYE_SHAPE_INIT;
        p.shape.m = M;
        p.shape.n = p.ldw = 2;
        p.shape.right = rights[s];
        p.batch = 1;
        p.ldx = row_x();
        p.ldy = row_y();
        p.w = place(&w_arena, p.t->y, extent_w(), GUARDED_END);
        p.x = place(&x_arena, p.t->x, row_x(), GUARDED_END);
        p.y = place(&y_arena, p.t->y, row_y(), GUARDED_END);
        special_numbers(turn);
        specials_of(p.t->y, specials);
        product_create();
        product_run(modes[turn % MODES], 1, 0);
        product_run(FE_TONEAREST, specials[turn % SPECIALS], specials[turn / SPECIALS]);
        product_destroy();
      }
  check_cases("products of special values", cases, PLAN_TYPES * RIGHTS_HERE * TURNS);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(every_small_product, arenas_create, arenas_destroy),
      cmocka_unit_test_setup_teardown(every_special_value, arenas_create, arenas_destroy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
