/* stopwatch.h - elapsed time and processor time. */
#ifndef KRON_EYE_EXAMPLES_STOPWATCH_H
#define KRON_EYE_EXAMPLES_STOPWATCH_H

/** Seconds since some fixed moment, from a monotonic clock. */
double stopwatch_seconds(void);

/** Seconds of processor time that all threads of this process have used. */
double stopwatch_processor_seconds(void);

#endif
