/*
 * fuzz_operator.c - any shape with `right` and a W for each block, as stored or transposed, also as
 * the adjoint of its adjoint; any strides, factors and options; numbers from small integers to NaN.
 * Every element of y is its sum in long double, exactly or within the promised bound, and the gaps
 * stay. Then one promise more, drawn at random: other options or threads, an updated plan, one row
 * alone, a bias and an activation, one call without a plan, or sparse x.
 */
#include "fuzz_numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fused_types.h"

enum { SLOT_W, SLOT_X, SLOT_Y, SLOT_OLD, SLOT_BIAS, WORK = 40000, MUCH_WORK = 1 << 22 };

typedef struct problem {
  const plan_types *t;
  const fused_types *fused;
  kron_eye_shape shape;
  kron_eye_options options;
  size_t batch, ldw;
  fuzz_call call;
  bool at_end;
  void *old_w;
  const void *w, *x, *old;
} problem;

static size_t row_x(const problem *p) {
  return p->shape.left * p->shape.n * p->shape.right;
}

static size_t row_y(const problem *p) {
  return p->shape.left * p->shape.m * p->shape.right;
}

/* The shape itself, or the adjoint of one that is made so that it gives this one. */
static void adjoint_twice(kron_eye_shape *shape) {
  const kron_eye_shape wanted = *shape;
  kron_eye_shape other = KRON_EYE_SHAPE_INIT;
  FUZZ_REQUIRE(kron_eye_shape_adjoint(shape, &other) == 0);
  FUZZ_REQUIRE(other.m == wanted.n && other.n == wanted.m && other.op == 1 - wanted.op);
  FUZZ_REQUIRE(kron_eye_shape_adjoint(&other, shape) == 0);
  FUZZ_REQUIRE(memcmp(shape, &wanted, sizeof wanted) == 0);
}

static problem draw(fuzz_input *in) {
  problem p = {.options = KRON_EYE_OPTIONS_INIT};
  const uint8_t first = fuzz_byte(in);
  p.t = &all_plan_types[first % PLAN_TYPES];
  p.fused = &all_fused_types[first % PLAN_TYPES];
  p.at_end = (first & 4) != 0;
  p.options.route = (first & 24) != 0 ? KRON_EYE_ROUTE_KERNEL : (first >> 5) % 3;
  const uint8_t second = fuzz_byte(in);
  p.options.zeros = second % 3;
  p.options.threads = (second >> 2) % 4;
  p.shape = fuzz_shape(in, &p.batch, second >> 4 == 15 ? MUCH_WORK : WORK);
  p.ldw = fuzz_w_strides(in, &p.shape, true);
  adjoint_twice(&p.shape);
  p.call = fuzz_call_of(in, row_x(&p), row_y(&p), p.options.route == KRON_EYE_ROUTE_KERNEL);
  return p;
}

/* W, x and the old y, or false if they are too large. */
static bool make(problem *p) {
  const size_t w_count = fuzz_w_extent(&p->shape, p->ldw);
  const size_t x_rows = p->call.ldx == 0 ? p->batch != 0 : p->batch;
  if (w_count > FUZZ_MOST_ELEMENTS) return false;
  p->old_w = fuzz_rows(&p->call.numbers, SLOT_W, p->t->y, w_count != 0, 0, w_count, p->at_end, 0);
  p->w = fuzz_reader(SLOT_W, p->old_w);
  p->x = fuzz_reader(SLOT_X, fuzz_rows(&p->call.numbers, SLOT_X, p->t->x, x_rows, p->call.ldx,
                                       row_x(p), p->at_end, 0xff));
  p->old = fuzz_rows(&p->call.numbers, SLOT_OLD, p->t->y, p->batch, p->call.ldy, row_y(p),
                     p->at_end, p->call.filler);
  return true;
}

static size_t y_count(const problem *p) {
  return fuzz_extent(p->batch, p->call.ldy, row_y(p));
}

/* y before the product: NaN where it is not to be read. */
static void *new_y(const problem *p) {
  const size_t bytes = y_count(p) * element_size(p->t->y);
  void *y = fuzz_guarded(SLOT_Y, bytes, p->at_end);
  if (p->call.beta == 0)
    memset(y, 0xff, bytes);
  else
    memcpy(y, p->old, bytes);
  return y;
}

