/*
 * test_update.c - a plan that was given another W is the plan that would be made of it, bit for
 * bit, in every type, family and route, for one W and one for each block, transposed or not; a bad
 * argument leaves it as it was; what was learnt of the old W (is it finite?) is forgotten.
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
  size_t left, m, n, right;
} sizes;

static const sizes all_sizes[] = {{3, 30, 61, 1}, {2, 150, 9, 1}, {2, 2, 90, 1}, {1, 600, 900, 1},
                                  {2, 35, 7, 2},  {2, 7, 5, 45},  {2, 13, 0, 1}, {0, 4, 5, 1}};
enum { SIZES = sizeof all_sizes / sizeof *all_sizes, BATCH = 3, PAD = 2 };

static size_t stored_rows(const kron_eye_shape *s) {
  return s->op == KRON_EYE_TRANSPOSE ? s->n : s->m;
}
static size_t stored_columns(const kron_eye_shape *s) {
  return s->op == KRON_EYE_TRANSPOSE ? s->m : s->n;
}

static kron_eye_shape shape_of(const sizes *s, int op, bool own) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = s->left;
  shape.m = s->m;
  shape.n = s->n;
  shape.right = s->right;
  shape.op = op;
  if (own) shape.stridew = stored_rows(&shape) * (stored_columns(&shape) + PAD) + 1;
  return shape;
}

/* Every W that the shape has, its rows PAD elements further apart than they need to be. */
static guarded new_w(const plan_types *t, const kron_eye_shape *s, rng *r) {
  const size_t rows = stored_rows(s), columns = stored_columns(s),
               blocks = s->stridew == 0 ? 1 : s->left,
               count = rows * columns == 0 || blocks == 0
                           ? 0
                           : (blocks - 1) * s->stridew + (rows - 1) * (columns + PAD) + columns;
  guarded w = guarded_create(count * element_size(t->y), GUARDED_END);
  for (size_t i = 0; i < count; i++) element_set(t->y, w.data, i, rng_normal(r));
  guarded_read_only(&w);
  return w;
}

static void *apply(const plan_types *t, const kron_eye_plan *plan, const kron_eye_shape *s,
                   const void *x) {
  const size_t rx = s->left * s->n * s->right, ry = s->left * s->m * s->right;
  void *y = calloc(BATCH * ry + 1, element_size(t->y));
  assert_non_null(y);
  assert_int_equal(t->apply(plan, BATCH, 1, x, rx, 0, y, ry), 0);
  return y;
}

static void updated_is_new(void **state) {
  (void)state;
  rng r = rng_start("update");
  size_t cases = 0;
  for (size_t type = 0; type < PLAN_TYPES; type++)
    for (size_t k = 0; k < SIZES; k++)
      for (int route = 0; route <= KRON_EYE_ROUTE_BLAS; route++)
        for (int how = 0; how < 4; how++) {
          const plan_types *t = &all_plan_types[type];
          if (route == KRON_EYE_ROUTE_BLAS && t->x != t->y) continue;
          const kron_eye_shape shape = shape_of(&all_sizes[k], how % 2, how / 2 != 0);
          kron_eye_options options = KRON_EYE_OPTIONS_INIT;
          options.route = route;
          const size_t nx = BATCH * shape.left * shape.n * shape.right,
                       ldw = stored_columns(&shape) + PAD;
          void *x = calloc(nx + 1, element_size(t->x));
          assert_non_null(x);
          for (size_t i = 0; i < nx; i++)
            element_set(t->x, x, i,
                        t->x == ELEMENT_U8 ? (double)rng_below(&r, 256) : rng_normal(&r));
          guarded old = new_w(t, &shape, &r), w = new_w(t, &shape, &r);
          kron_eye_plan *plan = NULL, *fresh = NULL;
          assert_int_equal(t->create(&plan, &shape, old.data, ldw, &options), 0);
          assert_int_equal(t->create(&fresh, &shape, w.data, ldw, &options), 0);
          assert_int_equal(all_fused_types[type].update(plan, w.data, ldw), 0);
          guarded_destroy(&old);
          guarded_destroy(&w);
          void *a = apply(t, plan, &shape, x), *b = apply(t, fresh, &shape, x);
          assert_memory_equal(a, b,
                              BATCH * shape.left * shape.m * shape.right * element_size(t->y));
          kron_eye_plan_destroy(plan);
          kron_eye_plan_destroy(fresh);
          free(a);
          free(b);
          free(x);
          cases++;
        }
  check_cases("updates", cases, SIZES * 4 * (3 + 3 + 2 + 2));
}

