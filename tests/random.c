/* random.c - xoshiro256** by Blackman and Vigna (public domain), and the shapes drawn from it. */
#include "random.h"

#include "support/splitmix64.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_SEED UINT64_C(20240229)

rng rng_seeded(uint64_t seed) {
  rng r;
  for (size_t i = 0; i < 4; i++) r.state[i] = splitmix64(&seed);
  return r;
}

rng rng_start(const char *test) {
  const char *text = getenv("KRON_EYE_TEST_SEED");
  const uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : DEFAULT_SEED;
  printf("# %s: KRON_EYE_TEST_SEED=%llu\n", test, (unsigned long long)seed);
  return rng_seeded(seed);
}

static uint64_t rotate_left(uint64_t bits, int by) {
  return (bits << by) | (bits >> (64 - by));
}

uint64_t rng_bits(rng *r) {
  uint64_t *s = r->state;
  const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
  const uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotate_left(s[3], 45);
  return result;
}

/* The bias of the remainder is below limit / 2^64, which is negligible for a test. */
size_t rng_below(rng *r, size_t limit) {
  return (size_t)(rng_bits(r) % limit);
}

double rng_uniform(rng *r) {
  return (double)(rng_bits(r) >> 11) * 0x1p-53;
}

/* Box and Muller. Returning one value per call keeps the generator free of hidden state. */
double rng_normal(rng *r) {
  const double radius = sqrt(-2 * log(1 - rng_uniform(r)));
  return radius * cos(6.283185307179586 * rng_uniform(r));
}
