/*
 * fuzz_gradient.c - the gradient of W for any shape, strides, factors and options, with dWs behind
 * one another or interleaved: every element is its sum in long double, exactly or within the
 * promised bound, and the gaps stay. The same bits for other threads and treatments of zeros. Then
 * the gradient of the bias or the backward of RELU.
 */
#include "fuzz_numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gradient_types.h"

enum { SLOT_X, SLOT_DY, SLOT_DW, SLOT_OLD, WORK = 40000, MUCH_WORK = 1 << 22, FILLER = 0xa5 };

typedef struct problem {
  const gradient_types *t;
  kron_eye_shape shape;
  kron_eye_options options;
  size_t batch, ldx, lddy, lddw;
  double alpha, beta;
  fuzz_numbers numbers;
  bool at_end;
  const void *x, *dy, *old;
} problem;

static size_t row_x(const problem *p) {
  return p->shape.left * p->shape.n * p->shape.right;
}

static size_t row_y(const problem *p) {
  return p->shape.left * p->shape.m * p->shape.right;
}

static problem draw(fuzz_input *in) {
  static const double factors[] = {1, 0, -1, 0.5, 2, -0.0, 0x1.91p-3, 1};
  problem p = {.options = KRON_EYE_OPTIONS_INIT};
  const uint8_t first = fuzz_byte(in), second = fuzz_byte(in);
  p.t = &all_gradient_types[first % 2];
  p.at_end = (first & 2) != 0;
  p.options.route = (first & 12) != 0 ? first % 16 / 8 : KRON_EYE_ROUTE_BLAS;
  p.options.zeros = second % 3;
  p.options.threads = (second >> 2) % 4;
  p.shape = fuzz_shape(in, &p.batch, second >> 4 == 15 ? MUCH_WORK : WORK);
  p.lddw = fuzz_w_strides(in, &p.shape, false);
  const uint8_t pads = fuzz_byte(in);
  p.ldx = pads % 8 == 7 ? 0 : row_x(&p) + pads % 8;
  p.lddy = pads / 8 % 8 == 7 ? 0 : row_y(&p) + pads / 8 % 8;
  p.alpha = factors[fuzz_byte(in) % 8];
  p.beta = factors[fuzz_byte(in) % 8];
  p.numbers =
      fuzz_numbers_of(in, p.options.route == KRON_EYE_ROUTE_BLAS ? FUZZ_SPECIAL : FUZZ_KINDS);
  return p;
}

static size_t rows_of(const problem *p, size_t ld) {
  return ld == 0 ? p->batch != 0 : p->batch;
}

static size_t blocks(const problem *p) {
  return p->shape.stridew == 0 ? 1 : p->shape.left;
}

/* The old dw among bytes that nobody may touch; NaN where it is not to be read. */
static void make_old(problem *p) {
  const kron_eye_shape *s = &p->shape;
  const size_t bytes = fuzz_w_extent(s, p->lddw) * element_size(p->t->e);
  void *old = fuzz_guarded(SLOT_OLD, bytes, p->at_end);
  memset(old, FILLER, bytes);
  for (size_t a = 0; a < blocks(p); a++)
    for (size_t i = 0; i < s->m; i++)
      for (size_t j = 0; j < s->n; j++)
        element_set(p->t->e, old, fuzz_w_place(s, p->lddw, a, i, j),
                    p->beta == 0 ? NAN : fuzz_number(&p->numbers, p->t->e));
  p->old = old;
}

static bool make(problem *p) {
  if (fuzz_w_extent(&p->shape, p->lddw) > FUZZ_MOST_ELEMENTS) return false;
  p->x = fuzz_reader(SLOT_X, fuzz_rows(&p->numbers, SLOT_X, p->t->e, rows_of(p, p->ldx), p->ldx,
                                       row_x(p), p->at_end, 0xff));
  p->dy = fuzz_reader(SLOT_DY, fuzz_rows(&p->numbers, SLOT_DY, p->t->e, rows_of(p, p->lddy),
                                         p->lddy, row_y(p), p->at_end, 0xff));
  make_old(p);
  return true;
}

