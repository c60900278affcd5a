/*
 * test_chain.c - chains against the formed product: every order of distinct shapes, both op,
 * identities in every place; rows larger than the cache against a walk without the library; the
 * adjoint; special values; invariance bit for bit.
 */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "chains.h"

enum { ROWS = 3 };

static const layout tight = {0, 0, false, GUARDED_END, 0};

static void expect_formed(const chain_numbers *c, const long double *kron, size_t batch,
                          const layout *l, double alpha, const double *x, double beta,
                          const double *y, const double *result) {
  for (size_t r = 0; r < batch; r++)
    for (size_t i = 0; i < c->m; i++) {
      const double *row = x + (l->broadcast ? 0 : r) * c->n;
      long double sum = 0, magnitude = 0;
      for (size_t j = 0; j < c->n; j++) {
        const long double term = kron[i * c->n + j] * row[j];
        sum += term;
        magnitude += fabsl(term);
      }
      const double old = beta == 0 ? 0 : y[r * c->m + i];
      const long double error = fabsl(result[r * c->m + i] - (alpha * sum + beta * old));
      const long double bound = c->integers ? 0 : chain_bound(c, alpha, magnitude, beta, old);
      if (!(error <= bound))
        fail_msg(
            "%s, %zu factors, first %zu x %zu op %d, row %zu, output %zu: error %Lg, bound %Lg",
            c->t->name, c->count, c->specs[0].m, c->specs[0].n, c->specs[0].op, r, i, error, bound);
    }
}

static void run_formed(const chain_numbers *c, size_t batch, size_t pad_w, const layout *l,
                       double alpha, double beta, const kron_eye_options *options, rng *r) {
  long double *kron = chain_formed(c);
  double *x = chain_values(c, batch * c->n, r), *y = chain_values(c, batch * c->m, r);
  kron_eye_chain *chain = chain_of(c, pad_w, false, options);
  for (int from = WORKSPACE_GIVEN; from <= WORKSPACE_OWN; from++) {
    double *result =
        chain_apply(c, chain, false, batch, l, alpha, x, beta, y, (workspace_from)from);
    expect_formed(c, kron, batch, l, alpha, x, beta, y, result);
    free(result);
  }
  kron_eye_chain_destroy(chain);
  free(kron);
  free(x);
  free(y);
}

/* ---------------------------------------------------------------- every small chain */

static const factor_spec pool[] = {
    {false, 2, 3, 0}, {false, 5, 4, 0}, {false, 3, 1, 0}, {false, 4, 6, 0}};
enum { POOL = sizeof pool / sizeof *pool };

/* The next permutation of `length` of POOL in lexical order; false behind the last. */
static bool next_order(size_t *order, size_t length) {
  for (;;) { /* count up in base POOL until all digits differ */
    size_t at = length;
    while (at > 0 && order[at - 1] == POOL - 1) order[--at] = 0;
    if (at == 0) return false;
    order[at - 1]++;
    bool differ = true;
    for (size_t i = 0; i < length; i++)
      for (size_t j = 0; j < i; j++) differ &= order[i] != order[j];
    if (differ) return true;
  }
}

/* Each place of this order a matrix or an identity, and each matrix transposed or not. */
static size_t run_order(const chain_types *t, const size_t *order, size_t length, rng *r) {
  size_t cases = 0;
  for (unsigned identities = 0; identities < 1u << length; identities++)
    for (unsigned ops = 0; ops < 1u << length; ops++) {
      if (ops & identities) continue; /* an identity has no op */
      factor_spec specs[POOL] = {{false, 0, 0, 0}};
      for (size_t f = 0; f < length; f++) {
        specs[f] = pool[order[f]];
        specs[f].op = ops >> f & 1;
        specs[f].identity = identities >> f & 1;
        if (specs[f].identity) specs[f].m = specs[f].n;
      }
      const bool exact = cases % 4 != 0;
      chain_numbers c = chain_numbers_create(t, length, specs, exact, r);
      const layout l = {rng_below(r, 2) * 5, rng_below(r, 2) * 3, rng_below(r, 8) == 0,
                        rng_below(r, 2) ? GUARDED_START : GUARDED_END, rng_below(r, 65)};
      const double alphas[] = {1, -2, 0.5}, betas[] = {0, 1, -0.25};
      run_formed(&c, rng_below(r, ROWS + 1), rng_below(r, 3), &l, alphas[rng_below(r, 3)],
                 betas[rng_below(r, 3)], NULL, r);
      chain_numbers_destroy(&c);
      cases++;
    }
  return cases;
}

