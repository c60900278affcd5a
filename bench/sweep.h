/* The sweep over shapes: at which of them is calling the BLAS directly faster than kron_eye? */
#ifndef KRON_EYE_BENCH_SWEEP_H
#define KRON_EYE_BENCH_SWEEP_H

#include "options.h"
#include "session.h"

/** All sessions of a run; grows. */
struct results {
  size_t count;
  struct session *sessions;
};

/** A new session at the end; the pointer is valid until the next call. */
struct session *results_next(struct results *results);

/**
 * Measures every shape and prints a line for each, with the paired ratio of the best BLAS form's
 * time to kron_eye's; at the end, the geometric means. A shape is marked `!` if its interval lies
 * below 0.95 (a loss of more than 5 %), and `?` if the interval only reaches below 0.95.
 */
void sweep_run(const struct options *options, const struct settings *settings,
               struct results *results);

#endif
