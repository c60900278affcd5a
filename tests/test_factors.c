/*
 * test_factors.c - alpha and beta of 0, NaN and infinity, on every route: where they are not 0 they
 * enter by multiplication, as IEEE 754 has it, whatever a BLAS does with them; where they are 0,
 * what they would multiply is not read.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "operands.h"

/* Rows, blocks, outputs, inputs: gemm and gemv, one of each; with gaps between rows or not. */
static const struct {
  size_t batch, left, m, n;
} shapes[] = {{1, 1, 1, 1},  {1, 1, 1, 40}, {7, 1, 1, 40}, {3, 5, 1, 9},   {5, 3, 1, 300},
              {1, 1, 6, 1},  {4, 2, 6, 1},  {1, 1, 6, 40}, {7, 1, 33, 40}, {3, 5, 6, 9},
              {1, 1, 70, 9}, {90, 1, 1, 1}, {64, 2, 5, 17}};
static const double factors[] = {
    0, -0.0, 1, -1, 0.5, (double)NAN, (double)INFINITY, (double)-INFINITY};
/* What y and sums are, as multiples of what is usual: numbers and no numbers. */
static const double olds[] = {5, 0, (double)NAN, (double)INFINITY, (double)-INFINITY};
enum {
  SHAPES = sizeof shapes / sizeof *shapes,
  FACTORS = sizeof factors / sizeof *factors,
  OLDS = sizeof olds / sizeof *olds
};

/* alpha * sum + beta * old, where the sum is of numbers, not 0. */
static double expected_of(double alpha, double sum, double beta, double old) {
  const double scaled = beta == 0 ? 0 : beta * old;
  if (alpha == 0) return scaled;
  return beta == 0 ? alpha * sum : alpha * sum + scaled;
}

static bool same_value(double a, double b) {
  return (isnan(a) && isnan(b)) || a == b;
}

/* One set of operands whose every sum is n, or is NaN where alpha is 0: then nobody reads them. */
static void expect_factors(const operands *o, const kron_eye_plan *plan, int route, size_t pad,
                           double alpha, double beta, double old) {
  const layout l = {pad, pad, false, GUARDED_END, 0};
  for (size_t e = 0; e < o->batch * o->left * o->n; e++)
    element_set(o->t->x, o->x, e, alpha == 0 && o->t->x != ELEMENT_U8 ? (double)NAN : 1);
  for (size_t e = 0; e < o->batch * o->left * o->m; e++) element_set(o->t->y, o->y, e, old);
  void *y = operands_apply(o, plan, 0, o->batch, &l, alpha, beta);
  const double expected = expected_of(alpha, (double)o->n, beta, old);
  for (size_t e = 0; e < o->batch * o->left * o->m; e++) {
    const double out = element_get(o->t->y, y, e);
    if (!same_value(out, expected))
      fail_msg("%s batch=%zu left=%zu m=%zu n=%zu route=%d pad=%zu: %g * %zu + %g * %g gives %g, "
               "not %g",
               o->t->name, o->batch, o->left, o->m, o->n, route, pad, alpha, o->n, beta, old, out,
               expected);
  }
  free(y);
}

static void every_factor(void **state) {
  (void)state;
  rng r = rng_start("factors");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < SHAPES; s++)
      for (int route = KRON_EYE_ROUTE_KERNEL; route <= KRON_EYE_ROUTE_BLAS; route++) {
        const plan_types *types = &all_plan_types[t];
        if (route == KRON_EYE_ROUTE_BLAS && types->x != types->y) continue;
        operands o = operands_create(types, shapes[s].batch, shapes[s].left, shapes[s].m,
                                     shapes[s].n, ZEROS_NONE, &r);
        for (size_t e = 0; e < o.m * o.n; e++) element_set(types->y, o.w, e, 1);
        kron_eye_options options = KRON_EYE_OPTIONS_INIT;
        options.route = route;
        kron_eye_plan *plan = operands_plan(&o, 0, &options);
        for (size_t pad = 0; pad <= 3; pad += 3)
          for (size_t a = 0; a < FACTORS; a++)
            for (size_t b = 0; b < FACTORS; b++)
              for (size_t v = 0; v < OLDS; v++, cases++)
                expect_factors(&o, plan, route, pad, factors[a], factors[b], olds[v]);
        kron_eye_plan_destroy(plan);
        operands_destroy(&o);
      }
  check_cases("factors", cases, (2 + 2 + 1 + 1) * SHAPES * 2 * FACTORS * FACTORS * OLDS);
}

/* NaN and infinity in W and x pass through the one-call functions, which have no alpha or beta: the
   outputs that they enter show them, and the others do not. y is NaN before. */
