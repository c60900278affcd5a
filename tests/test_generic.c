/*
 * test_generic.c - kron_eye_generic.h: every name, with every combination of types, const or not,
 * gives the bits of the function of kron_eye.h with the right suffix, and behaves like a function.
 */
#include <kron_eye_generic.h>

#include "check.h"

#include <stdbool.h>
#include <string.h>

enum { BATCH = 2, K = 2, M = 2, N = 3, X = BATCH * K * N, Y = BATCH * K * M };

static float wf[M * N], xf[X];
static double wd[M * N], xd[X];
static uint8_t xu[X];
static const float *const const_wf = wf, *const const_xf = xf;
static const double *const const_wd = wd, *const const_xd = xd;
static const uint8_t *const const_xu = xu;

static int setup(void **state) {
  (void)state;
  for (size_t i = 0; i < M * N; i++) wf[i] = (float)(wd[i] = 0.1 * (double)(i + 1));
  for (size_t i = 0; i < X; i++) {
    xf[i] = (float)(xd[i] = 0.3 * (double)(i + 1));
    xu[i] = (uint8_t)(i + 1);
  }
  return 0;
}

/* Runs `generic` with a new y, then `suffixed`; both must succeed with the same bits. */
#define CHECK_SAME(type, generic, suffixed)                                                        \
  do {                                                                                             \
    type y[Y] = {0}, expected[Y] = {0}, none[Y] = {0}, *const out = expected;                      \
    assert_int_equal(generic, KRON_EYE_OK);                                                        \
    assert_int_equal(suffixed, KRON_EYE_OK);                                                       \
    assert_memory_equal(y, expected, sizeof y);                                                    \
    assert_memory_not_equal(y, none, sizeof y);                                                    \
    cases++;                                                                                       \
  } while (false)

static void one_call_has_one_name(void **state) {
  (void)state;
  size_t cases = 0;
#define MATVEC(type, w, x, suffixed)                                                               \
  CHECK_SAME(type, kron_eye_matvec(K, M, N, w, x, y), suffixed(K, M, N, w, x, out))
  MATVEC(float, wf, xf, (kron_eye_matvec));
  MATVEC(float, const_wf, xf, (kron_eye_matvec));
  MATVEC(float, wf, const_xf, (kron_eye_matvec));
  MATVEC(float, const_wf, const_xf, (kron_eye_matvec));
  MATVEC(double, wd, xd, kron_eye_matvec_f64);
  MATVEC(double, const_wd, xd, kron_eye_matvec_f64);
  MATVEC(double, wd, const_xd, kron_eye_matvec_f64);
  MATVEC(double, const_wd, const_xd, kron_eye_matvec_f64);
#define MATVEC_BATCH(type, w, x, suffixed)                                                         \
  CHECK_SAME(type, kron_eye_matvec_batch(BATCH, K, M, N, w, x, y),                                 \
             suffixed(BATCH, K, M, N, w, x, out))
  MATVEC_BATCH(float, wf, xf, (kron_eye_matvec_batch));
  MATVEC_BATCH(float, const_wf, const_xf, (kron_eye_matvec_batch));
  MATVEC_BATCH(double, wd, xd, kron_eye_matvec_batch_f64);
  MATVEC_BATCH(double, const_wd, const_xd, kron_eye_matvec_batch_f64);
  check_cases("one call", cases, 12);
}

static void plans_have_one_name(void **state) {
  (void)state;
  size_t cases = 0;
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = K;
  shape.m = M;
  shape.n = N;
#define PLAN(x_type, type, w, x, suffix)                                                           \
  do {                                                                                             \
    kron_eye_plan *plan = NULL;                                                                    \
    assert_int_equal(kron_eye_plan_create(x_type, &plan, &shape, w, N, NULL), KRON_EYE_OK);        \
    CHECK_SAME(                                                                                    \
        type, kron_eye_apply(plan, BATCH, (type)0.7, x, (size_t)K *N, (type)0, y, (size_t)K *M),   \
        kron_eye_apply_##suffix(plan, BATCH, (type)0.7, x, (size_t)K *N, 0, out, (size_t)K *M));   \
    kron_eye_plan_destroy(plan);                                                                   \
  } while (false)
  PLAN(float, float, wf, xf, f32);
  PLAN(const float, float, const_wf, const_xf, f32);
  PLAN(double, double, wd, xd, f64);
  PLAN(const double, double, const_wd, const_xd, f64);
  PLAN(float, double, wd, xf, f32_f64);
  PLAN(const float, double, const_wd, const_xf, f32_f64);
  PLAN(uint8_t, float, wf, xu, u8_f32);
  PLAN(const unsigned char, float, const_wf, const_xu, u8_f32);
  check_cases("plans", cases, 8);
}

/* op(W) (x) I_K with W stored N x M: a shape of which no field has its default. */
static kron_eye_shape transposed(void) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = M;
  shape.n = N;
  shape.right = K;
  shape.op = KRON_EYE_TRANSPOSE;
  return shape;
}

