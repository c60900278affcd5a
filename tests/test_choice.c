/*
 * test_choice.c - what is done about the zeros at hand: nothing where there are few, columns where
 * they stand together, lists where each row has its own. Of the choice alone, whatever time each
 * would take; all have the same bits. And what a call learns from the time of its first groups,
 * with times that are made up. Linked to the static library only: a shared one hides it.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>

#include <kron_eye.h>

#include "base/clock.h"
#include "base/thresholds.h"
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
  struct kron_eye_ways ways = {0};
  struct kron_eye_zeros_view view = kron_eye_run_zeros_start(plan, &ways, x, N, ROWS, ROWS);
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

/* ---------------------------------------------------------------- learning, without time */

/* Times of the ways relative to panel's for some data, as estimates that are right would have it.
 */
typedef struct data_kind {
  const char *name;
  double times[2][KRON_EYE_WAYS]; /* of the first half of the groups and of the second */
} data_kind;

/* A call whose groups take what `kind` says, by estimates of which way `wrong` is `skew` times too
   dear; the time it took as a multiple of the best single way's. Some groups are interrupted. */
static double simulated(const data_kind *kind, size_t groups, int wrong, double skew,
                        double interrupted, rng *r) {
  struct kron_eye_ways ways = {0};
  double taken = 0, single[KRON_EYE_WAYS] = {0};
  kron_eye_run_ways_start(&ways, groups);
  for (size_t g = 0; g < groups; g++) {
    const double *times = kind->times[2 * g >= groups];
    const double pause = rng_uniform(r) < interrupted ? 3 : 1;
    struct kron_eye_estimates estimates = {.excess = 0};
    for (int w = 0; w < KRON_EYE_WAYS; w++) {
      estimates.of[w] = times[w] * (w == wrong ? skew : 1);
      single[w] += times[w] * pause;
    }
    const enum kron_eye_family way = kron_eye_run_ways_choose(&ways, &estimates);
    kron_eye_run_ways_learn(&ways, way, &estimates, 1000, 1000 * times[way] * pause);
    taken += times[way] * pause;
  }
  double best = single[0];
  for (int w = 1; w < KRON_EYE_WAYS; w++) best = single[w] < best ? single[w] : best;
  return taken / best;
}

static void a_wrong_estimate_is_found_out(void **state) {
  (void)state;
  static const data_kind kinds[] = {
      {"dense", {{1, 1.36, 3.1}, {1, 1.36, 3.1}}},    {"50 %", {{1, 1.35, 1.9}, {1, 1.35, 1.9}}},
      {"30 %", {{1, 1.3, 1.5}, {1, 1.3, 1.5}}},       {"20 %", {{1, 1.1, 1.25}, {1, 1.1, 1.25}}},
      {"10 %", {{1, 0.8, 1.0}, {1, 0.8, 1.0}}},       {"5 %", {{1, 0.55, 0.9}, {1, 0.55, 0.9}}},
      {"1 %", {{1, 0.32, 0.82}, {1, 0.32, 0.82}}},    {"digits", {{1, 0.68, 1.2}, {1, 0.68, 1.2}}},
      {"lists", {{1, 0.95, 0.6}, {1, 0.95, 0.6}}},    {"even", {{1, 1.02, 0.98}, {1, 1.02, 0.98}}},
      {"mixture", {{1, 1.36, 3.1}, {1, 0.32, 0.82}}},
  };
  enum { KINDS = sizeof kinds / sizeof *kinds };
  static const double skews[] = {0.5, 1, 2}, interruptions[] = {0, 0.02};
  rng r = rng_start("learning");
  size_t cases = 0;
  double worst = 0;
  for (size_t k = 0; k < KINDS; k++)
    for (int wrong = 0; wrong < KRON_EYE_WAYS; wrong++)
      for (size_t s = 0; s < 3; s++)
        for (size_t i = 0; i < 2; i++, cases++) {
          const double loss = simulated(&kinds[k], 595, wrong, skews[s], interruptions[i], &r);
          if (loss > (i == 0 ? 1.03 : 1.06))
            fail_msg("%s, way %d estimated %g times too dear: %g times the best way", kinds[k].name,
                     wrong, skews[s], loss);
          if (loss > worst) worst = loss;
        }
  printf("# worst: %.4f times the best way\n", worst);
  check_cases("simulated calls", cases, (size_t)KINDS * KRON_EYE_WAYS * 3 * 2);
}

/* Few groups: nothing is tried, and the estimate decides. */
static void small_products_go_by_the_estimate(void **state) {
  (void)state;
  static const data_kind dense = {"dense", {{1, 1.2, 2}, {1, 1.2, 2}}};
  rng r = rng_start("small products");
  for (size_t groups = 1; groups < KRON_EYE_TRY_MIN_GROUPS; groups++)
    assert_true(simulated(&dense, groups, 0, 1, 0, &r) == 1);
  assert_true(simulated(&dense, KRON_EYE_TRY_MIN_GROUPS - 1, KRON_EYE_COLUMNS, 0.5, 0, &r) > 1.1);
}

static uint64_t fake_time;
static uint64_t fake_clock(void) {
  return fake_time;
}

/* The clock is asked about each group of a large product, and what it says is what is learned. */
static void the_clock_is_asked(void **state) {
  (void)state;
  rng r = rng_start("clock");
  float *x = data(false, 0.2, &r);
  static float w[M * N];
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = M;
  shape.n = N;
  kron_eye_plan *plan = NULL;
  assert_int_equal(kron_eye_plan_create_f32(&plan, &shape, w, N, NULL), 0);
  kron_eye_base_clock = fake_clock;
  struct kron_eye_ways ways = {0};
  struct kron_eye_zeros_view view =
      kron_eye_run_zeros_start(plan, &ways, x, N, ROWS, 1000 * plan->group);
  size_t seen[KRON_EYE_WAYS] = {0};
  for (size_t g = 0; g < 1000; g++) {
    const enum kron_eye_family way = kron_eye_run_zeros_way(&view, x, N, 84);
    seen[way]++;
    fake_time += way == KRON_EYE_LISTS ? 500 : 1000 + 100 * (uint64_t)way;
    kron_eye_run_zeros_done(&view, 84);
  }
  assert_in_range(seen[KRON_EYE_LISTS], 950, 1000); /* against every estimate */
  kron_eye_plan_destroy(plan);
  free(x);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_way_suits_the_data),
      cmocka_unit_test(a_wrong_estimate_is_found_out),
      cmocka_unit_test(small_products_go_by_the_estimate),
      cmocka_unit_test(the_clock_is_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