/* Zeros of x are skipped where W is finite, and 0 * infinity is NaN: each update decides anew. */
static void an_infinity_comes_and_goes(void **state) {
  (void)state;
  enum { M = 40, N = 200 };
  size_t cases = 0;
  for (size_t type = 0; type < PLAN_TYPES; type++) {
    const plan_types *t = &all_plan_types[type];
    kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
    shape.m = M;
    shape.n = N;
    kron_eye_options options = KRON_EYE_OPTIONS_INIT;
    options.zeros = KRON_EYE_ZEROS_SKIP;
    options.route = KRON_EYE_ROUTE_KERNEL;
    double w[M * N] = {0}, x[N] = {0}, y[M];
    kron_eye_plan *plan = NULL;
    assert_int_equal(t->create(&plan, &shape, w, N, &options), 0);
    for (int round = 0; round < 4; round++, cases++) {
      element_set(t->y, w, 7 * N + 5, round % 2 == 0 ? INFINITY : 1);
      assert_int_equal(all_fused_types[type].update(plan, w, N), 0);
      assert_int_equal(t->apply(plan, 1, 1, x, 0, 0, y, 0), 0);
      for (size_t i = 0; i < M; i++) {
        const double v = element_get(t->y, y, i);
        assert_true(i == 7 && round % 2 == 0 ? isnan(v) : v == 0);
      }
    }
    kron_eye_plan_destroy(plan);
  }
  check_cases("infinities", cases, 4 * PLAN_TYPES);
}

static void every_status(void **state) {
  (void)state;
  rng r = rng_start("statuses");
  size_t cases = 0;
  for (size_t type = 0; type < PLAN_TYPES; type++)
    for (int op = 0; op <= 1; op++, cases++) {
      const plan_types *t = &all_plan_types[type];
      const fused_types *f = &all_fused_types[type];
      const kron_eye_shape shape = shape_of(&all_sizes[0], op, true);
      const size_t columns = stored_columns(&shape), ldw = columns + PAD;
      const size_t nx = BATCH * shape.left * shape.n;
      void *x = calloc(nx, element_size(t->x));
      assert_non_null(x);
      for (size_t i = 0; i < nx; i++) element_set(t->x, x, i, (double)rng_below(&r, 200));
      guarded w = new_w(t, &shape, &r);
      kron_eye_plan *plan = NULL;
      assert_int_equal(t->create(&plan, &shape, w.data, ldw, NULL), 0);
      void *before = apply(t, plan, &shape, x);
      assert_int_equal(f->update(NULL, w.data, ldw), -1);
      assert_int_equal(all_fused_types[(type + 1) % PLAN_TYPES].update(plan, w.data, ldw), -1);
      assert_int_equal(f->update(plan, NULL, 0), -2);
      assert_int_equal(f->update(plan, w.data, columns - 1), -3);
      assert_int_equal(f->update(plan, w.data, SIZE_MAX / 8), -3);
      void *after = apply(t, plan, &shape, x);
      assert_memory_equal(before, after, BATCH * shape.left * shape.m * element_size(t->y));
      kron_eye_plan_destroy(plan);
      guarded_destroy(&w);
      free(before);
      free(after);
      free(x);
    }
  check_cases("statuses", cases, 2 * PLAN_TYPES);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(updated_is_new),
      cmocka_unit_test(an_infinity_comes_and_goes),
      cmocka_unit_test(every_status),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
