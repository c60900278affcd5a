/*
 * chains.h - the numbers of one chain, kept apart from how they lie in memory, as operands.h has
 * them for plans: W between NaN gaps and at an inaccessible page, unmapped before the first apply;
 * x read-only, x and y at inaccessible pages with canaries in their gaps; the old y NaN where beta
 * is 0; the workspace exactly as large as the chain says, unaligned, and full of NaN.
 */
#ifndef TESTS_CHAINS_H
#define TESTS_CHAINS_H

#include <stdbool.h>
#include <stddef.h>

#include <kron_eye.h>

#include "operands.h"

/** The chain functions of one suffix. */
typedef struct chain_types {
  const char *name;
  element e;
  const oracle_format *format;
  int (*create)(kron_eye_chain **out, size_t count, const kron_eye_factor *factors,
                const kron_eye_options *options);
  int (*apply)(const kron_eye_chain *chain, size_t batch, double alpha, const void *x, size_t ldx,
               double beta, void *y, size_t ldy, void *workspace, size_t workspace_bytes);
} chain_types;

enum { CHAIN_TYPES = 2, MOST_FACTORS = 20 };
extern const chain_types all_chain_types[CHAIN_TYPES];

typedef struct factor_spec {
  bool identity;
  size_t m, n; /**< of op(W) */
  int op;
} factor_spec;

typedef struct chain_numbers {
  const chain_types *t;
  size_t count;
  factor_spec specs[MOST_FACTORS];
  double *w[MOST_FACTORS]; /**< op(W), m x n; an identity has one too */
  size_t m, n;             /**< of the whole */
  bool integers;
} chain_numbers;

/** Small integers, so that all sums are exact, or standard-normal values of the type. */
chain_numbers chain_numbers_create(const chain_types *t, size_t count, const factor_spec *specs,
                                   bool integers, rng *r);
void chain_numbers_destroy(chain_numbers *c);

/** `count` values of the same kind, in double. */
double *chain_values(const chain_numbers *c, size_t count, rng *r);

/** The chain, made from Ws with rows `pad_w` apart; the status must be 0. With `adjoint`, through
 *  kron_eye_factors_adjoint(). */
kron_eye_chain *chain_of(const chain_numbers *c, size_t pad_w, bool adjoint,
                         const kron_eye_options *options);

/** F_1 (x) F_2 (x) ..., formed: m x n. The caller frees it. */
long double *chain_formed(const chain_numbers *c);

/** The product applied factor by factor without a library, in long double, with its magnitude:
 *  `rows` rows of x -> of y. For large chains; the caller frees both. */
long double *chain_walked(const chain_numbers *c, const double *x, size_t rows, bool magnitude);

/** Where an apply has its workspace from. */
typedef enum workspace_from { WORKSPACE_GIVEN, WORKSPACE_OWN } workspace_from;

/** Applies the chain (or its adjoint) to `batch` rows; the result, tight, is the caller's to free.
 *  The status must be 0. */
double *chain_apply(const chain_numbers *c, const kron_eye_chain *chain, bool adjoint, size_t batch,
                    const layout *l, double alpha, const double *x, double beta, const double *y,
                    workspace_from from);

/** The promised bound for one element. */
long double chain_bound(const chain_numbers *c, double alpha, long double magnitude, double beta,
                        double y);

#endif
