/*
 * test_invariance.c - on the library's own kernels the result of a row is a function of W, that
 * row, its old y, alpha, beta and the instruction set, bit for bit. Each row is first computed
 * alone, on one thread, multiplying every zero; then as part of any batch, at any position, with
 * any number of threads, strides and alignment, and with zeros skipped or not.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "operands.h"

/* 102000 configurations in full. */
enum { MOST_ROWS = 67, CONFIGURATIONS = 40, FULL_CONFIGURATIONS = 500, MOST_THREADS = 16 };

static kron_eye_options kernel_options(int zeros, size_t threads) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  options.zeros = zeros;
  options.threads = threads;
  return options;
}

/* Computes every row by itself: batch x (left*m), to be freed by the caller. */
static char *rows_alone(const operands *o, double alpha, double beta) {
  const layout l = {0, 0, false, GUARDED_END, 0};
  const size_t row = o->left * o->m * element_size(o->t->y);
  const kron_eye_options options = kernel_options(KRON_EYE_ZEROS_MULTIPLY, 1);
  kron_eye_plan *plan = operands_plan(o, 0, &options);
  char *alone = calloc(o->batch * row + 1, 1);
  assert_non_null(alone);
  for (size_t r = 0; r < o->batch; r++) {
    void *y = operands_apply(o, plan, r, 1, &l, alpha, beta);
    memcpy(alone + r * row, y, row);
    free(y);
  }
  kron_eye_plan_destroy(plan);
  return alone;
}

/* A random part of the rows in a random configuration gives the same bits as each row alone. */
static void expect_same_bits(const operands *o, double alpha, double beta, const char *alone,
                             rng *r) {
  const size_t row = o->left * o->m * element_size(o->t->y);
  const kron_eye_options options =
      kernel_options((int)rng_below(r, 3), 1 + rng_below(r, MOST_THREADS));
  const size_t first = rng_below(r, o->batch), batch = 1 + rng_below(r, o->batch - first);
  const layout l = {rng_below(r, 3) * rng_below(r, 20), rng_below(r, 3) * rng_below(r, 20), false,
                    rng_below(r, 2) != 0 ? GUARDED_START : GUARDED_END, rng_below(r, 65)};
  kron_eye_plan *plan = operands_plan(o, rng_below(r, 2), &options);
  char *y = operands_apply(o, plan, first, batch, &l, alpha, beta);
  if (memcmp(y, alone + first * row, batch * row) != 0)
    fail_msg("%s left=%zu m=%zu n=%zu alpha=%g beta=%g: rows %zu..%zu differ from the same rows "
             "alone (threads %zu, zeros %d, pads %zu %zu, shift %zu)",
             o->t->name, o->left, o->m, o->n, alpha, beta, first, first + batch, options.threads,
             options.zeros, l.pad_x, l.pad_y, l.shift);
  free(y);
  kron_eye_plan_destroy(plan);
}

static const struct {
  size_t left, m, n;
} shapes[] = {{1, 1, 1},   {3, 1, 100},  {2, 2, 37},   {2, 4, 64},   {3, 7, 30},  {5, 10, 30},
              {2, 16, 90}, {1, 17, 255}, {4, 30, 113}, {1, 30, 784}, {1, 32, 64}, {2, 33, 50},
              {1, 48, 77}, {1, 64, 31},  {1, 70, 40},  {1, 130, 20}, {1, 300, 33}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* Dense, scattered and clustered data; all shapes; all types. */
static void rows_are_invariant(void **state) {
  (void)state;
  const double alphas[] = {1, -1.5, 0x1.010102p-8}, betas[] = {0, 1, 0.75};
  const size_t configurations = check_full() ? FULL_CONFIGURATIONS : CONFIGURATIONS;
  rng r = rng_start("invariance");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < SHAPES; s++)
      for (int zeros = 0; zeros < ZEROS_PATTERNS; zeros++) {
        operands o = operands_create(&all_plan_types[t], MOST_ROWS, shapes[s].left, shapes[s].m,
                                     shapes[s].n, (zeros_in_x)zeros, &r);
        const double alpha = alphas[rng_below(&r, 3)], beta = betas[rng_below(&r, 3)];
        char *alone = rows_alone(&o, alpha, beta);
        for (size_t c = 0; c < configurations; c++, cases++)
          expect_same_bits(&o, alpha, beta, alone, &r);
        free(alone);
        operands_destroy(&o);
      }
  check_cases("configurations", cases, PLAN_TYPES * SHAPES * ZEROS_PATTERNS * configurations);
}

