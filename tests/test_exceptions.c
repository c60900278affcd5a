/*
 * test_exceptions.c - floating-point exceptions. The library's own kernels raise no FE_INVALID,
 * FE_DIVBYZERO or FE_OVERFLOW that the products and sums do not raise when they are written out:
 * a program that traps them is not ended by searches for zeros, by lanes that no output has, by
 * conversions or by counting.
 */
#include "check.h"

#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "operands.h"
#include "sparse.h"

enum { FLAGS = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW };

static const layout tight = {0, 0, false, GUARDED_END, 0};

/* What the product raises when it is written out in y's type, every term multiplied. */
static int written_out(const operands *o, double alpha, double beta) {
  const bool is_float = o->t->y == ELEMENT_F32;
  feclearexcept(FLAGS);
  for (size_t block = 0; block < o->batch * o->left; block++)
    for (size_t i = 0; i < o->m; i++) {
      volatile double sum = 0, old = 0;
      volatile float float_sum = 0, float_old = 0;
      for (size_t j = 0; j < o->n; j++) {
        const double w = element_get(o->t->y, o->w, i * o->n + j);
        const double x = element_get(o->t->x, o->x, block * o->n + j);
        if (is_float)
          float_sum += (float)w * (float)x;
        else
          sum += w * x;
      }
      if (beta != 0) old = element_get(o->t->y, o->y, block * o->m + i);
      if (is_float) {
        float_old = (float)beta * (float)old;
        float_sum = (float)alpha * float_sum;
        float_sum += float_old;
      } else {
        old = beta * old;
        sum = alpha * sum;
        sum += old;
      }
    }
  return fetestexcept(FLAGS);
}

static void expect(const operands *o, const char *what, int raised, int allowed, double alpha,
                   double beta, int zeros) {
  if (raised & ~allowed)
    fail_msg("%s of %s batch=%zu left=%zu m=%zu n=%zu alpha=%g beta=%g zeros=%d raises%s%s%s", what,
             o->t->name, o->batch, o->left, o->m, o->n, alpha, beta, zeros,
             raised & FE_INVALID ? " FE_INVALID" : "", raised & FE_DIVBYZERO ? " FE_DIVBYZERO" : "",
             raised & FE_OVERFLOW ? " FE_OVERFLOW" : "");
}

/* Plan, dense and sparse product on this thread. */
static void expect_no_more(const operands *o, double alpha, double beta, int zeros, rng *r) {
  const int allowed = written_out(o, alpha, beta);
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  options.threads = 1;
  options.zeros = zeros;
  feclearexcept(FLAGS);
  kron_eye_plan *plan = operands_plan(o, 0, &options);
  expect(o, "create", fetestexcept(FLAGS), 0, alpha, beta, zeros);
  feclearexcept(FLAGS);
  free(operands_apply(o, plan, 0, o->batch, &tight, alpha, beta));
  expect(o, "apply", fetestexcept(FLAGS), allowed, alpha, beta, zeros);
  for (int blocks = 0; o->t->x != ELEMENT_U8 && blocks <= 1; blocks++) {
    sparse x = sparse_create(o, o->batch, blocks != 0, KRON_EYE_INDEX_INT32, SPARSE_SORTED,
                             GUARDED_END, r);
    const size_t row = o->left * o->m, size = element_size(o->t->y);
    void *y = calloc(o->batch * row, size);
    assert_non_null(y);
    memcpy(y, o->y, o->batch * row * size);
    feclearexcept(FLAGS);
    const int status = sparse_apply(o->t, plan, o->batch, alpha, &x.view, beta, y, row);
    expect(o, "apply_csr", fetestexcept(FLAGS), allowed, alpha, beta, zeros);
    assert_int_equal(status, 0);
    free(y);
    sparse_destroy(&x);
  }
  kron_eye_plan_destroy(plan);
}

/* Every number of outputs up to three vectors of floats with AVX-512, and inputs for every family;
   at n = 300 AUTO looks at the data. */
