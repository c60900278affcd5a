/*
 * test_strides.c - rows with gaps between them, dealt out to threads: each output is computed once.
 * With beta = 2 one that is computed twice, or never, is wrong. And strides of more elements than
 * the 32-bit integers of a BLAS can count, in products, gradients and chains.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <kron_eye.h>

#include "operands.h"

/* Row counts around those that stay together in cache from panel to panel, and pieces of them. */
static const size_t batches[] = {61, 83, 84, 85, 97, 100, 127, 168, 169, 211};
enum { BATCHES = sizeof batches / sizeof *batches, WORK = 5 << 19 }; /* worth two threads */

static void each_output_once(void **state) {
  (void)state;
  const layout layouts[] = {{0, 0, false, GUARDED_END, 0},
                            {5, 0, false, GUARDED_END, 0},
                            {0, 3, false, GUARDED_START, 1},
                            {7, 2, false, GUARDED_END, 0},
                            {0, 2, true, GUARDED_END, 0}};
  const size_t ms[] = {3, 30, 70};
  rng r = rng_start("each output once");
  size_t cases = 0;
  for (size_t b = 0; b < BATCHES; b++)
    for (size_t left = 1; left <= 3; left++)
      for (int swapped = 0; swapped <= 1; swapped++, cases++) { /* more blocks than rows */
        const size_t batch = swapped != 0 ? left : batches[b];
        const size_t blocks = swapped != 0 ? batches[b] : left;
        const size_t m = ms[rng_below(&r, 3)], n = WORK / (batch * blocks * m);
        operands o = operands_create(&all_plan_types[rng_below(&r, PLAN_TYPES)], batch, blocks, m,
                                     n, (zeros_in_x)rng_below(&r, ZEROS_PATTERNS), &r);
        kron_eye_options options = KRON_EYE_OPTIONS_INIT;
        options.route = KRON_EYE_ROUTE_KERNEL;
        options.threads = 4;
        operands_run(&o, 0, &options, &layouts[cases % 5], 1, 2);
        operands_destroy(&o);
      }
  check_cases("strided batches on several threads", cases, BATCHES * 3 * 2);
}

/* Two zeroed mappings, of which only the pages that are touched take memory. */
static void map_both(float *maps[2], size_t bytes) {
  for (int i = 0; i < 2; i++)
    maps[i] = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
  if (maps[0] == MAP_FAILED || maps[1] == MAP_FAILED) {
    printf("# no addresses for 16 GiB: skipped\n");
    skip();
  }
}

/* Two rows of x and of y, more than 2^31 elements apart in x, in y, in both or in neither. Of the
   mapping only the pages of these rows are touched. */
static void strides_beyond_32_bits(void **state) {
  (void)state;
  enum { LEFT = 2, N = 5, NEAR = 100 };
  const size_t far = ((size_t)1 << 31) + 11, bytes = (far + NEAR) * sizeof(float);
  float *maps[2];
  map_both(maps, bytes);
  float *x = maps[0], *y = maps[1];
  const size_t ms[] = {1, 3, 40};
  size_t cases = 0;
  for (size_t s = 0; s < 3; s++)
    for (int route = KRON_EYE_ROUTE_KERNEL; route <= KRON_EYE_ROUTE_BLAS; route++)
      for (int which = 0; which < 4; which++, cases++) {
        const size_t m = ms[s], ldx = which & 1 ? far : NEAR, ldy = which & 2 ? far : NEAR;
        float w[40 * N];
        for (size_t e = 0; e < m * N; e++) w[e] = (float)(e % 7) - 3;
        kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
        shape.left = LEFT;
        shape.m = m;
        shape.n = N;
        kron_eye_options options = KRON_EYE_OPTIONS_INIT;
        options.route = route;
        kron_eye_plan *plan = NULL;
        assert_int_equal(kron_eye_plan_create_f32(&plan, &shape, w, N, &options), 0);
        for (size_t r = 0; r < 2; r++) {
          for (size_t e = 0; e < LEFT * N; e++) x[r * ldx + e] = (float)(e + 3 * r);
          for (size_t e = 0; e < LEFT * m; e++) y[r * ldy + e] = (float)e;
        }
        assert_int_equal(kron_eye_apply_f32(plan, 2, 1, x, ldx, 2, y, ldy), 0);
        for (size_t r = 0; r < 2; r++)
          for (size_t e = 0; e < LEFT * m; e++) {
            float expected = 2 * (float)e;
            for (size_t j = 0; j < N; j++)
              expected += w[e % m * N + j] * (float)(e / m * N + j + 3 * r);
            if (y[r * ldy + e] != expected)
              fail_msg("m=%zu route=%d ldx=%zu ldy=%zu: y[%zu,%zu] = %g, not %g", m, route, ldx,
                       ldy, r, e, (double)y[r * ldy + e], (double)expected);
          }
        kron_eye_plan_destroy(plan);
      }
  for (int i = 0; i < 2; i++) assert_int_equal(munmap(maps[i], bytes), 0);
  check_cases("strides", cases, 3 * 2 * 4);
}

/* Two rows so far apart again: right > 1, the gradient (whose rows of dy are y here), a chain. What
   they give is what they give for near rows. */
