/*
 * test_operator.c - the whole operator: every combination of left, m, n, right in 0..5, stored as
 * it is and transposed, one W for all blocks and one for each, against the Kronecker product really
 * formed. Then larger, all distinct sizes around the widths of vectors and tiles, both routes, the
 * one-call product, the adjoint by the dot test, and sparse x. Integers, so that every order of
 * additions gives the exact result; rows padded, broadcast, in arrays that end at an inaccessible
 * page; y is NaN before where beta = 0.
 */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "guarded.h"
#include "random.h"
#include "types.h"

typedef struct problem {
  const plan_types *t;
  kron_eye_shape shape;
  size_t ldw, batch, ldx, ldy;
  double alpha, beta;
  guarded w, x, y;
  double *expected; /* as y lies */
} problem;

static size_t stored_rows(const problem *p) {
  return p->shape.op == KRON_EYE_TRANSPOSE ? p->shape.n : p->shape.m;
}
static size_t stored_columns(const problem *p) {
  return p->shape.op == KRON_EYE_TRANSPOSE ? p->shape.m : p->shape.n;
}
static size_t row_x(const problem *p) {
  return p->shape.left * p->shape.n * p->shape.right;
}
static size_t row_y(const problem *p) {
  return p->shape.left * p->shape.m * p->shape.right;
}
static size_t extent(size_t rows, size_t stride, size_t length) {
  return rows == 0 || length == 0 ? 0 : (rows - 1) * stride + length;
}

/* op(W_a)[i,j] as the header has it. */
static double w_at(const problem *p, size_t a, size_t i, size_t j) {
  const size_t row = p->shape.op == KRON_EYE_TRANSPOSE ? j : i,
               column = p->shape.op == KRON_EYE_TRANSPOSE ? i : j;
  return element_get(p->t->y, p->w.data, a * p->shape.stridew + row * p->ldw + column);
}

/* The operator formed: a row for each output of a row of y. */
static double *formed(const problem *p) {
  const kron_eye_shape *s = &p->shape;
  double *kron = calloc(row_y(p) * row_x(p) + 1, sizeof *kron);
  assert_non_null(kron);
  for (size_t a = 0; a < s->left; a++)
    for (size_t i = 0; i < s->m; i++)
      for (size_t j = 0; j < s->n; j++)
        for (size_t c = 0; c < s->right; c++)
          kron[((a * s->m + i) * s->right + c) * row_x(p) + (a * s->n + j) * s->right + c] =
              w_at(p, a, i, j);
  return kron;
}

static guarded numbers(element e, size_t count, rng *r) {
  guarded g = guarded_create(count * element_size(e), GUARDED_END);
  for (size_t i = 0; i < count; i++) {
    const double v = (double)rng_below(r, 9) - (e == ELEMENT_U8 ? 0 : 4);
    element_set(e, g.data, i, rng_below(r, 3) == 0 ? 0 : v);
  }
  return g;
}

static problem problem_create(const plan_types *t, const kron_eye_shape *shape, size_t batch,
                              rng *r) {
  static const double factors[] = {1, -1, 0.5, 0};
  problem p = {.t = t, .shape = *shape, .batch = batch};
  p.alpha = factors[rng_below(r, 8) == 0 ? 3 : rng_below(r, 3)];
  p.beta = factors[rng_below(r, 4)];
  p.ldw = stored_columns(&p) + rng_below(r, 2);
  p.ldx = rng_below(r, 6) == 0 ? 0 : row_x(&p) + rng_below(r, 3);
  p.ldy = row_y(&p) + rng_below(r, 3);
  const size_t one_w = extent(stored_rows(&p), p.ldw, stored_columns(&p));
  if (shape->stridew != 0) p.shape.stridew = one_w + rng_below(r, 3) + (one_w == 0);
  const size_t blocks = p.shape.stridew == 0 ? 1 : p.shape.left;
  p.w = numbers(t->y, one_w == 0 ? 0 : extent(blocks, p.shape.stridew, one_w), r);
  p.x = numbers(t->x, extent(p.ldx == 0 && batch > 0 ? 1 : batch, p.ldx, row_x(&p)), r);
  p.y = numbers(t->y, extent(batch, p.ldy, row_y(&p)), r);
  guarded_read_only(&p.w);
  guarded_read_only(&p.x);
  return p;
}

