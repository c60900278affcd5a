/*
 * test_empty.c - every call with sizes of 0, 1 and more: the pointer to an empty array is NULL, and
 * a stride that is ignored has its largest value. All numbers are 1, so that a result is a number
 * of terms. Sanitizers see a null pointer that is moved, and arrays end where their sizes say.
 */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>

#include <kron_eye.h>

#include "chains.h"
#include "fused_types.h"
#include "gradient_types.h"
#include "sparse.h"

enum { CHOICES = 3, OPS = 2, PAD = 2 };
static const size_t lefts[CHOICES] = {0, 1, 2}, ms[CHOICES] = {0, 1, 3}, ns[CHOICES] = {0, 1, 4},
                    rights[CHOICES] = {0, 1, 5}, batches[CHOICES] = {0, 1, 2};

/* An array of ones; NULL if it is empty. */
static void *ones(element e, size_t count) {
  if (count == 0) return NULL;
  void *array = malloc(count * element_size(e));
  assert_non_null(array);
  for (size_t i = 0; i < count; i++) element_set(e, array, i, 1);
  return array;
}

/* `rows` rows of `length`, and the stride to pass for them. */
typedef struct rows {
  size_t count, length, stride, told;
} rows;

static rows rows_of(size_t count, size_t length) {
  const size_t stride = length + PAD;
  return (rows){count, length, stride, count > 1 ? stride : SIZE_MAX};
}

static size_t extent(rows r) {
  return r.count == 0 || r.length == 0 ? 0 : (r.count - 1) * r.stride + r.length;
}

static void expect(element e, rows r, const void *array, double value) {
  for (size_t i = 0; i < r.count; i++)
    for (size_t j = 0; j < r.length; j++)
      assert_true(element_get(e, array, i * r.stride + j) == value);
}

/* A shape, the rows of its W as stored, and all its Ws. */
typedef struct problem {
  kron_eye_shape shape;
  size_t batch, w_count;
  rows w, x, y;
} problem;

/* Choice `at` of all sizes, op, and one W or a W for each block. */
enum { PROBLEMS = CHOICES * CHOICES * CHOICES * CHOICES * CHOICES * OPS * 2 };
static problem problem_of(size_t at) {
  problem p = {.shape = KRON_EYE_SHAPE_INIT};
  p.shape.left = lefts[at % CHOICES];
  p.shape.m = ms[at / 3 % CHOICES];
  p.shape.n = ns[at / 9 % CHOICES];
  p.shape.right = rights[at / 27 % CHOICES];
  p.batch = batches[at / 81 % CHOICES];
  p.shape.op = (int)(at / 243 % OPS);
  const bool own = at / (243 * OPS) != 0;
  p.w = p.shape.op ? rows_of(p.shape.n, p.shape.m) : rows_of(p.shape.m, p.shape.n);
  p.x = rows_of(p.batch, p.shape.left * p.shape.n * p.shape.right);
  p.y = rows_of(p.batch, p.shape.left * p.shape.m * p.shape.right);
  p.w_count = extent(p.w);
  if (own) p.shape.stridew = p.shape.left > 1 ? p.w_count + PAD : SIZE_MAX;
  if (own && p.shape.left == 0) p.w_count = 0;
  if (own && p.shape.left > 1 && p.w_count != 0) p.w_count += (p.shape.left - 1) * p.shape.stridew;
  return p;
}

/* ---------------------------------------------------------------- products */

/* y = alpha K x + y, from which RELU takes nothing away. */
static void expect_apply(const problem *p, size_t t, const kron_eye_plan *plan, double alpha,
                         const kron_eye_epilogue *epilogue, double bias) {
  const plan_types *types = &all_plan_types[t];
  void *x = ones(types->x, extent(p->x)), *y = ones(types->y, extent(p->y));
  assert_int_equal(
      all_fused_types[t].apply(plan, p->batch, alpha, x, p->x.told, 1, y, p->y.told, epilogue), 0);
  expect(types->y, p->y, y, alpha * (double)p->shape.n + 1 + bias);
  free(x);
  free(y);
}

static void apply_all(const problem *p, size_t t, const kron_eye_plan *plan) {
  const element e = all_plan_types[t].y;
  kron_eye_epilogue none = KRON_EYE_EPILOGUE_INIT, bias = none;
  none.activation = KRON_EYE_ACTIVATION_RELU;
  none.bias_stride = SIZE_MAX;
  const rows biases = rows_of(p->shape.left, p->shape.m);
  void *numbers = ones(e, biases.count == 0 ? biases.length : extent(biases));
  bias.bias = numbers;
  bias.bias_stride = biases.told;
  for (int alpha = 0; alpha <= 1; alpha++) {
    expect_apply(p, t, plan, alpha, NULL, 0);
    expect_apply(p, t, plan, alpha, &none, 0);
    expect_apply(p, t, plan, alpha, &bias, numbers ? 1 : 0);
  }
  free(numbers);
}