static void products_have_one_name(void **state) {
  (void)state;
  size_t cases = 0;
  const kron_eye_shape shape = transposed();
#define PRODUCT(type, w, x, suffix)                                                                \
  CHECK_SAME(                                                                                      \
      type,                                                                                        \
      kron_eye_product(&shape, w, M, BATCH, (type)0.7, x, (size_t)K *N, (type)0, y, (size_t)K *M), \
      kron_eye_product_##suffix(&shape, w, M, BATCH, (type)0.7, x, (size_t)K *N, 0, out,           \
                                (size_t)K *M))
  PRODUCT(float, wf, xf, f32);
  PRODUCT(float, const_wf, const_xf, f32);
  PRODUCT(double, wd, xd, f64);
  PRODUCT(double, const_wd, const_xd, f64);
  check_cases("products", cases, 4);
}

/* A plan of W = 0 that is given the real W, and an epilogue. */
static void updates_and_epilogues_have_one_name(void **state) {
  (void)state;
  size_t cases = 0;
  const kron_eye_shape shape = transposed();
  kron_eye_epilogue epilogue = KRON_EYE_EPILOGUE_INIT;
  epilogue.activation = KRON_EYE_ACTIVATION_RELU;
#define UPDATE(x_type, type, w, x, suffix)                                                         \
  do {                                                                                             \
    const type zero[M * N] = {0}, bias[M] = {-1, 2};                                               \
    kron_eye_plan *plan = NULL, *fresh = NULL;                                                     \
    epilogue.bias = bias;                                                                          \
    assert_int_equal(kron_eye_plan_create(x_type, &plan, &shape, zero, M, NULL), KRON_EYE_OK);     \
    assert_int_equal(kron_eye_plan_create_##suffix(&fresh, &shape, w, M, NULL), KRON_EYE_OK);      \
    assert_int_equal(kron_eye_plan_update(x_type, plan, w, M), KRON_EYE_OK);                       \
    CHECK_SAME(type,                                                                               \
               kron_eye_apply_fused(plan, BATCH, (type)0.7, x, (size_t)K *N, (type)0, y,           \
                                    (size_t)K *M, &epilogue),                                      \
               kron_eye_apply_fused_##suffix(fresh, BATCH, (type)0.7, x, (size_t)K *N, 0, out,     \
                                             (size_t)K *M, &epilogue));                            \
    kron_eye_plan_destroy(plan);                                                                   \
    kron_eye_plan_destroy(fresh);                                                                  \
  } while (false)
  UPDATE(float, float, wf, xf, f32);
  UPDATE(const float, float, const_wf, const_xf, f32);
  UPDATE(double, double, wd, xd, f64);
  UPDATE(const double, double, const_wd, const_xd, f64);
  UPDATE(float, double, wd, xf, f32_f64);
  UPDATE(const float, double, const_wd, const_xf, f32_f64);
  UPDATE(uint8_t, float, wf, xu, u8_f32);
  UPDATE(const unsigned char, float, const_wf, const_xu, u8_f32);
  check_cases("updates and epilogues", cases, 8);
}

/* From dense x to CSR to y, all through the generic names, compared with the y of the dense plan.
 * The values are small integers, so that sums are exact in any order. */
#define CHECK_CSR(x_type, y_type, code)                                                            \
  do {                                                                                             \
    const y_type w[M * N] = {1, 2, 3, 4, 5, 6};                                                    \
    const x_type x[X] = {0, 7, 0, 1, 0, 0, 0, 0, 0, 2, 3, 4};                                      \
    int32_t indptr[BATCH + 1], indices[X];                                                         \
    x_type values[X];                                                                              \
    y_type y[Y], expected[Y];                                                                      \
    size_t nonzeros = 0;                                                                           \
    kron_eye_plan *plan = NULL;                                                                    \
    kron_eye_csr csr = {sizeof csr, BATCH, (size_t)K * N, 5, indptr, indices,                      \
                        values,     0,     (code),        0, 0};                                   \
    assert_int_equal(kron_eye_count_nonzeros(BATCH, (size_t)K *N, x, (size_t)K *N, &nonzeros), 0); \
    assert_int_equal(nonzeros, 5);                                                                 \
    assert_int_equal(                                                                              \
        kron_eye_csr_count(BATCH, (size_t)K *N, x, (size_t)K *N, KRON_EYE_INDEX_INT32, indptr),    \
        0);                                                                                        \
    assert_int_equal(indptr[BATCH], 5);                                                            \
    assert_int_equal(kron_eye_csr_fill(BATCH, (size_t)K *N, x, (size_t)K *N, KRON_EYE_INDEX_INT32, \
                                       indptr, X, indices, values),                                \
                     0);                                                                           \
    int32_t starts[BATCH + 1], columns[X];                                                         \
    x_type entries[X];                                                                             \
    assert_int_equal(kron_eye_csr_convert(BATCH, (size_t)K *N, x, (size_t)K *N,                    \
                                          KRON_EYE_INDEX_INT32, starts, X, columns, entries),      \
                     0);                                                                           \
    assert_memory_equal(starts, indptr, sizeof starts);                                            \
    assert_memory_equal(columns, indices, 5 * sizeof *columns);                                    \
    assert_memory_equal(entries, values, 5 * sizeof *entries);                                     \
    assert_int_equal(kron_eye_plan_create(x_type, &plan, &shape, w, N, NULL), 0);                  \
    assert_int_equal(kron_eye_apply(plan, BATCH, 1, x, (size_t)K *N, 0, expected, (size_t)K *M),   \
                     0);                                                                           \
    assert_int_equal(kron_eye_apply_csr(plan, BATCH, 1, &csr, 0, y, (size_t)K *M), 0);             \
    assert_memory_equal(y, expected, sizeof y);                                                    \
    kron_eye_plan_destroy(plan);                                                                   \
    cases++;                                                                                       \
  } while (false)

