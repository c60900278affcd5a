/* Chains: the factors, and the operator that the chain is as a whole. */
#ifndef KRON_EYE_PROBLEM_FROM_CHAIN_H
#define KRON_EYE_PROBLEM_FROM_CHAIN_H

#include "problem/problem.h"

/* A checked factor: op with left = right = 1. Of an identity only m = n is used. */
struct kron_eye_link {
  struct kron_eye_operator op;
  bool identity;
  size_t first, count; /* of the caller's factors: one, unless chain/fold.c has combined several */
};

/*
 * The checks of kron_eye_chain_create_*() from `count` on, except for the options. If the status is
 * 0, `whole` is the chain as one matrix without a W: its m and n are the elements of a row of y and
 * of x.
 */
int kron_eye_problem_from_factors(enum kron_eye_types types, size_t count,
                                  const kron_eye_factor *factors, struct kron_eye_operator *whole);

/* Factor `index` of factors that have passed those checks. */
struct kron_eye_link kron_eye_problem_link(enum kron_eye_types types,
                                           const kron_eye_factor *factors, size_t index);

/* Checks a caller's workspace, arguments 9 and 10 of kron_eye_chain_apply_*(), which must have
   `needed` bytes. */
int kron_eye_problem_from_workspace(const struct kron_eye_operator *whole,
                                    const struct kron_eye_operands *operands, const void *workspace,
                                    size_t bytes, size_t needed);

/* kron_eye_factors_adjoint(). */
int kron_eye_problem_factors_adjoint(size_t count, const kron_eye_factor *factors,
                                     kron_eye_factor *adjoint);

#endif
