/*
 * test_plan.c - plans compute y = alpha (I_left (x) W) x + beta y, in all four types, for every
 * small shape, every stride and alignment, by the library's kernels and by the BLAS; they write
 * nothing outside the rows of y and read nothing outside W and x (see operands.h).
 */
#include "check.h"

#include <stdlib.h>

#include <kron_eye.h>

#include "operands.h"

static const layout tight = {0, 0, false, GUARDED_END, 0};

/* Exact in float too. 1/255 scales bytes. */
static const double factors[] = {0, 1, -1, 0x1.010102p-8};
enum { FACTORS = sizeof factors / sizeof *factors };

static kron_eye_options options_of(int route, int zeros, size_t threads) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = route;
  options.zeros = zeros;
  options.threads = threads;
  return options;
}

/* Whether a route exists for these types: the BLAS has no mixed types. */
static bool route_exists(const plan_types *t, int route) {
  return route != KRON_EYE_ROUTE_BLAS || t->x == t->y;
}

/* k = 3, W 3 x 2, four rows of six; the values were computed by hand. */
static void published_example_is_exact(void **state) {
  (void)state;
  const double expected[36] = {5,  11,  17,  11, 25,  39,  17, 39,  61,  23, 53,  83,
                               29, 67,  105, 35, 81,  127, 41, 95,  149, 47, 109, 171,
                               53, 123, 193, 59, 137, 215, 65, 151, 237, 71, 165, 259};
  rng r = rng_seeded(1);
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (int route = KRON_EYE_ROUTE_AUTO; route <= KRON_EYE_ROUTE_BLAS; route++) {
      const plan_types *types = &all_plan_types[t];
      if (!route_exists(types, route)) continue;
      operands o = operands_create(types, 4, 3, 3, 2, ZEROS_NONE, &r);
      for (size_t i = 0; i < 6; i++) element_set(types->y, o.w, i, (double)(i + 1));
      for (size_t i = 0; i < 24; i++) element_set(types->x, o.x, i, (double)(i + 1));
      const kron_eye_options options = options_of(route, KRON_EYE_ZEROS_AUTO, 0);
      kron_eye_plan *plan = operands_plan(&o, 0, &options);
      void *y = operands_apply(&o, plan, 0, 4, &tight, 1, 0);
      for (size_t i = 0; i < 36; i++) assert_true(element_get(types->y, y, i) == expected[i]);
      free(y);
      kron_eye_plan_destroy(plan);
      operands_destroy(&o);
      cases++;
    }
  check_cases("published example", cases, 3 + 3 + 2 + 2);
}

/* Every m in 0..70 with every n in 0..80; the rest of the case is random. */
static void every_small_shape(void **state) {
  (void)state;
  enum { MOST_M = 70, MOST_N = 80 };
  rng r = rng_start("every small shape");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t m = 0; m <= MOST_M; m++)
      for (size_t n = 0; n <= MOST_N; n++, cases++) {
        const size_t batch = rng_below(&r, 8), left = 1 + rng_below(&r, 3);
        operands o = operands_create(&all_plan_types[t], batch, left, m, n,
                                     (zeros_in_x)rng_below(&r, ZEROS_PATTERNS), &r);
        const layout l = {rng_below(&r, 4), rng_below(&r, 4), false,
                          rng_below(&r, 2) != 0 ? GUARDED_START : GUARDED_END, rng_below(&r, 17)};
        const kron_eye_options options =
            options_of(KRON_EYE_ROUTE_KERNEL, (int)rng_below(&r, 3), 1 + rng_below(&r, 3));
        operands_run(&o, rng_below(&r, 3), &options, &l, factors[1 + rng_below(&r, FACTORS - 1)],
                     factors[rng_below(&r, FACTORS)]);
        operands_destroy(&o);
      }
  check_cases("m in 0..70, n in 0..80", cases, PLAN_TYPES * (MOST_M + 1) * (MOST_N + 1));
}

/* Numbers of rows and blocks around every tile height, with outputs below, at and above the vector
 * lengths. */
