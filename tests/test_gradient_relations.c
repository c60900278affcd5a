/*
 * test_gradient_relations.c - relations between gradients of W, whatever their values. With normal
 * numbers, bit for bit: inputs and outputs may be permuted; x, or alpha and beta, may be scaled by
 * a power of two. With integers, exactly: x and dy may change places, which transposes dW; rows,
 * blocks and columns c may be permuted; rows may be added up in several calls; the dWs of all
 * blocks add up to that of one W. A NaN or infinity stays in its column or row of dW. No
 * floating-point exception that the products and sums do not raise.
 */
#include "check.h"

#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "gradient_types.h"
#include "rearrange.h"

enum { SHAPES = 240, FLAGS = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW };

/* One gradient. Everything is tight; dWs lie one after another. */
typedef struct numbers {
  const gradient_types *t;
  kron_eye_shape shape;
  size_t batch, row_x, row_y, count; /* elements of all dWs */
  char *x, *dy, *old;
} numbers;

static void sizes(numbers *o) {
  o->row_x = o->shape.left * o->shape.n * o->shape.right;
  o->row_y = o->shape.left * o->shape.m * o->shape.right;
  o->count = o->shape.m * o->shape.n * (o->shape.stridew == 0 ? 1 : o->shape.left);
}

static numbers numbers_draw(size_t k, bool integers, rng *r) {
  numbers o = {.t = &all_gradient_types[k % GRADIENT_TYPES], .shape = KRON_EYE_SHAPE_INIT};
  const bool large = rng_below(r, 6) == 0; /* worth threads, and several groups of terms */
  o.batch = 1 + rng_below(r, large ? 300 : 5);
  o.shape.left = 1 + rng_below(r, 4);
  o.shape.m = 1 + rng_below(r, large ? 30 : 14);
  o.shape.n = 1 + rng_below(r, large ? 90 : 20);
  o.shape.right = 1 + rng_below(r, rng_below(r, 2) ? 4 : 40);
  o.shape.op = (int)rng_below(r, 2);
  if (rng_below(r, 3) == 0) o.shape.stridew = o.shape.m * o.shape.n;
  sizes(&o);
  o.x = drawn(o.t->e, o.batch * o.row_x, integers, r);
  o.dy = drawn(o.t->e, o.batch * o.row_y, integers, r);
  o.old = drawn(o.t->e, o.count, integers, r);
  return o;
}

static void numbers_destroy(numbers *o) {
  free(o->x);
  free(o->dy);
  free(o->old);
}

/* dW for the caller to free. */
static char *gradient(const numbers *o, double alpha, double beta) {
  char *dw = elements(o->t->e, o->count);
  memcpy(dw, o->old, o->count * element_size(o->t->e));
  const size_t lddw = o->shape.op == KRON_EYE_TRANSPOSE ? o->shape.m : o->shape.n;
  assert_int_equal(o->t->gradient(&o->shape, o->batch, alpha, o->x, o->row_x, o->dy, o->row_y, beta,
                                  dw, lddw, NULL),
                   0);
  return dw;
}

/* The same elements, bit for bit; frees both. */
static void expect_same(const numbers *o, char *got, char *expected, const char *what) {
  if (memcmp(got, expected, o->count * element_size(o->t->e)) != 0)
    fail_msg("%s: %s left=%zu m=%zu n=%zu right=%zu op=%d stridew=%zu batch=%zu", what, o->t->name,
             o->shape.left, o->shape.m, o->shape.n, o->shape.right, o->shape.op, o->shape.stridew,
             o->batch);
  free(got);
  free(expected);
}

/* rows x middle x right elements, the middle ones or the last ones in another order. */
static char *in_order(element e, const char *from, size_t rows, size_t middle, size_t right,
                      const size_t *of_middle, const size_t *of_right) {
  const box all = {rows, middle, right};
  return rearranged(e, from, all, all, (moves){NULL, of_middle, of_right});
}

/* ------------------------------------------------------------------ bits */