static void every_order_of_small_factors(void **state) {
  (void)state;
  rng r = rng_start("orders of factors");
  size_t cases = 0;
  for (size_t t = 0; t < CHAIN_TYPES; t++) {
    cases += run_order(&all_chain_types[t], NULL, 0, &r);
    for (size_t length = 1; length <= POOL; length++) {
      size_t order[POOL] = {0};
      bool differ = length == 1; /* all zeros differ for one factor only */
      if (!differ) differ = next_order(order, length);
      for (; differ; differ = next_order(order, length))
        cases += run_order(&all_chain_types[t], order, length, &r);
    }
  }
  /* 3^length ways for each of 4!/(4-length)! orders. */
  check_cases("small chains", cases, CHAIN_TYPES * (1 + 4 * 3 + 12 * 9 + 24 * 27 + 24 * 81));
}

/* ---------------------------------------------------------------- routes and options */

static void every_option(void **state) {
  (void)state;
  const factor_spec specs[] = {
      {false, 3, 2, 1}, {true, 4, 4, 0}, {false, 5, 7, 0}, {true, 2, 2, 0}};
  const layout l = {3, 1, false, GUARDED_END, 0};
  rng r = rng_start("options");
  size_t cases = 0;
  for (size_t t = 0; t < CHAIN_TYPES; t++)
    for (int route = KRON_EYE_ROUTE_AUTO; route <= KRON_EYE_ROUTE_BLAS; route++)
      for (int zeros = KRON_EYE_ZEROS_AUTO; zeros <= KRON_EYE_ZEROS_MULTIPLY; zeros++)
        for (size_t threads = 0; threads <= 3; threads++, cases++) {
          kron_eye_options options = KRON_EYE_OPTIONS_INIT;
          options.route = route;
          options.zeros = zeros;
          options.threads = threads;
          chain_numbers c = chain_numbers_create(&all_chain_types[t], 4, specs, true, &r);
          run_formed(&c, 5, 1, &l, 2, -1, &options, &r);
          chain_numbers_destroy(&c);
        }
  check_cases("options", cases, CHAIN_TYPES * 3 * 3 * 4);
}

/* ---------------------------------------------------------------- rows beyond the cache */

static const struct {
  size_t count;
  factor_spec specs[18];
  size_t batch;
} large[] = {
    /* one stage, several rows in a part */
    {3, {{false, 8, 8, 0}, {true, 64, 64, 0}, {false, 8, 8, 1}}, 9},
    {3, {{true, 30, 30, 0}, {false, 30, 78, 0}, {true, 3, 3, 0}}, 7},
    {2, {{false, 2, 4, 0}, {false, 40, 100, 1}}, 33},
    {4, {{true, 3, 3, 0}, {false, 33, 40, 0}, {false, 20, 17, 0}, {true, 2, 2, 0}}, 2},
    /* several */
    {6,
     {{false, 8, 8, 0},
      {false, 8, 8, 1},
      {false, 8, 8, 0},
      {false, 8, 8, 0},
      {false, 8, 8, 1},
      {false, 7, 9, 0}},
     2},
    {3, {{false, 32, 33, 0}, {false, 34, 31, 1}, {false, 33, 35, 0}}, 5},
    {4, {{false, 17, 16, 0}, {false, 15, 16, 0}, {false, 16, 18, 1}, {false, 14, 16, 0}}, 3},
    {18,
     {{false, 2, 2, 0},
      {false, 2, 2, 1},
      {false, 2, 2, 0},
      {false, 2, 2, 0},
      {false, 2, 2, 0},
      {false, 2, 2, 0},
      {false, 2, 2, 0},
      {false, 2, 2, 1},
      {false, 2, 2, 0},
      {false, 2, 2, 0},
      {false, 2, 2, 0},
      {false, 2, 2, 0},
      {false, 2, 2, 0},
      {false, 2, 2, 0},
      {false, 2, 2, 1},
      {false, 2, 2, 0},
      {false, 2, 2, 0},
      {false, 2, 2, 0}},
     1},
    {3, {{false, 40, 44, 0}, {true, 90, 90, 0}, {false, 41, 37, 0}}, 2},
    {4, {{false, 3, 5, 0}, {false, 6, 4, 0}, {true, 700, 700, 0}, {false, 5, 9, 1}}, 2},
    {3, {{false, 3, 5, 0}, {false, 6, 4, 0}, {true, 9001, 9001, 0}}, 2},
    /* slices, of which the last one has one r less, in both types */
    {3, {{false, 3, 5, 0}, {false, 6, 4, 0}, {true, 2687, 2687, 0}}, 2},
    /* parts of many blocks, of which the last one has fewer */
    {3, {{true, 1009, 1009, 0}, {false, 9, 10, 0}, {false, 20, 18, 1}}, 1},
};
enum { LARGE = sizeof large / sizeof *large };

