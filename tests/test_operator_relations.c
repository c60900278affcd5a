/*
 * test_operator_relations.c - relations between products with right > 1, whatever their values,
 * stored as they are and transposed, with one W and a W for each block. With normal numbers, bit
 * for bit: W = I gives x; blocks, columns c and outputs may be permuted; right and the outputs may
 * be split; W, or alpha and beta, may be scaled by a power of two; W may be stored the other way.
 * With integers, exactly: inputs may be permuted and split, the same W for each block is one W,
 * products of two operators are the operator of the product, products along different axes commute,
 * <y, K x> = <K^T y, x>.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "rearrange.h"

enum { SHAPES = 200 };

/* One product. Everything is tight; Ws lie one after another. */
typedef struct numbers {
  const plan_types *t;
  kron_eye_shape shape;
  size_t batch, row_x, row_y, ws;
  char *w, *x, *old;
} numbers;

static void sizes(numbers *o) {
  o->row_x = o->shape.left * o->shape.n * o->shape.right;
  o->row_y = o->shape.left * o->shape.m * o->shape.right;
  o->ws = o->shape.stridew == 0 ? 1 : o->shape.left;
}

/* Random numbers for a shape; stridew says only whether each block has its own W. */
static numbers numbers_of(const plan_types *t, kron_eye_shape shape, size_t batch, bool integers,
                          rng *r) {
  numbers o = {.t = t, .shape = shape, .batch = batch};
  if (shape.stridew != 0) o.shape.stridew = shape.m * shape.n;
  sizes(&o);
  o.w = drawn(t->y, o.ws * shape.m * shape.n, integers, r);
  o.x = drawn(t->x, batch * o.row_x, integers, r);
  o.old = drawn(t->y, batch * o.row_y, integers, r);
  return o;
}

static kron_eye_shape shape_draw(rng *r) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = 1 + rng_below(r, 4);
  shape.m = 1 + rng_below(r, rng_below(r, 4) ? 14 : 60);
  shape.n = 1 + rng_below(r, rng_below(r, 4) ? 12 : 50);
  shape.right = 2 + rng_below(r, rng_below(r, 2) ? 16 : 50);
  shape.op = (int)rng_below(r, 2);
  shape.stridew = rng_below(r, 3) == 0;
  return shape;
}

static numbers numbers_draw(size_t k, bool integers, rng *r) {
  const kron_eye_shape shape = shape_draw(r);
  return numbers_of(&all_plan_types[k % PLAN_TYPES], shape, 1 + rng_below(r, 3), integers, r);
}

static void numbers_destroy(numbers *o) {
  free(o->w);
  free(o->x);
  free(o->old);
}

static size_t ldw_of(const kron_eye_shape *shape) {
  return shape->op == KRON_EYE_TRANSPOSE ? shape->m : shape->n;
}

/* y = alpha K x + beta old by the kernels, for the caller to free. */
static char *product(const numbers *o, double alpha, double beta) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  kron_eye_plan *plan = NULL;
  assert_int_equal(o->t->create(&plan, &o->shape, o->w, ldw_of(&o->shape), &options), 0);
  char *y = elements(o->t->y, o->batch * o->row_y);
  memcpy(y, o->old, o->batch * o->row_y * element_size(o->t->y));
  assert_int_equal(o->t->apply(plan, o->batch, alpha, o->x, o->row_x, beta, y, o->row_y), 0);
  kron_eye_plan_destroy(plan);
  return y;
}

/* The same elements, bit for bit; frees both. */
static void expect_same(const numbers *o, char *got, char *expected, const char *what) {
  if (memcmp(got, expected, o->batch * o->row_y * element_size(o->t->y)) != 0)
    fail_msg("%s: %s left=%zu m=%zu n=%zu right=%zu op=%d stridew=%zu batch=%zu", what, o->t->name,
             o->shape.left, o->shape.m, o->shape.n, o->shape.right, o->shape.op, o->shape.stridew,
             o->batch);
  free(got);
  free(expected);
}

/* ------------------------------------------------------------------ parts and permutations */

