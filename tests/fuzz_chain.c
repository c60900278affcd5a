/*
 * fuzz_chain.c - chains of up to five matrices and identities, any strides, factors, options and
 * workspace. Every element of y is the sum over the formed product, exactly or within the promised
 * bound; a NaN or an infinity reaches the elements that it is multiplied into and no others. Then
 * the same bits for one row alone, other threads and another workspace, and the statuses of bad
 * workspaces.
 */
#include "fuzz_numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chains.h"

enum { SLOT_X, SLOT_Y, SLOT_OLD, SLOT_SPACE, MOST = 5, WORK = 40000, MUCH_WORK = 1 << 22 };

typedef struct problem {
  const chain_types *t;
  size_t count;
  kron_eye_factor factors[MOST];
  void *w[MOST];
  kron_eye_options options;
  size_t batch, m, n;
  fuzz_call call;
  bool at_end;
  const void *x, *old;
} problem;

static bool identity(const kron_eye_factor *f) {
  return f->kind == KRON_EYE_FACTOR_IDENTITY;
}

static bool transposed(const kron_eye_factor *f) {
  return f->op == KRON_EYE_TRANSPOSE;
}

/* Halves the largest size until neither rows nor the work are too many. */
static void shrink(problem *p, double work) {
  for (;;) {
    double m = 1, n = 1, sizes = 0;
    size_t *largest = &p->batch;
    for (size_t f = 0; f < p->count; f++) {
      kron_eye_factor *factor = &p->factors[f];
      m *= (double)factor->m;
      n *= (double)factor->n;
      if (!identity(factor)) sizes += (double)(factor->m > factor->n ? factor->m : factor->n);
      if (factor->m > *largest) largest = &factor->m;
      if (factor->n > *largest) largest = &factor->n;
      if (identity(factor) && largest == &factor->n) largest = &factor->m;
    }
    const double row = m > n ? m : n;
    p->m = (size_t)m;
    p->n = (size_t)n;
    if (2 * row * (double)(p->batch + 1) <= FUZZ_MOST_ELEMENTS &&
        row * (double)p->batch * (sizes + 1) <= work)
      return;
    *largest /= 2;
    for (size_t f = 0; f < p->count; f++)
      if (identity(&p->factors[f])) p->factors[f].n = p->factors[f].m;
  }
}

static kron_eye_factor draw_factor(fuzz_input *in) {
  const uint8_t form = fuzz_byte(in);
  if (form % 4 == 0) return kron_eye_factor_identity(fuzz_size(in, 8, 4000));
  kron_eye_factor factor = KRON_EYE_FACTOR_INIT;
  factor.op = form / 4 % 2;
  factor.m = fuzz_size(in, 9, 50);
  factor.n = fuzz_size(in, 9, 50);
  factor.ldw = form / 8 % 4; /* the gap until the sizes are known */
  return factor;
}

static problem draw(fuzz_input *in) {
  problem p = {.options = KRON_EYE_OPTIONS_INIT};
  const uint8_t first = fuzz_byte(in), second = fuzz_byte(in);
  p.t = &all_chain_types[first % CHAIN_TYPES];
  p.at_end = (first & 2) != 0;
  p.options.route = (first & 12) != 0 ? KRON_EYE_ROUTE_KERNEL : (first >> 4) % 3;
  p.options.zeros = second % 3;
  p.options.threads = (second >> 2) % 4;
  p.batch = fuzz_size(in, 6, 300);
  p.count = fuzz_below(in, MOST + 1);
  for (size_t f = 0; f < p.count; f++) p.factors[f] = draw_factor(in);
  shrink(&p, second >> 4 == 15 ? MUCH_WORK : WORK);
  p.call = fuzz_call_of(in, p.n, p.m, p.options.route == KRON_EYE_ROUTE_KERNEL);
  return p;
}

static void make(problem *p) {
  const element e = p->t->e;
  fuzz_input none = {NULL, 0};
  for (size_t f = 0; f < p->count; f++) {
    kron_eye_factor *factor = &p->factors[f];
    const size_t rows = transposed(factor) ? factor->n : factor->m,
                 columns = transposed(factor) ? factor->m : factor->n;
    factor->ldw += columns;
    const size_t count = identity(factor) ? 0 : fuzz_extent(rows, factor->ldw, columns);
    p->w[f] = fuzz_array(&none, count * element_size(e));
    for (size_t i = 0; i < count; i++) element_set(e, p->w[f], i, fuzz_number(&p->call.numbers, e));
    factor->w = p->w[f];
  }
  const size_t x_rows = p->call.ldx == 0 ? p->batch != 0 : p->batch;
  p->x = fuzz_reader(
      SLOT_X, fuzz_rows(&p->call.numbers, SLOT_X, e, x_rows, p->call.ldx, p->n, p->at_end, 0xff));
  p->old = fuzz_rows(&p->call.numbers, SLOT_OLD, e, p->batch, p->call.ldy, p->m, p->at_end,
                     p->call.filler);
}