static void *gradient(const problem *p, const kron_eye_options *options) {
  const size_t bytes = fuzz_w_extent(&p->shape, p->lddw) * element_size(p->t->e);
  void *dw = fuzz_guarded(SLOT_DW, bytes, p->at_end);
  memcpy(dw, p->old, bytes);
  FUZZ_REQUIRE(p->t->gradient(&p->shape, p->batch, p->alpha, p->x, p->ldx, p->dy, p->lddy, p->beta,
                              dw, p->lddw, options) == 0);
  fuzz_input in = {dw, bytes};
  return fuzz_array(&in, bytes);
}

static bool exact(const problem *p) {
  return p->numbers.kind == FUZZ_INTEGERS && p->alpha * 2 == floor(p->alpha * 2) &&
         p->beta * 2 == floor(p->beta * 2);
}

/* got = alpha * sum + beta * old, of `terms` terms. */
static void check_sum(const problem *p, double got, double old, long double sum, long double size,
                      size_t terms) {
  const long double product = p->alpha == 0 || terms == 0 ? 0 : p->alpha * sum;
  const long double expected = p->beta == 0 ? product : product + (long double)p->beta * old;
  fuzz_require_near(got, expected,
                    exact(p) ? 0
                             : oracle_bound(p->t->format, terms, p->alpha, size, p->beta,
                                            p->beta == 0 ? 0 : old));
}

static void check_element(const problem *p, const void *dw, size_t block, size_t i, size_t j) {
  const kron_eye_shape *s = &p->shape;
  const bool own = s->stridew != 0;
  const size_t begin = own ? block : 0, end = own ? block + 1 : s->left;
  long double sum = 0, size = 0;
  for (size_t r = 0; r < p->batch && p->alpha != 0; r++)
    for (size_t a = begin; a < end; a++)
      for (size_t c = 0; c < s->right; c++) {
        const long double term =
            (long double)element_get(p->t->e, p->dy, r * p->lddy + (a * s->m + i) * s->right + c) *
            element_get(p->t->e, p->x, r * p->ldx + (a * s->n + j) * s->right + c);
        sum += term;
        size += fabsl(term);
      }
  const size_t at = fuzz_w_place(s, p->lddw, block, i, j);
  check_sum(p, element_get(p->t->e, dw, at), element_get(p->t->e, p->old, at), sum, size,
            p->batch * (end - begin) * s->right);
}

static void check_sums(const problem *p, const void *dw) {
  const kron_eye_shape *s = &p->shape;
  const size_t terms = p->batch * s->right * s->left / (blocks(p) != 0 ? blocks(p) : 1);
  const size_t all = blocks(p) * s->m * s->n, step = all / (1 + WORK / (terms + 1)) + 1;
  for (size_t e = 0; e < all; e += step)
    check_element(p, dw, e / (s->m * s->n), e / s->n % s->m, e % s->n);
}

/* Every byte that is no element is as it was. */
static void check_gaps(const problem *p, const void *dw) {
  const kron_eye_shape *s = &p->shape;
  const size_t count = fuzz_w_extent(s, p->lddw), size = element_size(p->t->e);
  fuzz_input none = {NULL, 0};
  unsigned char *written = fuzz_array(&none, count);
  for (size_t a = 0; a < blocks(p); a++)
    for (size_t i = 0; i < s->m; i++)
      for (size_t j = 0; j < s->n; j++) written[fuzz_w_place(s, p->lddw, a, i, j)] = 1;
  for (size_t b = 0; b < count * size; b++)
    FUZZ_REQUIRE(written[b / size] != 0 || ((const unsigned char *)dw)[b] == FILLER);
  free(written);
}

static void check_other_options(const problem *p, fuzz_input *in, const void *expected) {
  if (p->options.route == KRON_EYE_ROUTE_BLAS) return;
  kron_eye_options options = p->options;
  options.zeros = fuzz_byte(in) % 3;
  options.threads = fuzz_byte(in) % 4;
  options.route = fuzz_byte(in) % 2;
  void *dw = gradient(p, &options);
  fuzz_require_same(p->t->e, dw, expected, fuzz_w_extent(&p->shape, p->lddw));
  free(dw);
}

