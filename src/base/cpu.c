#include "base/cpu.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const char *const isa_names[KRON_EYE_ISA_COUNT] = {
    [KRON_EYE_PORTABLE] = "portable",
    [KRON_EYE_AVX2] = "avx2",
    [KRON_EYE_AVX512] = "avx512",
};

/*
 * The features that the kernels' objects are compiled for (src/CMakeLists.txt), each by its own
 * bit: a virtual machine may hide any one of them. And the state that the operating system must
 * save.
 */
#define BIT(n) (UINT32_C(1) << (n))
static const struct kron_eye_cpu_words avx2_words = {
    .leaf1_ecx = BIT(12) | BIT(23) | BIT(27) | BIT(28), /* FMA, POPCNT, OSXSAVE, AVX */
    .leaf7_ebx = BIT(3) | BIT(5) | BIT(8),              /* BMI1, AVX2, BMI2 */
    .xcr0 = BIT(1) | BIT(2),                            /* XMM, YMM */
};
static const struct kron_eye_cpu_words avx512_words = {
    /* besides */
    .leaf7_ebx = BIT(16) | BIT(17) | BIT(30) | BIT(31), /* AVX512F, DQ, BW, VL */
    .xcr0 = BIT(5) | BIT(6) | BIT(7),                   /* masks, ZMM 0 to 15, ZMM 16 to 31 */
};

static bool has(uint32_t word, uint32_t bits) {
  return (word & bits) == bits;
}

static bool has_all(const struct kron_eye_cpu_words *words, const struct kron_eye_cpu_words *bits) {
  return has(words->leaf1_ecx, bits->leaf1_ecx) && has(words->leaf7_ebx, bits->leaf7_ebx) &&
         has(words->xcr0, bits->xcr0);
}

enum kron_eye_isa kron_eye_base_isa_of(const struct kron_eye_cpu_words *words) {
  if (!has_all(words, &avx2_words)) return KRON_EYE_PORTABLE;
  return has_all(words, &avx512_words) ? KRON_EYE_AVX512 : KRON_EYE_AVX2;
}

static struct kron_eye_cpu_words machine_words(void) {
  struct kron_eye_cpu_words words = {0, 0, 0};
#if defined(__x86_64__)
  const uint32_t osxsave = BIT(27); /* leaf 1, ECX */
  uint32_t eax, ebx, ecx, edx;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) words.leaf1_ecx = ecx;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) words.leaf7_ebx = ebx;
  /* Without OSXSAVE the instruction is an illegal one. Volatile, or it could be moved before the
     test. */
  if (has(words.leaf1_ecx, osxsave))
    __asm__ volatile("xgetbv" : "=a"(words.xcr0), "=d"(edx) : "c"(0));
#endif
  return words;
}

enum kron_eye_isa kron_eye_base_isa_capped(enum kron_eye_isa isa, const char *name) {
  for (int i = 0; name && i < (int)isa; i++)
    if (strcmp(name, isa_names[i]) == 0) return (enum kron_eye_isa)i;
  return isa;
}

static enum kron_eye_isa detected;
static void detect(void) {
  const struct kron_eye_cpu_words words = machine_words();
  const enum kron_eye_isa has = kron_eye_base_isa_of(&words);
  const enum kron_eye_isa built = (enum kron_eye_isa)KRON_EYE_BUILT_ISA;
  detected = kron_eye_base_isa_capped(has < built ? has : built, getenv("KRON_EYE_ISA"));
}

enum kron_eye_isa kron_eye_base_isa(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, detect);
  return detected;
}

const char *kron_eye_base_isa_name(enum kron_eye_isa isa) {
  return isa_names[isa];
}
