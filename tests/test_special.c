/*
 * test_special.c - NaN, infinities, signed zeros, subnormals and the largest values pass through
 * plans as IEEE 754 requires, in every lane; alpha = 0 and beta = 0 read nothing; and errno and the
 * floating-point control register of the caller's thread are unchanged.
 */
#include "check.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include <kron_eye.h>

#include "operands.h"
#include "sparse.h"

static const layout tight = {0, 0, false, GUARDED_END, 0};

static kron_eye_options kernel_options(int zeros) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  options.zeros = zeros;
  return options;
}

/* Both NaN, or equal; the sign of a zero does not matter. */
static bool same_value(double a, double b) {
  return (isnan(a) && isnan(b)) || a == b;
}

/* alpha = 0: neither W nor x is read, y = beta*y, on every route. */
static void alpha_zero_ignores_w_and_x(void **state) {
  (void)state;
  const double betas[] = {0, 1, -1, 0.5};
  rng r = rng_start("alpha = 0");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (int route = KRON_EYE_ROUTE_AUTO; route <= KRON_EYE_ROUTE_BLAS; route++)
      for (size_t b = 0; b < 4; b++) {
        const plan_types *types = &all_plan_types[t];
        if (route == KRON_EYE_ROUTE_BLAS && types->x != types->y) continue;
        operands o = operands_create(types, 5, 3, 10, 30, ZEROS_NONE, &r);
        for (size_t i = 0; i < o.m * o.n; i++)
          element_set(types->y, o.w, i, i % 2 == 0 ? (double)NAN : (double)INFINITY);
        for (size_t i = 0; types->x != ELEMENT_U8 && i < 5 * o.left * o.n; i++)
          element_set(types->x, o.x, i, i % 2 == 0 ? (double)INFINITY : (double)NAN);
        kron_eye_options options = kernel_options(KRON_EYE_ZEROS_AUTO);
        options.route = route;
        kron_eye_plan *plan = operands_plan(&o, 0, &options);
        void *y = operands_apply(&o, plan, 0, 5, &tight, 0, betas[b]);
        for (size_t i = 0; i < 5 * o.left * o.m; i++) {
          const double old = betas[b] == 0 ? 0 : element_get(types->y, o.y, i);
          assert_true(element_get(types->y, y, i) == betas[b] * old);
        }
        free(y);
        kron_eye_plan_destroy(plan);
        operands_destroy(&o);
        cases++;
      }
  check_cases("alpha = 0", cases, (3 + 3 + 2 + 2) * 4);
}

/* One NaN or infinity in block a of row r: the outputs of that block show it, and all others keep
 * their bits. */
static void poison_stays_in_its_block(void **state) {
  (void)state;
  enum { BATCH = 15, LEFT = 3 };
  const size_t ms[] = {1, 4, 10, 30, 33, 70};
  const double poisons[] = {NAN, INFINITY, -INFINITY};
  rng r = rng_start("poison");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < 6; s++)
      for (int zeros = 0; zeros < ZEROS_PATTERNS; zeros++)
        for (int option = KRON_EYE_ZEROS_AUTO; option <= KRON_EYE_ZEROS_MULTIPLY; option++) {
          const plan_types *types = &all_plan_types[t];
          if (types->x == ELEMENT_U8) continue;
          const size_t m = ms[s], n = 1 + rng_below(&r, 90);
          operands o = operands_create(types, BATCH, LEFT, m, n, (zeros_in_x)zeros, &r);
          const kron_eye_options options = kernel_options(option);
          kron_eye_plan *plan = operands_plan(&o, 0, &options);
          void *clean = operands_apply(&o, plan, 0, BATCH, &tight, 1, 1);
          for (int trial = 0; trial < 6; trial++, cases++) {
            const size_t at = rng_below(&r, BATCH * LEFT * n), block = at / n;
            const double was = element_get(types->x, o.x, at);
            element_set(types->x, o.x, at, poisons[trial % 3]);
            void *y = operands_apply(&o, plan, 0, BATCH, &tight, 1, 1);
            element_set(types->x, o.x, at, was);
            const size_t size = element_size(types->y), from = block * m * size, bytes = m * size;
            for (size_t i = 0; i < m; i++)
              assert_true(!isfinite(element_get(types->y, y, block * m + i)));
            assert_memory_equal(y, clean, from);
            assert_memory_equal((char *)y + from + bytes, (char *)clean + from + bytes,
                                BATCH * LEFT * m * size - from - bytes);
            free(y);
          }
          free(clean);
          kron_eye_plan_destroy(plan);
          operands_destroy(&o);
        }
  check_cases("poisoned blocks", cases, 3 * 6 * 3 * 3 * 6);
}

