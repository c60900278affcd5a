/*
 * random.h - one seeded generator for all tests (xoshiro256**, seeded by splitmix64): the same
 * numbers on every machine. A test that starts one prints its seed. The environment variable
 * KRON_EYE_TEST_SEED replaces the default seed, to try others or to repeat a run.
 */
#ifndef TESTS_RANDOM_H
#define TESTS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct rng {
  uint64_t state[4];
} rng;

/** The generator for one test: seeded from KRON_EYE_TEST_SEED or the default; prints the seed. */
rng rng_start(const char *test);

/** The generator for one seed; prints nothing. */
rng rng_seeded(uint64_t seed);

uint64_t rng_bits(rng *r);              /**< 64 random bits */
size_t rng_below(rng *r, size_t limit); /**< uniform in [0, limit), limit > 0 */
double rng_uniform(rng *r);             /**< uniform in [0, 1), a multiple of 2^-53 */
double rng_normal(rng *r);              /**< standard normal */

#endif
