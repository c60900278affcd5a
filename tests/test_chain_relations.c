/*
 * test_chain_relations.c - relations between chains, on integers, exactly: (A (x) B) (C (x) D) is
 * AC (x) BD; neighbouring factors may be formed, an identity split, inserted or counted as rows; a
 * factor by itself is a plan with identities on both sides; reversed factors take reversed axes;
 * chains of some of the factors, with identities for the others, give the whole chain in any order.
 * Scaling a factor by a power of two scales y, bit for bit. No floating-point exception that the
 * products and sums do not raise, neither when factors are multiplied out.
 */
#include "check.h"

#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "chains.h"

enum { CHAINS = 600, MOST_SIZE = 6, FLAGS = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW };

static const layout tight = {0, 0, false, GUARDED_END, 0};

/* Up to four factors, one in four an identity. */
static chain_numbers chain_draw(size_t k, bool integers, rng *r) {
  factor_spec specs[4];
  const size_t count = 1 + rng_below(r, 4);
  for (size_t f = 0; f < count; f++) {
    specs[f] = (factor_spec){rng_below(r, 4) == 0, 1 + rng_below(r, MOST_SIZE),
                             1 + rng_below(r, MOST_SIZE), (int)rng_below(r, 2)};
    if (specs[f].identity) specs[f] = (factor_spec){true, specs[f].n, specs[f].n, 0};
  }
  return chain_numbers_create(&all_chain_types[k % CHAIN_TYPES], count, specs, integers, r);
}

/* The product, for the caller to free. */
static double *product(const chain_numbers *c, size_t batch, const double *x) {
  kron_eye_chain *chain = chain_of(c, 1, false, NULL);
  double *y = chain_apply(c, chain, false, batch, &tight, 1, x, 0, NULL, WORKSPACE_OWN);
  kron_eye_chain_destroy(chain);
  return y;
}

/* Equal elements; frees both. */
static void expect_equal(const chain_numbers *c, size_t count, double *got, double *expected,
                         const char *what) {
  for (size_t i = 0; i < count; i++)
    if (!(got[i] == expected[i]))
      fail_msg("%s: %s, %zu factors, the first %zu x %zu: y[%zu] is %g, not %g", what, c->t->name,
               c->count, c->specs[0].m, c->specs[0].n, i, got[i], expected[i]);
  free(got);
  free(expected);
}

/* Some of c's factors as a chain, which shares their numbers. */
static chain_numbers part_of(const chain_numbers *c) {
  chain_numbers part = {.t = c->t, .m = 1, .n = 1, .integers = true};
  return part;
}

static void append(chain_numbers *c, factor_spec spec, double *w) {
  c->specs[c->count] = spec;
  c->w[c->count++] = w;
  c->m *= spec.m;
  c->n *= spec.n;
}

static void append_identity(chain_numbers *c, size_t n) {
  append(c, (factor_spec){true, n, n, 0}, NULL);
}

/* ------------------------------------------------------------------ one chain */

/* The chain with identities of order 1 and split ones, and its rows as an identity on the left. */
static void identities_may_be_split_and_inserted(void **state) {
  (void)state;
  enum { BATCH = 3 };
  rng r = rng_start("identities");
  for (size_t k = 0; k < CHAINS; k++) {
    chain_numbers c = chain_draw(k, true, &r), other = part_of(&c), rows = part_of(&c);
    append_identity(&rows, BATCH);
    for (size_t f = 0; f < c.count; f++) {
      const size_t n = c.specs[f].n, divisor = n % 2 == 0 ? 2 : n % 3 == 0 ? 3 : 1;
      append(&rows, c.specs[f], c.w[f]);
      if (rng_below(&r, 2)) append_identity(&other, 1);
      if (!c.specs[f].identity) append(&other, c.specs[f], c.w[f]);
      if (c.specs[f].identity) append_identity(&other, divisor);
      if (c.specs[f].identity) append_identity(&other, n / divisor);
    }
    double *x = chain_values(&c, BATCH * c.n, &r);
    expect_equal(&c, BATCH * c.m, product(&other, BATCH, x), product(&c, BATCH, x),
                 "identities split");
    expect_equal(&c, BATCH * c.m, product(&rows, 1, x), product(&c, BATCH, x),
                 "rows as an identity");
    free(x);
    chain_numbers_destroy(&c);
  }
  check_cases("identities", 2 * CHAINS, 2 * CHAINS);
}

