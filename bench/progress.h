/* One line on stderr that says what is going on, where stderr is a terminal. */
#ifndef KRON_EYE_BENCH_PROGRESS_H
#define KRON_EYE_BENCH_PROGRESS_H

void progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
void progress_clear(void);

#endif
