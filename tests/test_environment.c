/*
 * test_environment.c - the caller's floating-point environment. In every rounding mode skipping
 * zeros gives the bits of multiplying them, which are those of the written-out sum. A rounding
 * mode, or flush-to-zero, that the caller sets when the threads are already there holds for all of
 * them, and when it is taken back, it is gone from all of them.
 */
#include "check.h"

#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif
#if defined(_OPENMP)
#include <omp.h>
#endif

#include <kron_eye.h>

#include "calls.h"
#include "gradient_types.h"
#include "operands.h"
#include "sparse.h"

static const layout tight = {0, 0, false, GUARDED_END, 0};

enum { MODES = 4 };
static const struct {
  int mode;
  const char *name;
} modes[MODES] = {{FE_TONEAREST, "to nearest"},
                  {FE_UPWARD, "upward"},
                  {FE_DOWNWARD, "downward"},
                  {FE_TOWARDZERO, "toward zero"}};

static kron_eye_options kernel_options(int zeros, size_t threads) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  options.threads = threads;
  options.zeros = zeros;
  return options;
}

/* operands_apply() in a rounding mode. */
static void *apply_in(int mode, const operands *o, const kron_eye_plan *plan, double alpha,
                      double beta) {
  fesetround(mode);
  void *y = operands_apply(o, plan, 0, o->batch, &tight, alpha, beta);
  fesetround(FE_TONEAREST);
  return y;
}

/* ---------------------------------------------------------------- zeros */

/* Output i of a block, from numbers whose products and sums are exact: only the signs of zeros
   depend on the mode. The sum starts at +0, multiplies everything, and +0 is added to it. */
static double written_out(const operands *o, int mode, size_t block, size_t i, double alpha,
                          double beta) {
  fesetround(mode);
  volatile double sum = 0;
  for (size_t j = 0; j < o->n; j++) {
    const volatile double product =
        element_get(o->t->y, o->w, i * o->n + j) * element_get(o->t->x, o->x, block * o->n + j);
    sum += product;
  }
  sum += 0.0;
  volatile double y = alpha * sum;
  if (beta != 0) {
    const volatile double old = beta * element_get(o->t->y, o->y, block * o->m + i);
    y += old;
  }
  fesetround(FE_TONEAREST);
  return y;
}

/* Small integers, three of four x zero, of either sign; every third block has none else. Where
   `clusters`, whole columns are zero. */
static void fill(operands *o, bool clusters, rng *r) {
  for (size_t e = 0; e < o->m * o->n; e++)
    element_set(o->t->y, o->w, e, (double)rng_below(r, 5) - 2);
  for (size_t e = 0; e < o->batch * o->left * o->n; e++) {
    const bool zero = e / o->n % 3 == 0 || (clusters ? e % o->n % 4 != 1 : rng_below(r, 4) != 0);
    double x = zero ? 0 : (double)(1 + rng_below(r, 2));
    if (o->t->x != ELEMENT_U8 && rng_below(r, 2) != 0) x = -x;
    element_set(o->t->x, o->x, e, x);
  }
  for (size_t e = 0; e < o->batch * o->left * o->m; e++)
    element_set(o->t->y, o->y, e, rng_below(r, 2) != 0 ? 0.0 : -0.0);
}

static bool same_bits(double a, double b) {
  return memcmp(&a, &b, sizeof a) == 0;
}