enum { WAYS_FAR = 5, FAR_LEFT = 2, FAR_M = 3, FAR_N = 5, FAR_RIGHT = 4 };
enum { FAR_X = FAR_LEFT * FAR_N * FAR_RIGHT, FAR_Y = FAR_LEFT * FAR_M * FAR_RIGHT };

/* The result is y, or dW where the way is a gradient. */
static void run_far(int way, const float *x, size_t ldx, float *y, size_t ldy, float *dw) {
  static const float w[FAR_M * FAR_N] = {1, -2, 3, 0, 2, 5, 1, -1, 4, -3, 2, 2, 0, 1, -4};
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = FAR_LEFT;
  shape.m = FAR_M;
  shape.n = FAR_N;
  shape.right = FAR_RIGHT;
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = way % 2 == 0 ? KRON_EYE_ROUTE_KERNEL : KRON_EYE_ROUTE_BLAS;
  int status = -100;
  if (way < 2) {
    kron_eye_plan *plan = NULL;
    assert_int_equal(kron_eye_plan_create_f32(&plan, &shape, w, FAR_N, &options), 0);
    status = kron_eye_apply_f32(plan, 2, 1, x, ldx, 2, y, ldy);
    kron_eye_plan_destroy(plan);
  } else if (way < 4) {
    status = kron_eye_gradient_f32(&shape, 2, 1, x, ldx, y, ldy, 0, dw, FAR_N, &options);
  } else {
    const kron_eye_factor factors[] = {kron_eye_factor_identity(FAR_LEFT),
                                       kron_eye_factor_f32(FAR_M, FAR_N, 0, w, FAR_N),
                                       kron_eye_factor_identity(FAR_RIGHT)};
    kron_eye_chain *chain = NULL;
    assert_int_equal(kron_eye_chain_create_f32(&chain, 3, factors, &options), 0);
    status = kron_eye_chain_apply_f32(chain, 2, 1, x, ldx, 2, y, ldy, NULL, 0);
    kron_eye_chain_destroy(chain);
  }
  assert_int_equal(status, 0);
}

static void every_call_beyond_32_bits(void **state) {
  (void)state;
  enum { NEAR = 100 };
  const size_t far = ((size_t)1 << 31) + 11, bytes = (far + NEAR) * sizeof(float);
  float *maps[2];
  map_both(maps, bytes);
  size_t cases = 0;
  for (int way = 0; way < WAYS_FAR; way++)
    for (int which = 1; which < 4; which++, cases++) {
      float x[2 * FAR_X], y[2 * FAR_Y], dw[FAR_M * FAR_N] = {0}, far_dw[FAR_M * FAR_N] = {1};
      const size_t ldx = which & 1 ? far : FAR_X, ldy = which & 2 ? far : FAR_Y;
      for (size_t e = 0; e < 2 * FAR_X; e++)
        x[e] = maps[0][e / FAR_X * ldx + e % FAR_X] = (float)(e * 7 % 11) - 5;
      for (size_t e = 0; e < 2 * FAR_Y; e++)
        y[e] = maps[1][e / FAR_Y * ldy + e % FAR_Y] = (float)(e * 5 % 13) - 6;
      run_far(way, x, FAR_X, y, FAR_Y, dw);
      run_far(way, maps[0], ldx, maps[1], ldy, far_dw);
      for (size_t r = 0; r < 2; r++)
        assert_memory_equal(maps[1] + r * ldy, y + r * FAR_Y, FAR_Y * sizeof *y);
      if (way == 2 || way == 3) assert_memory_equal(far_dw, dw, sizeof dw);
    }
  for (int i = 0; i < 2; i++) assert_int_equal(munmap(maps[i], bytes), 0);
  check_cases("far rows of every call", cases, WAYS_FAR * 3);
}

/* AUTO looks at some columns of some rows, the last among them: none beyond a row's end. */
static void samples_stay_inside(void **state) {
  (void)state;
  enum { ROWS = 16, M = 1100, FIRST_N = 128, LAST_N = 300 };
  const layout tight = {0, 0, false, GUARDED_END, 0};
  rng r = rng_start("samples");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++) {
    operands o =
        operands_create(&all_plan_types[t], ROWS + t % 3, 1, M, LAST_N, ZEROS_SCATTERED, &r);
    kron_eye_options options = KRON_EYE_OPTIONS_INIT;
    options.route = KRON_EYE_ROUTE_KERNEL;
    options.threads = 1;
    for (o.n = FIRST_N + t; o.n <= LAST_N; o.n += PLAN_TYPES, cases++) { /* a part of the arrays */
      kron_eye_plan *plan = operands_plan(&o, 0, &options);
      free(operands_apply(&o, plan, 0, o.batch, &tight, 1, 0));
      kron_eye_plan_destroy(plan);
    }
    operands_destroy(&o);
  }
  check_cases("widths", cases, LAST_N - FIRST_N + 1);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_output_once),
      cmocka_unit_test(strides_beyond_32_bits),
      cmocka_unit_test(every_call_beyond_32_bits),
      cmocka_unit_test(samples_stay_inside),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