static box box_x(const numbers *o) {
  return (box){o->batch * o->shape.left, o->shape.n, o->shape.right};
}
static box box_y(const numbers *o) {
  return (box){o->batch * o->shape.left, o->shape.m, o->shape.right};
}

/* The product of rearranged arrays is the rearranged product. */
static void expect_moved(const numbers *o, numbers *other, moves of_x, moves of_y,
                         const char *what) {
  char *whole = product(o, -1.5, 0.5);
  other->x = rearranged(o->t->x, o->x, box_x(o), box_x(other), of_x);
  other->old = rearranged(o->t->y, o->old, box_y(o), box_y(other), of_y);
  expect_same(other, product(other, -1.5, 0.5),
              rearranged(o->t->y, whole, box_y(o), box_y(other), of_y), what);
  free(whole);
  free(other->x);
  free(other->old);
}

/* W with its outputs or inputs rearranged, in the shape of `to`. */
static char *w_moved(const numbers *o, const kron_eye_shape *to, const size_t *outputs,
                     const size_t *inputs) {
  const size_t size = element_size(o->t->y);
  char *w = elements(o->t->y, o->ws * to->m * to->n);
  for (size_t a = 0; a < o->ws; a++)
    for (size_t i = 0; i < to->m; i++)
      for (size_t j = 0; j < to->n; j++)
        memcpy(w + at_w(to, a, i, j) * size,
               o->w + at_w(&o->shape, a, moved(outputs, i), moved(inputs, j)) * size, size);
  return w;
}

static void blocks_may_be_permuted(void **state) {
  (void)state;
  rng r = rng_start("permuted blocks");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, false, &r), other = o;
    size_t order[PERMUTED_MOST], of_w[PERMUTED_MOST];
    permutation(order, o.batch * o.shape.left, &r);
    if (o.ws > 1) { /* each W stays with its blocks: the same order in each row */
      permutation(of_w, o.shape.left, &r);
      for (size_t b = 0; b < o.batch * o.shape.left; b++)
        order[b] = b / o.shape.left * o.shape.left + of_w[b % o.shape.left];
      const box ws = {o.ws, o.shape.m, o.shape.n};
      other.w = rearranged(o.t->y, o.w, ws, ws, (moves){of_w, NULL, NULL});
    }
    const moves move = {order, NULL, NULL};
    expect_moved(&o, &other, move, move, "permuted blocks");
    if (other.w != o.w) free(other.w);
    numbers_destroy(&o);
  }
  check_cases("permuted blocks", SHAPES, SHAPES);
}

static void columns_and_outputs_may_be_permuted(void **state) {
  (void)state;
  rng r = rng_start("permuted columns");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, false, &r), other = o;
    size_t columns[PERMUTED_MOST], outputs[PERMUTED_MOST];
    permutation(columns, o.shape.right, &r);
    permutation(outputs, o.shape.m, &r);
    other.w = w_moved(&o, &o.shape, outputs, NULL);
    expect_moved(&o, &other, (moves){NULL, NULL, columns}, (moves){NULL, outputs, columns},
                 "permuted columns and outputs");
    free(other.w);
    numbers_destroy(&o);
  }
  check_cases("permuted columns and outputs", SHAPES, SHAPES);
}

static void inputs_may_be_permuted(void **state) {
  (void)state;
  rng r = rng_start("permuted inputs");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, true, &r), other = o;
    size_t inputs[PERMUTED_MOST];
    permutation(inputs, o.shape.n, &r);
    other.w = w_moved(&o, &o.shape, NULL, inputs);
    expect_moved(&o, &other, (moves){NULL, inputs, NULL}, (moves){NULL, NULL, NULL},
                 "permuted inputs");
    free(other.w);
    numbers_destroy(&o);
  }
  check_cases("permuted inputs", SHAPES, SHAPES);
}