/* m, n, rows: every family; with the last two there is so much work that AUTO looks at x. */
static const size_t shapes[][3] = {{1, 1, 3},     {1, 70, 5},   {2, 33, 9},  {4, 300, 5},
                                   {5, 40, 11},   {30, 65, 7},  {33, 9, 10}, {70, 20, 13},
                                   {10, 300, 90}, {32, 784, 40}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static void zeros_in_every_rounding_mode(void **state) {
  (void)state;
  rng r = rng_start("rounding modes");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < SHAPES; s++)
      for (int variant = 0; variant < 8; variant++) {
        operands o = operands_create(&all_plan_types[t], shapes[s][2], 1 + rng_below(&r, 2),
                                     shapes[s][0], shapes[s][1], ZEROS_NONE, &r);
        fill(&o, (variant & 1) != 0, &r);
        const double alpha = (variant & 2) != 0 ? -1 : 1, beta = (variant & 4) != 0 ? 1 : 0;
        for (int zeros = KRON_EYE_ZEROS_AUTO; zeros <= KRON_EYE_ZEROS_MULTIPLY; zeros++) {
          const kron_eye_options options = kernel_options(zeros, 1);
          kron_eye_plan *plan = operands_plan(&o, 0, &options);
          for (int mode = 0; mode < MODES; mode++, cases++) {
            void *y = apply_in(modes[mode].mode, &o, plan, alpha, beta);
            for (size_t e = 0; e < o.batch * o.left * o.m; e++) {
              const double out = element_get(o.t->y, y, e);
              const double expected =
                  written_out(&o, modes[mode].mode, e / o.m, e % o.m, alpha, beta);
              if (!same_bits(out, expected))
                fail_msg("%s m=%zu n=%zu rows=%zu zeros=%d alpha=%g beta=%g, %s: y[%zu] = %g, "
                         "not %g",
                         o.t->name, o.m, o.n, o.batch * o.left, zeros, alpha, beta,
                         modes[mode].name, e, out, expected);
            }
            free(y);
          }
          kron_eye_plan_destroy(plan);
        }
        operands_destroy(&o);
      }
  check_cases("rounded products", cases, PLAN_TYPES * SHAPES * 8 * 3 * MODES);
}

/* Any numbers: the ways still agree, whatever the mode. */
static void skipping_shows_in_no_rounding_mode(void **state) {
  (void)state;
  rng r = rng_start("skipping in rounding modes");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < SHAPES; s++)
      for (int pattern = 0; pattern < ZEROS_PATTERNS; pattern++)
        for (int mode = 0; mode < MODES; mode++, cases++) {
          operands o = operands_create(&all_plan_types[t], shapes[s][2], 1 + rng_below(&r, 2),
                                       shapes[s][0], shapes[s][1], (zeros_in_x)pattern, &r);
          const size_t bytes = o.batch * o.left * o.m * element_size(o.t->y);
          void *y[3];
          for (int zeros = KRON_EYE_ZEROS_AUTO; zeros <= KRON_EYE_ZEROS_MULTIPLY; zeros++) {
            const kron_eye_options options = kernel_options(zeros, 1);
            kron_eye_plan *plan = operands_plan(&o, 0, &options);
            y[zeros] = apply_in(modes[mode].mode, &o, plan, 0.7, 0);
            kron_eye_plan_destroy(plan);
          }
          assert_memory_equal(y[0], y[2], bytes);
          assert_memory_equal(y[1], y[2], bytes);
          for (int zeros = 0; zeros < 3; zeros++) free(y[zeros]);
          operands_destroy(&o);
        }
  check_cases("products in three ways", cases, PLAN_TYPES * SHAPES * ZEROS_PATTERNS * MODES);
}