/* What y has to be, and y itself made ready: gaps as they are, NaN where it is not read. */
static void expect(problem *p) {
  double *kron = formed(p);
  const size_t count = extent(p->batch, p->ldy, row_y(p));
  p->expected = calloc(count + 1, sizeof *p->expected);
  assert_non_null(p->expected);
  for (size_t i = 0; i < count; i++) p->expected[i] = element_get(p->t->y, p->y.data, i);
  for (size_t r = 0; r < p->batch; r++)
    for (size_t i = 0; i < row_y(p); i++) {
      double sum = 0, *y = &p->expected[r * p->ldy + i];
      for (size_t j = 0; j < row_x(p); j++) {
        const double k = kron[i * row_x(p) + j];
        if (k != 0) sum += k * element_get(p->t->x, p->x.data, r * p->ldx + j);
      }
      *y = p->alpha * sum + (p->beta == 0 ? 0 : p->beta * *y);
      if (p->beta == 0) element_set(p->t->y, p->y.data, r * p->ldy + i, NAN);
    }
  free(kron);
}

static void check_result(const problem *p, const char *how) {
  const size_t count = extent(p->batch, p->ldy, row_y(p));
  for (size_t i = 0; i < count; i++) {
    const double y = element_get(p->t->y, p->y.data, i);
    if (!(y == p->expected[i]))
      fail_msg("%s %s: left=%zu m=%zu n=%zu right=%zu op=%d stridew=%zu batch=%zu ldx=%zu alpha=%g "
               "beta=%g: y[%zu] is %g, not %g",
               p->t->name, how, p->shape.left, p->shape.m, p->shape.n, p->shape.right, p->shape.op,
               p->shape.stridew, p->batch, p->ldx, p->alpha, p->beta, i, y, p->expected[i]);
  }
}

static void problem_destroy(problem *p) {
  guarded_destroy(&p->w);
  guarded_destroy(&p->x);
  guarded_destroy(&p->y);
  free(p->expected);
}

static void run_plan(problem *p, int route, int zeros) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = route;
  options.zeros = zeros;
  kron_eye_plan *plan = NULL;
  expect(p);
  assert_int_equal(p->t->create(&plan, &p->shape, p->w.data, p->ldw, &options), 0);
  assert_int_equal(
      p->t->apply(plan, p->batch, p->alpha, p->x.data, p->ldx, p->beta, p->y.data, p->ldy), 0);
  kron_eye_plan_destroy(plan);
  check_result(p, route == KRON_EYE_ROUTE_BLAS ? "BLAS" : "kernels");
}

static void run_product(problem *p) {
  expect(p);
  const int status =
      p->t->y == ELEMENT_F32
          ? kron_eye_product_f32(&p->shape, p->w.data, p->ldw, p->batch, (float)p->alpha, p->x.data,
                                 p->ldx, (float)p->beta, p->y.data, p->ldy)
          : kron_eye_product_f64(&p->shape, p->w.data, p->ldw, p->batch, p->alpha, p->x.data,
                                 p->ldx, p->beta, p->y.data, p->ldy);
  assert_int_equal(status, 0);
  check_result(p, "product");
}

static kron_eye_shape shape_of(size_t left, size_t m, size_t n, size_t right, int op, bool own_w) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = left;
  shape.m = m;
  shape.n = n;
  shape.right = right;
  shape.op = op;
  shape.stridew = own_w;
  return shape;
}

