/* The two floors' inner loops, compiled once for each vector width that a machine may have. */
#ifndef KRON_EYE_BENCH_FLOOR_H
#define KRON_EYE_BENCH_FLOOR_H

#include <stddef.h>
#include <stdint.h>

struct floor_kernels {
  const char *name;
  size_t vector_bytes;
  /** Sums `bytes` of memory, a multiple of nothing, as 64-bit integers, in one stream. */
  uint64_t (*read_stream)(const void *memory, size_t bytes);
  /** The same in four streams, each prefetched: what the hardware's prefetcher leaves undone. */
  uint64_t (*read_streams)(const void *memory, size_t bytes);
  /** So many vector multiply-adds (or a few more) in independent chains. */
  float (*fma_f32)(size_t vectors);
  double (*fma_f64)(size_t vectors);
};

/** The widest that this machine has. */
const struct floor_kernels *floor_kernels(void);

extern const struct floor_kernels floor_kernels_baseline, floor_kernels_avx2, floor_kernels_avx512;

#endif