/* Gradients: three of four x are zero, and whole vectors of columns in every row. */
static void gradients_skip_in_every_rounding_mode(void **state) {
  (void)state;
  enum { ROWS = 90, GRADIENT_M = 6, GRADIENT_N = 150 };
  rng r = rng_start("gradients in rounding modes");
  size_t cases = 0;
  for (size_t t = 0; t < GRADIENT_TYPES; t++)
    for (int mode = 0; mode < MODES; mode++)
      for (int op = KRON_EYE_NO_TRANSPOSE; op <= KRON_EYE_TRANSPOSE; op++, cases++) {
        const gradient_types *types = &all_gradient_types[t];
        kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
        shape.m = GRADIENT_M;
        shape.n = GRADIENT_N;
        shape.op = op;
        static double x[ROWS * GRADIENT_N], dy[ROWS * GRADIENT_M], dw[3][GRADIENT_M * GRADIENT_N];
        for (size_t e = 0; e < ROWS * GRADIENT_N; e++) {
          const bool zero = e % GRADIENT_N / 16 % 3 == 0 || rng_below(&r, 4) != 0;
          element_set(types->e, x, e, zero ? (rng_below(&r, 2) ? 0.0 : -0.0) : rng_normal(&r));
        }
        for (size_t e = 0; e < ROWS * GRADIENT_M; e++) element_set(types->e, dy, e, rng_normal(&r));
        for (int zeros = KRON_EYE_ZEROS_AUTO; zeros <= KRON_EYE_ZEROS_MULTIPLY; zeros++) {
          const kron_eye_options options = kernel_options(zeros, 1);
          fesetround(modes[mode].mode);
          const int status =
              types->gradient(&shape, ROWS, 0.7, x, GRADIENT_N, dy, GRADIENT_M, 0, dw[zeros],
                              op == KRON_EYE_TRANSPOSE ? GRADIENT_M : GRADIENT_N, &options);
          fesetround(FE_TONEAREST);
          assert_int_equal(status, 0);
        }
        const size_t bytes = GRADIENT_M * GRADIENT_N * element_size(types->e);
        assert_memory_equal(dw[0], dw[2], bytes);
        assert_memory_equal(dw[1], dw[2], bytes);
      }
  check_cases("gradients in three ways", cases, GRADIENT_TYPES * MODES * 2);
}

/* ---------------------------------------------------------------- threads */

/* Enough for four threads. */
enum { BATCH = 150, LEFT = 2, M = 30, N = 500, THREADS = 4, FLUSHES = 3 };

/* Which of flush-to-zero and denormals-are-zero are set: bit 0 and bit 1. */
static void set_flush(int flush) {
#if defined(__x86_64__)
  const unsigned ftz = 0x8000, daz = 0x40;
  _mm_setcsr((_mm_getcsr() & ~(ftz | daz)) | (flush & 1 ? ftz : 0) | (flush & 2 ? daz : 0));
#else
  (void)flush;
#endif
}

/* Threads of the pool whose control register is not this thread's, sticky flags aside. */
static int other_environments(void) {
  int others = 0;
#if defined(__x86_64__) && defined(_OPENMP)
  const unsigned flags = 0x3f, mine = _mm_getcsr() & ~flags;
#pragma omp parallel num_threads(THREADS) reduction(+ : others)
  others += (_mm_getcsr() & ~flags) != mine;
#endif
  return others;
}

/* The product with so many threads, dense or sparse, in an environment. */
static void *apply_with(const operands *o, size_t threads, const kron_eye_csr *x, int mode,
                        int flush) {
  const size_t row = o->left * o->m, bytes = o->batch * row * element_size(o->t->y);
  const kron_eye_options options = kernel_options(KRON_EYE_ZEROS_AUTO, threads);
  kron_eye_plan *plan = operands_plan(o, 0, &options);
  void *y = malloc(bytes);
  assert_non_null(y);
  memcpy(y, o->y, bytes);
  fesetround(mode);
  set_flush(flush);
  const int status = x != NULL
                         ? sparse_apply(o->t, plan, o->batch, 0.3, x, 0.7, y, row)
                         : o->t->apply(plan, o->batch, 0.3, o->x, o->left * o->n, 0.7, y, row);
  set_flush(0);
  fesetround(FE_TONEAREST);
  assert_int_equal(status, 0);
  kron_eye_plan_destroy(plan);
  return y;
}