static void expect_walked(const chain_numbers *c, size_t batch, const double *x, double beta,
                          const double *y, const double *result) {
  long double *product = chain_walked(c, x, batch, false),
              *magnitude = chain_walked(c, x, batch, true);
  for (size_t i = 0; i < batch * c->m; i++) {
    const double old = beta == 0 ? 0 : y[i];
    const long double error = fabsl(result[i] - (1.5L * product[i] + beta * old));
    const long double bound = chain_bound(c, 1.5, magnitude[i], beta, old);
    if (!(error <= bound))
      fail_msg("large chain of %zu factors, %s: output %zu: error %Lg, bound %Lg", c->count,
               c->t->name, i, error, bound);
  }
  free(product);
  free(magnitude);
}

static double *run_large(const chain_numbers *c, size_t batch, size_t threads, const layout *l,
                         const double *x, double beta, const double *y) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.threads = threads;
  options.route = KRON_EYE_ROUTE_KERNEL;
  kron_eye_chain *chain = chain_of(c, 0, false, &options);
  double *result = chain_apply(c, chain, false, batch, l, 1.5, x, beta, y, WORKSPACE_GIVEN);
  kron_eye_chain_destroy(chain);
  return result;
}

/* Within the bound on one thread, and the same bits on four. */
static void large_rows(void **state) {
  (void)state;
  rng r = rng_start("large rows");
  size_t cases = 0;
  for (size_t t = 0; t < CHAIN_TYPES; t++)
    for (size_t s = 0; s < LARGE; s++, cases++) {
      chain_numbers c =
          chain_numbers_create(&all_chain_types[t], large[s].count, large[s].specs, false, &r);
      const size_t batch = large[s].batch;
      const layout l = {s % 3, s % 2 * 3, false, GUARDED_END, 0};
      double *x = chain_values(&c, batch * c.n, &r), *y = chain_values(&c, batch * c.m, &r);
      const double beta = s % 2 ? -0.75 : 0;
      double *one = run_large(&c, batch, 1, &l, x, beta, y),
             *four = run_large(&c, batch, 4, &l, x, beta, y);
      expect_walked(&c, batch, x, beta, y, one);
      assert_memory_equal(one, four, batch * c.m * sizeof *one);
      free(one);
      free(four);
      free(x);
      free(y);
      chain_numbers_destroy(&c);
    }
  check_cases("large chains", cases, CHAIN_TYPES * LARGE);
}

/* ---------------------------------------------------------------- the adjoint */

static long double dot(const double *a, const double *b, size_t count) {
  long double sum = 0;
  for (size_t i = 0; i < count; i++) sum += (long double)a[i] * b[i];
  return sum;
}

/* <y, K x> = <K' y, x>, exactly on integers. */
static void adjoint_is_the_transpose(void **state) {
  (void)state;
  const factor_spec specs[] = {
      {false, 3, 2, 1}, {true, 4, 4, 0}, {false, 5, 7, 0}, {false, 6, 1, 1}};
  rng r = rng_start("adjoint");
  size_t cases = 0;
  for (size_t t = 0; t < CHAIN_TYPES; t++)
    for (size_t count = 0; count <= 4; count++, cases++) {
      chain_numbers c = chain_numbers_create(&all_chain_types[t], count, specs, true, &r);
      double *x = chain_values(&c, c.n, &r), *y = chain_values(&c, c.m, &r);
      kron_eye_chain *forward = chain_of(&c, 1, false, NULL), *back = chain_of(&c, 1, true, NULL);
      double *kx = chain_apply(&c, forward, false, 1, &tight, 1, x, 0, NULL, WORKSPACE_GIVEN),
             *ky = chain_apply(&c, back, true, 1, &tight, 1, y, 0, NULL, WORKSPACE_GIVEN);
      assert_true(dot(y, kx, c.m) == dot(ky, x, c.n));
      kron_eye_chain_destroy(forward);
      kron_eye_chain_destroy(back);
      free(x);
      free(y);
      free(kx);
      free(ky);
      chain_numbers_destroy(&c);
    }
  check_cases("adjoints", cases, CHAIN_TYPES * 5);
}