static void inputs_and_outputs_may_be_permuted(void **state) {
  (void)state;
  rng r = rng_start("permuted inputs and outputs");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, false, &r), other = o;
    const kron_eye_shape *s = &o.shape;
    size_t inputs[PERMUTED_MOST], outputs[PERMUTED_MOST];
    permutation(inputs, s->n, &r);
    permutation(outputs, s->m, &r);
    other.x = in_order(o.t->e, o.x, o.batch * s->left, s->n, s->right, inputs, NULL);
    other.dy = in_order(o.t->e, o.dy, o.batch * s->left, s->m, s->right, outputs, NULL);
    char *dw = gradient(&o, 1, 0), *expected = elements(o.t->e, o.count);
    for (size_t a = 0; a < o.count / (s->m * s->n); a++)
      for (size_t i = 0; i < s->m; i++)
        for (size_t j = 0; j < s->n; j++)
          element_set(o.t->e, expected, at_w(s, a, i, j),
                      element_get(o.t->e, dw, at_w(s, a, outputs[i], inputs[j])));
    expect_same(&o, gradient(&other, 1, 0), expected, "permuted inputs and outputs");
    free(dw);
    free(other.x);
    free(other.dy);
    numbers_destroy(&o);
  }
  check_cases("permuted inputs and outputs", SHAPES, SHAPES);
}

static void scaling_scales(void **state) {
  (void)state;
  rng r = rng_start("scaling");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, false, &r);
    char *expected = gradient(&o, 0.75, 0.5), *again;
    scale(o.t->e, expected, o.count, -4);
    again = elements(o.t->e, o.count);
    memcpy(again, expected, o.count * element_size(o.t->e));
    scale(o.t->e, o.old, o.count, -4);
    expect_same(&o, gradient(&o, -3, 0.5), expected, "alpha scaled");
    scale(o.t->e, o.x, o.batch * o.row_x, -4);
    expect_same(&o, gradient(&o, 0.75, 0.5), again, "x scaled");
    numbers_destroy(&o);
  }
  check_cases("scaled gradients", 2 * SHAPES, 2 * SHAPES);
}

/* ------------------------------------------------------------------ sums */

/* dW of x and dy by a shape, and of dy and x by its adjoint, are stored alike. */
static void x_and_dy_may_change_places(void **state) {
  (void)state;
  rng r = rng_start("places");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, true, &r), other = o;
    assert_int_equal(kron_eye_shape_adjoint(&o.shape, &other.shape), 0);
    other.x = o.dy;
    other.dy = o.x;
    sizes(&other);
    expect_same(&o, gradient(&other, -1, 2), gradient(&o, -1, 2), "x and dy changed places");
    numbers_destroy(&o);
  }
  check_cases("changed places", SHAPES, SHAPES);
}

/* Columns in another order, the rows in two calls; then each block's dW, added up. */
static void terms_may_be_permuted_and_split(void **state) {
  (void)state;
  rng r = rng_start("terms");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, true, &r), other = o;
    const size_t size = element_size(o.t->e), cut = rng_below(&r, o.batch + 1);
    const size_t blocks = o.batch * o.shape.left;
    size_t columns[PERMUTED_MOST];
    permutation(columns, o.shape.right, &r);
    char *x = in_order(o.t->e, o.x, blocks, o.shape.n, o.shape.right, NULL, columns);
    char *dy = in_order(o.t->e, o.dy, blocks, o.shape.m, o.shape.right, NULL, columns);
    other.x = x + cut * o.row_x * size;
    other.dy = dy + cut * o.row_y * size;
    other.batch = o.batch - cut;
    other.old = gradient(&other, 2, -1);
    other.x = x;
    other.dy = dy;
    other.batch = cut;
    expect_same(&o, gradient(&other, 2, 1), gradient(&o, 2, -1), "terms in two calls");
    free(other.old);
    free(x);
    free(dy);
    numbers_destroy(&o);
  }
  check_cases("terms", SHAPES, SHAPES);
}

static void blocks_add_up(void **state) {
  (void)state;
  rng r = rng_start("blocks");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, true, &r), one = o;
    const size_t of_one = o.shape.m * o.shape.n;
    o.shape.stridew = of_one;
    one.shape.stridew = 0;
    sizes(&o);
    sizes(&one);
    free(o.old);
    o.old = elements(o.t->e, o.count);
    one.old = elements(o.t->e, of_one);
    char *each = gradient(&o, 1, 0), *sum = elements(o.t->e, of_one);
    for (size_t i = 0; i < o.count; i++)
      element_set(o.t->e, sum, i % of_one,
                  element_get(o.t->e, sum, i % of_one) + element_get(o.t->e, each, i));
    char *whole = gradient(&one, 1, 0);
    for (size_t i = 0; i < of_one; i++)
      assert_true(element_get(o.t->e, whole, i) == element_get(o.t->e, sum, i));
    free(each);
    free(sum);
    free(whole);
    free(one.old);
    numbers_destroy(&o);
  }
  check_cases("blocks", SHAPES, SHAPES);
}

