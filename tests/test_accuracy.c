/*
 * test_accuracy.c - the componentwise bound of kron_eye_plan on data chosen to break it: long sums,
 * wide exponents, cancellation, subnormal results. Prints the worst error as a fraction of the
 * bound for each type; the bound itself is checked in operands_check.
 */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "operands.h"

/* Kinds of data, by what they do to W and x. */
typedef enum data { PLAIN, WIDE, CANCELLING, TINY, DATA } data;

static double wide(rng *r) {
  return ldexp(rng_normal(r), (int)rng_below(r, 41) - 20);
}

static void shape_data(operands *o, data kind, rng *r) {
  const element ex = o->t->x, ey = o->t->y;
  const size_t xs = o->batch * o->left * o->n;
  const double tiny = ey == ELEMENT_F32 ? 0x1p-130 : 0x1p-1050;
  for (size_t i = 0; i < o->m * o->n; i++) {
    const double w = element_get(ey, o->w, i);
    if (kind == WIDE) element_set(ey, o->w, i, wide(r));
    if (kind == TINY) element_set(ey, o->w, i, w * tiny);
    if (kind == CANCELLING && i % o->n % 2 == 1)
      element_set(ey, o->w, i, -element_get(ey, o->w, i - 1));
  }
  for (size_t i = 0; ex != ELEMENT_U8 && i < xs; i++) {
    if (kind == WIDE) element_set(ex, o->x, i, wide(r));
    if (kind == CANCELLING && i % o->n % 2 == 1)
      element_set(ex, o->x, i, element_get(ex, o->x, i - 1) * (1 + 0x1p-20 * rng_normal(r)));
  }
}

static void errors_stay_within_the_bound(void **state) {
  (void)state;
  const size_t shapes[][4] = {/* batch, left, m, n */
                              {20, 3, 30, 784}, {6, 2, 10, 5000}, {40, 5, 33, 7},
                              {60, 2, 3, 100},  {30, 1, 64, 300}, {50, 4, 1, 1}};
  const double pairs[][2] = {{1, 0}, {-2.5, 1}, {0x1.010102p-8, -0x1.8p3}};
  enum { SHAPES = sizeof shapes / sizeof *shapes, PAIRS = 3 };
  const layout l = {0, 0, false, GUARDED_END, 0};
  rng r = rng_start("accuracy");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (int route = KRON_EYE_ROUTE_KERNEL; route <= KRON_EYE_ROUTE_BLAS; route++) {
      const plan_types *types = &all_plan_types[t];
      if (route == KRON_EYE_ROUTE_BLAS && types->x != types->y) continue;
      long double worst = 0;
      for (size_t s = 0; s < SHAPES; s++)
        for (int kind = 0; kind < DATA; kind++) {
          operands o = operands_create(types, shapes[s][0], shapes[s][1], shapes[s][2],
                                       shapes[s][3], (zeros_in_x)(s % ZEROS_PATTERNS), &r);
          shape_data(&o, (data)kind, &r);
          kron_eye_options options = KRON_EYE_OPTIONS_INIT;
          options.route = route;
          for (size_t p = 0; p < PAIRS; p++, cases++)
            worst = fmaxl(worst, operands_run(&o, 0, &options, &l, pairs[p][0], pairs[p][1]));
          operands_destroy(&o);
        }
      printf("# %s, %s: worst error / bound %.4Lf\n", types->name,
             route == KRON_EYE_ROUTE_BLAS ? "BLAS" : "kernel", worst);
      assert_true(worst > 0); /* something was rounded and compared */
    }
  check_cases("products", cases, (2 + 2 + 1 + 1) * SHAPES * DATA * PAIRS);
}

#if defined(__SIZEOF_FLOAT128__)
__extension__ typedef __float128 quad;

/* Double sums against quadruple ones, whose own error is negligible compared with u = 2^-53. */
static void double_sums_against_float128(void **state) {
  (void)state;
  enum { BATCH = 9, M = 30 };
  const size_t ns[] = {3, 100, 784, 5000};
  const layout l = {0, 0, false, GUARDED_END, 0};
  rng r = rng_start("float128");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++) {
    const plan_types *types = &all_plan_types[t];
    if (types->y != ELEMENT_F64) continue;
    long double worst = 0;
    for (size_t s = 0; s < 4; s++)
      for (int kind = 0; kind < DATA; kind++) {
        const size_t n = ns[s];
        operands o = operands_create(types, BATCH, 1, M, n, ZEROS_NONE, &r);
        shape_data(&o, (data)kind, &r);
        kron_eye_options options = KRON_EYE_OPTIONS_INIT;
        options.route = KRON_EYE_ROUTE_KERNEL;
        kron_eye_plan *plan = operands_plan(&o, 0, &options);
        double *y = operands_apply(&o, plan, 0, BATCH, &l, 1, 0);
        for (size_t i = 0; i < BATCH * M; i++, cases++) {
          quad sum = 0, size = 0;
          for (size_t j = 0; j < n; j++) {
            const quad term = (quad)element_get(types->y, o.w, i % M * n + j) *
                              (quad)element_get(types->x, o.x, i / M * n + j);
            sum += term;
            size += term < 0 ? -term : term;
          }
          const quad error = y[i] < sum ? sum - y[i] : y[i] - sum;
          const long double bound = oracle_bound(&oracle_double, n, 1, (long double)size, 0, 0);
          if (!((long double)error <= bound))
            fail_msg("%s n=%zu: %.3Lg of the bound", types->name, n, (long double)error / bound);
          worst = fmaxl(worst, (long double)error / bound);
        }
        free(y);
        kron_eye_plan_destroy(plan);
        operands_destroy(&o);
      }
    printf("# %s, kernel against float128: worst error / bound %.4Lf\n", types->name, worst);
    assert_true(worst > 0);
  }
  check_cases("double sums", cases, 2 * 4 * DATA * BATCH * M);
}
#endif

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(errors_stay_within_the_bound),
#if defined(__SIZEOF_FLOAT128__)
    cmocka_unit_test(double_sums_against_float128),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
