/* chains.c - one chain's numbers, any layout. */
#include "chains.h"

#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int create_f32(kron_eye_chain **out, size_t count, const kron_eye_factor *factors,
                      const kron_eye_options *options) {
  return kron_eye_chain_create_f32(out, count, factors, options);
}

static int create_f64(kron_eye_chain **out, size_t count, const kron_eye_factor *factors,
                      const kron_eye_options *options) {
  return kron_eye_chain_create_f64(out, count, factors, options);
}

static int apply_f32(const kron_eye_chain *chain, size_t batch, double alpha, const void *x,
                     size_t ldx, double beta, void *y, size_t ldy, void *workspace, size_t bytes) {
  return kron_eye_chain_apply_f32(chain, batch, (float)alpha, x, ldx, (float)beta, y, ldy,
                                  workspace, bytes);
}

static int apply_f64(const kron_eye_chain *chain, size_t batch, double alpha, const void *x,
                     size_t ldx, double beta, void *y, size_t ldy, void *workspace, size_t bytes) {
  return kron_eye_chain_apply_f64(chain, batch, alpha, x, ldx, beta, y, ldy, workspace, bytes);
}

const chain_types all_chain_types[CHAIN_TYPES] = {
    {"f32", ELEMENT_F32, &oracle_float, create_f32, apply_f32},
    {"f64", ELEMENT_F64, &oracle_double, create_f64, apply_f64},
};

static double value(const chain_numbers *c, rng *r, size_t most) {
  if (c->integers) return (double)rng_below(r, 2 * most + 1) - (double)most;
  const double v = rng_normal(r);
  return c->t->e == ELEMENT_F32 ? (double)(float)v : v;
}

chain_numbers chain_numbers_create(const chain_types *t, size_t count, const factor_spec *specs,
                                   bool integers, rng *r) {
  chain_numbers c = {.t = t, .count = count, .m = 1, .n = 1, .integers = integers};
  assert_in_range(count, 0, MOST_FACTORS);
  for (size_t f = 0; f < count; f++) {
    const factor_spec *s = c.specs + f;
    c.specs[f] = specs[f];
    c.w[f] = calloc(s->m * s->n + 1, sizeof(double));
    assert_non_null(c.w[f]);
    for (size_t i = 0; i < s->m * s->n; i++)
      c.w[f][i] = s->identity ? i % (s->n + 1) == 0 : value(&c, r, 2);
    c.m *= s->m;
    c.n *= s->n;
  }
  return c;
}

void chain_numbers_destroy(chain_numbers *c) {
  for (size_t f = 0; f < c->count; f++) free(c->w[f]);
}

double *chain_values(const chain_numbers *c, size_t count, rng *r) {
  double *values = calloc(count + 1, sizeof *values);
  assert_non_null(values);
  for (size_t i = 0; i < count; i++) values[i] = value(c, r, 3);
  return values;
}

/* W of one factor as stored. */
static guarded stored(const chain_numbers *c, size_t f, size_t ldw) {
  const factor_spec *s = &c->specs[f];
  const bool transposed = s->op == KRON_EYE_TRANSPOSE;
  const size_t rows = transposed ? s->n : s->m, columns = transposed ? s->m : s->n;
  const size_t size = element_size(c->t->e);
  guarded w = guarded_create(rows == 0 || columns == 0 ? 0 : ((rows - 1) * ldw + columns) * size,
                             GUARDED_END);
  memset(w.data, 0xff, w.bytes);
  for (size_t i = 0; i < s->m; i++)
    for (size_t j = 0; j < s->n; j++)
      element_set(c->t->e, w.data, transposed ? j * ldw + i : i * ldw + j, c->w[f][i * s->n + j]);
  guarded_read_only(&w);
  return w;
}

kron_eye_chain *chain_of(const chain_numbers *c, size_t pad_w, bool adjoint,
                         const kron_eye_options *options) {
  kron_eye_factor factors[MOST_FACTORS + 1];
  guarded w[MOST_FACTORS + 1];
  for (size_t f = 0; f < c->count; f++) {
    const factor_spec *s = &c->specs[f];
    const size_t ldw = (s->op == KRON_EYE_TRANSPOSE ? s->m : s->n) + pad_w;
    w[f] = s->identity ? guarded_create(0, GUARDED_END) : stored(c, f, ldw);
    if (s->identity)
      factors[f] = kron_eye_factor_identity(s->n);
    else if (c->t->e == ELEMENT_F32)
      factors[f] = kron_eye_factor_f32(s->m, s->n, s->op, w[f].data, ldw);
    else
      factors[f] = kron_eye_factor_f64(s->m, s->n, s->op, w[f].data, ldw);
  }
  if (adjoint) assert_int_equal(kron_eye_factors_adjoint(c->count, factors, factors), 0);
  kron_eye_chain *chain = NULL;
  assert_int_equal(c->t->create(&chain, c->count, c->count ? factors : NULL, options), 0);
  assert_non_null(chain);
  for (size_t f = 0; f < c->count; f++) guarded_destroy(&w[f]);
  return chain;
}