/* ---------------------------------------------------------------- invariance */

/* A row by itself on one thread, and in any batch, place, layout and on any threads. */
static void rows_are_invariant(void **state) {
  (void)state;
  rng r = rng_start("chain invariance");
  size_t cases = 0;
  for (size_t t = 0; t < CHAIN_TYPES; t++)
    for (size_t s = 0; s < LARGE; s++) {
      chain_numbers c =
          chain_numbers_create(&all_chain_types[t], large[s].count, large[s].specs, false, &r);
      const size_t batch = large[s].batch;
      double *x = chain_values(&c, batch * c.n, &r), *y = chain_values(&c, batch * c.m, &r);
      kron_eye_options options = KRON_EYE_OPTIONS_INIT;
      options.route = KRON_EYE_ROUTE_KERNEL;
      options.threads = 1;
      kron_eye_chain *alone = chain_of(&c, 0, false, &options);
      const size_t first = rng_below(&r, batch), rows = 1 + rng_below(&r, batch - first);
      options.threads = 2 + rng_below(&r, 7);
      kron_eye_chain *together = chain_of(&c, 2, false, &options);
      const layout l = {rng_below(&r, 20), rng_below(&r, 20), false, GUARDED_START,
                        rng_below(&r, 65)};
      double *many = chain_apply(&c, together, false, rows, &l, -1.5, x + first * c.n, 0.75,
                                 y + first * c.m, WORKSPACE_GIVEN);
      for (size_t i = 0; i < rows; i++) {
        double *one = chain_apply(&c, alone, false, 1, &tight, -1.5, x + (first + i) * c.n, 0.75,
                                  y + (first + i) * c.m, WORKSPACE_OWN);
        if (memcmp(one, many + i * c.m, c.m * sizeof *one) != 0)
          fail_msg("chain %zu, %s: row %zu differs from the same row alone", s, c.t->name,
                   first + i);
        free(one);
      }
      kron_eye_chain_destroy(alone);
      kron_eye_chain_destroy(together);
      free(many);
      free(x);
      free(y);
      chain_numbers_destroy(&c);
      cases++;
    }
  check_cases("chains, rows alone and together", cases, CHAIN_TYPES * LARGE);
}

/* ---------------------------------------------------------------- special values */

/* alpha = 0 reads neither the matrices nor x; a NaN touches what it is multiplied into. */
static void alpha_zero_and_nan(void **state) {
  (void)state;
  const factor_spec specs[] = {
      {false, 3, 2, 0}, {true, 4, 4, 0}, {false, 5, 7, 1}, {true, 2, 2, 0}};
  rng r = rng_start("special values");
  size_t cases = 0;
  for (size_t t = 0; t < CHAIN_TYPES; t++) {
    chain_numbers c = chain_numbers_create(&all_chain_types[t], 4, specs, true, &r);
    double *x = chain_values(&c, 2 * c.n, &r), *y = chain_values(&c, 2 * c.m, &r);
    kron_eye_chain *chain = chain_of(&c, 0, false, NULL);
    double *clean = chain_apply(&c, chain, false, 2, &tight, 1, x, 0, y, WORKSPACE_GIVEN);
    /* x[j0, a, j1, b] of row 1: only y[., a, ., b] of that row may change. */
    const size_t a = 2, b = 1;
    x[c.n + ((1 * 4 + a) * 7 + 3) * 2 + b] = NAN;
    double *dirty = chain_apply(&c, chain, false, 2, &tight, 1, x, 0, y, WORKSPACE_GIVEN);
    for (size_t i = 0; i < 2 * c.m; i++) {
      const size_t k = i % c.m;
      if (i >= c.m && k % 2 == b && k / (2 * 5) % 4 == a)
        assert_true(isnan(dirty[i]));
      else
        assert_true(dirty[i] == clean[i]);
    }
    double *zero = chain_apply(&c, chain, false, 2, &tight, 0, x, 2, y, WORKSPACE_OWN);
    for (size_t i = 0; i < 2 * c.m; i++) assert_true(zero[i] == 2 * y[i]);
    double *nothing = chain_apply(&c, chain, false, 2, &tight, 0, x, 0, y, WORKSPACE_OWN);
    for (size_t i = 0; i < 2 * c.m; i++) assert_true(nothing[i] == 0 && !signbit(nothing[i]));
    kron_eye_chain_destroy(chain);
    free(x);
    free(y);
    free(clean);
    free(dirty);
    free(zero);
    free(nothing);
    chain_numbers_destroy(&c);
    cases++;
  }
  check_cases("special values", cases, CHAIN_TYPES);
}