/* ------------------------------------------------------------------ the sum of one element */

static double w_at(const problem *p, size_t f, size_t i, size_t j) {
  const kron_eye_factor *factor = &p->factors[f];
  if (identity(factor)) return i == j;
  return element_get(p->t->e, p->w[f],
                     transposed(factor) ? j * factor->ldw + i : i * factor->ldw + j);
}

/* The sum over the formed product's row; what is in reach of it. */
struct sum {
  long double sum, size;
  bool finite, nan;
};

static void see(struct sum *s, double v) {
  s->finite = s->finite && isfinite(v);
  s->nan = s->nan || isnan(v);
}

/* Adds the terms of factors f and on: `weight` is the product of the ones before, j their column.
 */
static void add_terms(const problem *p, size_t f, const size_t *row, long double weight, size_t j,
                      const void *x, size_t first, struct sum *s) {
  if (f == p->count) {
    const double v = element_get(p->t->e, x, first + j);
    see(s, v);
    s->sum += weight * v;
    s->size += fabsl(weight * v);
    return;
  }
  const kron_eye_factor *factor = &p->factors[f];
  const bool is = identity(factor);
  for (size_t k = is ? row[f] : 0; k < (is ? row[f] + 1 : factor->n); k++) {
    const double w = w_at(p, f, row[f], k);
    see(s, w);
    add_terms(p, f + 1, row, weight * w, j * factor->n + k, x, first, s);
  }
}

/* What rounding to a subnormal in one step becomes in those after it, and how many roundings. */
static long double inputs_of(const problem *p, long double *grown) {
  long double inputs = 3;
  *grown = fmaxl(1, fabsl((long double)p->call.alpha));
  for (size_t f = 0; f < p->count; f++) {
    const kron_eye_factor *factor = &p->factors[f];
    if (identity(factor)) continue;
    inputs += (long double)factor->n + 3;
    if (p->count > 1) inputs += 32; /* several factors as one step have no more inputs */
    long double largest = 1;
    for (size_t i = 0; i < factor->m; i++)
      for (size_t j = 0; j < factor->n; j++) {
        const double w = fabs(w_at(p, f, i, j));
        if (isfinite(w) && w > largest) largest = w;
      }
    *grown *= largest * (long double)(factor->n + 1);
  }
  return inputs;
}

static void check_element(const problem *p, const void *y, size_t r, size_t at, long double inputs,
                          long double grown) {
  size_t row[MOST];
  struct sum s = {0, 0, true, false};
  for (size_t f = p->count, rest = at; f-- > 0; rest /= p->factors[f].m)
    row[f] = rest % p->factors[f].m;
  if (p->call.alpha != 0 && p->n != 0) add_terms(p, 0, row, 1, 0, p->x, r * p->call.ldx, &s);
  const double old = p->call.beta == 0 ? 0 : element_get(p->t->e, p->old, r * p->call.ldy + at);
  const double got = element_get(p->t->e, y, r * p->call.ldy + at);
  if (!s.finite) {
    FUZZ_REQUIRE(s.nan ? isnan(got) : !isfinite(got));
    return;
  }
  const long double product = p->call.alpha == 0 ? 0 : p->call.alpha * s.sum;
  const long double expected =
      p->call.beta == 0 ? product : product + (long double)p->call.beta * old;
  const long double scale = fabsl(p->call.alpha * s.size) + fabsl((long double)p->call.beta * old);
  const bool exact = p->call.numbers.kind == FUZZ_INTEGERS && s.size < 0x1p20L &&
                     p->call.alpha * 2 == floor(p->call.alpha * 2) &&
                     p->call.beta * 2 == floor(p->call.beta * 2);
  fuzz_require_near(got, expected,
                    exact ? 0 : inputs * (p->t->format->u * scale + grown * p->t->format->eta));
}

static void check_sums(const problem *p, const void *y) {
  size_t terms = 1;
  for (size_t f = 0; f < p->count; f++)
    if (!identity(&p->factors[f])) terms *= p->factors[f].n;
  long double grown;
  const long double inputs = inputs_of(p, &grown);
  const size_t all = p->batch * p->m, step = all / (1 + WORK / (terms + 1)) + 1;
  for (size_t e = 0; e < all; e += step) check_element(p, y, e / p->m, e % p->m, inputs, grown);
}

/* ------------------------------------------------------------------ applies */

static size_t y_bytes(const problem *p) {
  return fuzz_extent(p->batch, p->call.ldy, p->m) * element_size(p->t->e);
}

static void *new_y(const problem *p) {
  void *y = fuzz_guarded(SLOT_Y, y_bytes(p), p->at_end);
  if (p->call.beta == 0)
    memset(y, 0xff, y_bytes(p));
  else
    memcpy(y, p->old, y_bytes(p));
  return y;
}