/* Some c by themselves, at least two; then some outputs by themselves. */
static void right_and_outputs_may_be_split(void **state) {
  (void)state;
  rng r = rng_start("split right");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, false, &r), other = o;
    size_t from[PERMUTED_MOST];
    other.shape.right = 2 + rng_below(&r, o.shape.right - 1);
    size_t first = rng_below(&r, o.shape.right - other.shape.right + 1);
    for (size_t c = 0; c < other.shape.right; c++) from[c] = first + c;
    sizes(&other);
    const moves columns = {NULL, NULL, from};
    expect_moved(&o, &other, columns, columns, "a part of right");
    other = o;
    other.shape.m = 1 + rng_below(&r, o.shape.m);
    if (o.shape.stridew != 0) other.shape.stridew = other.shape.m * o.shape.n;
    first = rng_below(&r, o.shape.m - other.shape.m + 1);
    for (size_t i = 0; i < other.shape.m; i++) from[i] = first + i;
    sizes(&other);
    other.w = w_moved(&o, &other.shape, from, NULL);
    expect_moved(&o, &other, (moves){NULL, NULL, NULL}, (moves){NULL, from, NULL},
                 "a part of the outputs");
    free(other.w);
    numbers_destroy(&o);
  }
  check_cases("parts", 2 * SHAPES, 2 * SHAPES);
}

/* K x = K_1 x_1 + K_2 x_2, the second added to the first. */
static void inputs_may_be_split(void **state) {
  (void)state;
  rng r = rng_start("split inputs");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, true, &r), part = o;
    const size_t cut = rng_below(&r, o.shape.n + 1);
    char *sum = elements(o.t->y, o.batch * o.row_y);
    memcpy(sum, o.old, o.batch * o.row_y * element_size(o.t->y));
    for (int second = 0; second <= 1; second++) {
      size_t from[PERMUTED_MOST];
      part.shape.n = second != 0 ? o.shape.n - cut : cut;
      if (o.shape.stridew != 0) part.shape.stridew = o.shape.m * part.shape.n;
      for (size_t j = 0; j < part.shape.n; j++) from[j] = (second != 0 ? cut : 0) + j;
      sizes(&part);
      part.w = w_moved(&o, &part.shape, NULL, from);
      part.x = rearranged(o.t->x, o.x, box_x(&o), box_x(&part), (moves){NULL, from, NULL});
      part.old = sum;
      sum = product(&part, 2, second != 0 ? 1 : -1);
      free(part.w);
      free(part.x);
      free(part.old);
    }
    expect_same(&o, sum, product(&o, 2, -1), "inputs in two parts");
    numbers_destroy(&o);
  }
  check_cases("split inputs", SHAPES, SHAPES);
}

/* ------------------------------------------------------------------ values */

static void identity_gives_x_back(void **state) {
  (void)state;
  rng r = rng_start("identities");
  for (size_t k = 0; k < SHAPES; k++) {
    kron_eye_shape shape = shape_draw(&r);
    const size_t n = shape.m = shape.n;
    numbers o = numbers_of(&all_plan_types[k % PLAN_TYPES], shape, 2, false, &r);
    for (size_t i = 0; i < o.ws * n * n; i++)
      element_set(o.t->y, o.w, i, i % (n * n) % (n + 1) == 0 ? 1 : 0);
    char *y = product(&o, 1, 0);
    for (size_t i = 0; i < o.batch * o.row_y; i++)
      assert_true(element_get(o.t->y, y, i) == element_get(o.t->x, o.x, i));
    free(y);
    numbers_destroy(&o);
  }
  check_cases("identities", SHAPES, SHAPES);
}

/* (-4 W) x and W (-4 x), with the old y times -4, are -4 times the product. */
static void scaling_scales(void **state) {
  (void)state;
  rng r = rng_start("scaling");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, false, &r);
    const size_t ny = o.batch * o.row_y, nw = o.ws * o.shape.m * o.shape.n;
    char *y = product(&o, 0.75, 0.5);
    scale(o.t->y, y, ny, -4);
    char *expected = elements(o.t->y, ny);
    memcpy(expected, y, ny * element_size(o.t->y));
    scale(o.t->y, o.old, ny, -4);
    expect_same(&o, product(&o, -3, 0.5), y, "alpha scaled");
    scale(o.t->y, o.w, nw, -4);
    expect_same(&o, product(&o, 0.75, 0.5), expected, "W scaled");
    numbers_destroy(&o);
  }
  check_cases("scaled products", 2 * SHAPES, 2 * SHAPES);
}