/* Identities alone: y = alpha*x + beta*y. */
static void identities_alone(void **state) {
  (void)state;
  const size_t sizes[][3] = {{1, 1, 1}, {1, 3, 1}, {5, 1, 1}, {3, 4, 5}, {7, 11, 13}, {2, 500, 37}};
  const layout l = {2, 5, false, GUARDED_START, 3};
  rng r = rng_start("identities");
  size_t cases = 0;
  for (size_t t = 0; t < CHAIN_TYPES; t++)
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
      for (size_t count = 0; count <= 3; count++, cases++) {
        factor_spec specs[3];
        for (size_t f = 0; f < 3; f++) specs[f] = (factor_spec){true, sizes[s][f], sizes[s][f], 0};
        chain_numbers c = chain_numbers_create(&all_chain_types[t], count, specs, true, &r);
        double *x = chain_values(&c, 4 * c.n, &r), *y = chain_values(&c, 4 * c.m, &r);
        x[0] = INFINITY;
        x[c.n] = NAN;
        kron_eye_chain *chain = chain_of(&c, 0, false, NULL);
        double *result = chain_apply(&c, chain, false, 4, &l, 2, x, -1, y, WORKSPACE_GIVEN);
        for (size_t i = 0; i < 4 * c.m; i++)
          assert_true(i == c.n ? isnan(result[i]) : result[i] == 2 * x[i] - y[i]);
        kron_eye_chain_destroy(chain);
        free(x);
        free(y);
        free(result);
        chain_numbers_destroy(&c);
      }
  check_cases("identities alone", cases, CHAIN_TYPES * 6 * 4);
}

/* ---------------------------------------------------------------- empty sizes */

static void empty_sizes(void **state) {
  (void)state;
  rng r = rng_start("empty sizes");
  size_t cases = 0;
  for (size_t t = 0; t < CHAIN_TYPES; t++)
    for (size_t zero_m = 0; zero_m <= 3; zero_m++)
      for (size_t zero_n = 0; zero_n <= 3; zero_n++)
        for (size_t batch = 0; batch <= 2; batch++, cases++) {
          factor_spec specs[] = {{false, 3, 2, 0}, {false, 4, 5, 1}, {false, 6, 7, 0}};
          if (zero_m < 3) specs[zero_m].m = 0;
          if (zero_n < 3) specs[zero_n].n = 0;
          chain_numbers c = chain_numbers_create(&all_chain_types[t], 3, specs, true, &r);
          double *x = chain_values(&c, batch * c.n, &r), *y = chain_values(&c, batch * c.m, &r);
          kron_eye_chain *chain = chain_of(&c, 0, false, NULL);
          double *result = chain_apply(&c, chain, false, batch, &tight, 1, x, 3, y, WORKSPACE_OWN);
          for (size_t i = 0; c.n == 0 && i < batch * c.m; i++) assert_true(result[i] == 3 * y[i]);
          kron_eye_chain_destroy(chain);
          free(x);
          free(y);
          free(result);
          chain_numbers_destroy(&c);
        }
  check_cases("empty sizes", cases, CHAIN_TYPES * 4 * 4 * 3);
}

/* ---------------------------------------------------------------- factors multiplied out */