/* The number of inputs from which there is enough work that AUTO samples the data. */
enum { BULK = 300 };

/* One value of W is not finite; the outputs that depend on it are as IEEE 754 requires. */
static void expect_non_finite_w(const plan_types *types, size_t batch, size_t left, size_t m,
                                size_t n, zeros_in_x zeros, int option, double poison, rng *r) {
  operands o = operands_create(types, batch, left, m, n, zeros, r);
  for (size_t e = 0; n >= BULK && e < batch * left * n; e++) /* columns that AUTO would skip */
    if (e % n % 10 != 0) element_set(types->x, o.x, e, 0);
  const size_t i = rng_below(r, m), j = rng_below(r, n);
  element_set(types->y, o.w, i * n + j, poison);
  const kron_eye_options options = kernel_options(option);
  kron_eye_plan *plan = operands_plan(&o, 0, &options);
  void *y = operands_apply(&o, plan, 0, batch, &tight, 1, 0);
  for (size_t block = 0; block < batch * left; block++) {
    const double x = element_get(types->x, o.x, block * n + j);
    for (size_t k = 0; k < m; k++) {
      const double out = element_get(types->y, y, block * m + k);
      if (k == i)
        assert_true(same_value(out, poison * x));
      else
        assert_true(isfinite(out));
    }
  }
  free(y);
  kron_eye_plan_destroy(plan);
  operands_destroy(&o);
}

/* An infinity or NaN in W times a zero of x is a NaN, whether zeros are to be skipped or not. */
static void zeros_meet_a_non_finite_w(void **state) {
  (void)state;
  const size_t ms[] = {1, 3, 10, 30, 33};
  const double poisons[] = {NAN, INFINITY, -INFINITY};
  rng r = rng_start("non-finite W");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < 5; s++)
      for (int zeros = ZEROS_SCATTERED; zeros < ZEROS_PATTERNS; zeros++)
        for (int option = KRON_EYE_ZEROS_AUTO; option <= KRON_EYE_ZEROS_MULTIPLY; option++)
          for (size_t p = 0; p < 3; p++, cases++)
            expect_non_finite_w(&all_plan_types[t], 16, 2, ms[s], 1 + rng_below(&r, 90),
                                (zeros_in_x)zeros, option, poisons[p], &r);
  check_cases("non-finite W", cases, PLAN_TYPES * 5 * 2 * 3 * 3);
}

/* The same with so much work that AUTO samples the data, and would skip; also with few outputs. */
static void zeros_meet_a_non_finite_w_in_bulk(void **state) {
  (void)state;
  const size_t shapes[][2] = {{1, 5000}, {4, 1300}, {10, 500}, {32, 200}, {64, 100}}; /* m, batch */
  rng r = rng_start("non-finite W in bulk");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < 5; s++)
      for (int option = KRON_EYE_ZEROS_AUTO; option <= KRON_EYE_ZEROS_MULTIPLY; option++, cases++)
        expect_non_finite_w(&all_plan_types[t], shapes[s][1], 2, shapes[s][0], BULK, ZEROS_NONE,
                            option, (double)INFINITY, &r);
  check_cases("non-finite W in bulk", cases, PLAN_TYPES * 5 * 3);
  for (size_t t = 0; t < PLAN_TYPES; t++) { /* and finite, if no kernel skips */
    operands o = operands_create(&all_plan_types[t], 2000, 1, 4, BULK, ZEROS_SCATTERED, &r);
    operands_run(&o, 0, NULL, &tight, 1, 0);
    operands_destroy(&o);
  }
}

/* The special values of y's type, W's type, and of x's. Bytes are always numbers. */
enum { SPECIALS = 14 };

static void specials_of(element e, double specials[SPECIALS]) {
  const bool is_float = e == ELEMENT_F32;
  const double most = is_float ? (double)FLT_MAX : DBL_MAX, least = is_float ? 0x1p-126 : DBL_MIN,
               subnormal = is_float ? 0x1p-149 : 0x1p-1074;
  const double values[SPECIALS] = {
      NAN,  INFINITY, -INFINITY, 0.0,    -0.0,      1,          -1,
      most, -most,    least,     -least, subnormal, -subnormal, is_float ? 0x1.fffffcp-127 : 0.5};
  const double bytes[SPECIALS] = {0, 1, 2, 3, 4, 5, 127, 128, 129, 200, 252, 253, 254, 255};
  memcpy(specials, e == ELEMENT_U8 ? bytes : values, sizeof values);
}