/* Two neighbours as the one matrix that they are. */
static void neighbours_may_be_formed(void **state) {
  (void)state;
  rng r = rng_start("formed neighbours");
  size_t cases = 0;
  for (size_t k = 0; k < CHAINS; k++) {
    chain_numbers c = chain_draw(k, true, &r);
    double *x = chain_values(&c, 2 * c.n, &r);
    for (size_t at = 0; at + 1 < c.count; at++, cases++) {
      chain_numbers pair = part_of(&c), other = part_of(&c);
      append(&pair, c.specs[at], c.w[at]);
      append(&pair, c.specs[at + 1], c.w[at + 1]);
      long double *formed = chain_formed(&pair);
      double *w = calloc(pair.m * pair.n, sizeof *w);
      assert_non_null(w);
      for (size_t i = 0; i < pair.m * pair.n; i++) w[i] = (double)formed[i];
      for (size_t f = 0; f < c.count; f++) {
        if (f == at) append(&other, (factor_spec){false, pair.m, pair.n, (int)(k / 2 % 2)}, w);
        if (f != at && f != at + 1) append(&other, c.specs[f], c.w[f]);
      }
      expect_equal(&c, 2 * c.m, product(&other, 2, x), product(&c, 2, x), "formed neighbours");
      free(formed);
      free(w);
    }
    free(x);
    chain_numbers_destroy(&c);
  }
  assert_true(cases > CHAINS);
  check_cases("formed neighbours", cases, cases);
}

/* Chains of one factor each, with identities in all other places, one after another in any order;
   and each of them as a plan. */
static void factors_by_themselves(void **state) {
  (void)state;
  rng r = rng_start("factors by themselves");
  for (size_t k = 0; k < CHAINS; k++) {
    chain_numbers c = chain_draw(k, true, &r);
    double *x = chain_values(&c, c.n, &r), *y = calloc(c.n + 1, sizeof *y);
    assert_non_null(y);
    memcpy(y, x, c.n * sizeof *y);
    bool done[4] = {false};
    for (size_t step = 0; step < c.count; step++) {
      size_t f = rng_below(&r, c.count);
      while (done[f]) f = (f + 1) % c.count;
      chain_numbers one = part_of(&c);
      for (size_t g = 0; g < c.count; g++)
        if (g == f)
          append(&one, c.specs[f], c.w[f]);
        else
          append_identity(&one, done[g] ? c.specs[g].m : c.specs[g].n);
      done[f] = true;
      double *next = product(&one, 1, y);
      free(y);
      y = next;
    }
    expect_equal(&c, c.m, y, product(&c, 1, x), "one factor after another");
    free(x);
    chain_numbers_destroy(&c);
  }
  check_cases("factors by themselves", CHAINS, CHAINS);
}

/* The place in an array with the axes reversed, of what is at `at`. */
static size_t reversed_place(const chain_numbers *c, size_t at, bool outputs) {
  size_t digits[4], to = 0;
  for (size_t f = c->count; f-- > 0;) {
    const size_t size = outputs ? c->specs[f].m : c->specs[f].n;
    digits[f] = at % size;
    at /= size;
  }
  for (size_t f = c->count; f-- > 0;)
    to = to * (outputs ? c->specs[f].m : c->specs[f].n) + digits[f];
  return to;
}

static void reversed_factors_take_reversed_axes(void **state) {
  (void)state;
  rng r = rng_start("reversed factors");
  for (size_t k = 0; k < CHAINS; k++) {
    chain_numbers c = chain_draw(k, true, &r), back = part_of(&c);
    for (size_t f = c.count; f-- > 0;) append(&back, c.specs[f], c.w[f]);
    double *x = chain_values(&c, c.n, &r), *x_back = calloc(c.n, sizeof *x_back),
           *y = product(&c, 1, x), *expected = calloc(c.m, sizeof *expected);
    assert_true(x_back && expected);
    for (size_t i = 0; i < c.n; i++) x_back[reversed_place(&c, i, false)] = x[i];
    for (size_t i = 0; i < c.m; i++) expected[reversed_place(&c, i, true)] = y[i];
    expect_equal(&c, c.m, product(&back, 1, x_back), expected, "reversed factors");
    free(x);
    free(x_back);
    free(y);
    chain_numbers_destroy(&c);
  }
  check_cases("reversed factors", CHAINS, CHAINS);
}

static void scaling_scales(void **state) {
  (void)state;
  rng r = rng_start("scaling");
  for (size_t k = 0; k < CHAINS; k++) {
    chain_numbers c = chain_draw(k, false, &r);
    double *x = chain_values(&c, c.n, &r), *expected = product(&c, 1, x);
    const size_t f = rng_below(&r, c.count);
    double by = 1;
    if (!c.specs[f].identity) by = -4;
    for (size_t i = 0; by != 1 && i < c.specs[f].m * c.specs[f].n; i++) c.w[f][i] *= by;
    for (size_t i = 0; i < c.m; i++) expected[i] *= by;
    expect_equal(&c, c.m, product(&c, 1, x), expected, "scaled");
    free(x);
    chain_numbers_destroy(&c);
  }
  check_cases("scaled chains", CHAINS, CHAINS);
}

/* ------------------------------------------------------------------ two chains */

/* The matrix product of two factors' Ws; an identity has its W too. */
static double *multiplied(const double *a, const double *b, size_t m, size_t l, size_t n) {
  double *ab = calloc(m * n + 1, sizeof *ab);
  assert_non_null(ab);
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++)
      for (size_t k = 0; k < l; k++) ab[i * n + j] += a[i * l + k] * b[k * n + j];
  return ab;
}