/* What multiplying out would change by more than rounding is left alone: infinities, and products
   beyond the range where each step stays in it. */
static void products_out_of_range(void **state) {
  (void)state;
  const double big[] = {0x1p100, 0x1p900}, small[] = {0x1p-100, 0x1p-900};
  const factor_spec specs[] = {{false, 2, 2, 0}, {false, 2, 2, 0}};
  size_t cases = 0;
  for (size_t t = 0; t < CHAIN_TYPES; t++)
    for (int kind = 0; kind < 4; kind++, cases++) {
      rng r = rng_seeded(1);
      chain_numbers c = chain_numbers_create(&all_chain_types[t], 2, specs, true, &r);
      const double first = kind == 2 ? INFINITY : kind == 1 ? small[t] : big[t];
      const double a[] = {first, 0, 0, 1}, b[] = {0, kind == 1 ? small[t] : big[t], 1, 0};
      memcpy(c.w[0], a, sizeof a);
      memcpy(c.w[1], kind == 3 ? (const double[]){0, 1, 1, 0} : b, sizeof b);
      /* y = (a00 b01 x1, a00 b10 x0, b01 x3, b10 x2), never beyond the range on the way */
      const double scale = kind == 0 ? small[t] : kind == 1 ? big[t] : 1;
      const double x[] = {3 * scale, 5 * scale, 7 * scale, 11 * scale};
      kron_eye_chain *chain = chain_of(&c, 0, false, NULL);
      double *y = chain_apply(&c, chain, false, 1, &tight, 1, x, 0, NULL, WORKSPACE_GIVEN);
      const double b01 = c.w[1][1];
      if (kind == 2) {
        assert_true(y[0] == INFINITY && y[1] == INFINITY);
      } else {
        assert_true(y[0] == first * (b01 * x[1]));
        assert_true(y[1] == first * x[0]);
      }
      free(y);
      kron_eye_chain_destroy(chain);
      chain_numbers_destroy(&c);
    }
  check_cases("products out of range", cases, CHAIN_TYPES * 4);
}

/* ---------------------------------------------------------------- describe */

static void describe_says_the_order(void **state) {
  (void)state;
  /* 1/n - 1/m: -1/4, 0, 3/10, 1/6 */
  const factor_spec specs[] = {
      {false, 2, 4, 0}, {true, 9, 9, 0}, {false, 5, 2, 1}, {false, 3, 2, 0}};
  rng r = rng_start("describe");
  chain_numbers c = chain_numbers_create(&all_chain_types[0], 4, specs, true, &r);
  kron_eye_chain *chain = chain_of(&c, 0, false, NULL);
  char text[500], part[20];
  const size_t length = kron_eye_chain_describe(chain, text, sizeof text);
  assert_int_equal(length, strlen(text));
  assert_non_null(strstr(text, "4 factors: W 2 x 4 (x) I_9 (x) W^T 5 x 2 (x) W 3 x 2, f32"));
  assert_non_null(strstr(text, "factors 1 3(x)4;"));
  /* 2*4 * 9*4 + 15*4 * 2*9, as the last two are multiplied out */
  assert_non_null(strstr(text, "1368 multiply-adds"));
  snprintf(part, sizeof part, "%zu bytes", kron_eye_chain_workspace(chain));
  assert_non_null(strstr(text, part));
  assert_int_equal(kron_eye_chain_describe(chain, part, sizeof part), length);
  assert_memory_equal(part, text, sizeof part - 1);
  assert_int_equal(part[sizeof part - 1], 0);
  assert_int_equal(kron_eye_chain_describe(chain, NULL, 0), length);
  assert_int_equal(kron_eye_chain_describe(NULL, part, sizeof part), 0);
  assert_string_equal(part, "");
  kron_eye_chain_destroy(chain);
  chain_numbers_destroy(&c);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_order_of_small_factors),
      cmocka_unit_test(every_option),
      cmocka_unit_test(large_rows),
      cmocka_unit_test(adjoint_is_the_transpose),
      cmocka_unit_test(rows_are_invariant),
      cmocka_unit_test(alpha_zero_and_nan),
      cmocka_unit_test(identities_alone),
      cmocka_unit_test(empty_sizes),
      cmocka_unit_test(products_out_of_range),
      cmocka_unit_test(describe_says_the_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
