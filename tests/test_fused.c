/*
 * test_fused.c - an apply with a bias and an activation has the bits of the apply, one addition and
 * one comparison, in every type, family and route, for every alpha, beta, bias and activation; NaN,
 * infinities and zeros of both signs pass in every lane; nothing but y is written. Every status.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "fused_types.h"
#include "guarded.h"
#include "random.h"

typedef struct sizes {
  size_t batch, left, m, n, right;
} sizes;

/* Families panel (one panel, several, less than a vector), dot, strided, lane; no inputs. */
static const sizes all_sizes[] = {{7, 3, 30, 61, 1}, {5, 2, 150, 9, 1}, {9, 1, 6, 5, 1},
                                  {8, 2, 2, 90, 1},  {3, 2, 4, 100, 1}, {3, 2, 35, 7, 2},
                                  {2, 2, 7, 5, 45},  {2, 1, 19, 3, 16}, {4, 2, 13, 0, 1},
                                  {2, 2, 5, 0, 6},   {1, 1, 1, 200, 1}};
enum { SIZES = sizeof all_sizes / sizeof *all_sizes };

typedef enum biases { NO_BIAS, ONE_BIAS, OWN_BIAS, BIASES } biases;

typedef struct problem {
  const plan_types *t;
  const fused_types *fused;
  sizes s;
  size_t row_x, row_y, ldy, bias_stride;
  guarded x, y, bias;
  kron_eye_plan *plan;
} problem;

static double special(rng *r) {
  static const double values[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 0x1p-140, -0x1p-140};
  return values[rng_below(r, sizeof values / sizeof *values)];
}

static guarded array(element e, size_t count, bool specials, rng *r) {
  guarded g = guarded_create(count * element_size(e), GUARDED_END);
  for (size_t i = 0; i < count; i++)
    element_set(e, g.data, i,
                e == ELEMENT_U8                    ? (double)rng_below(r, 256)
                : specials && rng_below(r, 3) == 0 ? special(r)
                                                   : rng_normal(r));
  return g;
}

static problem problem_create(size_t type, const sizes *s, int route, rng *r) {
  problem p = {.t = &all_plan_types[type], .fused = &all_fused_types[type], .s = *s};
  p.row_x = s->left * s->n * s->right;
  p.row_y = s->left * s->m * s->right;
  p.ldy = p.row_y + rng_below(r, 3);
  p.bias_stride = s->m + rng_below(r, 2);
  guarded w = array(p.t->y, s->m * s->n, false, r);
  p.x = array(p.t->x, s->batch * p.row_x, false, r);
  p.y = array(p.t->y, (s->batch - 1) * p.ldy + p.row_y, true, r);
  p.bias = array(p.t->y, (s->left - 1) * p.bias_stride + s->m, true, r);
  guarded_read_only(&p.x);
  guarded_read_only(&p.bias);
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = s->left;
  shape.m = s->m;
  shape.n = s->n;
  shape.right = s->right;
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = route;
  options.threads = 1 + rng_below(r, 3);
  assert_int_equal(p.t->create(&p.plan, &shape, w.data, s->n, &options), 0);
  guarded_destroy(&w);
  return p;
}

static void problem_destroy(problem *p) {
  kron_eye_plan_destroy(p->plan);
  guarded_destroy(&p->x);
  guarded_destroy(&p->y);
  guarded_destroy(&p->bias);
}

static double activated(const kron_eye_epilogue *e, double low, double high, double v) {
  if (e->activation == KRON_EYE_ACTIVATION_RELU) return v < 0 ? 0.0 : v;
  if (e->activation == KRON_EYE_ACTIVATION_CLAMP) return v < low ? low : v > high ? high : v;
  return v;
}

/* What the epilogue makes of an apply's y: rounded once, by storing it. */
static void finish(const problem *p, const kron_eye_epilogue *e, void *y) {
  const bool is_float = p->t->y == ELEMENT_F32;
  const double low = is_float ? (double)(float)e->low : e->low,
               high = is_float ? (double)(float)e->high : e->high;
  const sizes *s = &p->s;
  for (size_t k = 0; k < s->batch * p->row_y; k++) {
    const size_t r = k / p->row_y, a = k % p->row_y / s->right / s->m, i = k / s->right % s->m;
    const size_t at = r * p->ldy + k % p->row_y;
    double v = element_get(p->t->y, y, at);
    if (e->bias != NULL) {
      const double b = element_get(p->t->y, e->bias, a * e->bias_stride + i);
      v = is_float ? (double)((float)v + (float)b) : v + b;
    }
    element_set(p->t->y, y, at, activated(e, low, high, v));
  }
}

