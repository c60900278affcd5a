/* random.h - repeatable random numbers: one seed, one sequence. */
#ifndef KRON_EYE_EXAMPLES_RANDOM_H
#define KRON_EYE_EXAMPLES_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/** Fills values[0..count) with standard normal numbers (mean 0, variance 1) determined by the seed.
 */
void random_normal(uint64_t seed, float *values, size_t count);

/** Fills order[0..count) with the numbers 0 to count-1 in a random order determined by the seed. */
void random_order(uint64_t seed, size_t *order, size_t count);

#endif