/* One shape by every way there is for its types; the number of products. */
static size_t every_way(const plan_types *t, const kron_eye_shape *shape, rng *r) {
  const bool pure = t->x == t->y;
  size_t products = 0;
  for (int way = 0; way < 3; way++) {
    if (way > 0 && !pure) continue;
    problem p = problem_create(t, shape, 1 + rng_below(r, 3) * rng_below(r, 2), r);
    if (way == 2)
      run_product(&p);
    else
      run_plan(&p, way == 0 ? KRON_EYE_ROUTE_KERNEL : KRON_EYE_ROUTE_BLAS, (int)rng_below(r, 3));
    problem_destroy(&p);
    products++;
  }
  return products;
}

static void every_small_shape(void **state) {
  (void)state;
  enum { MOST = 5, ALL = (MOST + 1) * (MOST + 1) * (MOST + 1) * (MOST + 1) };
  rng r = rng_start("small shapes");
  size_t cases = 0;
  for (size_t left = 0; left <= MOST; left++)
    for (size_t m = 0; m <= MOST; m++)
      for (size_t n = 0; n <= MOST; n++)
        for (size_t right = 0; right <= MOST; right++)
          for (int op = KRON_EYE_NO_TRANSPOSE; op <= KRON_EYE_TRANSPOSE; op++)
            for (int own = 0; own <= 1; own++)
              for (size_t t = 0; t < PLAN_TYPES; t++) {
                const kron_eye_shape shape = shape_of(left, m, n, right, op, own != 0);
                cases += every_way(&all_plan_types[t], &shape, &r);
              }
  check_cases("products of small shapes", cases, (size_t)ALL * 2 * 2 * (3 + 3 + 1 + 1));
}

/* Around the widths of vectors, tiles and panels of every instruction set. */
static void larger_shapes(void **state) {
  (void)state;
  enum { SHAPES = 1500 };
  rng r = rng_start("larger shapes");
  size_t cases = 0, expected = 0;
  for (size_t s = 0; s < SHAPES; s++) {
    const kron_eye_shape shape =
        shape_of(1 + rng_below(&r, 4), 1 + rng_below(&r, rng_below(&r, 4) ? 20 : 140),
                 1 + rng_below(&r, rng_below(&r, 4) ? 12 : 90),
                 1 + rng_below(&r, rng_below(&r, 3) ? 20 : 110), (int)rng_below(&r, 2),
                 rng_below(&r, 3) == 0);
    const plan_types *t = &all_plan_types[rng_below(&r, PLAN_TYPES)];
    if (shape.left * shape.m * shape.right * shape.left * shape.n * shape.right > 4000000) {
      continue; /* too large to form */
    }
    expected += t->x == t->y ? 3 : 1;
    cases += every_way(t, &shape, &r);
  }
  assert_in_range(cases, SHAPES, 3 * SHAPES);
  check_cases("products of larger shapes", cases, expected);
}

/* <y, K x> = <K^T y, x>, exactly, with the shape that kron_eye_shape_adjoint() gives. */
static void adjoint_by_the_dot_test(void **state) {
  (void)state;
  enum { SHAPES = 400 };
  rng r = rng_start("adjoint");
  const plan_types *t = &all_plan_types[1]; /* f64 */
  for (size_t s = 0; s < SHAPES; s++) {
    const kron_eye_shape shape =
        shape_of(1 + rng_below(&r, 4), 1 + rng_below(&r, 9), 1 + rng_below(&r, 9),
                 1 + rng_below(&r, 9), (int)rng_below(&r, 2), rng_below(&r, 2) == 0);
    problem p = problem_create(t, &shape, 1, &r);
    const size_t ny = row_y(&p), nx = row_x(&p);
    double *kx = calloc(ny, sizeof *kx), *ky = calloc(nx, sizeof *ky), left = 0, right = 0;
    assert_non_null(kx);
    assert_non_null(ky);
    kron_eye_shape adjoint = KRON_EYE_SHAPE_INIT;
    assert_int_equal(kron_eye_shape_adjoint(&p.shape, &adjoint), 0);
    assert_int_equal(kron_eye_product_f64(&p.shape, p.w.data, p.ldw, 1, 1, p.x.data, nx, 0, kx, ny),
                     0);
    assert_int_equal(kron_eye_product_f64(&adjoint, p.w.data, p.ldw, 1, 1, p.y.data, ny, 0, ky, nx),
                     0);
    for (size_t i = 0; i < ny; i++) left += ((const double *)p.y.data)[i] * kx[i];
    for (size_t i = 0; i < nx; i++) right += ((const double *)p.x.data)[i] * ky[i];
    assert_true(left == right);
    assert_true(left != 0 || s > 0);
    free(kx);
    free(ky);
    problem_destroy(&p);
  }
  check_cases("adjoints", SHAPES, SHAPES);
}