static void same(const problem *p, const void *expected, const void *y, const kron_eye_epilogue *e,
                 double alpha, double beta) {
  const size_t size = element_size(p->t->y);
  for (size_t i = 0; i < p->y.bytes / size; i++) {
    const double a = element_get(p->t->y, expected, i), b = element_get(p->t->y, y, i);
    if (isnan(a) ? isnan(b)
                 : memcmp((const char *)expected + i * size, (const char *)y + i * size, size) == 0)
      continue;
    fail_msg("%s m=%zu n=%zu right=%zu activation %d bias %d alpha=%g beta=%g: y[%zu] is %.9g, not "
             "%.9g",
             p->t->name, p->s.m, p->s.n, p->s.right, e->activation, e->bias != NULL, alpha, beta, i,
             b, a);
  }
}

static void fused_is_apply_and_then_the_epilogue(void **state) {
  (void)state;
  static const double factors[] = {0, 1, -0.75};
  rng r = rng_start("fused");
  size_t cases = 0, pure = 0;
  for (size_t type = 0; type < PLAN_TYPES; type++)
    for (int route = KRON_EYE_ROUTE_KERNEL; route <= KRON_EYE_ROUTE_BLAS; route++)
      for (size_t s = 0; s < SIZES; s++) {
        if (route == KRON_EYE_ROUTE_BLAS && all_plan_types[type].x != all_plan_types[type].y)
          continue;
        problem p = problem_create(type, &all_sizes[s], route, &r);
        pure++;
        void *expected = malloc(p.y.bytes), *y = malloc(p.y.bytes);
        assert_true(expected && y);
        for (int bias = 0; bias < BIASES; bias++)
          for (int act = 0; act <= KRON_EYE_ACTIVATION_CLAMP; act++)
            for (size_t k = 0; k < 9; k++, cases++) {
              const double alpha = factors[k / 3], beta = factors[k % 3];
              kron_eye_epilogue e = KRON_EYE_EPILOGUE_INIT;
              e.bias = bias == NO_BIAS ? NULL : p.bias.data;
              e.bias_stride = bias == OWN_BIAS ? p.bias_stride : 0;
              e.activation = act;
              e.low = act == KRON_EYE_ACTIVATION_CLAMP ? -0.3 : NAN;
              e.high = 0.7;
              memcpy(expected, p.y.data, p.y.bytes);
              memcpy(y, p.y.data, p.y.bytes);
              assert_int_equal(
                  p.t->apply(p.plan, p.s.batch, alpha, p.x.data, p.row_x, beta, expected, p.ldy),
                  0);
              finish(&p, &e, expected);
              assert_int_equal(
                  p.fused->apply(p.plan, p.s.batch, alpha, p.x.data, p.row_x, beta, y, p.ldy, &e),
                  0);
              same(&p, expected, y, &e, alpha, beta);
            }
        free(expected);
        free(y);
        problem_destroy(&p);
      }
  assert_int_equal(pure, SIZES * 6);
  check_cases("fused applies", cases, SIZES * 6 * BIASES * 3 * 9);
}

/* In place, against the guard pages of y, x and the bias; a NULL epilogue is none. */
static void nothing_else_is_touched(void **state) {
  (void)state;
  rng r = rng_start("guards");
  size_t cases = 0;
  for (size_t type = 0; type < PLAN_TYPES; type++)
    for (size_t s = 0; s < SIZES; s++, cases++) {
      problem p = problem_create(type, &all_sizes[s], KRON_EYE_ROUTE_KERNEL, &r);
      void *expected = malloc(p.y.bytes);
      assert_non_null(expected);
      memcpy(expected, p.y.data, p.y.bytes);
      assert_int_equal(p.t->apply(p.plan, p.s.batch, 1, p.x.data, p.row_x, 1, expected, p.ldy), 0);
      kron_eye_epilogue e = KRON_EYE_EPILOGUE_INIT;
      if (s % 2 == 0) {
        e.bias = p.bias.data;
        e.bias_stride = p.bias_stride;
        finish(&p, &e, expected);
      }
      assert_int_equal(p.fused->apply(p.plan, p.s.batch, 1, p.x.data, p.row_x, 1, p.y.data, p.ldy,
                                      s % 2 == 0 ? &e : NULL),
                       0);
      same(&p, expected, p.y.data, &e, 1, 1);
      free(expected);
      problem_destroy(&p);
    }
  check_cases("guarded applies", cases, PLAN_TYPES * SIZES);
}