long double *chain_formed(const chain_numbers *c) {
  long double *kron = malloc(sizeof *kron);
  assert_non_null(kron);
  kron[0] = 1;
  size_t rows = 1, columns = 1;
  for (size_t f = 0; f < c->count; f++) {
    const size_t m = c->specs[f].m, n = c->specs[f].n;
    long double *next = malloc((rows * m * columns * n + 1) * sizeof *next);
    assert_non_null(next);
    for (size_t a = 0; a < rows; a++)
      for (size_t i = 0; i < m; i++)
        for (size_t b = 0; b < columns; b++)
          for (size_t j = 0; j < n; j++)
            next[((a * m + i) * columns + b) * n + j] = kron[a * columns + b] * c->w[f][i * n + j];
    free(kron);
    kron = next;
    rows *= m;
    columns *= n;
  }
  return kron;
}

long double *chain_walked(const chain_numbers *c, const double *x, size_t rows, bool magnitude) {
  size_t size = rows * c->n;
  long double *from = malloc((size + 1) * sizeof *from);
  assert_non_null(from);
  for (size_t i = 0; i < size; i++) from[i] = magnitude ? fabs(x[i]) : x[i];
  size_t left = rows;
  for (size_t f = 0; f < c->count; f++) { /* from left to right: not the library's order */
    const size_t m = c->specs[f].m, n = c->specs[f].n, right = size / (left * n);
    long double *to = calloc(left * m * right + 1, sizeof *to);
    assert_non_null(to);
    for (size_t a = 0; a < left; a++)
      for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
          const double w = c->w[f][i * n + j];
          for (size_t b = 0; b < right && w != 0; b++)
            to[(a * m + i) * right + b] +=
                (magnitude ? fabs(w) : w) * from[(a * n + j) * right + b];
        }
    free(from);
    from = to;
    left *= m;
    size = left * right;
  }
  return from;
}

/* `rows` rows of `length` elements, `ld` apart, every other byte `filler`. */
static guarded laid_out(const chain_numbers *c, const double *tight, size_t rows, size_t length,
                        size_t ld, guarded_edge edge, int filler) {
  const size_t size = element_size(c->t->e);
  guarded array =
      guarded_create(rows == 0 || length == 0 ? 0 : ((rows - 1) * ld + length) * size, edge);
  memset(array.data, filler, array.bytes);
  for (size_t r = 0; r < rows && tight; r++)
    for (size_t i = 0; i < length; i++)
      element_set(c->t->e, array.data, r * ld + i, tight[r * length + i]);
  return array;
}

/* The rows again; the gaps must still be the filler. */
static double *taken_out(const chain_numbers *c, const guarded *array, size_t rows, size_t length,
                         size_t ld, int filler) {
  const size_t size = element_size(c->t->e);
  double *tight = calloc(rows * length + 1, sizeof *tight);
  assert_non_null(tight);
  for (size_t r = 0; r < rows; r++) {
    for (size_t i = 0; i < length; i++)
      tight[r * length + i] = element_get(c->t->e, array->data, r * ld + i);
    for (size_t b = (r * ld + length) * size; r + 1 < rows && b < (r + 1) * ld * size; b++)
      assert_int_equal(((unsigned char *)array->data)[b], filler);
  }
  return tight;
}

double *chain_apply(const chain_numbers *c, const kron_eye_chain *chain, bool adjoint, size_t batch,
                    const layout *l, double alpha, const double *x, double beta, const double *y,
                    workspace_from from) {
  const size_t row_x = adjoint ? c->m : c->n, row_y = adjoint ? c->n : c->m;
  const size_t ldx = row_x + l->pad_x, ldy = row_y + l->pad_y;
  const int filler = beta == 0 ? 0xff : 0xa5;
  guarded gx = laid_out(c, x, l->broadcast ? batch != 0 : batch, row_x, ldx, l->edge, 0xff);
  guarded gy = laid_out(c, beta == 0 ? NULL : y, batch, row_y, ldy, l->edge, filler);
  /* A workspace that ends at an inaccessible page, or begins off any alignment. */
  const size_t bytes = from == WORKSPACE_GIVEN ? kron_eye_chain_workspace(chain) : 0;
  const size_t slack = l->edge == GUARDED_START ? 1 + l->shift % 63 : 0;
  guarded space = guarded_create(bytes + slack, GUARDED_END);
  memset(space.data, 0xff, space.bytes);
  guarded_read_only(&gx);
  const int status = c->t->apply(chain, batch, alpha, gx.data, l->broadcast ? 0 : ldx, beta,
                                 gy.data, ldy, bytes ? space.data : NULL, bytes);
  assert_int_equal(status, 0);
  double *result = taken_out(c, &gy, batch, row_y, ldy, filler);
  guarded_destroy(&gx);
  guarded_destroy(&gy);
  guarded_destroy(&space);
  return result;
}

long double chain_bound(const chain_numbers *c, double alpha, long double magnitude, double beta,
                        double y) {
  long double inputs = 3, scale = fmaxl(1, fabsl((long double)alpha));
  for (size_t f = 0; f < c->count; f++)
    if (!c->specs[f].identity) inputs += (long double)c->specs[f].n + 3;
  /* Values of the order of 1: underflow does not show. */
  return inputs * c->t->format->u *
             (fabsl((long double)alpha) * magnitude + fabsl((long double)beta * y)) +
         inputs * scale * c->t->format->eta;
}
