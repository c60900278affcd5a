/*
 * Keeping the threads of one form out of the next one's time. A library's worker threads spin for
 * a while after their work, waiting for more: libgomp's for milliseconds, OpenBLAS's and MKL's for
 * a tenth of a second and more; meanwhile a form with threads of its own gets half the machine.
 */
#ifndef KRON_EYE_BENCH_IDLE_H
#define KRON_EYE_BENCH_IDLE_H

/**
 * Starts this program again with shorter waits in the environment, unless the caller has set
 * them: libraries read them when they are loaded, which is before main(). The waits are still
 * long beside the gap between two calls of one form.
 */
void idle_shorten_waits(char **arguments);

/** Sleeps until no thread of this process is running any more, at most so many seconds. */
void idle_wait(double most_seconds);

#endif
