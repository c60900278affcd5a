/* operands.c - one set of numbers, any layout. */
#include "operands.h"

#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Matrices of up to this many elements are formed by the oracle; for larger ones it works block by
 * block. */
enum { KRON_ELEMENTS = 1 << 14 };

static size_t row_x(const operands *o) {
  return o->left * o->n;
}

static size_t row_y(const operands *o) {
  return o->left * o->m;
}

static void *array_create(size_t count, element e) {
  void *array = calloc(count + 1, element_size(e));
  assert_non_null(array);
  return array;
}

/* Whether column j of a block is 0 in this pattern. */
static bool zero_here(zeros_in_x zeros, size_t j, rng *r) {
  switch (zeros) {
  case ZEROS_SCATTERED:
    return rng_below(r, 5) != 0;
  case ZEROS_CLUSTERED:
    return j % 28 < 11 || rng_below(r, 4) == 0;
  default:
    return false;
  }
}

/* A value that is not 0, so that a pattern has exactly the intended zeros. */
static double value(element e, rng *r) {
  return e == ELEMENT_U8 ? (double)(1 + rng_below(r, 255)) : rng_normal(r);
}

operands operands_create(const plan_types *t, size_t batch, size_t left, size_t m, size_t n,
                         zeros_in_x zeros, rng *r) {
  operands o = {t, batch, left, m, n, NULL, NULL, NULL, NULL};
  o.w = array_create(m * n, t->y);
  o.x = array_create(batch * row_x(&o), t->x);
  o.y = array_create(batch * row_y(&o), t->y);
  for (size_t i = 0; i < m * n; i++) element_set(t->y, o.w, i, value(t->y, r));
  for (size_t i = 0; i < batch * row_x(&o); i++)
    element_set(t->x, o.x, i, zero_here(zeros, i % n, r) ? 0 : value(t->x, r));
  for (size_t i = 0; i < batch * row_y(&o); i++) element_set(t->y, o.y, i, value(t->y, r));
  return o;
}

void operands_destroy(operands *o) {
  free(o->w);
  free(o->x);
  free(o->y);
  free(o->kron);
}

kron_eye_plan *operands_plan(const operands *o, size_t pad_w, const kron_eye_options *options) {
  const size_t size = element_size(o->t->y), ldw = o->n + pad_w;
  guarded w = guarded_create(o->m == 0 ? 0 : ((o->m - 1) * ldw + o->n) * size, GUARDED_END);
  memset(w.data, 0xff, w.bytes); /* NaN between the rows */
  for (size_t i = 0; i < o->m; i++)
    memcpy((char *)w.data + i * ldw * size, (char *)o->w + i * o->n * size, o->n * size);
  guarded_read_only(&w);
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = o->left;
  shape.m = o->m;
  shape.n = o->n;
  kron_eye_plan *plan = NULL;
  const int status = o->t->create(&plan, &shape, w.data, ldw, options);
  if (status != 0)
    fail_msg("%s left=%zu m=%zu n=%zu: create gives %d", o->t->name, o->left, o->m, o->n, status);
  assert_non_null(plan);
  guarded_destroy(&w);
  return plan;
}

/* `rows` rows of `length` bytes, `stride` apart. All bytes are `filler` before the rows are copied
 * in. */
static guarded laid_out(const void *tight, size_t rows, size_t length, size_t stride,
                        const layout *l, size_t shift, int filler) {
  const size_t slack = l->edge == GUARDED_START ? shift : 0;
  guarded array = guarded_create(rows == 0 ? 0 : slack + (rows - 1) * stride + length, l->edge);
  memset(array.data, filler, array.bytes);
  for (size_t r = 0; r < rows; r++)
    memcpy((char *)array.data + slack + r * stride, (const char *)tight + r * length, length);
  return array;
}

/* Copies the rows out of the layout; every other byte must still be the filler. */
static void *tightened(const guarded *array, size_t slack, size_t rows, size_t length,
                       size_t stride, unsigned char filler) {
  const unsigned char *bytes = array->data;
  char *tight = calloc(rows * length + 1, 1);
  assert_non_null(tight);
  for (size_t b = 0; b < slack && b < array->bytes; b++) assert_int_equal(bytes[b], filler);
  for (size_t r = 0; r < rows; r++) {
    const unsigned char *row = bytes + slack + r * stride;
    memcpy(tight + r * length, row, length);
    for (size_t b = length; b < stride && r + 1 < rows; b++) assert_int_equal(row[b], filler);
  }
  return tight;
}