static void threads_take_the_callers_environment(void **state) {
  (void)state;
  rng r = rng_start("environment of threads");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++) {
    const plan_types *types = &all_plan_types[t];
    operands o = operands_create(types, BATCH, LEFT, M, N, ZEROS_SCATTERED, &r);
    /* Some outputs get their sums from normal numbers, others from subnormal ones. */
    const double tiny = types->y == ELEMENT_F32 ? 0x1p-130 : 0x1p-1030;
    for (size_t e = 0; e < M / 2 * N; e++)
      element_set(types->y, o.w, e, element_get(types->y, o.w, e) * tiny);
    const bool has_sparse = types->x != ELEMENT_U8;
    sparse x = has_sparse ? sparse_create(&o, BATCH, false, KRON_EYE_INDEX_INT32, SPARSE_SORTED,
                                          GUARDED_END, &r)
                          : (sparse){.view = KRON_EYE_CSR_INIT};
    const size_t bytes = BATCH * LEFT * M * element_size(types->y);
    free(apply_with(&o, THREADS, NULL, FE_TONEAREST, 0)); /* the threads are there from now on */
    void *usual = apply_with(&o, 1, NULL, FE_TONEAREST, 0);
    for (int by_csr = 0; by_csr <= (has_sparse ? 1 : 0); by_csr++)
      for (int mode = 0; mode < MODES; mode++)
        for (int flush = 0; flush <= FLUSHES; flush++, cases++) {
          const kron_eye_csr *matrix = by_csr != 0 ? &x.view : NULL;
          void *one = apply_with(&o, 1, matrix, modes[mode].mode, flush);
          void *many = apply_with(&o, THREADS, matrix, modes[mode].mode, flush);
          if (memcmp(one, many, bytes) != 0)
            fail_msg("%s%s, rounding %s, flush %d: the bits depend on the number of threads",
                     types->name, by_csr != 0 ? " by CSR" : "", modes[mode].name, flush);
          if (by_csr == 0 && mode != 0) assert_memory_not_equal(one, usual, bytes);
          assert_int_equal(other_environments(), 0);
          free(one);
          free(many);
        }
    free(usual);
    if (has_sparse) sparse_destroy(&x);
    operands_destroy(&o);
  }
  check_cases("environments", cases, (3 * 2 + 1) * MODES * (FLUSHES + 1));
}

/* One call in an environment, and its result. */
static void *run_with(const whole_call *c, int mode, int flush) {
  void *result = malloc(c->bytes);
  assert_non_null(result);
  fesetround(mode);
  set_flush(flush);
  const int status = call_run(c, result);
  set_flush(0);
  fesetround(FE_TONEAREST);
  assert_int_equal(status, 0);
  return result;
}

/* Products with right > 1, gradients, chains. One call has no option for its threads: its bits are
   the same each time, and not those of another rounding mode. */
static void all_calls_take_the_callers_environment(void **state) {
  (void)state;
  rng r = rng_start("environment of calls");
  size_t cases = 0;
  for (int kind = 0; kind < CALL_KINDS; kind++)
    for (size_t t = 0; t < CALL_TYPES_HERE; t++) {
      const element e = t == 0 ? ELEMENT_F32 : ELEMENT_F64;
      whole_call many =
          call_create((call_kind)kind, e, THREADS, e == ELEMENT_F32 ? 0x1p-62 : 0x1p-510, &r);
      whole_call one = call_with_threads(&many, 1);
      void *usual = run_with(&many, FE_TONEAREST, 0);
      for (int mode = 0; mode < MODES; mode++)
        for (int flush = 0; flush <= FLUSHES; flush++, cases++) {
          void *expected = run_with(&one, modes[mode].mode, flush),
               *result = run_with(&many, modes[mode].mode, flush);
          if (memcmp(result, expected, many.bytes) != 0)
            fail_msg(
                "%s, %zu bytes an element, rounding %s, flush %d: the bits depend on the threads",
                many.name, element_size(e), modes[mode].name, flush);
          if (mode != 0) assert_memory_not_equal(result, usual, many.bytes);
          assert_int_equal(other_environments(), 0);
          free(expected);
          free(result);
        }
      free(usual);
      call_release(&one);
      call_destroy(&many);
    }
  check_cases("environments of calls", cases, CALL_KINDS * CALL_TYPES_HERE * MODES * (FLUSHES + 1));
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(zeros_in_every_rounding_mode),
      cmocka_unit_test(skipping_shows_in_no_rounding_mode),
      cmocka_unit_test(gradients_skip_in_every_rounding_mode),
      cmocka_unit_test(threads_take_the_callers_environment),
      cmocka_unit_test(all_calls_take_the_callers_environment),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
