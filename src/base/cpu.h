/* What this machine can run. */
#ifndef KRON_EYE_BASE_CPU_H
#define KRON_EYE_BASE_CPU_H

/* Instruction sets that kernels are compiled for, each including those before it. */
enum kron_eye_isa { KRON_EYE_PORTABLE, KRON_EYE_AVX2, KRON_EYE_AVX512, KRON_EYE_ISA_COUNT };

/*
 * The best set that the CPU has, whose registers the operating system saves, and that the
 * environment variable KRON_EYE_ISA allows. Found at the first call, the same ever after.
 */
enum kron_eye_isa kron_eye_base_isa(void);

/* "portable", "avx2" or "avx512". */
const char *kron_eye_base_isa_name(enum kron_eye_isa isa);

#endif