/* A copy of what is in y now, whose gaps must be what they were. */
static void *taken(const problem *p, const void *y) {
  const size_t bytes = y_count(p) * element_size(p->t->y);
  fuzz_require_gaps(y, p->t->y, p->batch, p->call.ldy, row_y(p), p->call.filler);
  fuzz_input in = {y, bytes};
  return fuzz_array(&in, bytes);
}

static kron_eye_plan *plan_of(const problem *p, const kron_eye_options *options) {
  kron_eye_plan *plan = NULL;
  FUZZ_REQUIRE(p->t->create(&plan, &p->shape, p->w, p->ldw, options) == 0);
  return plan;
}

static void *apply(const problem *p, const kron_eye_plan *plan) {
  void *y = new_y(p);
  FUZZ_REQUIRE(p->t->apply(plan, p->batch, p->call.alpha, p->x, p->call.ldx, p->call.beta, y,
                           p->call.ldy) == 0);
  return taken(p, y);
}

/* ------------------------------------------------------------------ the sum of one element */

static void check_element(const problem *p, const void *y, size_t r, size_t a, size_t i, size_t c) {
  const kron_eye_shape *s = &p->shape;
  long double sum = 0, size = 0;
  for (size_t j = 0; j < s->n && p->call.alpha != 0; j++) {
    const long double term =
        (long double)element_get(p->t->y, p->w, fuzz_w_place(s, p->ldw, a, i, j)) *
        element_get(p->t->x, p->x, r * p->call.ldx + (a * s->n + j) * s->right + c);
    sum += term;
    size += fabsl(term);
  }
  const size_t at = r * p->call.ldy + (a * s->m + i) * s->right + c;
  const double old = p->call.beta == 0 ? 0 : element_get(p->t->y, p->old, at);
  const bool none =
      p->call.alpha == 0 || s->n == 0; /* then a product with an infinite alpha is not */
  const long double product = none ? 0 : p->call.alpha * sum;
  const long double expected =
      p->call.beta == 0 ? product : product + (long double)p->call.beta * old;
  const bool exact = p->call.numbers.kind == FUZZ_INTEGERS &&
                     p->call.alpha * 2 == floor(p->call.alpha * 2) &&
                     p->call.beta * 2 == floor(p->call.beta * 2);
  fuzz_require_near(
      element_get(p->t->y, y, at), expected,
      exact ? 0 : oracle_bound(p->t->format, s->n, p->call.alpha, size, p->call.beta, old));
}

/* All elements, or some where the sums are many. */
static void check_sums(const problem *p, const void *y) {
  const kron_eye_shape *s = &p->shape;
  const size_t all = p->batch * row_y(p), some = 1 + WORK / (s->n + 1);
  const size_t step = all / some + 1;
  for (size_t e = 0; e < all; e += step) {
    const size_t r = e / row_y(p), rest = e % row_y(p);
    check_element(p, y, r, rest / (s->m * s->right), rest / s->right % s->m, rest % s->right);
  }
}

/* ------------------------------------------------------------------ one promise more */

static void check_other_options(const problem *p, fuzz_input *in, const void *expected) {
  kron_eye_options options = p->options;
  if (p->options.route != KRON_EYE_ROUTE_KERNEL) return;
  options.zeros = fuzz_byte(in) % 3;
  options.threads = fuzz_byte(in) % 4;
  kron_eye_plan *plan = plan_of(p, &options);
  void *y = apply(p, plan);
  fuzz_require_same(p->t->y, y, expected, y_count(p));
  free(y);
  kron_eye_plan_destroy(plan);
}

/* A plan of other numbers, updated. */
static void check_update(problem *p, const void *expected) {
  const size_t bytes = fuzz_w_extent(&p->shape, p->ldw) * element_size(p->t->y);
  fuzz_input in = {p->w, bytes};
  void *w = fuzz_array(&in, bytes);
  memset(p->old_w, p->call.numbers.zeros % 2 != 0 ? 0xff : 0, bytes);
  kron_eye_plan *plan = plan_of(p, &p->options);
  memcpy(p->old_w, w, bytes);
  FUZZ_REQUIRE(p->fused->update(plan, p->w, p->ldw) == 0);
  memset(p->old_w, 0xff, bytes); /* the plan has a copy */
  void *y = apply(p, plan);
  memcpy(p->old_w, w, bytes);
  fuzz_require_same(p->t->y, y, expected, y_count(p));
  free(y);
  free(w);
  kron_eye_plan_destroy(plan);
}

