/* splitmix64.h - seeded 64-bit numbers (Steele, Lea, Flood 2014), the same on every machine. */
#ifndef KRON_EYE_EXAMPLES_SPLITMIX64_H
#define KRON_EYE_EXAMPLES_SPLITMIX64_H

#include <stdint.h>

/** The next number. The state is a counter, which starts at the seed; the rest mixes its bits. */
static inline uint64_t splitmix64(uint64_t *state) {
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

#endif