/* A fibre's bits are those of the same fibre at right = 1, where more than four outputs keep the
   family that adds in the same order. */
static void a_fibre_does_not_depend_on_right(void **state) {
  (void)state;
  enum { SHAPES = 200 };
  rng r = rng_start("fibres");
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  size_t fibres = 0;
  for (size_t s = 0; s < SHAPES; s++) {
    const plan_types *t = &all_plan_types[s % PLAN_TYPES];
    const size_t m = 5 + rng_below(&r, 40), n = 1 + rng_below(&r, 60),
                 right = 2 + rng_below(&r, 40);
    const size_t x_size = element_size(t->x), y_size = element_size(t->y);
    char *w = malloc(m * n * y_size), *x = malloc(n * right * x_size), *one = malloc(n * x_size),
         *y = malloc(m * right * y_size), *z = malloc(m * y_size);
    assert_true(w && x && one && y && z);
    for (size_t i = 0; i < m * n; i++) element_set(t->y, w, i, rng_normal(&r));
    for (size_t i = 0; i < n * right; i++)
      element_set(t->x, x, i, t->x == ELEMENT_U8 ? (double)rng_below(&r, 256) : rng_normal(&r));
    const kron_eye_shape wide = shape_of(1, m, n, right, 0, false),
                         narrow = shape_of(1, m, n, 1, 0, false);
    kron_eye_plan *many = NULL, *single = NULL;
    assert_int_equal(t->create(&many, &wide, w, n, &options), 0);
    assert_int_equal(t->create(&single, &narrow, w, n, &options), 0);
    assert_int_equal(t->apply(many, 1, 1, x, 0, 0, y, 0), 0);
    for (size_t c = 0; c < right; c++, fibres++) {
      for (size_t j = 0; j < n; j++) memcpy(one + j * x_size, x + (j * right + c) * x_size, x_size);
      assert_int_equal(t->apply(single, 1, 1, one, 0, 0, z, 0), 0);
      for (size_t i = 0; i < m; i++)
        assert_memory_equal(z + i * y_size, y + (i * right + c) * y_size, y_size);
    }
    kron_eye_plan_destroy(many);
    kron_eye_plan_destroy(single);
    free(w);
    free(x);
    free(one);
    free(y);
    free(z);
  }
  assert_true(fibres > SHAPES);
  printf("# %zu cases: fibres\n", fibres);
}

/* [[1,0],[1,1]] (x) I_2 on (x0, x1, x2, x3) is (x0, x1, x0+x2, x1+x3): a library that had the
   factors the other way round would be right for symmetric ones. */
static void the_factors_are_not_reversed(void **state) {
  (void)state;
  const double w[] = {1, 0, 1, 1}, x[] = {2, 3, 5, 7};
  double y[4] = {0};
  const kron_eye_shape shape = shape_of(1, 2, 2, 2, 0, false);
  assert_int_equal(kron_eye_product_f64(&shape, w, 2, 1, 1, x, 0, 0, y, 0), 0);
  assert_true(y[0] == 2 && y[1] == 3 && y[2] == 2 + 5 && y[3] == 3 + 7);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_small_shape),
      cmocka_unit_test(larger_shapes),
      cmocka_unit_test(adjoint_by_the_dot_test),
      cmocka_unit_test(a_fibre_does_not_depend_on_right),
      cmocka_unit_test(the_factors_are_not_reversed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