/* ------------------------------------------------------------------ bias and RELU */

static void check_bias(problem *p, fuzz_input *in) {
  const kron_eye_shape *s = &p->shape;
  const size_t stride = fuzz_byte(in) % 2 != 0 ? s->m + fuzz_below(in, 4) : 0;
  const bool own = stride != 0 && s->left > 1;
  const size_t rows = own ? s->left : s->left == 0 && stride != 0 ? 0 : 1;
  void *old = fuzz_rows(&p->numbers, SLOT_OLD, p->t->e, rows, stride, s->m, p->at_end, FILLER);
  const size_t bytes = fuzz_extent(rows, stride, s->m) * element_size(p->t->e);
  void *db = fuzz_guarded(SLOT_DW, bytes, p->at_end);
  memcpy(db, old, bytes);
  FUZZ_REQUIRE(p->t->bias(s, p->batch, p->alpha, p->dy, p->lddy, p->beta, db, stride) == 0);
  fuzz_require_gaps(db, p->t->e, rows, stride, s->m, FILLER);
  for (size_t b = 0; b < rows; b++)
    for (size_t i = 0; i < s->m; i++) {
      long double sum = 0, size = 0;
      const size_t begin = own ? b : 0, end = own ? b + 1 : s->left;
      for (size_t r = 0; r < p->batch && p->alpha != 0; r++)
        for (size_t a = begin; a < end; a++)
          for (size_t c = 0; c < s->right; c++) {
            const double term =
                element_get(p->t->e, p->dy, r * p->lddy + (a * s->m + i) * s->right + c);
            sum += term;
            size += fabs(term);
          }
      check_sum(p, element_get(p->t->e, db, b * stride + i),
                element_get(p->t->e, old, b * stride + i), sum, size,
                p->batch * (end - begin) * s->right);
    }
}

/* y is x's numbers here; dz is dy itself where `in` says so. */
static void check_relu(problem *p, fuzz_input *in) {
  const size_t rows = 1 + fuzz_below(in, 9), cols = fuzz_below(in, 200);
  const size_t ldy = cols + fuzz_below(in, 4), lddy = cols + fuzz_below(in, 4);
  const bool in_place = fuzz_byte(in) % 2 != 0;
  const element e = p->t->e;
  const size_t lddz = in_place ? lddy : cols + fuzz_below(in, 4);
  const void *y =
      fuzz_reader(SLOT_X, fuzz_rows(&p->numbers, SLOT_X, e, rows, ldy, cols, p->at_end, 0xff));
  const char *dy = fuzz_rows(&p->numbers, SLOT_DY, e, rows, lddy, cols, p->at_end, FILLER);
  const size_t bytes = fuzz_extent(rows, lddz, cols) * element_size(e);
  void *dz = fuzz_guarded(SLOT_DW, bytes, p->at_end);
  memset(dz, FILLER, bytes);
  if (in_place) memcpy(dz, dy, bytes);
  const void *given = in_place ? dz : fuzz_reader(SLOT_DY, dy);
  FUZZ_REQUIRE(p->t->relu(rows, cols, y, ldy, given, lddy, dz, lddz) == 0);
  fuzz_require_gaps(dz, e, rows, lddz, cols, FILLER);
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < cols; i++) {
      const double v = element_get(e, y, r * ldy + i), g = element_get(e, dy, r * lddy + i);
      const double got = element_get(e, dz, r * lddz + i), expected = v > 0 ? g : v;
      if (isnan(v) || isnan(expected))
        FUZZ_REQUIRE(isnan(got));
      else if (v > 0)
        FUZZ_REQUIRE(got == g && signbit(got) == signbit(g));
      else
        FUZZ_REQUIRE(got == 0 && !signbit(got));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  problem p = draw(&in);
  if (!make(&p)) return 0;
  void *dw = gradient(&p, &p.options);
  check_sums(&p, dw);
  check_gaps(&p, dw);
  const uint8_t next = fuzz_byte(&in) % 4;
  if (next < 2)
    check_other_options(&p, &in, dw);
  else if (next == 2)
    check_bias(&p, &in);
  else
    check_relu(&p, &in);
  free(dw);
  return 0;
}
