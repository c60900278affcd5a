/*
 * test_situations.c - situations in which other libraries were wrong, each with its source. All
 * values are small integers, so that every order of additions gives the exact result, and all
 * matrices are rectangular and non-symmetric.
 */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <kron_eye.h>

#include "random.h"
#include "types.h"

enum { MOST = 64 /* elements of any small array here */ };

static void fill(rng *r, double *values, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = (double)rng_below(r, 9) - 4;
}

static kron_eye_shape shape_of(size_t left, size_t m, size_t n, size_t right) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = left;
  shape.m = m;
  shape.n = n;
  shape.right = right;
  return shape;
}

/* y = K x in one call, all rows of W without gaps. */
static void product(const kron_eye_shape *s, const double *w, const double *x, double *y) {
  const size_t ldw = s->op == KRON_EYE_TRANSPOSE ? s->m : s->n;
  assert_int_equal(kron_eye_product_f64(s, w, ldw, 1, 1, x, 0, 0, y, 0), 0);
}

/* y = (A (x) B) x with the Kronecker product formed; A is ma x na, B mb x nb. */
static void formed(size_t ma, size_t na, const double *a, size_t mb, size_t nb, const double *b,
                   const double *x, double *y) {
  for (size_t row = 0; row < ma * mb; row++) {
    y[row] = 0;
    for (size_t column = 0; column < na * nb; column++)
      y[row] += a[row / mb * na + column / nb] * b[row % mb * nb + column % nb] * x[column];
  }
}

static void assert_same(const double *y, const double *expected, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (!(y[i] == expected[i])) fail_msg("[%zu] is %g, not %g", i, y[i], expected[i]);
}

/* LinearMaps.jl#230: a product of two Kronecker maps came out reversed; its test had used equal
 * maps. A (x) B is (A (x) I)(I (x) B) and (I (x) B)(A (x) I), with different identities. */
static void two_factors_in_both_orders(void **state) {
  (void)state;
  rng r = rng_start("two factors");
  size_t cases = 0;
  for (size_t ma = 1; ma <= 4; ma++)
    for (size_t na = 1; na <= 4; na++)
      for (size_t mb = 1; mb <= 4; mb++)
        for (size_t nb = 1; nb <= 4; nb++, cases++) {
          double a[MOST], b[MOST], x[MOST], between[MOST], y[MOST], expected[MOST];
          fill(&r, a, ma * na);
          fill(&r, b, mb * nb);
          fill(&r, x, na * nb);
          formed(ma, na, a, mb, nb, b, x, expected);
          kron_eye_shape first = shape_of(na, mb, nb, 1), second = shape_of(1, ma, na, mb);
          product(&first, b, x, between);
          product(&second, a, between, y);
          assert_same(y, expected, ma * mb);
          first = shape_of(1, ma, na, nb);
          second = shape_of(ma, mb, nb, 1);
          product(&first, a, x, between);
          product(&second, b, between, y);
          assert_same(y, expected, ma * mb);
        }
  check_cases("pairs of factors in both orders", cases, 256);
}

/* pylops#125: [[1,0],[1,1]] (x) I_2 was right only where W was symmetric. */
static void a_triangular_factor(void **state) {
  (void)state;
  const double w[] = {1, 0, 1, 1}, x[] = {2, 3, 5, 7}, expected[] = {2, 3, 7, 10};
  double y[4];
  const kron_eye_shape shape = shape_of(1, 2, 2, 2);
  product(&shape, w, x, y);
  assert_same(y, expected, 4);
}

/* gpytorch#215: wrong unless every factor is square and symmetric. (5 x 3) (x) (2 x 2) and its
 * transpose, against the formed product and by <y, K x> = <K^T y, x>. */
static void a_rectangular_factor_and_its_transpose(void **state) {
  (void)state;
  enum { MA = 5, NA = 3, MB = 2, NB = 2 };
  rng r = rng_start("rectangular factors");
  double a[MA * NA], at[NA * MA], b[] = {1, 2, -3, 0}, bt[] = {1, -3, 2, 0};
  double x[NA * NB], y[MA * MB], between[MOST], kx[MA * MB], ky[NA * NB], expected[MOST];
  fill(&r, a, MA * NA);
  fill(&r, x, NA * NB);
  fill(&r, y, MA * MB);
  for (size_t i = 0; i < MA; i++)
    for (size_t j = 0; j < NA; j++) at[j * MA + i] = a[i * NA + j];
  const kron_eye_shape first = shape_of(NA, MB, NB, 1), second = shape_of(1, MA, NA, MB);
  kron_eye_shape first_adjoint = KRON_EYE_SHAPE_INIT, second_adjoint = KRON_EYE_SHAPE_INIT;
  assert_int_equal(kron_eye_shape_adjoint(&first, &first_adjoint), 0);
  assert_int_equal(kron_eye_shape_adjoint(&second, &second_adjoint), 0);
  product(&first, b, x, between);
  product(&second, a, between, kx);
  formed(MA, NA, a, MB, NB, b, x, expected);
  assert_same(kx, expected, MA * MB);
  product(&second_adjoint, a, y, between);
  product(&first_adjoint, b, between, ky);
  formed(NA, MA, at, NB, MB, bt, y, expected);
  assert_same(ky, expected, NA * NB);
  double left = 0, right = 0;
  for (size_t i = 0; i < MA * MB; i++) left += y[i] * kx[i];
  for (size_t i = 0; i < NA * NB; i++) right += ky[i] * x[i];
  assert_true(left == right && left != 0);
}

