/* How many threads a piece of work gets. */
#ifndef KRON_EYE_RUN_THREADS_H
#define KRON_EYE_RUN_THREADS_H

#include <stddef.h>

/*
 * At most `limit` (0: OpenMP's setting), and no more than `multiply_adds` keeps busy. 1 without
 * OpenMP, inside the caller's own parallel region (its threads are the ones to use), and in a
 * child after fork, where the parent's OpenMP threads are gone and waiting for them would not end.
 */
int kron_eye_run_threads(size_t limit, double multiply_adds);

#endif
