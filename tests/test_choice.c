/*
 * test_choice.c - what is done about the zeros at hand: nothing where there are few, columns where
 * they stand together, lists where each row has its own. Of the choice alone, whatever time each
 * would take; all have the same bits. Linked to the static library only: a shared one hides it.
 */
#include "check.h"

#include <stdlib.h>

#include <kron_eye.h>

#include "plan/plan.h"
#include "random.h"
#include "run/zeros.h"

enum { ROWS = 400, N = 784, M = 32 };

/* The way for the first rows of x, by a plan that may choose, or must. */
static enum kron_eye_family way_for(const float *x, int zeros, enum kron_eye_isa isa) {
  static float w[M * N];
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = M;
  shape.n = N;
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  options.zeros = zeros;
  kron_eye_plan *plan = NULL;
  assert_int_equal(kron_eye_plan_create_f32(&plan, &shape, w, N, &options), 0);
  plan->isa = isa; /* whose costs are asked for; nothing is computed */
  struct kron_eye_zeros_view view = kron_eye_run_zeros_start(plan, x, N, ROWS);
  const enum kron_eye_family way = kron_eye_run_zeros_way(&view, x, N, 84);
  kron_eye_plan_destroy(plan);
  return way;
}

/* A share of the columns is not zero, the same in all rows; or of each row's own. */
static float *data(bool together, double share, rng *r) {
  float *x = calloc(ROWS * N, sizeof *x);
  bool kept[N];
  assert_non_null(x);
  for (size_t j = 0; j < N; j++) kept[j] = rng_uniform(r) < share;
  for (size_t e = 0; e < ROWS * N; e++)
    x[e] = (together ? kept[e % N] : rng_uniform(r) < share) ? 1.5f : 0;
  return x;
}

static void expect_way(bool together, double share, enum kron_eye_isa isa,
                       enum kron_eye_family expected, rng *r) {
  float *x = data(together, share, r);
  assert_int_equal(way_for(x, KRON_EYE_ZEROS_AUTO, isa), expected);
  assert_int_equal(way_for(x, KRON_EYE_ZEROS_MULTIPLY, isa), KRON_EYE_PANEL);
  assert_int_equal(way_for(x, KRON_EYE_ZEROS_SKIP, isa), KRON_EYE_COLUMNS);
  free(x);
}

static void the_way_suits_the_data(void **state) {
  (void)state;
  rng r = rng_start("the choice");
  size_t cases = 0;
  for (enum kron_eye_isa isa = KRON_EYE_PORTABLE; isa < KRON_EYE_ISA_COUNT; isa++, cases++) {
    expect_way(true, 1, isa, KRON_EYE_PANEL, &r);
    expect_way(true, 0.95, isa, KRON_EYE_PANEL, &r);
    expect_way(false, 0.7, isa, KRON_EYE_PANEL, &r);
    if (isa != KRON_EYE_PORTABLE) { /* whose searches take as long as the product */
      expect_way(true, 0.3, isa, KRON_EYE_COLUMNS, &r);
      expect_way(true, 0.02, isa, KRON_EYE_COLUMNS, &r);
    }
  }
  /* Where nearly all columns of a tile are wanted by some row, and each row wants a few. */
  expect_way(false, 0.22, KRON_EYE_AVX512, KRON_EYE_LISTS, &r);
  check_cases("instruction sets", cases, KRON_EYE_ISA_COUNT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_way_suits_the_data),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