/* w*x rounded once, in y's type. */
static double rounded_product(element y, double w, double x) {
  return y == ELEMENT_F32 ? (double)(float)(w * x) : w * x;
}

/* Every special W times every special x, in each lane. It is the only non-zero product in its sum,
 * so the result is that product rounded once. Neighbouring outputs are 1 * x. */
static void every_special_product(void **state) {
  (void)state;
  const size_t ms[] = {1, 5, 16, 30, 33};
  rng r = rng_start("special products");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++) {
    const plan_types *types = &all_plan_types[t];
    double ws[SPECIALS], xs[SPECIALS];
    specials_of(types->y, ws);
    specials_of(types->x, xs);
    for (size_t s = 0; s < 5; s++)
      for (size_t pair = 0; pair < SPECIALS * SPECIALS; pair++, cases++) {
        const size_t m = ms[s], n = 1 + rng_below(&r, 20), j = rng_below(&r, n);
        const size_t batch = 1 + rng_below(&r, 15), row = rng_below(&r, batch);
        const double special_w = ws[pair / SPECIALS], special_x = xs[pair % SPECIALS];
        operands o = operands_create(types, batch, 1, m, n, ZEROS_NONE, &r);
        memset(o.x, 0, batch * n * element_size(types->x));
        for (size_t i = 0; i < m * n; i++) element_set(types->y, o.w, i, 1);
        const size_t lane = rng_below(&r, m);
        element_set(types->y, o.w, lane * n + j, special_w);
        element_set(types->x, o.x, row * n + j, special_x);
        const kron_eye_options options = kernel_options((int)rng_below(&r, 3));
        kron_eye_plan *plan = operands_plan(&o, 0, &options);
        void *y = operands_apply(&o, plan, 0, batch, &tight, 1, 0);
        const double x = element_get(types->x, o.x, row * n + j);
        const double w = element_get(types->y, o.w, lane * n + j);
        for (size_t b = 0; b < batch; b++)
          for (size_t i = 0; i < m; i++) {
            const double factor = i == lane ? w : 1;
            const double expected = rounded_product(types->y, factor, b == row ? x : 0);
            const double out = element_get(types->y, y, b * m + i);
            if (!same_value(out, expected))
              fail_msg("%s m=%zu n=%zu row %zu of %zu lane %zu: %a * %a gives %a, not %a",
                       types->name, m, n, b, batch, i, factor, x, out, expected);
          }
        free(y);
        kron_eye_plan_destroy(plan);
        operands_destroy(&o);
      }
  }
  check_cases("special products", cases, PLAN_TYPES * 5 * SPECIALS * SPECIALS);
}

/* alpha * (sum + 0) + beta * y for a sum of 2, as the kernels must compute it: each operation is
 * rounded by itself, and nothing is added if alpha or beta is 0. */
static double expected_write_back(element y, double alpha, double beta, double old) {
  const double scaled = beta == 0 ? 0 : rounded_product(y, beta, old);
  if (alpha == 0) return scaled;
  const double product = rounded_product(y, alpha, 2);
  if (beta == 0) return product;
  return y == ELEMENT_F32 ? (double)(float)(product + scaled) : product + scaled;
}

