/*
 * Vocabulary for any machine: 16-byte vectors as the compiler's vector extension spells them, which
 * it maps to what the baseline has. A multiplication and an addition, each rounded. The words are
 * those of vec_avx512.h.
 */
#ifndef KRON_EYE_KERNEL_VEC_PORTABLE_H
#define KRON_EYE_KERNEL_VEC_PORTABLE_H

#include "kernel/glue.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ISA portable
#define PERMUTES 0
#define MIXES 0
#define PREFETCH_L2(address) __builtin_prefetch((const char *)(address), 0, 2)

typedef float f32_vec __attribute__((vector_size(16)));
typedef double f64_vec __attribute__((vector_size(16)));
enum { f32_LANES = 4, f64_LANES = 2 };

static inline f32_vec f32_set1(float v) {
  return (f32_vec){v, v, v, v};
}
static inline f64_vec f64_set1(double v) {
  return (f64_vec){v, v};
}
static inline f32_vec f32_zero(void) {
  return f32_set1(0);
}
static inline f64_vec f64_zero(void) {
  return f64_set1(0);
}
static inline f32_vec f32_add(f32_vec a, f32_vec b) {
  return a + b;
}
static inline f64_vec f64_add(f64_vec a, f64_vec b) {
  return a + b;
}
static inline f32_vec f32_mul(f32_vec a, f32_vec b) {
  return a * b;
}
static inline f64_vec f64_mul(f64_vec a, f64_vec b) {
  return a * b;
}
static inline f32_vec f32_fma(f32_vec a, f32_vec b, f32_vec c) {
  return a * b + c;
}
static inline f64_vec f64_fma(f64_vec a, f64_vec b, f64_vec c) {
  return a * b + c;
}
static inline float f32_fma_one(float a, float b, float c) {
  return a * b + c;
}
static inline double f64_fma_one(double a, double b, double c) {
  return a * b + c;
}
static inline f32_vec f32_sums(const f32_vec *v) {
  f32_vec sums;
  UNROLL for (int i = 0; i < f32_LANES; i++) sums[i] = (v[i][0] + v[i][2]) + (v[i][1] + v[i][3]);
  return sums;
}
static inline f64_vec f64_sums(const f64_vec *v) {
  return (f64_vec){v[0][0] + v[0][1], v[1][0] + v[1][1]};
}

/* The words that differ in the element type alone. */
#define PORTABLE_WORDS(T, element)                                                                 \
  static inline T##_vec T##_load(const element *p) {                                               \
    T##_vec v;                                                                                     \
    memcpy(&v, p, sizeof v);                                                                       \
    return v;                                                                                      \
  }                                                                                                \
  static inline void T##_store(element *p, T##_vec v) {                                            \
    memcpy(p, &v, sizeof v);                                                                       \
  }                                                                                                \
  static inline void T##_store_part(element *p, T##_vec v, size_t count) {                         \
    for (size_t i = 0; i < count && i < T##_LANES; i++) p[i] = v[i];                               \
  }                                                                                                \
  static inline void T##_store_groups(element *p, T##_vec v, size_t count, int group) {            \
    (void)count; /* two of two */                                                                  \
    (void)group;                                                                                   \
    T##_store(p, v);                                                                               \
  }                                                                                                \
  static inline T##_vec T##_load_part(const element *p, size_t count) {                            \
    T##_vec v = T##_zero();                                                                        \
    for (size_t i = 0; i < count && i < T##_LANES; i++) v[i] = p[i];                               \
    return v;                                                                                      \
  }                                                                                                \
  static inline T##_vec T##_fill(T##_vec v, size_t count) {                                        \
    for (size_t i = count; i < T##_LANES; i++) v[i] = v[count - 1];                                \
    return v;                                                                                      \
  }                                                                                                \
  static inline T##_vec T##_fill_groups(T##_vec v, size_t count, int group) {                      \
    for (size_t i = 1; i < T##_LANES; i++) {                                                       \
      const size_t lane = i & (size_t)(group - 1);                                                 \
      if (lane != 0 && lane >= count) v[i] = v[i - 1];                                             \
    }                                                                                              \
    return v;                                                                                      \
  }                                                                                                \
  static inline T##_vec T##_spread(T##_vec v, size_t count, int group) {                           \
    T##_vec spread = v;                                                                            \
    for (size_t i = 0; i < T##_LANES; i++) {                                                       \
      const size_t lane = i & (size_t)(group - 1);                                                 \
      spread[i] = v[lane < count ? lane : count - 1];                                              \
    }                                                                                              \
    return spread;                                                                                 \
  }                                                                                                \
  static inline T##_vec T##_replace_below(T##_vec v, T##_vec limit, T##_vec by) {                  \
    for (int i = 0; i < T##_LANES; i++) v[i] = __builtin_isless(v[i], limit[i]) ? by[i] : v[i];    \
    return v;                                                                                      \
  }                                                                                                \
  static inline T##_vec T##_relu(T##_vec v) {                                                      \
    return T##_replace_below(v, T##_zero(), T##_zero());                                           \
  }                                                                                                \
  static inline T##_vec T##_replace_above(T##_vec v, T##_vec limit, T##_vec by) {                  \
    for (int i = 0; i < T##_LANES; i++) v[i] = __builtin_isgreater(v[i], limit[i]) ? by[i] : v[i]; \
    return v;                                                                                      \
  }                                                                                                \
  static inline void T##_transpose(T##_vec *v) {                                                   \
    UNROLL for (int k = 0; k < T##_LANES; k++) {                                                   \
      UNROLL for (int l = 0; l < k; l++) {                                                         \
        const element lane = v[k][l];                                                              \
        v[k][l] = v[l][k];                                                                         \
        v[l][k] = lane;                                                                            \
      }                                                                                            \
    }                                                                                              \
  }                                                                                                \
  static inline uint32_t T##_nonzero(T##_vec v) {                                                  \
    uint32_t bits = 0;                                                                             \
    for (int i = 0; i < T##_LANES; i++) bits |= (uint32_t)(v[i] != 0) << i;                        \
    return bits;                                                                                   \
  }                                                                                                \
  static inline void T##_pack(element *to, T##_vec v, uint32_t bits) {                             \
    for (int i = 0; i < T##_LANES; i++) {                                                          \
      *to = v[i];                                                                                  \
      to += bits >> i & 1;                                                                         \
    }                                                                                              \
  }
