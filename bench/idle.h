/*
 * Keeps the threads of one form out of the next form's time. A library's worker threads spin for a
 * while after their work, waiting for more: libgomp's for milliseconds, OpenBLAS's and MKL's for a
 * tenth of a second and more. In the meantime a form with threads of its own gets half the machine.
 */
#ifndef KRON_EYE_BENCH_IDLE_H
#define KRON_EYE_BENCH_IDLE_H

/**
 * Restarts this program with shorter waits in the environment, unless the caller has set them.
 * (Libraries read them when they are loaded, which is before main().) The waits are still long
 * compared with the gap between two calls of one form.
 */
void idle_shorten_waits(char **arguments);

/** Sleeps until no thread of this process is running, but at most `most_seconds`. */
void idle_wait(double most_seconds);

#endif