/* The same bits, or both NaN. */
static bool same_bits(double a, double b) {
  return (isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0;
}

/* Operands in which every sum is 1 + 1. The two ones are at different places in each row. */
static operands sums_of_two(const plan_types *types, size_t batch, size_t m, size_t n, rng *r) {
  operands o = operands_create(types, batch, 1, m, n, ZEROS_NONE, r);
  for (size_t i = 0; i < m * n; i++) element_set(types->y, o.w, i, 1);
  for (size_t b = 0; b < batch; b++)
    for (size_t j = 0; j < n; j++)
      element_set(types->x, o.x, b * n + j, j == b * 5 % n || j == (b * 5 + 1) % n ? 1 : 0);
  return o;
}

/* Every special alpha, beta and old y, in every family of kernels: nothing fused, nothing
 * reordered, and the sign of every zero. */
static void every_special_write_back(void **state) {
  (void)state;
  const struct {
    size_t batch, m, n;
    int zeros; /* with SKIP: columns; with AUTO, on data that vary from row to row: lists */
  } kernels[] = {{1, 19, 2, KRON_EYE_ZEROS_MULTIPLY},
                 {3, 70, 5, KRON_EYE_ZEROS_SKIP},
                 {8, 9, 40, KRON_EYE_ZEROS_AUTO},
                 {2, 3, 70, KRON_EYE_ZEROS_AUTO}};
  enum { KERNELS = sizeof kernels / sizeof *kernels, TRIPLES = SPECIALS * SPECIALS * SPECIALS };
  rng r = rng_start("special write-back");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t k = 0; k < KERNELS; k++) {
      const plan_types *types = &all_plan_types[t];
      const size_t outputs = kernels[k].batch * kernels[k].m;
      double values[SPECIALS];
      specials_of(types->y, values);
      operands o = sums_of_two(types, kernels[k].batch, kernels[k].m, kernels[k].n, &r);
      const bool has_sparse = types->x != ELEMENT_U8;
      sparse x = has_sparse ? sparse_create(&o, o.batch, false, KRON_EYE_INDEX_INT32, SPARSE_SORTED,
                                            GUARDED_END, &r)
                            : (sparse){.view = KRON_EYE_CSR_INIT};
      const kron_eye_options options = kernel_options(kernels[k].zeros);
      kron_eye_plan *plan = operands_plan(&o, 0, &options);
      for (size_t v = 0; v < TRIPLES; v++, cases++) {
        const double alpha = values[v % SPECIALS], beta = values[v / SPECIALS % SPECIALS],
                     old = values[v / SPECIALS / SPECIALS];
        const double expected = expected_write_back(types->y, alpha, beta, old);
        for (size_t i = 0; i < outputs; i++) element_set(types->y, o.y, i, old);
        void *y = operands_apply(&o, plan, 0, o.batch, &tight, alpha, beta);
        if (has_sparse)
          assert_int_equal(sparse_apply(types, plan, o.batch, alpha, &x.view, beta, o.y, o.m), 0);
        for (size_t i = 0; i < outputs; i++) {
          const double out = element_get(types->y, y, i), by_csr = element_get(types->y, o.y, i);
          if (!same_bits(out, expected) || (has_sparse && !same_bits(by_csr, expected)))
            fail_msg("%s m=%zu n=%zu: %a * 2 + %a * %a gives %a (sparse: %a), not %a", types->name,
                     o.m, o.n, alpha, beta, old, out, by_csr, expected);
        }
        free(y);
      }
      kron_eye_plan_destroy(plan);
      if (has_sparse) sparse_destroy(&x);
      operands_destroy(&o);
    }
  check_cases("special write-backs", cases, PLAN_TYPES * KERNELS * TRIPLES);
}

/* errno and the control bits of MXCSR (rounding, flush to zero, masks) after create and apply. */
static void errno_and_control_register_stay(void **state) {
  (void)state;
  rng r = rng_start("errno and MXCSR");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (int option = KRON_EYE_ZEROS_AUTO; option <= KRON_EYE_ZEROS_MULTIPLY; option++, cases++) {
      const plan_types *types = &all_plan_types[t];
      const size_t left = 3, m = 30, n = 90;
      operands o = operands_create(types, 40, left, m, n, ZEROS_CLUSTERED, &r);
      const kron_eye_options options = kernel_options(option);
      kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
      shape.left = left;
      shape.m = m;
      shape.n = n;
      kron_eye_plan *plan = NULL;
      errno = ERANGE;
#if defined(__x86_64__)
      const unsigned before = _mm_getcsr() & ~0x3fu; /* all except the sticky exception flags */
#endif
      const int created = types->create(&plan, &shape, o.w, n, &options);
      const int applied = types->apply(plan, 40, 1, o.x, left * n, 1, o.y, left * m);
      const int error = errno;
#if defined(__x86_64__)
      assert_int_equal(_mm_getcsr() & ~0x3fu, before);
#endif
      assert_int_equal(created, 0);
      assert_int_equal(applied, 0);
      assert_int_equal(error, ERANGE);
      kron_eye_plan_destroy(plan);
      operands_destroy(&o);
    }
  check_cases("errno and MXCSR", cases, PLAN_TYPES * 3);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(alpha_zero_ignores_w_and_x),
      cmocka_unit_test(poison_stays_in_its_block),
      cmocka_unit_test(zeros_meet_a_non_finite_w),
      cmocka_unit_test(zeros_meet_a_non_finite_w_in_bulk),
      cmocka_unit_test(every_special_product),
      cmocka_unit_test(every_special_write_back),
      cmocka_unit_test(errno_and_control_register_stay),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
