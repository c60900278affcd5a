#include "base/cpu.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const char *const isa_names[KRON_EYE_ISA_COUNT] = {
    [KRON_EYE_PORTABLE] = "portable",
    [KRON_EYE_AVX2] = "avx2",
    [KRON_EYE_AVX512] = "avx512",
};

/* The compiler's run-time library asks CPUID and, for the wide registers, XGETBV: a feature whose
   state the operating system does not save is not reported. */
static enum kron_eye_isa machine_isa(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                   __builtin_cpu_supports("bmi2");
  const int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                     __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (avx2 && avx512) return KRON_EYE_AVX512;
  if (avx2) return KRON_EYE_AVX2;
#endif
  return KRON_EYE_PORTABLE;
}

static enum kron_eye_isa capped(enum kron_eye_isa isa) {
  const char *cap = getenv("KRON_EYE_ISA");
  for (int i = 0; cap && i < (int)isa; i++)
    if (strcmp(cap, isa_names[i]) == 0) return (enum kron_eye_isa)i;
  return isa;
}

static enum kron_eye_isa detected;
static void detect(void) {
  detected = capped(machine_isa());
}

enum kron_eye_isa kron_eye_base_isa(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, detect);
  return detected;
}

const char *kron_eye_base_isa_name(enum kron_eye_isa isa) {
  return isa_names[isa];
}