static void plans(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t at = 0; at < PROBLEMS; at++)
    for (size_t t = 0; t < PLAN_TYPES; t++)
      for (int route = KRON_EYE_ROUTE_KERNEL; route <= KRON_EYE_ROUTE_BLAS; route++) {
        const plan_types *types = &all_plan_types[t];
        if (route == KRON_EYE_ROUTE_BLAS && types->x != types->y) continue;
        const problem p = problem_of(at);
        kron_eye_options options = KRON_EYE_OPTIONS_INIT;
        options.route = route;
        void *w = ones(types->y, p.w_count);
        kron_eye_plan *plan = NULL;
        assert_int_equal(types->create(&plan, &p.shape, w, p.w.told, &options), 0);
        assert_int_equal(all_fused_types[t].update(plan, w, p.w.told), 0);
        apply_all(&p, t, plan);
        kron_eye_plan_destroy(plan);
        free(w);
        cases++;
      }
  check_cases("plans", cases, (size_t)PROBLEMS * (PLAN_TYPES + 2));
}

static int product(element e, const problem *p, const void *w, double alpha, const void *x,
                   void *y) {
  return e == ELEMENT_F32 ? kron_eye_product_f32(&p->shape, w, p->w.told, p->batch, (float)alpha, x,
                                                 p->x.told, 1, y, p->y.told)
                          : kron_eye_product_f64(&p->shape, w, p->w.told, p->batch, alpha, x,
                                                 p->x.told, 1, y, p->y.told);
}

static void products(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t at = 0; at < PROBLEMS; at++)
    for (element e = ELEMENT_F32; e <= ELEMENT_F64; e++)
      for (int alpha = 0; alpha <= 1; alpha++, cases++) {
        const problem p = problem_of(at);
        void *w = ones(e, p.w_count), *x = ones(e, extent(p.x)), *y = ones(e, extent(p.y));
        assert_int_equal(product(e, &p, w, alpha, x, y), 0);
        expect(e, p.y, y, (double)(alpha * (int)p.shape.n + 1));
        free(w);
        free(x);
        free(y);
      }
  check_cases("products", cases, PROBLEMS * 2 * 2);
}

static void one_call(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t at = 0; at < CHOICES * CHOICES * CHOICES * CHOICES; at++)
    for (size_t t = 0; t < CALL_TYPES; t++, cases++) {
      const call_types *types = &all_call_types[t];
      const size_t k = lefts[at % 3], m = ms[at / 3 % 3], n = ns[at / 9 % 3],
                   batch = batches[at / 27];
      const rows one = {1, k * m, 0, 0}, many = {1, batch * k * m, 0, 0};
      void *w = ones(types->e, m * n), *x = ones(types->e, batch * k * n),
           *y = ones(types->e, batch * k * m);
      assert_int_equal(types->matvec_batch(batch, k, m, n, w, x, y), 0);
      expect(types->e, many, y, (double)n);
      if (batch == 1) {
        assert_int_equal(types->matvec(k, m, n, w, x, y), 0);
        expect(types->e, one, y, (double)n);
      }
      free(w);
      free(x);
      free(y);
    }
  check_cases("one call", cases, 81 * CALL_TYPES);
}

/* ---------------------------------------------------------------- training */

/* dW, whose rows and blocks have gaps: each element is the number of its terms, and 1. */
static void expect_gradient(const problem *p, const void *dw, element e, double alpha) {
  const bool own = p->shape.left > 1 && p->shape.stridew != 0;
  const double terms = (double)(p->batch * (own ? 1 : p->shape.left) * p->shape.right);
  for (size_t a = 0; a < (p->w_count == 0 ? 0 : own ? p->shape.left : 1); a++)
    expect(e, p->w, (const char *)dw + a * p->shape.stridew * element_size(e), alpha * terms + 1);
}

static void gradients(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t at = 0; at < PROBLEMS; at++)
    for (size_t t = 0; t < GRADIENT_TYPES; t++)
      for (int route = KRON_EYE_ROUTE_KERNEL; route <= KRON_EYE_ROUTE_BLAS; route++)
        for (int alpha = 0; alpha <= 1; alpha++, cases++) {
          const gradient_types *types = &all_gradient_types[t];
          const problem p = problem_of(at);
          kron_eye_options options = KRON_EYE_OPTIONS_INIT;
          options.route = route;
          void *x = ones(types->e, extent(p.x)), *dy = ones(types->e, extent(p.y)),
               *dw = ones(types->e, p.w_count);
          assert_int_equal(types->gradient(&p.shape, p.batch, alpha, x, p.x.told, dy, p.y.told, 1,
                                           dw, p.w.told, &options),
                           0);
          expect_gradient(&p, dw, types->e, alpha);
          free(x);
          free(dy);
          free(dw);
        }
  check_cases("gradients", cases, PROBLEMS * GRADIENT_TYPES * 2 * 2);
}