static void every_row_count(void **state) {
  (void)state;
  const size_t ms[] = {1, 3, 8, 10, 16, 17, 30, 32, 33, 48, 64, 65};
  enum { MS = sizeof ms / sizeof *ms, MOST_ROWS = 45 };
  rng r = rng_start("every row count");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < MS; s++)
      for (size_t rows = 0; rows <= MOST_ROWS; rows++, cases++) {
        const size_t left = 1 + rng_below(&r, 3);
        operands o = operands_create(&all_plan_types[t], rows, left, ms[s], 1 + rng_below(&r, 40),
                                     (zeros_in_x)rng_below(&r, ZEROS_PATTERNS), &r);
        const layout l = {rng_below(&r, 2), rng_below(&r, 2), false, GUARDED_END, 0};
        const kron_eye_options options =
            options_of(KRON_EYE_ROUTE_KERNEL, (int)rng_below(&r, 3), rng_below(&r, 4));
        operands_run(&o, 0, &options, &l, 1, factors[rng_below(&r, FACTORS)]);
        operands_destroy(&o);
      }
  check_cases("row counts", cases, PLAN_TYPES * MS * (MOST_ROWS + 1));
}

/* All 16 pairs of factors on every route, with and without zeros. */
static void every_alpha_and_beta(void **state) {
  (void)state;
  rng r = rng_start("alpha and beta");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (int route = KRON_EYE_ROUTE_AUTO; route <= KRON_EYE_ROUTE_BLAS; route++)
      for (size_t pair = 0; pair < FACTORS * FACTORS; pair++)
        for (int zeros = 0; zeros < ZEROS_PATTERNS; zeros++) {
          if (!route_exists(&all_plan_types[t], route)) continue;
          operands o = operands_create(&all_plan_types[t], 7, 3, 30, 61, (zeros_in_x)zeros, &r);
          const kron_eye_options options = options_of(route, KRON_EYE_ZEROS_AUTO, 0);
          const layout l = {zeros == 1 ? 5 : 0, zeros == 2 ? 3 : 0, false, GUARDED_END, 0};
          operands_run(&o, 1, &options, &l, factors[pair / FACTORS], factors[pair % FACTORS]);
          operands_destroy(&o);
          cases++;
        }
  check_cases("alpha and beta", cases, (3 + 3 + 2 + 2) * 16 * ZEROS_PATTERNS);
}

/* Both routes, every kind of stride, any alignment, and one row of x for all. */
static void every_layout(void **state) {
  (void)state;
  const size_t pads[] = {0, 1, 3, 16};
  const size_t batches[] = {1, 2, 9, 30};
  rng r = rng_start("layouts");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (int route = KRON_EYE_ROUTE_KERNEL; route <= KRON_EYE_ROUTE_BLAS; route++)
      for (size_t b = 0; b < 4; b++)
        for (size_t px = 0; px < 4; px++)
          for (size_t py = 0; py < 4; py++)
            for (int broadcast = 0; broadcast <= 1; broadcast++) {
              if (!route_exists(&all_plan_types[t], route)) continue;
              operands o =
                  operands_create(&all_plan_types[t], batches[b], 4, 10, 23, ZEROS_NONE, &r);
              const layout l = {pads[px], pads[py], broadcast != 0, GUARDED_START,
                                1 + rng_below(&r, 64)};
              const kron_eye_options options = options_of(route, KRON_EYE_ZEROS_AUTO, 2);
              operands_run(&o, pads[py], &options, &l, 1, -1);
              operands_destroy(&o);
              cases++;
            }
  check_cases("layouts", cases, (2 + 2 + 1 + 1) * 4 * 4 * 4 * 2);
}

/* Sizes beyond the tiles, those where AUTO may choose the BLAS, and a single row so large that AUTO
 * samples it for zeros. */
