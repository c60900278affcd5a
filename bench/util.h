/* Small things every file of the bench needs: failing with a line, memory, time, threads. */
#ifndef KRON_EYE_BENCH_UTIL_H
#define KRON_EYE_BENCH_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Prints one line on stderr and exits with status 1. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** count * size bytes on a 64-byte boundary, not zeroed; dies where memory is refused. */
void *allocate(size_t count, size_t size);
/** From now on, allocate() asks for large pages for every array that fills one. */
void allocate_huge_pages(void);
bool allocates_huge_pages(void);

void sleep_seconds(double seconds);

/** Threads that OpenMP would use if nobody limited them; 1 without OpenMP. */
size_t all_threads(void);
/** Limits later OpenMP regions to `threads`. */
void limit_threads(size_t threads);

/** The next number of the stream splitmix64 as one uniform in [0, 1), 53 bits. */
double random_uniform(uint64_t *state);
/** Puts order[0..count) into a random order. */
void shuffle(size_t count, size_t *order, uint64_t *state);

/** Does the text start with one of those in `starts`, separated by |? */
bool starts_with(const char *text, const char *starts);

#endif
