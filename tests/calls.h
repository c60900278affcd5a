/*
 * calls.h - calls that operands.h does not have, each with enough work for four threads: products
 * with right > 1, one call without a plan, gradients, chains. For tests of what surrounds a call:
 * threads, the floating-point environment, errno, the stack.
 */
#ifndef TESTS_CALLS_H
#define TESTS_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include <kron_eye.h>

#include "random.h"
#include "types.h"

typedef enum call_kind {
  CALL_TUPLE,     /**< a plan, right of less than half a vector, W stored transposed */
  CALL_LANE,      /**< a plan, a larger right, a W for each block */
  CALL_PRODUCT,   /**< the whole equation in one call; has no options */
  CALL_GRADIENT,  /**< of W */
  CALL_BIAS,      /**< the gradient of a bias, on the calling thread */
  CALL_CHAIN,     /**< several rows, which are small */
  CALL_CHAIN_ROW, /**< one row that does not stay in cache */
  CALL_KINDS
} call_kind;

/** The two types that all of these have. */
enum { CALL_TYPES_HERE = 2 };

typedef struct whole_call {
  const char *name;
  call_kind kind;
  element e;
  kron_eye_shape shape;
  size_t batch, row_x, row_y;
  size_t bytes; /**< of the result */
  kron_eye_options options;
  void *w, *x, *dy, *old, *workspace;
  size_t workspace_bytes;
  kron_eye_plan *plan;
  kron_eye_chain *chain;
} whole_call;

/** Standard-normal numbers times `scale`, and a plan or a chain for the library's own kernels. */
whole_call call_create(call_kind kind, element e, size_t threads, double scale, rng *r);
void call_destroy(whole_call *c);

/** The same call with another plan or chain, for so many threads. Shares the numbers: destroy this
 *  one by call_release(). */
whole_call call_with_threads(const whole_call *c, size_t threads);
void call_release(whole_call *c);

/** Computes the result, alpha = 0.75 and beta = 0.5, into `bytes` bytes; returns the status. Two
 *  threads need two calls with a workspace each: a chain's is in the call. */
int call_run(const whole_call *c, void *result);

#endif