void *operands_apply(const operands *o, const kron_eye_plan *plan, size_t first, size_t batch,
                     const layout *l, double alpha, double beta) {
  const size_t x_size = element_size(o->t->x), y_size = element_size(o->t->y);
  const size_t x_bytes = row_x(o) * x_size, y_bytes = row_y(o) * y_size;
  const size_t ldx = row_x(o) + l->pad_x, ldy = row_y(o) + l->pad_y;
  const unsigned char filler = beta == 0 ? 0xff : 0xa5; /* NaN, or a canary */
  const size_t x_rows = l->broadcast && batch > 0 ? 1 : batch;

  guarded x = laid_out((char *)o->x + first * x_bytes, x_rows, x_bytes, ldx * x_size, l,
                       l->shift * x_size, 0xff);
  guarded y = laid_out((char *)o->y + first * y_bytes, batch, y_bytes, ldy * y_size, l,
                       l->shift * y_size, filler);
  const size_t x_slack = x.bytes != 0 && l->edge == GUARDED_START ? l->shift * x_size : 0,
               y_slack = y.bytes != 0 && l->edge == GUARDED_START ? l->shift * y_size : 0;
  if (beta == 0) memset(y.data, filler, y.bytes);
  guarded_read_only(&x);
  const int status = o->t->apply(plan, batch, alpha, (char *)x.data + x_slack,
                                 l->broadcast ? 0 : ldx, beta, (char *)y.data + y_slack, ldy);
  if (status != 0)
    fail_msg("%s batch=%zu left=%zu m=%zu n=%zu: apply gives %d", o->t->name, batch, o->left, o->m,
             o->n, status);
  void *result = tightened(&y, y_slack, batch, y_bytes, ldy * y_size, filler);
  guarded_destroy(&x);
  guarded_destroy(&y);
  return result;
}

/* A typed array as double; the caller frees it. */
static double *widened(element e, const void *array, size_t count) {
  double *wide = calloc(count + 1, sizeof *wide);
  assert_non_null(wide);
  for (size_t i = 0; i < count; i++) wide[i] = element_get(e, array, i);
  return wide;
}

long double operands_check(operands *o, size_t first, size_t batch, const layout *l, double alpha,
                           double beta, const void *result) {
  const size_t inputs = row_x(o), outputs = row_y(o);
  double *w = widened(o->t->y, o->w, o->m * o->n);
  double *x = widened(o->t->x, o->x, o->batch * inputs);
  long double *product = calloc(2 * outputs + 1, sizeof *product), *size = product + outputs;
  assert_non_null(product);
  const bool small = inputs * outputs <= KRON_ELEMENTS;
  if (small && o->kron == NULL) o->kron = oracle_kron_identity(o->left, o->m, o->n, w);
  long double worst = 0;
  for (size_t r = 0; r < batch; r++) {
    const double *row = x + (l->broadcast ? first : first + r) * inputs;
    if (small)
      oracle_apply(outputs, inputs, o->kron, row, product, size);
    else
      oracle_blocks(o->left, o->m, o->n, w, row, product, size);
    for (size_t i = 0; i < outputs; i++) {
      const double old = beta == 0 ? 0 : element_get(o->t->y, o->y, (first + r) * outputs + i);
      const double y = element_get(o->t->y, result, r * outputs + i);
      const long double exact = alpha * product[i] + (long double)beta * old;
      const long double bound = oracle_bound(o->t->format, o->n, alpha, size[i], beta, old);
      const long double error = fabsl(y - exact);
      if (!(error <= bound))
        fail_msg("%s batch=%zu left=%zu m=%zu n=%zu alpha=%g beta=%g pads %zu %zu: "
                 "y[%zu,%zu] = %.17g, not %.17Lg: %.3Lg of the bound",
                 o->t->name, batch, o->left, o->m, o->n, alpha, beta, l->pad_x, l->pad_y, r, i, y,
                 exact, error / bound);
      worst = fmaxl(worst, error / bound);
    }
  }
  free(w);
  free(x);
  free(product);
  return worst;
}

long double operands_run(operands *o, size_t pad_w, const kron_eye_options *options,
                         const layout *l, double alpha, double beta) {
  kron_eye_plan *plan = operands_plan(o, pad_w, options);
  void *result = operands_apply(o, plan, 0, o->batch, l, alpha, beta);
  const long double worst = operands_check(o, 0, o->batch, l, alpha, beta, result);
  free(result);
  kron_eye_plan_destroy(plan);
  return worst;
}