/* A workspace as `form` says: none, or just enough, or more, of any alignment. */
static void *space_of(const kron_eye_chain *chain, uint8_t form, size_t *bytes) {
  *bytes = kron_eye_chain_workspace(chain);
  if (form % 4 == 0 || *bytes == 0 || *bytes > FUZZ_ARENA_BYTES / 2) *bytes = 0;
  if (*bytes == 0) return NULL;
  if (form % 4 == 1) *bytes += form / 4;
  char *space = fuzz_guarded(SLOT_SPACE, *bytes, form % 4 != 2);
  if (form % 4 == 2) space += form / 4;
  memset(space, 0xff, *bytes);
  return space;
}

static void *apply(const problem *p, const kron_eye_chain *chain, uint8_t form) {
  size_t bytes;
  void *y = new_y(p), *space = space_of(chain, form, &bytes);
  FUZZ_REQUIRE(p->t->apply(chain, p->batch, p->call.alpha, p->x, p->call.ldx, p->call.beta, y,
                           p->call.ldy, space, bytes) == 0);
  fuzz_require_gaps(y, p->t->e, p->batch, p->call.ldy, p->m, p->call.filler);
  fuzz_input in = {y, y_bytes(p)};
  return fuzz_array(&in, y_bytes(p));
}

static kron_eye_chain *chain_from(const problem *p, const kron_eye_options *options) {
  kron_eye_chain *chain = NULL;
  kron_eye_factor once[MOST], twice[MOST];
  memcpy(once, p->factors, sizeof once);
  memcpy(twice, p->factors, sizeof twice);
  FUZZ_REQUIRE(kron_eye_factors_adjoint(p->count, p->factors, once) == 0);
  for (size_t f = 0; f < p->count; f++)
    FUZZ_REQUIRE(once[f].m == p->factors[f].n && once[f].n == p->factors[f].m);
  FUZZ_REQUIRE(kron_eye_factors_adjoint(p->count, once, twice) == 0);
  FUZZ_REQUIRE(memcmp(twice, p->factors, p->count * sizeof *twice) == 0);
  FUZZ_REQUIRE(p->t->create(&chain, p->count, twice, options) == 0);
  return chain;
}

static void check_same_bits(const problem *p, fuzz_input *in, const void *expected) {
  kron_eye_options options = p->options;
  options.threads = fuzz_byte(in) % 4;
  kron_eye_chain *chain = chain_from(p, &options);
  void *y = apply(p, chain, fuzz_byte(in));
  fuzz_require_same(p->t->e, y, expected, fuzz_extent(p->batch, p->call.ldy, p->m));
  free(y);
  kron_eye_chain_destroy(chain);
  if (p->batch == 0) return;
  chain = chain_from(p, &p->options);
  const size_t r = fuzz_below(in, p->batch), size = element_size(p->t->e);
  char *one = (char *)new_y(p) + r * p->call.ldy * size;
  FUZZ_REQUIRE(p->t->apply(chain, 1, p->call.alpha, (const char *)p->x + r * p->call.ldx * size, 1,
                           p->call.beta, one, 1, NULL, 0) == 0);
  fuzz_require_same(p->t->e, one, (const char *)expected + r * p->call.ldy * size, p->m);
  kron_eye_chain_destroy(chain);
}

/* y stays as it is. */
static void check_bad_spaces(const problem *p, const kron_eye_chain *chain) {
  const size_t bytes = kron_eye_chain_workspace(chain);
  if (bytes == 0 || bytes > FUZZ_ARENA_BYTES) return;
  char *space = fuzz_guarded(SLOT_SPACE, bytes, true), *y = new_y(p);
  FUZZ_REQUIRE(p->t->apply(chain, p->batch, p->call.alpha, p->x, p->call.ldx, p->call.beta, y,
                           p->call.ldy, space, bytes - 1) == -10);
  FUZZ_REQUIRE(p->t->apply(chain, p->batch, p->call.alpha, p->x, p->call.ldx, p->call.beta, y,
                           p->call.ldy, NULL, bytes) == -9);
  if (y_bytes(p) != 0) {
    char *onto = y + y_bytes(p) - 1; /* shares the last byte of y; what follows is not touched */
    FUZZ_REQUIRE(p->t->apply(chain, p->batch, p->call.alpha, p->x, p->call.ldx, p->call.beta, y,
                             p->call.ldy, onto, bytes) == -9);
  }
  const void *before = p->call.beta == 0 ? NULL : p->old;
  for (size_t b = 0; b < y_bytes(p); b++)
    FUZZ_REQUIRE((unsigned char)y[b] == (before ? ((const unsigned char *)before)[b] : 0xff));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  problem p = draw(&in);
  make(&p);
  kron_eye_chain *chain = chain_from(&p, &p.options);
  void *y = apply(&p, chain, fuzz_byte(&in));
  check_sums(&p, y);
  const uint8_t next = fuzz_byte(&in) % 2;
  if (next == 0 && p.options.route == KRON_EYE_ROUTE_KERNEL)
    check_same_bits(&p, &in, y);
  else
    check_bad_spaces(&p, chain);
  free(y);
  kron_eye_chain_destroy(chain);
  for (size_t f = 0; f < p.count; f++) free(p.w[f]);
  return 0;
}
