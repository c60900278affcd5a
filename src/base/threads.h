/* The one place that asks for threads. */
#ifndef KRON_EYE_BASE_THREADS_H
#define KRON_EYE_BASE_THREADS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * How many threads a piece of work gets: at most `limit` (0: OpenMP's setting), and no more than
 * `multiply_adds` keeps busy. 1 without OpenMP, inside the caller's own parallel region (its
 * threads are the ones to use), and in a child after fork, where the parent's OpenMP threads are
 * gone and waiting for them would not end.
 */
int kron_eye_base_threads(size_t limit, double multiply_adds);

/* Is this build able to use more than one thread? */
bool kron_eye_base_has_threads(void);

/* One piece of the work that `context` describes. */
typedef void kron_eye_piece(void *context, size_t piece);

/*
 * Does pieces 0 to pieces - 1, each once, in any order, on so many threads. All of them compute in
 * the caller's floating-point environment; the workers get their own back, and the exceptions that
 * they raised are raised for the caller. errno stays as it is.
 */
void kron_eye_base_parallel(int threads, size_t pieces, kron_eye_piece *piece, void *context);

/* Returns when the counter has this value, which another thread is about to give it. */
void kron_eye_base_await(atomic_size_t *counter, size_t value);

#endif