/* ------------------------------------------------------------------ special values */

/* One element of x that is no number changes its column of its block's dW and nothing else; one of
   dy its row. */
static void poison_stays_in_its_place(void **state) {
  (void)state;
  rng r = rng_start("poison");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, false, &r);
    const kron_eye_shape *s = &o.shape;
    char *clean = gradient(&o, 1, -1);
    const bool in_x = rng_below(&r, 2) != 0;
    const size_t at = rng_below(&r, o.batch * (in_x ? o.row_x : o.row_y));
    element_set(o.t->e, in_x ? o.x : o.dy, at, rng_below(&r, 2) ? (double)NAN : (double)INFINITY);
    const size_t middle = in_x ? s->n : s->m, block = at / s->right / middle % s->left;
    char *dw = gradient(&o, 1, -1);
    for (size_t a = 0; a < o.count / (s->m * s->n); a++)
      for (size_t i = 0; i < s->m; i++)
        for (size_t j = 0; j < s->n; j++) {
          const bool hit =
              (in_x ? j : i) == at / s->right % middle && (s->stridew == 0 || a == block);
          const double v = element_get(o.t->e, dw, at_w(s, a, i, j));
          assert_true(hit ? !isfinite(v) : v == element_get(o.t->e, clean, at_w(s, a, i, j)));
        }
    free(clean);
    free(dw);
    numbers_destroy(&o);
  }
  check_cases("poisons", SHAPES, SHAPES);
}

/* Numbers raise nothing, nor does one infinity, as no dy or x that it meets is zero; and nothing
   overflows but what has to. Zeros of x may be skipped or not. */
static void no_exception_of_its_own(void **state) {
  (void)state;
  rng r = rng_start("exceptions");
  for (size_t k = 0; k < SHAPES; k++) {
    numbers o = numbers_draw(k, false, &r);
    for (size_t i = 0; k % 3 == 0 && i < o.batch * o.row_x; i++)
      if (rng_below(&r, 3) != 0) element_set(o.t->e, o.x, i, 0);
    if (k % 3 == 1) element_set(o.t->e, o.x, rng_below(&r, o.batch * o.row_x), INFINITY);
    if (k % 3 == 2) { /* the largest number there is, times at most 1 */
      const double most = o.t->e == ELEMENT_F32 ? (double)FLT_MAX : DBL_MAX;
      scale(o.t->e, o.x, o.batch * o.row_x, 0);
      scale(o.t->e, o.old, o.count, 0);
      const size_t at = rng_below(&r, o.row_x), c = at % o.shape.right;
      const size_t a = at / o.shape.right / o.shape.n;
      element_set(o.t->e, o.x, at, most);
      for (size_t i = 0; i < o.shape.m; i++)
        element_set(o.t->e, o.dy, (a * o.shape.m + i) * o.shape.right + c, i % 2 ? -1 : 1);
    }
    feclearexcept(FLAGS);
    char *dw = gradient(&o, 1, k % 2 ? 0 : 0.5);
    if (fetestexcept(FLAGS))
      fail_msg("%s left=%zu m=%zu n=%zu right=%zu batch=%zu raises %x", o.t->name, o.shape.left,
               o.shape.m, o.shape.n, o.shape.right, o.batch, fetestexcept(FLAGS));
    free(dw);
    numbers_destroy(&o);
  }
  check_cases("gradients", SHAPES, SHAPES);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(inputs_and_outputs_may_be_permuted),
      cmocka_unit_test(scaling_scales),
      cmocka_unit_test(x_and_dy_may_change_places),
      cmocka_unit_test(terms_may_be_permuted_and_split),
      cmocka_unit_test(blocks_add_up),
      cmocka_unit_test(poison_stays_in_its_place),
      cmocka_unit_test(no_exception_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
