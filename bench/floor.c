#include "floor.h"

#if defined(__x86_64__) && defined(KRON_EYE_BENCH_X86_FLOORS)
const struct floor_kernels *floor_kernels(void) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return &floor_kernels_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &floor_kernels_avx2;
  return &floor_kernels_baseline;
}
#else
const struct floor_kernels *floor_kernels(void) {
  return &floor_kernels_baseline;
}
#endif