/* OpenBLAS#5979 and #5980: a batch of products was wrong below a threshold of m*n*k near 100^3. A W
 * for each block equals a loop of products, on either side of it, by every route. */
static size_t one_w_a_block(const plan_types *t, size_t m, size_t n, size_t right, rng *r) {
  enum { LEFT = 3 };
  const size_t size = element_size(t->y), stride = m * n + 5;
  char *w = malloc(LEFT * stride * size), *x = malloc(LEFT * n * right * size),
       *y = malloc(LEFT * m * right * size), *one = malloc(m * right * size);
  assert_true(w && x && y && one);
  for (size_t i = 0; i < LEFT * stride; i++) element_set(t->y, w, i, (double)rng_below(r, 9) - 4);
  for (size_t i = 0; i < LEFT * n * right; i++)
    element_set(t->x, x, i, (double)rng_below(r, 9) - 4);
  size_t products = 0;
  for (int route = KRON_EYE_ROUTE_AUTO; route <= KRON_EYE_ROUTE_BLAS; route++) {
    kron_eye_options options = KRON_EYE_OPTIONS_INIT;
    options.route = route;
    kron_eye_shape shape = shape_of(LEFT, m, n, right);
    shape.stridew = stride;
    const kron_eye_shape single = shape_of(1, m, n, right);
    kron_eye_plan *all = NULL;
    assert_int_equal(t->create(&all, &shape, w, n, &options), 0);
    for (size_t i = 0; i < LEFT * m * right; i++) element_set(t->y, y, i, NAN);
    assert_int_equal(t->apply(all, 1, 1, x, 0, 0, y, 0), 0);
    kron_eye_plan_destroy(all);
    for (size_t a = 0; a < LEFT; a++, products++) {
      kron_eye_plan *plan = NULL;
      assert_int_equal(t->create(&plan, &single, w + a * stride * size, n, &options), 0);
      assert_int_equal(t->apply(plan, 1, 1, x + a * n * right * size, 0, 0, one, 0), 0);
      kron_eye_plan_destroy(plan);
      for (size_t i = 0; i < m * right; i++)
        assert_true(element_get(t->y, one, i) == element_get(t->y, y, a * m * right + i));
    }
  }
  free(w);
  free(x);
  free(y);
  free(one);
  return products;
}

static void a_w_for_each_block_equals_a_loop(void **state) {
  (void)state;
  rng r = rng_start("a W for each block");
  size_t cases = 0;
  for (size_t t = 0; t < 2; t++) { /* f32 and f64, which have all routes */
    cases += one_w_a_block(&all_plan_types[t], 97, 101, 99, &r);   /* 969,903: below */
    cases += one_w_a_block(&all_plan_types[t], 103, 101, 102, &r); /* 1,061,106: above */
    cases += one_w_a_block(&all_plan_types[t], 3, 2, 5, &r);
    cases += one_w_a_block(&all_plan_types[t], 7, 11, 1, &r);
  }
  check_cases("blocks with a W of their own", cases, 2 * 4 * 3 * 3);
}

/* CLBlast#346 and #578: with one W for all, the second block was lost; a stride of 0 for y was
 * expected to add. One W serves every block; ldy = 0 is argument 8, and y stays. */
static void one_w_for_all_and_no_stride_of_y(void **state) {
  (void)state;
  const double w[] = {1, 2, 3, 4, 5, 6}, x[] = {1, 0, 0, 0, 1, 0}, expected[] = {1, 4, 2, 5};
  double y[] = {-1, -1, -1, -1};
  const kron_eye_shape shape = shape_of(2, 2, 3, 1);
  kron_eye_plan *plan = NULL;
  assert_int_equal(kron_eye_plan_create_f64(&plan, &shape, w, 3, NULL), 0);
  assert_int_equal(kron_eye_apply_f64(plan, 2, 1, x, 0, 1, y, 0), -8);
  assert_int_equal(kron_eye_product_f64(&shape, w, 3, 2, 1, x, 0, 1, y, 0), -10);
  for (size_t i = 0; i < 4; i++) assert_true(y[i] == -1);
  assert_int_equal(kron_eye_apply_f64(plan, 1, 1, x, 0, 0, y, 0), 0);
  kron_eye_plan_destroy(plan);
  assert_same(y, expected, 4);
}

/* scipy#11494: the size of a Kronecker product overflowed its index. Here a size that does not fit
 * is a status. */
static void sizes_that_overflow(void **state) {
  (void)state;
  const float w[] = {2, 3}, x = 1;
  float y = -1;
  size_t cases = 0;
  for (int bits = 31; bits <= 63; bits++, cases++) {
    const size_t half = (size_t)1 << bits;
    const kron_eye_shape shape = shape_of(half, 2, 1, half);
    kron_eye_plan *plan = NULL;
    assert_int_equal(kron_eye_product_f32(&shape, w, 1, 1, 1, &x, 0, 0, &y, 0), -1);
    assert_int_equal(kron_eye_plan_create_f32(&plan, &shape, w, 1, NULL), -2);
    assert_null(plan);
  }
  assert_true(y == -1);
  check_cases("sizes that overflow", cases, 33);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_factors_in_both_orders),
      cmocka_unit_test(a_triangular_factor),
      cmocka_unit_test(a_rectangular_factor_and_its_transpose),
      cmocka_unit_test(a_w_for_each_block_equals_a_loop),
      cmocka_unit_test(one_w_for_all_and_no_stride_of_y),
      cmocka_unit_test(sizes_that_overflow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