/* Threads and zero skipping on enough work: more rows than any limit for small work. */
static void large_batches_are_invariant(void **state) {
  (void)state;
  enum { ROWS = 400 };
  const layout l = {0, 0, false, GUARDED_END, 0};
  rng r = rng_start("large batches");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (int zeros = 0; zeros < ZEROS_PATTERNS; zeros++) {
      operands o = operands_create(&all_plan_types[t], ROWS, 3, 30, 784, (zeros_in_x)zeros, &r);
      char *expected = rows_alone(&o, 1, 0);
      const size_t bytes = ROWS * 3 * 30 * element_size(o.t->y);
      for (int option = KRON_EYE_ZEROS_AUTO; option <= KRON_EYE_ZEROS_MULTIPLY; option++)
        for (size_t threads = 1; threads <= 4; threads++, cases++) {
          const kron_eye_options options = kernel_options(option, threads);
          kron_eye_plan *plan = operands_plan(&o, 0, &options);
          char *y = operands_apply(&o, plan, 0, ROWS, &l, 1, 0);
          assert_memory_equal(y, expected, bytes);
          free(y);
          kron_eye_plan_destroy(plan);
        }
      free(expected);
      operands_destroy(&o);
    }
  check_cases("large batches", cases, PLAN_TYPES * ZEROS_PATTERNS * 3 * 4);
}

/* Products that underflow to -0, and rows without any non-zero: whether a zero column was skipped
 * must not affect the sign of the result. */
static void signs_of_zeros_are_invariant(void **state) {
  (void)state;
  const double betas[] = {0, 1};
  rng r = rng_start("signs of zeros");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < SHAPES; s++)
      for (size_t b = 0; b < 2; b++) {
        const plan_types *types = &all_plan_types[t];
        operands o = operands_create(types, 20, shapes[s].left, shapes[s].m, shapes[s].n,
                                     ZEROS_SCATTERED, &r);
        const double tiny = types->y == ELEMENT_F32 ? 0x1p-140 : 0x1p-1070;
        for (size_t i = 0; i < o.m * o.n; i++)
          element_set(types->y, o.w, i, rng_below(&r, 2) != 0 ? tiny : -tiny);
        for (size_t i = 0; i < o.batch * o.left * o.n; i++) { /* whole zero rows, tiny values */
          const double x = element_get(types->x, o.x, i);
          const bool empty_row = i / (o.left * o.n) % 3 == 0;
          if (types->x != ELEMENT_U8)
            element_set(types->x, o.x, i, empty_row ? 0 : x == 0 ? -0.0 : x * 0x1p-60);
          else if (empty_row)
            element_set(types->x, o.x, i, 0);
        }
        for (size_t i = 0; i < o.batch * o.left * o.m; i++)
          element_set(types->y, o.y, i, rng_below(&r, 2) != 0 ? 0.0 : -0.0);
        const double alpha = rng_below(&r, 2) != 0 ? 1 : -1;
        char *alone = rows_alone(&o, alpha, betas[b]);
        for (size_t c = 0; c < 12; c++, cases++) expect_same_bits(&o, alpha, betas[b], alone, &r);
        free(alone);
        operands_destroy(&o);
      }
  check_cases("signs of zeros", cases, PLAN_TYPES * SHAPES * 2 * 12);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_are_invariant),
      cmocka_unit_test(large_batches_are_invariant),
      cmocka_unit_test(signs_of_zeros_are_invariant),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