static void large_shapes(void **state) {
  (void)state;
  const size_t shapes[][4] = {/* batch, left, m, n */
                              {29, 30, 30, 784}, {3, 2, 512, 1100}, {5, 1, 300, 2100},
                              {1, 1, 1, 70000},  {2, 1, 1030, 33},  {40, 30, 10, 30},
                              {1, 700, 16, 16},  {70000, 1, 2, 1},  {1, 1, 64, 4096},
                              {1, 1, 4, 40000},  {1, 1, 2048, 300}};
  enum { SHAPES = sizeof shapes / sizeof *shapes };
  rng r = rng_start("large shapes");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < SHAPES; s++)
      for (int route = KRON_EYE_ROUTE_AUTO; route <= KRON_EYE_ROUTE_BLAS; route++) {
        if (!route_exists(&all_plan_types[t], route)) continue;
        operands o = operands_create(&all_plan_types[t], shapes[s][0], shapes[s][1], shapes[s][2],
                                     shapes[s][3], (zeros_in_x)(s % ZEROS_PATTERNS), &r);
        const kron_eye_options options = options_of(route, KRON_EYE_ZEROS_AUTO, 0);
        operands_run(&o, 0, route == KRON_EYE_ROUTE_AUTO ? NULL : &options, &tight, 1, 1);
        operands_destroy(&o);
        cases++;
      }
  check_cases("large shapes", cases, (3 + 3 + 2 + 2) * SHAPES);
}

/* x and y in one array, each row of y between two rows of x. */
static void interleaved_arrays(void **state) {
  (void)state;
  enum { BATCH = 11, LEFT = 2, M = 5, N = 9, X = LEFT * N, Y = LEFT * M, LD = X + Y };
  rng r = rng_start("interleaved");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++) {
    const plan_types *types = &all_plan_types[t];
    if (types->x != types->y) continue;
    operands o = operands_create(types, BATCH, LEFT, M, N, ZEROS_NONE, &r);
    for (int route = KRON_EYE_ROUTE_AUTO; route <= KRON_EYE_ROUTE_BLAS; route++, cases++) {
      const kron_eye_options options = options_of(route, KRON_EYE_ZEROS_AUTO, 0);
      kron_eye_plan *plan = operands_plan(&o, 0, &options);
      double array[BATCH * LD];
      for (size_t b = 0; b < BATCH; b++) {
        for (size_t j = 0; j < X; j++)
          element_set(types->x, array, b * LD + j, element_get(types->x, o.x, b * X + j));
        for (size_t i = 0; i < Y; i++)
          element_set(types->y, array, b * LD + X + i, element_get(types->y, o.y, b * Y + i));
      }
      char *y = (char *)array + X * element_size(types->y);
      assert_int_equal(types->apply(plan, BATCH, 1, array, LD, 1, y, LD), 0);
      double result[BATCH * Y];
      for (size_t b = 0; b < BATCH; b++) {
        for (size_t j = 0; j < X; j++)
          assert_true(element_get(types->x, array, b * LD + j) ==
                      element_get(types->x, o.x, b * X + j));
        for (size_t i = 0; i < Y; i++)
          element_set(types->y, result, b * Y + i, element_get(types->y, array, b * LD + X + i));
      }
      operands_check(&o, 0, BATCH, &tight, 1, 1, result);
      kron_eye_plan_destroy(plan);
    }
    operands_destroy(&o);
  }
  check_cases("interleaved", cases, 2 * 3);
}

/* One plan, many applies with different factors and rows: no call affects the next. */
static void a_plan_keeps_no_state(void **state) {
  (void)state;
  rng r = rng_start("no state");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++) {
    operands o = operands_create(&all_plan_types[t], 20, 3, 33, 50, ZEROS_CLUSTERED, &r);
    kron_eye_plan *plan = operands_plan(&o, 0, NULL);
    for (int call = 0; call < 60; call++, cases++) {
      const size_t first = rng_below(&r, 20), batch = rng_below(&r, 21 - first);
      const double alpha = factors[rng_below(&r, FACTORS)], beta = factors[rng_below(&r, FACTORS)];
      void *y = operands_apply(&o, plan, first, batch, &tight, alpha, beta);
      operands_check(&o, first, batch, &tight, alpha, beta, y);
      free(y);
    }
    kron_eye_plan_destroy(plan);
    operands_destroy(&o);
  }
  check_cases("applies of one plan", cases, PLAN_TYPES * 60);
}

static void destroy_accepts_null(void **state) {
  (void)state;
  kron_eye_plan_destroy(NULL);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(published_example_is_exact),
      cmocka_unit_test(every_small_shape),
      cmocka_unit_test(every_row_count),
      cmocka_unit_test(every_alpha_and_beta),
      cmocka_unit_test(every_layout),
      cmocka_unit_test(large_shapes),
      cmocka_unit_test(interleaved_arrays),
      cmocka_unit_test(a_plan_keeps_no_state),
      cmocka_unit_test(destroy_accepts_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