static void chains_compose_factor_by_factor(void **state) {
  (void)state;
  rng r = rng_start("composition");
  for (size_t k = 0; k < CHAINS; k++) {
    chain_numbers b = chain_draw(k, true, &r);
    if (b.count > 2) b.t = &all_chain_types[1]; /* integers beyond 2^24 */
    chain_numbers ab = part_of(&b);
    factor_spec specs[4];
    for (size_t f = 0; f < b.count; f++)
      specs[f] =
          (factor_spec){false, 1 + rng_below(&r, MOST_SIZE), b.specs[f].m, (int)rng_below(&r, 2)};
    chain_numbers a = chain_numbers_create(b.t, b.count, specs, true, &r);
    for (size_t f = 0; f < b.count; f++)
      append(&ab, (factor_spec){false, a.specs[f].m, b.specs[f].n, (int)rng_below(&r, 2)},
             multiplied(a.w[f], b.w[f], a.specs[f].m, b.specs[f].m, b.specs[f].n));
    double *x = chain_values(&b, b.n, &r), *bx = product(&b, 1, x);
    expect_equal(&ab, ab.m, product(&a, 1, bx), product(&ab, 1, x), "composed");
    free(x);
    free(bx);
    chain_numbers_destroy(&ab);
    chain_numbers_destroy(&a);
    chain_numbers_destroy(&b);
  }
  check_cases("compositions", CHAINS, CHAINS);
}

/* ------------------------------------------------------------------ exceptions */

/* `count` elements of the type, for the caller to free. */
static void *converted(element e, const double *values, size_t count) {
  void *a = calloc(count + 1, element_size(e));
  assert_non_null(a);
  for (size_t i = 0; i < count; i++) element_set(e, a, i, values[i]);
  return a;
}

/* The exceptions of create and of apply, and of nothing else: all numbers are converted before. */
static void raised_by(const chain_numbers *c, const double *x, const double *old, int raised[2]) {
  kron_eye_factor factors[4];
  void *w[4], *from = converted(c->t->e, x, c->n), *y = converted(c->t->e, old, c->m);
  for (size_t f = 0; f < c->count; f++) {
    const factor_spec *s = &c->specs[f];
    w[f] = converted(c->t->e, c->w[f], s->m * s->n);
    factors[f] = c->t->e == ELEMENT_F32
                     ? kron_eye_factor_f32(s->m, s->n, KRON_EYE_NO_TRANSPOSE, w[f], s->n)
                     : kron_eye_factor_f64(s->m, s->n, KRON_EYE_NO_TRANSPOSE, w[f], s->n);
    if (s->identity) factors[f] = kron_eye_factor_identity(s->n);
  }
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  kron_eye_chain *chain = NULL;
  feclearexcept(FLAGS);
  assert_int_equal(c->t->create(&chain, c->count, factors, &options), 0);
  raised[0] = fetestexcept(FLAGS);
  feclearexcept(FLAGS);
  assert_int_equal(c->t->apply(chain, 1, 1.5, from, 0, 0.5, y, 0, NULL, 0), 0);
  raised[1] = fetestexcept(FLAGS);
  kron_eye_chain_destroy(chain);
  for (size_t f = 0; f < c->count; f++) free(w[f]);
  free(from);
  free(y);
}

/* Normal numbers; one infinity in x; factors whose product is beyond the range, where x is 0. */
static void no_exception_of_its_own(void **state) {
  (void)state;
  rng r = rng_start("exceptions");
  for (size_t k = 0; k < CHAINS; k++) {
    chain_numbers c = chain_draw(k, false, &r);
    double *x = chain_values(&c, c.n, &r), *y = chain_values(&c, c.m, &r);
    if (k % 3 == 1 && c.count == 1) x[rng_below(&r, c.n)] = INFINITY;
    for (size_t f = 0; k % 3 == 2 && f < c.count; f++)
      for (size_t i = 0; !c.specs[f].identity && i < c.specs[f].m * c.specs[f].n; i++)
        c.w[f][i] = ldexp(c.w[f][i], c.t->e == ELEMENT_F32 ? 90 : 900);
    for (size_t i = 0; k % 3 == 2 && i < c.n; i++) x[i] = 0;
    int raised[2];
    raised_by(&c, x, y, raised);
    if (raised[0] | raised[1])
      fail_msg("%s, %zu factors, the first %zu x %zu: create raises %x, apply %x", c.t->name,
               c.count, c.specs[0].m, c.specs[0].n, raised[0], raised[1]);
    free(x);
    free(y);
    chain_numbers_destroy(&c);
  }
  check_cases("chains", CHAINS, CHAINS);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(identities_may_be_split_and_inserted),
      cmocka_unit_test(neighbours_may_be_formed),
      cmocka_unit_test(factors_by_themselves),
      cmocka_unit_test(reversed_factors_take_reversed_axes),
      cmocka_unit_test(scaling_scales),
      cmocka_unit_test(chains_compose_factor_by_factor),
      cmocka_unit_test(no_exception_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