static void one_call(void **state) {
  (void)state;
  const double poisons[] = {(double)NAN, (double)INFINITY, (double)-INFINITY};
  size_t cases = 0;
  for (size_t c = 0; c < CALL_TYPES; c++)
    for (size_t s = 0; s < SHAPES; s++)
      for (size_t p = 0; p < 3; p++)
        for (int in_w = 0; in_w <= 1; in_w++, cases++) {
          const element e = all_call_types[c].e;
          const size_t batch = shapes[s].batch, k = shapes[s].left, m = shapes[s].m,
                       n = shapes[s].n, blocks = batch * k, size = element_size(e);
          void *w = calloc(m * n, size), *x = calloc(blocks * n, size),
               *y = malloc(blocks * m * size);
          assert_true(w != NULL && x != NULL && y != NULL);
          memset(y, 0xff, blocks * m * size);
          for (size_t i = 0; i < m * n; i++) element_set(e, w, i, 2);
          for (size_t i = 0; i < blocks * n; i++) element_set(e, x, i, 1);
          const size_t row = (in_w != 0 ? m : blocks) / 2;
          element_set(e, in_w != 0 ? w : x, row * n + n / 2, poisons[p]);
          const int status = batch == 1 ? all_call_types[c].matvec(k, m, n, w, x, y)
                                        : all_call_types[c].matvec_batch(batch, k, m, n, w, x, y);
          assert_int_equal(status, 0);
          for (size_t block = 0; block < blocks; block++)
            for (size_t i = 0; i < m; i++) {
              const bool hit = (in_w != 0 ? i : block) == row;
              const double out = element_get(e, y, block * m + i);
              if (!same_value(out, hit ? poisons[p] : 2 * (double)n))
                fail_msg("%s batch=%zu k=%zu m=%zu n=%zu: y[%zu,%zu] = %g", all_call_types[c].name,
                         batch, k, m, n, block, i, out);
            }
          free(w);
          free(x);
          free(y);
        }
  check_cases("one-call products", cases, CALL_TYPES * SHAPES * 3 * 2);
}

/* The same where right > 1: by a plan of either route, and in one call. Rows, blocks, outputs,
   inputs, right. */
static const size_t wide_shapes[][5] = {{1, 1, 1, 1, 2},  {3, 2, 5, 9, 2},   {2, 1, 6, 40, 3},
                                        {1, 3, 33, 7, 9}, {40, 2, 5, 17, 4}, {2, 2, 4, 6, 41}};
enum { WIDE_SHAPES = sizeof wide_shapes / sizeof *wide_shapes, WAYS = 3 };

static int wide_product(const plan_types *t, int way, const kron_eye_shape *shape, size_t batch,
                        const void *w, double alpha, const void *x, double beta, void *y) {
  const size_t row_x = shape->left * shape->n * shape->right,
               row_y = shape->left * shape->m * shape->right;
  if (way == 0 && t->y == ELEMENT_F32)
    return kron_eye_product_f32(shape, w, shape->n, batch, (float)alpha, x, row_x, (float)beta, y,
                                row_y);
  if (way == 0)
    return kron_eye_product_f64(shape, w, shape->n, batch, alpha, x, row_x, beta, y, row_y);
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = way;
  kron_eye_plan *plan = NULL;
  assert_int_equal(t->create(&plan, shape, w, shape->n, &options), 0);
  const int status = t->apply(plan, batch, alpha, x, row_x, beta, y, row_y);
  kron_eye_plan_destroy(plan);
  return status;
}

static void wider_right(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t t = 0; t < 2; t++)
    for (size_t s = 0; s < WIDE_SHAPES; s++) {
      const plan_types *types = &all_plan_types[t];
      const size_t batch = wide_shapes[s][0];
      kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
      shape.left = wide_shapes[s][1];
      shape.m = wide_shapes[s][2];
      shape.n = wide_shapes[s][3];
      shape.right = wide_shapes[s][4];
      const size_t nx = batch * shape.left * shape.n * shape.right,
                   ny = batch * shape.left * shape.m * shape.right, nw = shape.m * shape.n;
      void *w = calloc(nw, 8), *x = calloc(nx, 8), *y = calloc(ny, 8);
      assert_true(w != NULL && x != NULL && y != NULL);
      for (size_t e = 0; e < nw; e++) element_set(types->y, w, e, 1);
      for (size_t v = 0; v < FACTORS * FACTORS * OLDS; v++)
        for (int way = 0; way < WAYS; way++, cases++) {
          const double alpha = factors[v % FACTORS], beta = factors[v / FACTORS % FACTORS];
          const double old = olds[v / FACTORS / FACTORS];
          for (size_t e = 0; e < nx; e++) element_set(types->x, x, e, alpha == 0 ? (double)NAN : 1);
          for (size_t e = 0; e < ny; e++)
            element_set(types->y, y, e, beta == 0 ? (double)NAN : old);
          assert_int_equal(wide_product(types, way, &shape, batch, w, alpha, x, beta, y), 0);
          const double expected = expected_of(alpha, (double)shape.n, beta, old);
          for (size_t e = 0; e < ny; e++)
            if (!same_value(element_get(types->y, y, e), expected))
              fail_msg("%s m=%zu n=%zu right=%zu way=%d: %g * %zu + %g * %g gives %g, not %g",
                       types->name, shape.m, shape.n, shape.right, way, alpha, shape.n, beta, old,
                       element_get(types->y, y, e), expected);
        }
      free(w);
      free(x);
      free(y);
    }
  check_cases("factors with right > 1", cases, 2 * WIDE_SHAPES * FACTORS * FACTORS * OLDS * WAYS);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_factor),
      cmocka_unit_test(one_call),
      cmocka_unit_test(wider_right),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