PORTABLE_WORDS(f32, float)
PORTABLE_WORDS(f64, double)

/* The OR of rows as bits, in loops of constant length that compilers make vectors of; `sign` bits
   at the top do not count, as a negative zero is zero. */
#define PORTABLE_NONZERO(X, element, bits_type, sign)                                              \
  ALWAYS_INLINE uint64_t X##_nonzero_some(const element *const *row, size_t j, size_t count,       \
                                          int rows) {                                              \
    bits_type some[64] = {0};                                                                      \
    for (int r = 0; r < rows; r++) {                                                               \
      for (size_t c = 0; c < count; c++) {                                                         \
        bits_type one;                                                                             \
        memcpy(&one, row[r] + j + c, sizeof one);                                                  \
        some[c] |= one;                                                                            \
      }                                                                                            \
    }                                                                                              \
    uint64_t bits = 0;                                                                             \
    UNROLL for (size_t c = 0; c < 64; c++) bits |= (uint64_t)((bits_type)(some[c] << (sign)) != 0) \
                                                   << c;                                           \
    return bits;                                                                                   \
  }                                                                                                \
  ALWAYS_INLINE uint64_t X##_nonzero64(const element *const *row, size_t j, size_t count,          \
                                       int rows) {                                                 \
    return count == 64 ? X##_nonzero_some(row, j, 64, rows)                                        \
                       : X##_nonzero_some(row, j, count, rows);                                    \
  }
PORTABLE_NONZERO(u8, uint8_t, uint8_t, 0)
PORTABLE_NONZERO(f32, float, uint32_t, 1)
PORTABLE_NONZERO(f64, double, uint64_t, 1)

static inline f32_vec f32_from_f32(const float *p) {
  return f32_load(p);
}
static inline f32_vec f32_from_f32_part(const float *p, size_t count) {
  return f32_load_part(p, count);
}
static inline f64_vec f64_from_f64(const double *p) {
  return f64_load(p);
}
static inline f64_vec f64_from_f64_part(const double *p, size_t count) {
  return f64_load_part(p, count);
}
static inline f64_vec f64_from_f32(const float *p) {
  return (f64_vec){p[0], p[1]};
}
static inline f64_vec f64_from_f32_part(const float *p, size_t count) {
  return (f64_vec){p[0], count > 1 ? p[1] : 0};
}
static inline f32_vec f32_from_u8(const uint8_t *p) {
  return (f32_vec){p[0], p[1], p[2], p[3]};
}
static inline f32_vec f32_from_u8_part(const uint8_t *p, size_t count) {
  return (f32_vec){p[0], count > 1 ? p[1] : 0, count > 2 ? p[2] : 0, count > 3 ? p[3] : 0};
}

/* Two elements of x in every two lanes: other groups are none of these vectors. */
#define PORTABLE_REPEAT(T, X, element)                                                             \
  static inline T##_vec T##_repeat_##X(const element *p, int group) {                              \
    T##_vec v = T##_zero();                                                                        \
    (void)group;                                                                                   \
    for (int i = 0; i < T##_LANES; i++) v[i] = p[i & 1];                                           \
    return v;                                                                                      \
  }
PORTABLE_REPEAT(f32, f32, float)
PORTABLE_REPEAT(f64, f64, double)
PORTABLE_REPEAT(f64, f32, float)
PORTABLE_REPEAT(f32, u8, uint8_t)

static inline void pack_u32(uint32_t *to, uint32_t base, uint32_t step, uint32_t bits) {
  for (; bits != 0; bits &= bits - 1) *to++ = base + (uint32_t)__builtin_ctz(bits) * step;
}
/* Packing takes as long as element by element. */
#define PACKS_VECTORS 0

#endif