/* One bias, or one for each block. */
static void expect_bias_gradient(const gradient_types *types, const problem *p, bool own,
                                 double alpha) {
  const size_t left = p->shape.left;
  const rows biases = own ? rows_of(left, p->shape.m) : rows_of(1, p->shape.m);
  const double terms = (double)(p->batch * p->shape.right * (own && left > 1 ? 1 : left));
  void *dy = ones(types->e, extent(p->y)), *db = ones(types->e, extent(biases));
  assert_int_equal(
      types->bias(&p->shape, p->batch, alpha, dy, p->y.told, 1, db, own ? biases.told : 0), 0);
  expect(types->e, biases, db, alpha * terms + 1);
  free(dy);
  free(db);
}

static void bias_gradients(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t at = 0; at < PROBLEMS; at++)
    for (size_t t = 0; t < GRADIENT_TYPES; t++)
      for (int alpha = 0; alpha <= 1; alpha++)
        for (int own = 0; own <= 1; own++, cases++) {
          const problem p = problem_of(at);
          expect_bias_gradient(&all_gradient_types[t], &p, own != 0, alpha);
        }
  check_cases("gradients of a bias", cases, PROBLEMS * GRADIENT_TYPES * 2 * 2);
}

static void relu_backward(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t at = 0; at < CHOICES * CHOICES; at++)
    for (size_t t = 0; t < GRADIENT_TYPES; t++, cases++) {
      const gradient_types *types = &all_gradient_types[t];
      const rows r = rows_of(batches[at % 3], ns[at / 3]);
      void *y = ones(types->e, extent(r)), *dy = ones(types->e, extent(r)),
           *dz = ones(types->e, extent(r));
      assert_int_equal(types->relu(r.count, r.length, y, r.told, dy, r.told, dz, r.told), 0);
      assert_int_equal(types->relu(r.count, r.length, y, r.told, dz, r.told, dz, r.told), 0);
      expect(types->e, r, dz, 1);
      free(y);
      free(dy);
      free(dz);
    }
  check_cases("backward passes", cases, 9 * GRADIENT_TYPES);
}

/* ---------------------------------------------------------------- sparse x without entries */

static kron_eye_csr no_entries(size_t count, size_t cols, const int64_t *starts, int index_type,
                               element e) {
  kron_eye_csr x = KRON_EYE_CSR_INIT;
  x.rows = count;
  x.cols = cols;
  x.indptr = starts;
  x.index_type = index_type;
  x.value_type = e == ELEMENT_F64 ? KRON_EYE_VALUE_DOUBLE : KRON_EYE_VALUE_FLOAT;
  assert_int_equal(kron_eye_csr_check(&x, NULL), 0);
  return x;
}

static void expect_sparse(const problem *p, const plan_types *types, int index_type) {
  static const int64_t starts[5] = {0}; /* also as many and more zeros of 32 bits */
  void *w = ones(types->y, p->w_count), *y = ones(types->y, extent(p->y));
  kron_eye_plan *plan = NULL;
  assert_int_equal(types->create(&plan, &p->shape, w, p->w.told, NULL), 0);
  const size_t left = p->shape.left, n = p->shape.n;
  const kron_eye_csr of_rows = no_entries(p->batch, left * n, starts, index_type, types->x),
                     of_blocks = no_entries(p->batch * left, n, starts, index_type, types->x);
  assert_int_equal(sparse_apply(types, plan, p->batch, 1, &of_rows, 2, y, p->y.told), 0);
  expect(types->y, p->y, y, 2);
  assert_int_equal(sparse_apply(types, plan, p->batch, 1, &of_blocks, 2, y, p->y.told), 0);
  expect(types->y, p->y, y, 4);
  kron_eye_plan_destroy(plan);
  free(w);
  free(y);
}

static void sparse_products(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t at = 0; at < PROBLEMS; at++)
    for (size_t t = 0; t < PLAN_TYPES; t++)
      for (int index_type = 0; index_type <= 1; index_type++) {
        const problem p = problem_of(at);
        if (p.shape.right != 1 || all_plan_types[t].x == ELEMENT_U8) continue;
        expect_sparse(&p, &all_plan_types[t], index_type);
        cases++;
      }
  check_cases("sparse products", cases, PROBLEMS / CHOICES * 3 * 2);
}