/* ------------------------------------------------------------------ statuses */

typedef struct longer {
  kron_eye_epilogue known;
  double tail;
} longer;

static void every_status(void **state) {
  (void)state;
  rng r = rng_start("statuses");
  size_t cases = 0;
  for (size_t type = 0; type < PLAN_TYPES; type++) {
    problem p = problem_create(type, &all_sizes[0], KRON_EYE_ROUTE_KERNEL, &r);
    void *before = malloc(p.y.bytes);
    assert_non_null(before);
    memcpy(before, p.y.data, p.y.bytes);
    const size_t m = p.s.m;
    const kron_eye_epilogue good = KRON_EYE_EPILOGUE_INIT;
#define EXPECT(status, ...)                                                                        \
  do {                                                                                             \
    kron_eye_epilogue e = good;                                                                    \
    __VA_ARGS__;                                                                                   \
    assert_int_equal(                                                                              \
        p.fused->apply(p.plan, p.s.batch, 0, p.x.data, p.row_x, 1, p.y.data, p.ldy, &e), status);  \
    if ((status) != 0) assert_memory_equal(p.y.data, before, p.y.bytes);                           \
    cases++;                                                                                       \
  } while (0)
    EXPECT(-9, e.size = sizeof e - 8);
    EXPECT(-9, e.size = 0);
    EXPECT(-9, e.activation = 3);
    EXPECT(-9, e.activation = -1);
    EXPECT(-9, e.reserved = 1);
    EXPECT(-9, e.activation = KRON_EYE_ACTIVATION_CLAMP; e.low = 1; e.high = 0.5);
    EXPECT(-9, e.activation = KRON_EYE_ACTIVATION_CLAMP; e.low = NAN);
    EXPECT(-9, e.activation = KRON_EYE_ACTIVATION_CLAMP; e.high = NAN);
    EXPECT(-9, e.bias = p.bias.data; e.bias_stride = m - 1);
    EXPECT(-9, e.bias = p.bias.data; e.bias_stride = SIZE_MAX / 8);
    EXPECT(-9, e.bias = p.y.data);
    EXPECT(-9, e.bias = (char *)p.y.data - (m - 1) * element_size(p.t->y));
    EXPECT(0, e.bias_stride = 1);
    EXPECT(0, e.low = 2; e.high = 1);
    EXPECT(0, e.activation = KRON_EYE_ACTIVATION_CLAMP; e.low = -INFINITY; e.high = INFINITY);
#undef EXPECT
    longer l = {good, 0};
    l.known.size = sizeof l;
    assert_int_equal(p.fused->apply(p.plan, 0, 0, NULL, 0, 1, NULL, 0, &l.known), 0);
    l.tail = 1;
    assert_int_equal(p.fused->apply(p.plan, 0, 0, NULL, 0, 1, NULL, 0, &l.known), -9);
    kron_eye_epilogue bad = good;
    bad.size = 0;
    assert_int_equal(p.fused->apply(NULL, 0, 0, NULL, 0, 1, NULL, 0, &bad), -1);
    assert_int_equal(p.fused->apply(p.plan, SIZE_MAX / 8, 0, NULL, 0, 1, NULL, 1, &bad), -2);
    assert_int_equal(p.fused->apply(p.plan, 2, 0, NULL, 0, 1, NULL, 1, &bad), -4);
    assert_int_equal(p.fused->apply(p.plan, 2, 0, p.x.data, 1, 1, NULL, 1, &bad), -5);
    assert_int_equal(p.fused->apply(p.plan, 2, 0, p.x.data, 0, 1, NULL, 1, &bad), -7);
    assert_int_equal(p.fused->apply(p.plan, 2, 0, p.x.data, 0, 1, p.y.data, 1, &bad), -8);
    cases += 8;
    free(before);
    problem_destroy(&p);
  }
  check_cases("statuses", cases, PLAN_TYPES * 23);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fused_is_apply_and_then_the_epilogue),
      cmocka_unit_test(nothing_else_is_touched),
      cmocka_unit_test(every_status),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
