/* Chains: the factors, and the operator that the chain is as a whole. */
#ifndef KRON_EYE_PROBLEM_FROM_CHAIN_H
#define KRON_EYE_PROBLEM_FROM_CHAIN_H

#include "problem/problem.h"

/* A factor, checked: op with left = right = 1; of an identity no more than m = n counts. */
struct kron_eye_link {
  struct kron_eye_operator op;
  bool identity;
  size_t first,
      count; /* the caller's factors that it is: one, until chain/fold.c puts some in one */
};

/*
 * The checks of kron_eye_chain_create_*() from `count` on, but for the options. When the status is
 * 0, `whole` is the chain seen as one matrix without a W: its m and n are the elements of a row of
 * y and of x.
 */
int kron_eye_problem_from_factors(enum kron_eye_types types, size_t count,
                                  const kron_eye_factor *factors, struct kron_eye_operator *whole);

/* Factor `index` of factors that have passed those checks. */
struct kron_eye_link kron_eye_problem_link(enum kron_eye_types types,
                                           const kron_eye_factor *factors, size_t index);

/* A caller's workspace, of which `needed` bytes are wanted: the check of arguments 9 and 10 of
   kron_eye_chain_apply_*(). */
int kron_eye_problem_from_workspace(const struct kron_eye_operator *whole,
                                    const struct kron_eye_operands *operands, const void *workspace,
                                    size_t bytes, size_t needed);

/* kron_eye_factors_adjoint(). */
int kron_eye_problem_factors_adjoint(size_t count, const kron_eye_factor *factors,
                                     kron_eye_factor *adjoint);

#endif
