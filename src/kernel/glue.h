/*
 * What turns one body into kernels for many types and instruction sets. A stub such as avx512_f32.c
 * includes a vocabulary, says the element types and includes bodies.h:
 *
 *     XT, YT    element types of x and of W and y, as the vocabulary spells them: u8, f32, f64
 *     TYPES     the same as the kernels' names spell it: f32, f64, f32_f64, u8_f32
 *     STAGED    1 where XT and YT differ: x is converted a strip at a time before it is used
 */
#ifndef KRON_EYE_KERNEL_GLUE_H
#define KRON_EYE_KERNEL_GLUE_H

#include <stdint.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

#define X_ELEMENT JOIN(XT, _element)
#define Y_ELEMENT JOIN(YT, _element)
#define VEC JOIN(YT, _vec)
#define LANES JOIN(YT, _LANES)
/* V(load) is f32_load where YT is f32. */
#define V(operation) JOIN(YT, _##operation)
#define V_FROM_X JOIN(JOIN(YT, _from_), XT)
#define V_FROM_X_PART JOIN(V_FROM_X, _part)
#define V_REPEAT_X JOIN(JOIN(YT, _repeat_), XT)
#define X_NONZERO64 JOIN(XT, _nonzero64)

/* Loops with constant bounds over arrays of vectors must vanish for these to live in registers. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 64")
#endif
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Keeps what was loaded in a register: gcc otherwise loads it anew for each multiply-add, and loads
   are what limits small tiles. */
#if defined(__x86_64__)
#define KEEP(vector) __asm__("" : "+v"(vector))
#else
#define KEEP(vector) ((void)(vector))
#endif

/* Keeps the compiler from knowing the value. */
#define HIDE(value) __asm__("" : "+r"(value))

/* Bounds of all families' tiles. */
enum {
  MAX_MR = 16,     /* rows; family lane: outputs */
  MAX_NV = 4,      /* vectors of sums for each of these */
  MAX_TILE = 28,   /* vectors of sums in all */
  MAX_LANE = 24,   /* the same for family lane */
  MAX_LISTS = 4,   /* rows of family lists */
  MAX_COLUMNS = 8, /* rows of family columns */
  MAX_DOT = 4,     /* outputs of family dot */
  MAX_FIBRES = 8,  /* rows of family fibre */
  MAX_BLOCK = 4,   /* inputs of family block */
  MAX_EACH = 8     /* rows of family each */
};

/* Which types sparse input has. */
#define SPARSE_f32 1
#define SPARSE_f64 1
#define SPARSE_f32_f64 1
#define SPARSE_u8_f32 0
#define SPARSE JOIN(SPARSE_, TYPES)

/* Which types the gradient has. */
#define GRADIENT_f32 1
#define GRADIENT_f64 1
#define GRADIENT_f32_f64 0
#define GRADIENT_u8_f32 0
#define GRADIENT JOIN(GRADIENT_, TYPES)

/* An element as an integer, and the bits that are all set where it is not finite. */
#define Y_BITS JOIN(YT, _bits)
#define Y_EXPONENT JOIN(YT, _EXPONENT)
typedef uint32_t f32_bits;
typedef uint64_t f64_bits;
#define f32_EXPONENT UINT32_C(0x7f800000)
#define f64_EXPONENT UINT64_C(0x7ff0000000000000)

typedef uint8_t u8_element;
typedef float f32_element;
typedef double f64_element;

#endif
