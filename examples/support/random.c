#include "support/random.h"

#include <math.h>

/* SplitMix64 (Steele, Lea, Flood 2014): a counter and a mixing function. */
static uint64_t next_bits(uint64_t *state) {
  *state += UINT64_C(0x9e3779b97f4a7c15);
  uint64_t bits = *state;
  bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
  return bits ^ (bits >> 31);
}

/* Uniform in (0, 1]: never 0, whose logarithm is infinite. */
static double next_uniform(uint64_t *state) {
  return (double)((next_bits(state) >> 11) + 1) * 0x1p-53;
}

/* Box and Muller: two uniform numbers make a point in the plane with two normal coordinates. */
void random_normal(uint64_t seed, float *values, size_t count) {
  const double full_turn = 6.283185307179586;
  uint64_t state = seed;
  for (size_t i = 0; i < count; i += 2) {
    const double radius = sqrt(-2.0 * log(next_uniform(&state)));
    const double angle = full_turn * next_uniform(&state);
    values[i] = (float)(radius * cos(angle));
    if (i + 1 < count) values[i + 1] = (float)(radius * sin(angle));
  }
}

/* Fisher and Yates: every number goes to a random place among those before it, all equally likely
 * (except for the bias of the remainder, below 2^-64 * count). */
void random_order(uint64_t seed, size_t *order, size_t count) {
  uint64_t state = seed;
  for (size_t i = 0; i < count; ++i) {
    const size_t place = (size_t)(next_bits(&state) % (i + 1));
    order[i] = order[place];
    order[place] = i;
  }
}