/* W^T stored and transposed is W stored; one W for all is the same W for each block. */
static void storage_does_not_matter(void **state) {
  (void)state;
  rng r = rng_start("storage");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, false, &r), other = o;
    other.shape.op = KRON_EYE_NO_TRANSPOSE + KRON_EYE_TRANSPOSE - o.shape.op;
    other.w = w_moved(&o, &other.shape, NULL, NULL);
    expect_same(&o, product(&other, 0.75, 1), product(&o, 0.75, 1), "stored the other way");
    free(other.w);
    numbers_destroy(&o);
    o = numbers_draw(k, true, &r);
    o.shape.stridew = 0;
    sizes(&o);
    other = o;
    other.shape.stridew = o.shape.m * o.shape.n;
    sizes(&other);
    other.w = elements(o.t->y, other.ws * o.shape.m * o.shape.n);
    for (size_t i = 0; i < other.ws * o.shape.m * o.shape.n; i++)
      element_set(o.t->y, other.w, i, element_get(o.t->y, o.w, i % (o.shape.m * o.shape.n)));
    expect_same(&o, product(&other, -1, 2), product(&o, -1, 2), "a W for each block");
    free(other.w);
    numbers_destroy(&o);
  }
  check_cases("products stored twice", 2 * SHAPES, 2 * SHAPES);
}

/* Rows of a batch are blocks of a longer row, where there is one W. */
static void rows_are_blocks(void **state) {
  (void)state;
  rng r = rng_start("rows as blocks");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, false, &r);
    o.shape.stridew = 0;
    numbers one = o;
    one.batch = 1;
    one.shape.left *= o.batch;
    sizes(&one);
    expect_same(&one, product(&one, 1, -1), product(&o, 1, -1), "rows as blocks");
    numbers_destroy(&o);
  }
  check_cases("rows as blocks", SHAPES, SHAPES);
}

/* ------------------------------------------------------------------ several operators */

/* Types whose x and y are the same, so that products can follow one another. */
static const plan_types *pure(size_t k) {
  return &all_plan_types[k % 2];
}

/* The product by the next operator of what this one gave; frees `x`. */
static char *then(const plan_types *t, const kron_eye_shape *shape, char *w, char *x) {
  numbers o = {.t = t, .shape = *shape, .batch = 1, .w = w, .x = x};
  sizes(&o);
  o.old = elements(t->y, o.row_y);
  char *y = product(&o, 1, 0);
  free(o.old);
  free(x);
  return y;
}

/* (I (x) A (x) I) (I (x) B (x) I) is I (x) A B (x) I, each with its own op. */
static void products_compose(void **state) {
  (void)state;
  rng r = rng_start("composition");
  for (size_t k = 0; k < SHAPES; k++) {
    kron_eye_shape inner = shape_draw(&r), outer = inner, whole = inner;
    inner.stridew = outer.stridew = whole.stridew = 0;
    outer.n = inner.m;
    outer.m = whole.m = 1 + rng_below(&r, 20);
    outer.op = (int)rng_below(&r, 2);
    numbers a = numbers_of(pure(k), outer, 1, true, &r), b = numbers_of(a.t, inner, 1, true, &r),
            ab = numbers_of(a.t, whole, 1, true, &r);
    for (size_t i = 0; i < whole.m; i++)
      for (size_t j = 0; j < whole.n; j++) {
        double sum = 0;
        for (size_t l = 0; l < outer.n; l++)
          sum += element_get(b.t->y, a.w, at_w(&outer, 0, i, l)) *
                 element_get(b.t->y, b.w, at_w(&b.shape, 0, l, j));
        element_set(b.t->y, ab.w, at_w(&whole, 0, i, j), sum);
      }
    memcpy(ab.x, b.x, b.row_x * element_size(b.t->x));
    expect_same(&ab, then(b.t, &outer, a.w, product(&b, 1, 0)), product(&ab, 1, 0), "composed");
    numbers_destroy(&a);
    numbers_destroy(&b);
    numbers_destroy(&ab);
  }
  check_cases("compositions", SHAPES, SHAPES);
}

