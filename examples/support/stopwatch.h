/* stopwatch.h - elapsed time. */
#ifndef KRON_EYE_EXAMPLES_STOPWATCH_H
#define KRON_EYE_EXAMPLES_STOPWATCH_H

/** Seconds since some fixed moment, from a monotonic clock. */
double stopwatch_seconds(void);

#endif