static void check_one_row(const problem *p, fuzz_input *in, const kron_eye_plan *plan,
                          const void *expected) {
  if (p->options.route != KRON_EYE_ROUTE_KERNEL || p->batch == 0) return;
  const size_t r = fuzz_below(in, p->batch), size = element_size(p->t->y);
  char *y = (char *)new_y(p) + r * p->call.ldy * size;
  const char *x = (const char *)p->x + r * p->call.ldx * element_size(p->t->x);
  FUZZ_REQUIRE(p->t->apply(plan, 1, p->call.alpha, x, 1, p->call.beta, y, 1) == 0);
  fuzz_require_same(p->t->y, y, (const char *)expected + r * p->call.ldy * size, row_y(p));
}

static double activated(const kron_eye_epilogue *e, double v) {
  if (e->activation == KRON_EYE_ACTIVATION_RELU) return v < 0 ? 0 : v;
  if (e->activation == KRON_EYE_ACTIVATION_CLAMP)
    return v < e->low ? e->low : v > e->high ? e->high : v;
  return v;
}

/* The bits of the apply, one addition and one comparison. */
static void check_fused(problem *p, fuzz_input *in, const kron_eye_plan *plan, void *expected) {
  const kron_eye_shape *s = &p->shape;
  const element e = p->t->y;
  kron_eye_epilogue epilogue = KRON_EYE_EPILOGUE_INIT;
  epilogue.activation = fuzz_byte(in) % 3;
  epilogue.low = -(double)fuzz_below(in, 4);
  epilogue.high = epilogue.low + (double)fuzz_below(in, 4) / 2;
  const uint8_t form = fuzz_byte(in);
  if (form % 4 == 1) epilogue.bias_stride = s->m + form / 4 % 4;
  const size_t biases =
      fuzz_extent(epilogue.bias_stride != 0 ? s->left : 1, epilogue.bias_stride, s->m);
  const void *bias = fuzz_reader(
      SLOT_BIAS, fuzz_rows(&p->call.numbers, SLOT_BIAS, e, biases != 0, 0, biases, p->at_end, 0));
  if (form % 4 != 0) epilogue.bias = bias;
  for (size_t at = 0; at < p->batch * row_y(p); at++) {
    const size_t place = at / row_y(p) * p->call.ldy + at % row_y(p), rest = at % row_y(p);
    const size_t b = rest / (s->m * s->right) * epilogue.bias_stride + rest / s->right % s->m;
    double v = element_get(e, expected, place);
    if (epilogue.bias != NULL)
      v = e == ELEMENT_F32 ? (double)((float)v + (float)element_get(e, bias, b))
                           : v + element_get(e, bias, b);
    element_set(e, expected, place, activated(&epilogue, v));
  }
  void *y = new_y(p);
  FUZZ_REQUIRE(p->fused->apply(plan, p->batch, p->call.alpha, p->x, p->call.ldx, p->call.beta, y,
                               p->call.ldy, &epilogue) == 0);
  void *result = taken(p, y);
  fuzz_require_same(e, result, expected, y_count(p));
  free(result);
}

/* kron_eye_product_T(), which may take the BLAS: not for a NaN. */
static void check_product(const problem *p) {
  if (p->call.numbers.kind == FUZZ_SPECIAL || p->t->x != p->t->y) return;
  void *y = new_y(p);
  const int status =
      p->t->y == ELEMENT_F32
          ? kron_eye_product_f32(&p->shape, p->w, p->ldw, p->batch, (float)p->call.alpha, p->x,
                                 p->call.ldx, (float)p->call.beta, y, p->call.ldy)
          : kron_eye_product_f64(&p->shape, p->w, p->ldw, p->batch, p->call.alpha, p->x,
                                 p->call.ldx, p->call.beta, y, p->call.ldy);
  FUZZ_REQUIRE(status == 0);
  void *result = taken(p, y);
  check_sums(p, result);
  free(result);
}

