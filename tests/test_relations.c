/*
 * test_relations.c - relations between products, whatever their values: W = I gives x; blocks may
 * be permuted, split over plans, or counted as rows; and every alignment of x and y gives the same
 * bits, for each panel width and each setting for zeros.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "operands.h"

static const layout tight = {0, 0, false, GUARDED_END, 0};

/* Below, at and above the vectors of every instruction set; 1 to 4 use the dot family. */
static const size_t ms[] = {1, 2, 3, 4, 7, 8, 12, 16, 24, 30, 33, 48, 64, 70};
enum { MS = sizeof ms / sizeof *ms };

static kron_eye_plan *kernel_plan(const operands *o, int zeros) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  options.zeros = zeros;
  return operands_plan(o, 0, &options);
}

/* Computes all rows with a new plan. */
static char *product(const operands *o, double alpha, double beta) {
  kron_eye_plan *plan = kernel_plan(o, KRON_EYE_ZEROS_AUTO);
  char *y = operands_apply(o, plan, 0, o->batch, &tight, alpha, beta);
  kron_eye_plan_destroy(plan);
  return y;
}

static void identity_gives_x_back(void **state) {
  (void)state;
  rng r = rng_start("identity");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t m = 1; m <= 70; m++, cases++) {
      const plan_types *types = &all_plan_types[t];
      operands o = operands_create(types, 5, 3, m, m, (zeros_in_x)(m % ZEROS_PATTERNS), &r);
      for (size_t i = 0; i < m * m; i++) element_set(types->y, o.w, i, i % (m + 1) == 0 ? 1 : 0);
      char *y = product(&o, 1, 0);
      for (size_t i = 0; i < 5 * 3 * m; i++)
        assert_true(element_get(types->y, y, i) == element_get(types->x, o.x, i));
      free(y);
      operands_destroy(&o);
    }
  check_cases("identities", cases, PLAN_TYPES * 70);
}

/* Block b of the new rows is block `order[b]` of the old ones, and so for the results. */
static void permuted_blocks_permute_y(void **state) {
  (void)state;
  enum { BATCH = 6, LEFT = 7, BLOCKS = BATCH * LEFT };
  rng r = rng_start("permuted blocks");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < MS; s++)
      for (int zeros = 0; zeros < ZEROS_PATTERNS; zeros++, cases++) {
        const plan_types *types = &all_plan_types[t];
        const size_t m = ms[s], n = 1 + rng_below(&r, 90);
        operands o = operands_create(types, BATCH, LEFT, m, n, (zeros_in_x)zeros, &r);
        const size_t x_bytes = n * element_size(types->x), y_bytes = m * element_size(types->y);
        char *before = product(&o, -1.5, 1);
        size_t order[BLOCKS];
        char *x = malloc(BLOCKS * x_bytes), *y = malloc(BLOCKS * y_bytes);
        assert_true(x != NULL && y != NULL);
        memcpy(x, o.x, BLOCKS * x_bytes);
        memcpy(y, o.y, BLOCKS * y_bytes);
        for (size_t b = 0; b < BLOCKS; b++) {
          const size_t other = rng_below(&r, b + 1);
          order[b] = order[other];
          order[other] = b;
        }
        for (size_t b = 0; b < BLOCKS; b++) {
          memcpy((char *)o.x + b * x_bytes, x + order[b] * x_bytes, x_bytes);
          memcpy((char *)o.y + b * y_bytes, y + order[b] * y_bytes, y_bytes);
        }
        char *after = product(&o, -1.5, 1);
        for (size_t b = 0; b < BLOCKS; b++)
          assert_memory_equal(after + b * y_bytes, before + order[b] * y_bytes, y_bytes);
        free(before);
        free(after);
        free(x);
        free(y);
        operands_destroy(&o);
      }
  check_cases("permutations", cases, PLAN_TYPES * MS * ZEROS_PATTERNS);
}

/* Blocks [first, first + left) of every row, computed in place by a plan of `left` blocks. */
static void apply_part(const operands *o, size_t first, size_t left, char *y) {
  operands part = *o;
  part.left = left;
  kron_eye_plan *plan = kernel_plan(&part, KRON_EYE_ZEROS_AUTO);
  const char *x = (const char *)o->x + first * o->n * element_size(o->t->x);
  char *to = y + first * o->m * element_size(o->t->y);
  assert_int_equal(o->t->apply(plan, o->batch, 0.75, x, o->left * o->n, -1, to, o->left * o->m), 0);
  kron_eye_plan_destroy(plan);
}

/* One plan of all blocks; two plans of some blocks each; one plan of one block, with blocks counted
 * as rows. */
static void blocks_may_be_split(void **state) {
  (void)state;
  rng r = rng_start("split blocks");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < MS; s++)
      for (int zeros = 0; zeros < ZEROS_PATTERNS; zeros++, cases++) {
        const plan_types *types = &all_plan_types[t];
        const size_t left = 2 + rng_below(&r, 9), cut = 1 + rng_below(&r, left - 1);
        operands o = operands_create(types, 1 + rng_below(&r, 9), left, ms[s],
                                     1 + rng_below(&r, 90), (zeros_in_x)zeros, &r);
        const size_t bytes = o.batch * left * o.m * element_size(types->y);
        char *whole = product(&o, 0.75, -1), *parts = malloc(bytes);
        assert_non_null(parts);
        memcpy(parts, o.y, bytes);
        apply_part(&o, 0, cut, parts);
        apply_part(&o, cut, left - cut, parts);
        assert_memory_equal(parts, whole, bytes);
        o.batch *= left;
        o.left = 1;
        char *rows = product(&o, 0.75, -1);
        assert_memory_equal(rows, whole, bytes);
        free(whole);
        free(parts);
        free(rows);
        operands_destroy(&o);
      }
  check_cases("splits", cases, PLAN_TYPES * MS * ZEROS_PATTERNS);
}

/* x and y start 0 to 63 elements after an inaccessible page: every offset within a cache line that
 * the element type allows. First, they end at such a page. */
static void every_offset_gives_the_same_bits(void **state) {
  (void)state;
  enum { BATCH = 15, OFFSETS = 64 };
  rng r = rng_start("offsets");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < MS; s++)
      for (int zeros = KRON_EYE_ZEROS_AUTO; zeros <= KRON_EYE_ZEROS_MULTIPLY; zeros++) {
        const plan_types *types = &all_plan_types[t];
        const size_t bytes = BATCH * ms[s] * element_size(types->y);
        operands o = operands_create(types, BATCH, 1, ms[s], 70, ZEROS_SCATTERED, &r);
        kron_eye_plan *plan = kernel_plan(&o, zeros);
        void *expected = operands_apply(&o, plan, 0, BATCH, &tight, 1, 1);
        for (size_t offset = 0; offset < OFFSETS; offset++, cases++) {
          const layout l = {offset % 3, offset % 5, false, GUARDED_START, offset};
          void *y = operands_apply(&o, plan, 0, BATCH, &l, 1, 1);
          assert_memory_equal(y, expected, bytes);
          free(y);
        }
        free(expected);
        kron_eye_plan_destroy(plan);
        operands_destroy(&o);
      }
  check_cases("offsets", cases, PLAN_TYPES * MS * 3 * OFFSETS);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(identity_gives_x_back),
      cmocka_unit_test(permuted_blocks_permute_y),
      cmocka_unit_test(blocks_may_be_split),
      cmocka_unit_test(every_offset_gives_the_same_bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
