/* What this machine can run. */
#ifndef KRON_EYE_BASE_CPU_H
#define KRON_EYE_BASE_CPU_H

#include <stdint.h>

/* Instruction sets that kernels are compiled for, each including those before it. */
enum kron_eye_isa { KRON_EYE_PORTABLE, KRON_EYE_AVX2, KRON_EYE_AVX512, KRON_EYE_ISA_COUNT };

/*
 * The best set that this build has kernels for (up to KRON_EYE_BUILT_ISA, which the build defines
 * as a value of the enum), that the CPU has, whose registers the operating system saves, and that
 * the environment variable KRON_EYE_ISA allows. Found at the first call, the same ever after.
 */
enum kron_eye_isa kron_eye_base_isa(void);

/* "portable", "avx2" or "avx512". */
const char *kron_eye_base_isa_name(enum kron_eye_isa isa);

/* The two halves of that choice, which a test feeds with other machines: */

/* What an x86-64 says of itself: CPUID's leaf 1, its leaf 7 (sub-leaf 0), and XGETBV's register 0.
   Words that the machine does not have are 0. */
struct kron_eye_cpu_words {
  uint32_t leaf1_ecx, leaf7_ebx, xcr0;
};

/* The best set that these words allow. */
enum kron_eye_isa kron_eye_base_isa_of(const struct kron_eye_cpu_words *words);

/* The set that is named, where it is a lesser one; else `isa`. NULL and other names are no cap. */
enum kron_eye_isa kron_eye_base_isa_capped(enum kron_eye_isa isa, const char *name);

#endif