enum { MOST_M = 49, KINDS = 7 };
static const size_t ns[] = {2, 7, 64, 90, 300};
enum { NS = sizeof ns / sizeof *ns };

/* Numbers whose bits, joined by OR, are those of a signalling NaN: exponents of 127 and 128 (in
   double 1023 and 1024) and a fraction. Zeros between them. */
static double ordinary(const operands *o, size_t row, size_t j) {
  const double values[] = {1.25, 2, 0, -1.75, 3, 0, 0, -2};
  if (o->t->x == ELEMENT_U8) return (double)(j % 3 == 0 ? 0 : (row + j) % 256);
  return j % 5 == 4 ? 0 : values[(row * 3 + j) % 8];
}

/* Puts what the kind wants into the operands, and says alpha and beta. */
static void prepare(operands *o, int kind, double *alpha, double *beta, rng *r) {
  const size_t rows = o->batch * o->left;
  for (size_t e = 0; e < rows * o->n; e++)
    element_set(o->t->x, o->x, e, ordinary(o, e / o->n, e % o->n));
  const size_t row = rng_below(r, rows), j = rng_below(r, o->n), i = rng_below(r, o->m);
  switch (kind) {
  case 0:
    break;
  case 1: /* an infinity in x meets no zero of W */
    if (o->t->x != ELEMENT_U8) element_set(o->t->x, o->x, row * o->n + j, (double)-INFINITY);
    break;
  case 2: /* a NaN too */
    if (o->t->x != ELEMENT_U8) element_set(o->t->x, o->x, row * o->n + j, (double)NAN);
    break;
  case 3: /* in W, the last row among them, and no zero of x */
    for (size_t e = 0; e < rows * o->n; e++) element_set(o->t->x, o->x, e, 3);
    element_set(o->t->y, o->w, (rng_below(r, 2) ? i : o->m - 1) * o->n + j, (double)INFINITY);
    break;
  case 4:
    element_set(o->t->y, o->w, i * o->n + j, (double)NAN);
    break;
  case 5: /* no sum is zero */
    for (size_t e = 0; e < rows * o->n; e++) element_set(o->t->x, o->x, e, 3);
    for (size_t e = 0; e < o->m * o->n; e++) element_set(o->t->y, o->w, e, 0.5);
    *alpha = (double)INFINITY;
    break;
  default:
    *beta = (double)INFINITY;
  }
}

static void kernels_raise_no_more(void **state) {
  (void)state;
  rng r = rng_start("floating-point exceptions");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t m = 1; m <= MOST_M; m++)
      for (int kind = 0; kind < KINDS; kind++)
        for (int zeros = KRON_EYE_ZEROS_AUTO; zeros <= KRON_EYE_ZEROS_MULTIPLY; zeros++, cases++) {
          const size_t n = ns[rng_below(&r, NS)], batch = 1 + rng_below(&r, 17);
          operands o = operands_create(&all_plan_types[t], n == 300 ? 4 * batch : batch,
                                       1 + rng_below(&r, 2), m, n, ZEROS_NONE, &r);
          double alpha = 1, beta = rng_below(&r, 2) != 0 ? 1 : 0;
          prepare(&o, kind, &alpha, &beta, &r);
          expect_no_more(&o, alpha, beta, zeros, &r);
          operands_destroy(&o);
        }
  check_cases("products", cases, PLAN_TYPES * MOST_M * KINDS * 3);
}

/* The one-call batch, packing and skipping by itself; too little work for threads. */
static void the_one_call_batch(void **state) {
  (void)state;
  enum { BATCH = 80, M = 30, N = 784 };
  static float w[M * N], x[BATCH * N], y[BATCH * M];
  for (size_t i = 0; i < M * N; i++) w[i] = 1;
  for (size_t e = 0; e < BATCH * N; e++)
    x[e] = e % N % 28 < 14 ? 0 : e / N % 2 == 0 ? 1.25f : 2; /* columns of zeros */
  feclearexcept(FLAGS);
  assert_int_equal(kron_eye_matvec_batch(BATCH, 1, M, N, w, x, y), 0);
  assert_int_equal(fetestexcept(FLAGS), 0);
  for (size_t e = 0; e < BATCH * M; e++)
    assert_true(y[e] == (e / M % 2 == 0 ? 1.25f : 2) * (float)(N / 2));
}

