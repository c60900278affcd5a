/* The inner loops of the two floors (lower bounds), compiled once for each vector width. */
#ifndef KRON_EYE_BENCH_FLOOR_H
#define KRON_EYE_BENCH_FLOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct floor_kernels {
  const char *name;
  size_t vector_bytes;
  /** Sums `bytes` of memory, any number, as 64-bit integers, in one stream. */
  uint64_t (*read_stream)(const void *memory, size_t bytes);
  /** The same in four streams, each prefetched, which the hardware prefetcher does not do by
   * itself. */
  uint64_t (*read_streams)(const void *memory, size_t bytes);
  /** Reads and writes so many bytes side by side, at so many places at once; past the caches where
   * `streaming`. Both arrays lie on cache lines. */
  uint64_t (*pass)(const void *from, size_t read, void *to, size_t written, size_t places,
                   bool streaming);
  /** At least so many vector multiply-adds in independent chains. */
  float (*fma_f32)(size_t vectors);
  double (*fma_f64)(size_t vectors);
};

/** Those of the widest vectors of this machine. */
const struct floor_kernels *floor_kernels(void);

extern const struct floor_kernels floor_kernels_baseline, floor_kernels_avx2, floor_kernels_avx512;

#endif