/* Along the second axis of four and then along the third, or the other way round. */
static void axes_commute(void **state) {
  (void)state;
  rng r = rng_start("axes");
  for (size_t k = 0; k < SHAPES; k++) {
    const plan_types *t = pure(k);
    const size_t left = 1 + rng_below(&r, 3), right = 1 + rng_below(&r, 9);
    kron_eye_shape second = KRON_EYE_SHAPE_INIT, third = KRON_EYE_SHAPE_INIT;
    second.m = 1 + rng_below(&r, 12);
    second.n = 1 + rng_below(&r, 12);
    third.m = 1 + rng_below(&r, 12);
    third.n = 1 + rng_below(&r, 12);
    second.op = (int)rng_below(&r, 2);
    third.op = (int)rng_below(&r, 2);
    char *a = drawn(t->y, second.m * second.n, true, &r),
         *b = drawn(t->y, third.m * third.n, true, &r);
    const size_t count = left * second.n * third.n * right;
    char *x = drawn(t->x, count, true, &r), *copy = elements(t->x, count);
    memcpy(copy, x, count * element_size(t->x));
    second.left = left;
    second.right = third.n * right;
    third.left = left * second.m;
    third.right = right;
    char *y = then(t, &third, b, then(t, &second, a, x));
    third.left = left * second.n;
    second.right = third.m * right;
    char *z = then(t, &second, a, then(t, &third, b, copy));
    assert_memory_equal(y, z, left * second.m * third.m * right * element_size(t->y));
    free(a);
    free(b);
    free(y);
    free(z);
  }
  check_cases("orders of axes", SHAPES, SHAPES);
}

/* <y, K x> = <K^T y, x>; and the adjoint of the adjoint is the operator. */
static void adjoint_by_the_dot_test(void **state) {
  (void)state;
  rng r = rng_start("adjoint");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_of(pure(k), shape_draw(&r), 1 + rng_below(&r, 3), true, &r), back = o;
    kron_eye_shape again = KRON_EYE_SHAPE_INIT;
    assert_int_equal(kron_eye_shape_adjoint(&o.shape, &back.shape), 0);
    assert_int_equal(kron_eye_shape_adjoint(&back.shape, &again), 0);
    assert_memory_equal(&again, &o.shape, sizeof again);
    sizes(&back);
    back.x = o.old;
    back.old = o.x;
    char *kx = product(&o, 1, 0), *ky = product(&back, 1, 0);
    double forward = 0, backward = 0;
    for (size_t i = 0; i < o.batch * o.row_y; i++)
      forward += element_get(o.t->y, o.old, i) * element_get(o.t->y, kx, i);
    for (size_t i = 0; i < o.batch * o.row_x; i++)
      backward += element_get(o.t->x, o.x, i) * element_get(o.t->x, ky, i);
    assert_true(forward == backward);
    free(kx);
    free(ky);
    numbers_destroy(&o);
  }
  check_cases("dot tests", SHAPES, SHAPES);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(blocks_may_be_permuted),
      cmocka_unit_test(columns_and_outputs_may_be_permuted),
      cmocka_unit_test(inputs_may_be_permuted),
      cmocka_unit_test(right_and_outputs_may_be_split),
      cmocka_unit_test(inputs_may_be_split),
      cmocka_unit_test(identity_gives_x_back),
      cmocka_unit_test(scaling_scales),
      cmocka_unit_test(storage_does_not_matter),
      cmocka_unit_test(rows_are_blocks),
      cmocka_unit_test(products_compose),
      cmocka_unit_test(axes_commute),
      cmocka_unit_test(adjoint_by_the_dot_test),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