static void csr_has_one_name(void **state) {
  (void)state;
  size_t cases = 0;
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = K;
  shape.m = M;
  shape.n = N;
  CHECK_CSR(float, float, KRON_EYE_VALUE_FLOAT);
  CHECK_CSR(double, double, KRON_EYE_VALUE_DOUBLE);
  CHECK_CSR(float, double, KRON_EYE_VALUE_FLOAT);
  double y[1];
  assert_int_equal(kron_eye_apply_csr(NULL, 1, 1, NULL, 0, y, 1), -1);
  check_cases("CSR", cases, 3);
}

/* A plan's types are checked when it is applied. */
static void an_apply_of_other_types_is_refused(void **state) {
  (void)state;
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = M;
  shape.n = N;
  kron_eye_plan *plan = NULL;
  double y[M];
  assert_int_equal(kron_eye_plan_create(float, &plan, &shape, wd, N, NULL), KRON_EYE_OK);
  assert_int_equal(kron_eye_apply(plan, 1, 1.0, xf, N, 0.0, y, M), KRON_EYE_OK);
  assert_int_equal(kron_eye_apply(plan, 1, 1.0, xd, N, 0.0, y, M), -1);
  assert_int_equal(kron_eye_plan_update(double, plan, wd, N), -1);
  kron_eye_plan_destroy(plan);
}

/* W (x) I_K, with W^T stored, and the identity made by its own function. */
static void chains_have_one_name(void **state) {
  (void)state;
  size_t cases = 0;
#define CHAIN(type, w, x, suffix)                                                                  \
  do {                                                                                             \
    kron_eye_chain *chain = NULL, *other = NULL;                                                   \
    const kron_eye_factor factors[] = {kron_eye_factor(M, N, KRON_EYE_TRANSPOSE, w, M),            \
                                       kron_eye_factor_identity(K)};                               \
    const kron_eye_factor same[] = {kron_eye_factor_##suffix(M, N, KRON_EYE_TRANSPOSE, w, M),      \
                                    kron_eye_factor_identity(K)};                                  \
    assert_int_equal(kron_eye_chain_create(type, &chain, 2, factors, NULL), KRON_EYE_OK);          \
    assert_int_equal(kron_eye_chain_create_##suffix(&other, 2, same, NULL), KRON_EYE_OK);          \
    CHECK_SAME(type,                                                                               \
               kron_eye_chain_apply(chain, BATCH, (type)0.7, x, (size_t)K *N, (type)0, y,          \
                                    (size_t)K *M, NULL, 0),                                        \
               kron_eye_chain_apply_##suffix(other, BATCH, (type)0.7, x, (size_t)K *N, 0, out,     \
                                             (size_t)K *M, NULL, 0));                              \
    kron_eye_chain_destroy(chain);                                                                 \
    kron_eye_chain_destroy(other);                                                                 \
  } while (false)
  CHAIN(float, wf, xf, f32);
  CHAIN(float, const_wf, const_xf, f32);
  CHAIN(double, wd, xd, f64);
  CHAIN(double, const_wd, const_xd, f64);
  check_cases("chains", cases, 4);
}

static size_t counted;

static float *count(float *pointer) {
  counted++;
  return pointer;
}

/* As for a function: arguments are evaluated once, statuses are passed on, and a name without a
 * call is a function. */
static void a_macro_behaves_as_a_function(void **state) {
  (void)state;
  float y[K * M];
  size_t k = K;
  assert_int_equal(kron_eye_matvec(k++, M, N, count(wf), count(xf), count(y)), KRON_EYE_OK);
  assert_int_equal(k, K + 1);
  assert_int_equal(counted, 3);
  assert_int_equal(kron_eye_matvec(K, M, N, (float *)NULL, xf, y), -4);
  int (*const function)(size_t, size_t, size_t, const float *, const float *, float *) =
      kron_eye_matvec;
  assert_int_equal(function(K, M, N, wf, xf, NULL), -6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_call_has_one_name),
      cmocka_unit_test(plans_have_one_name),
      cmocka_unit_test(products_have_one_name),
      cmocka_unit_test(updates_and_epilogues_have_one_name),
      cmocka_unit_test(csr_has_one_name),
      cmocka_unit_test(chains_have_one_name),
      cmocka_unit_test(an_apply_of_other_types_is_refused),
      cmocka_unit_test(a_macro_behaves_as_a_function),
  };
  return cmocka_run_group_tests(tests, setup, NULL);
}