#define SPARSE(X)                                                                                  \
  FUZZ_REQUIRE(kron_eye_csr_convert_##X(csr->rows, csr->cols, p->x, csr->cols, csr->index_type,    \
                                        starts, all, indices, values) == 0)

/* x as a CSR matrix, whose rows are rows of x or blocks: only stored entries multiply. */
static int apply_sparse(const problem *p, const kron_eye_plan *plan, kron_eye_csr *csr, void *y) {
  const size_t all = csr->rows * csr->cols, integer = csr->index_type != 0 ? 8 : 4;
  fuzz_input none = {NULL, 0};
  void *starts = fuzz_array(&none, (csr->rows + 1) * integer),
       *indices = fuzz_array(&none, all * integer), *values = fuzz_array(&none, all * 8);
  if (p->t->x == ELEMENT_F32)
    SPARSE(f32);
  else
    SPARSE(f64);
  csr->nnz = csr->index_type != 0 ? (size_t)((int64_t *)starts)[csr->rows]
                                  : (size_t)((int32_t *)starts)[csr->rows];
  csr->indptr = starts;
  csr->indices = indices;
  csr->values = values;
  csr->value_type = p->t->x == ELEMENT_F64;
  int status;
  if (p->t->y == ELEMENT_F32)
    status = kron_eye_apply_csr_f32(plan, p->batch, (float)p->call.alpha, csr, (float)p->call.beta,
                                    y, p->call.ldy);
  else if (p->t->x == ELEMENT_F64)
    status =
        kron_eye_apply_csr_f64(plan, p->batch, p->call.alpha, csr, p->call.beta, y, p->call.ldy);
  else
    status = kron_eye_apply_csr_f32_f64(plan, p->batch, p->call.alpha, csr, p->call.beta, y,
                                        p->call.ldy);
  free(starts);
  free(indices);
  free(values);
  return status;
}

static void check_sparse(const problem *p, fuzz_input *in, const kron_eye_plan *plan) {
  const kron_eye_shape *s = &p->shape;
  if (p->t->x == ELEMENT_U8 || p->call.numbers.kind == FUZZ_SPECIAL) return;
  if (p->call.ldx != row_x(p) && p->batch > 1) return;
  const uint8_t form = fuzz_byte(in);
  kron_eye_csr csr = KRON_EYE_CSR_INIT;
  csr.index_type = form % 2;
  csr.rows = form / 2 % 2 != 0 ? p->batch * s->left : p->batch;
  csr.cols = form / 2 % 2 != 0 ? s->n * s->right : row_x(p);
  void *y = new_y(p);
  const bool possible = s->right == 1;
  /* the matrix is of neither shape where right > 1 and its rows are blocks */
  if (!possible && form / 2 % 2 != 0) return;
  const int status = apply_sparse(p, plan, &csr, y);
  if (!possible) {
    FUZZ_REQUIRE(status == KRON_EYE_UNSUPPORTED || status == -4);
    return;
  }
  FUZZ_REQUIRE(status == 0);
  void *result = taken(p, y);
  check_sums(p, result);
  free(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  problem p = draw(&in);
  if (!make(&p)) return 0;
  kron_eye_plan *plan = NULL;
  if (p.options.route == KRON_EYE_ROUTE_BLAS && p.t->x != p.t->y) {
    FUZZ_REQUIRE(p.t->create(&plan, &p.shape, p.w, p.ldw, &p.options) == KRON_EYE_UNSUPPORTED);
    return 0;
  }
  plan = plan_of(&p, &p.options);
  void *y = apply(&p, plan);
  check_sums(&p, y);
  switch (fuzz_byte(&in) % 6) {
  case 0:
    check_other_options(&p, &in, y);
    break;
  case 1:
    check_update(&p, y);
    break;
  case 2:
    check_one_row(&p, &in, plan, y);
    break;
  case 3:
    check_fused(&p, &in, plan, y);
    break;
  case 4:
    check_product(&p);
    break;
  default:
    check_sparse(&p, &in, plan);
  }
  free(y);
  kron_eye_plan_destroy(plan);
  return 0;
}