/* Dense to CSR moves bits and counts them: no exception, whatever they are. */
#define DEFINE_CONVERSION(T, suffix, bits_T, signalling)                                           \
  static void conversion_##suffix(int index_type) {                                                \
    enum { ROWS = 9, COLS = 77 };                                                                  \
    static T x[ROWS * COLS], values[ROWS * COLS];                                                  \
    static int64_t starts[ROWS + 1], indices[ROWS * COLS];                                         \
    const bits_T special[] = {0, (signalling), 1, (bits_T)1 << (sizeof(T) * 8 - 1)};               \
    for (size_t e = 0; e < ROWS * COLS; e++) memcpy(x + e, special + e * 7 % 11 % 4, sizeof *x);   \
    size_t count = 0;                                                                              \
    feclearexcept(FLAGS);                                                                          \
    const int counted = kron_eye_count_nonzeros_##suffix(ROWS, COLS, x, COLS, &count);             \
    const int first = kron_eye_csr_count_##suffix(ROWS, COLS, x, COLS, index_type, starts);        \
    const int second = kron_eye_csr_fill_##suffix(ROWS, COLS, x, COLS, index_type, starts, count,  \
                                                  indices, values);                                \
    const int both = kron_eye_csr_convert_##suffix(ROWS, COLS, x, COLS, index_type, starts,        \
                                                   ROWS * COLS, indices, values);                  \
    assert_int_equal(fetestexcept(FLAGS), 0);                                                      \
    assert_int_equal(both, 0);                                                                     \
    assert_int_equal(counted, 0);                                                                  \
    assert_int_equal(first, 0);                                                                    \
    assert_int_equal(second, 0);                                                                   \
    assert_true(count > ROWS * COLS / 4 && count < ROWS * COLS);                                   \
  }
DEFINE_CONVERSION(float, f32, uint32_t, UINT32_C(0x7fa00001))
DEFINE_CONVERSION(double, f64, uint64_t, UINT64_C(0x7ff4000000000001))

static void conversions_raise_none(void **state) {
  (void)state;
  for (int index_type = KRON_EYE_INDEX_INT32; index_type <= KRON_EYE_INDEX_INT64; index_type++) {
    conversion_f32(index_type);
    conversion_f64(index_type);
  }
}

/* A signalling NaN in W is copied as it is, and meets arithmetic in apply only. */
static void packing_raises_none(void **state) {
  (void)state;
  const uint32_t float_bits = UINT32_C(0x7fa00001);
  const uint64_t double_bits = UINT64_C(0x7ff4000000000001);
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t m = 1; m <= 5; m++, cases++) {
      enum { N = 70 };
      static double w[5 * N];
      for (size_t e = 0; e < 5 * N; e++)
        if (all_plan_types[t].y == ELEMENT_F32)
          memcpy((float *)w + e, &float_bits, sizeof float_bits);
        else
          memcpy(w + e, &double_bits, sizeof double_bits);
      kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
      shape.m = m;
      shape.n = N;
      kron_eye_plan *plan = NULL;
      feclearexcept(FLAGS);
      const int status = all_plan_types[t].create(&plan, &shape, w, N, NULL);
      assert_int_equal(fetestexcept(FLAGS), 0);
      assert_int_equal(status, 0);
      kron_eye_plan_destroy(plan);
    }
  check_cases("packed signalling NaNs", cases, PLAN_TYPES * 5);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kernels_raise_no_more),
      cmocka_unit_test(the_one_call_batch),
      cmocka_unit_test(conversions_raise_none),
      cmocka_unit_test(packing_raises_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