/* Dense arrays of zeros, which have no entries. */
static void conversions(void **state) {
  (void)state;
  static const float zeros[12];
  size_t cases = 0;
  for (size_t at = 0; at < CHOICES * CHOICES; at++)
    for (int index_type = 0; index_type <= 1; index_type++, cases++) {
      const rows r = rows_of(batches[at % 3], ns[at / 3]);
      const float *x = extent(r) == 0 ? NULL : zeros;
      const size_t capacity = r.count * r.length;
      int64_t starts[3] = {7, 7, 7};
      size_t count = 7;
      assert_int_equal(kron_eye_count_nonzeros_f32(r.count, r.length, x, r.told, &count), 0);
      assert_int_equal(count, 0);
      assert_int_equal(kron_eye_csr_count_f32(r.count, r.length, x, r.told, index_type, starts), 0);
      assert_int_equal(
          kron_eye_csr_fill_f32(r.count, r.length, x, r.told, index_type, starts, 0, NULL, NULL),
          0);
      void *indices = ones(ELEMENT_F64, capacity);
      float *values = ones(ELEMENT_F32, capacity);
      assert_int_equal(kron_eye_csr_convert_f32(r.count, r.length, x, r.told, index_type, starts,
                                                capacity, indices, values),
                       0);
      no_entries(r.count, r.length, starts, index_type, ELEMENT_F32);
      free(indices);
      free(values);
    }
  check_cases("conversions", cases, 9 * 2);
}

/* ---------------------------------------------------------------- chains */

/* Factor `at`: a matrix of any shape, stored either way, or an identity. */
enum { FACTORS = CHOICES * CHOICES * OPS + CHOICES };
static kron_eye_factor factor_of(size_t at, element e) {
  if (at >= CHOICES * CHOICES * OPS) return kron_eye_factor_identity(ns[at % CHOICES]);
  kron_eye_factor factor = KRON_EYE_FACTOR_INIT;
  factor.m = ms[at % 3];
  factor.n = ns[at / 3 % 3];
  factor.op = (int)(at / 9);
  const rows w = factor.op ? rows_of(factor.n, factor.m) : rows_of(factor.m, factor.n);
  factor.w = ones(e, extent(w));
  factor.ldw = w.told;
  return factor;
}

/* All elements of an identity add up to 1 in each row, those of a matrix to n. */
static double sum_of(const kron_eye_factor *factor) {
  return factor->kind == KRON_EYE_FACTOR_IDENTITY ? 1 : (double)factor->n;
}

static void expect_chain(const chain_types *types, size_t count, kron_eye_factor *factors,
                         size_t batch) {
  size_t m = 1, n = 1;
  double sum = 1;
  for (size_t f = 0; f < count; f++) {
    m *= factors[f].m;
    n *= factors[f].n;
    sum *= sum_of(&factors[f]);
  }
  kron_eye_chain *chain = NULL;
  assert_int_equal(types->create(&chain, count, count == 0 ? NULL : factors, NULL), 0);
  const size_t bytes = kron_eye_chain_workspace(chain);
  const rows x_rows = rows_of(batch, n), y_rows = rows_of(batch, m);
  for (int alpha = 0; alpha <= 1; alpha++) {
    void *x = ones(types->e, extent(x_rows)), *y = ones(types->e, extent(y_rows)),
         *workspace = alpha == 0 || bytes == 0 ? NULL : malloc(bytes);
    assert_int_equal(types->apply(chain, batch, alpha, x, x_rows.told, 1, y, y_rows.told, workspace,
                                  workspace ? bytes : 0),
                     0);
    expect(types->e, y_rows, y, alpha * sum + 1);
    free(x);
    free(y);
    free(workspace);
  }
  kron_eye_chain_destroy(chain);
}

static void chains(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t t = 0; t < CHAIN_TYPES; t++)
    for (size_t b = 0; b < CHOICES; b++)
      for (size_t count = 0; count <= 2; count++)
        for (size_t at = 0; at < (count == 2   ? FACTORS * FACTORS
                                  : count == 1 ? FACTORS
                                               : 1);
             at++, cases++) {
          const chain_types *types = &all_chain_types[t];
          kron_eye_factor factors[] = {factor_of(at % FACTORS, types->e),
                                       factor_of(at / FACTORS, types->e)};
          expect_chain(types, count, factors, batches[b]);
          for (size_t f = 0; f < 2; f++) free((void *)factors[f].w);
        }
  check_cases("chains", cases, CHAIN_TYPES * CHOICES * (1 + FACTORS + FACTORS * FACTORS));
  assert_int_equal(kron_eye_factors_adjoint(0, NULL, NULL), 0);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plans),           cmocka_unit_test(products),
      cmocka_unit_test(one_call),        cmocka_unit_test(gradients),
      cmocka_unit_test(bias_gradients),  cmocka_unit_test(relu_backward),
      cmocka_unit_test(sparse_products), cmocka_unit_test(conversions),
      cmocka_unit_test(chains),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
