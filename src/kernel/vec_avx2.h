/*
 * Vocabulary for AVX2, FMA and BMI2: 8 floats or 4 doubles a vector, 16 registers. The words are
 * those of vec_avx512.h.
 */
#ifndef KRON_EYE_KERNEL_VEC_AVX2_H
#define KRON_EYE_KERNEL_VEC_AVX2_H

#if !defined(__AVX2__) || !defined(__FMA__) || !defined(__BMI2__) || defined(__AVX512F__)
#error "compile this file with the AVX2 flags"
#endif

#include "kernel/glue.h"

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ISA avx2
#define PACKS_VECTORS 1
#define PERMUTES 1
#define MIXES 1
#define PREFETCH_L2(address) _mm_prefetch((const char *)(address), _MM_HINT_T1)

typedef __m256 f32_vec;
typedef __m256d f64_vec;
enum { f32_LANES = 8, f64_LANES = 4 };

/* All ones in the first `count` lanes. */
static inline __m256i first8(size_t count) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lane);
}
static inline __m256i first4(size_t count) {
  return _mm256_cvtepi32_epi64(_mm256_castsi256_si128(first8(count)));
}

static inline f32_vec f32_zero(void) {
  return _mm256_setzero_ps();
}
static inline f64_vec f64_zero(void) {
  return _mm256_setzero_pd();
}
static inline f32_vec f32_set1(float v) {
  return _mm256_set1_ps(v);
}
static inline f64_vec f64_set1(double v) {
  return _mm256_set1_pd(v);
}
static inline f32_vec f32_load(const float *p) {
  return _mm256_loadu_ps(p);
}
static inline f64_vec f64_load(const double *p) {
  return _mm256_loadu_pd(p);
}
static inline void f32_store(float *p, f32_vec v) {
  _mm256_storeu_ps(p, v);
}
static inline void f64_store(double *p, f64_vec v) {
  _mm256_storeu_pd(p, v);
}
static inline f32_vec f32_add(f32_vec a, f32_vec b) {
  return _mm256_add_ps(a, b);
}
static inline f64_vec f64_add(f64_vec a, f64_vec b) {
  return _mm256_add_pd(a, b);
}
static inline f32_vec f32_mul(f32_vec a, f32_vec b) {
  return _mm256_mul_ps(a, b);
}
static inline f64_vec f64_mul(f64_vec a, f64_vec b) {
  return _mm256_mul_pd(a, b);
}
static inline f32_vec f32_fma(f32_vec a, f32_vec b, f32_vec c) {
  return _mm256_fmadd_ps(a, b, c);
}
static inline f64_vec f64_fma(f64_vec a, f64_vec b, f64_vec c) {
  return _mm256_fmadd_pd(a, b, c);
}
static inline float f32_fma_one(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
static inline double f64_fma_one(double a, double b, double c) {
  return __builtin_fma(a, b, c);
}

/* All ones where a < b, a quiet comparison: clang takes an intrinsic's comparison for one that may
   raise FE_INVALID on a quiet NaN. Predicate 17 is _CMP_LT_OQ. */
static inline f32_vec f32_less(f32_vec a, f32_vec b) {
  f32_vec mask;
  __asm__("vcmpps $17, %2, %1, %0" : "=x"(mask) : "x"(a), "x"(b));
  return mask;
}
static inline f64_vec f64_less(f64_vec a, f64_vec b) {
  f64_vec mask;
  __asm__("vcmppd $17, %2, %1, %0" : "=x"(mask) : "x"(a), "x"(b));
  return mask;
}
static inline f32_vec f32_replace_below(f32_vec v, f32_vec limit, f32_vec by) {
  return _mm256_blendv_ps(v, by, f32_less(v, limit));
}
static inline f64_vec f64_replace_below(f64_vec v, f64_vec limit, f64_vec by) {
  return _mm256_blendv_pd(v, by, f64_less(v, limit));
}
static inline f32_vec f32_relu(f32_vec v) {
  return _mm256_andnot_ps(f32_less(v, f32_zero()), v);
}
static inline f64_vec f64_relu(f64_vec v) {
  return _mm256_andnot_pd(f64_less(v, f64_zero()), v);
}
static inline f32_vec f32_replace_above(f32_vec v, f32_vec limit, f32_vec by) {
  return _mm256_blendv_ps(v, by, f32_less(limit, v));
}
static inline f64_vec f64_replace_above(f64_vec v, f64_vec limit, f64_vec by) {
  return _mm256_blendv_pd(v, by, f64_less(limit, v));
}

static inline uint32_t f32_nonzero(f32_vec v) {
  return (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(v, f32_zero(), _CMP_NEQ_UQ));
}
static inline uint32_t f64_nonzero(f64_vec v) {
  return (uint32_t)_mm256_movemask_pd(_mm256_cmp_pd(v, f64_zero(), _CMP_NEQ_UQ));
}

/* Halves of two vectors added: sums of lanes that were four (two) apart, a's below b's. */
static inline f32_vec f32_add_halves(f32_vec a, f32_vec b) {
  return _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
}
static inline f64_vec f64_add_halves(f64_vec a, f64_vec b) {
  return _mm256_add_pd(_mm256_permute2f128_pd(a, b, 0x20), _mm256_permute2f128_pd(a, b, 0x31));
}
/* The same within each half for lanes two apart. */
static inline f32_vec f32_add_pairs(f32_vec a, f32_vec b) {
  const __m256d p = _mm256_castps_pd(a), q = _mm256_castps_pd(b);
  return _mm256_add_ps(_mm256_castpd_ps(_mm256_unpacklo_pd(p, q)),
                       _mm256_castpd_ps(_mm256_unpackhi_pd(p, q)));
}
static inline f32_vec f32_sums(const f32_vec *v) {
  const f32_vec low = f32_add_pairs(f32_add_halves(v[0], v[4]), f32_add_halves(v[1], v[5]));
  const f32_vec high = f32_add_pairs(f32_add_halves(v[2], v[6]), f32_add_halves(v[3], v[7]));
  return _mm256_add_ps(_mm256_shuffle_ps(low, high, 0x88), _mm256_shuffle_ps(low, high, 0xdd));
}
static inline f64_vec f64_sums(const f64_vec *v) {
  const f64_vec low = f64_add_halves(v[0], v[2]), high = f64_add_halves(v[1], v[3]);
  return _mm256_add_pd(_mm256_unpacklo_pd(low, high), _mm256_unpackhi_pd(low, high));
}

/* Lane l of vector k becomes lane k of vector l. */
static inline void f64_transpose(f64_vec *v) {
  const f64_vec a = _mm256_unpacklo_pd(v[0], v[1]), b = _mm256_unpackhi_pd(v[0], v[1]);
  const f64_vec c = _mm256_unpacklo_pd(v[2], v[3]), d = _mm256_unpackhi_pd(v[2], v[3]);
  v[0] = _mm256_permute2f128_pd(a, c, 0x20);
  v[1] = _mm256_permute2f128_pd(b, d, 0x20);
  v[2] = _mm256_permute2f128_pd(a, c, 0x31);
  v[3] = _mm256_permute2f128_pd(b, d, 0x31);
}
static inline void f32_transpose(f32_vec *v) {
  f32_vec pairs[8], fours[8];
  UNROLL for (int k = 0; k < 8; k += 2) {
    pairs[k] = _mm256_unpacklo_ps(v[k], v[k + 1]);
    pairs[k + 1] = _mm256_unpackhi_ps(v[k], v[k + 1]);
  }
  UNROLL for (int k = 0; k < 8; k += 4) {
    fours[k] = _mm256_shuffle_ps(pairs[k], pairs[k + 2], 0x44);
    fours[k + 1] = _mm256_shuffle_ps(pairs[k], pairs[k + 2], 0xee);
    fours[k + 2] = _mm256_shuffle_ps(pairs[k + 1], pairs[k + 3], 0x44);
    fours[k + 3] = _mm256_shuffle_ps(pairs[k + 1], pairs[k + 3], 0xee);
  }
  UNROLL for (int k = 0; k < 4; k++) {
    v[k] = _mm256_permute2f128_ps(fours[k], fours[k + 4], 0x20);
    v[k + 4] = _mm256_permute2f128_ps(fours[k], fours[k + 4], 0x31);
  }
}

/* Lane numbers as the permutations take them; a double is two neighbouring 32-bit lanes. Within 16
   bytes a permutation takes less time. */
typedef __m256i f32_places, f64_places;
static inline f32_places f32_places_at(const uint32_t *lane) {
  return _mm256_loadu_si256((const __m256i *)lane);
}
static inline f64_places f64_places_at(const uint32_t *lane) {
  const __m256i low = _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)lane));
  const __m256i pair = _mm256_or_si256(low, _mm256_slli_epi64(low, 32));
  return _mm256_add_epi32(_mm256_add_epi32(pair, pair), _mm256_set1_epi64x(INT64_C(1) << 32));
}
static inline f32_vec f32_take(f32_vec v, f32_places from, bool close) {
  return close ? _mm256_permutevar_ps(v, from) : _mm256_permutevar8x32_ps(v, from);
}
static inline f64_vec f64_take(f64_vec v, f64_places from, bool close) {
  if (close) return _mm256_permutevar_pd(v, from);
  return _mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(v), from));
}

static inline f32_vec f32_mix(f32_vec a, f32_vec b, int bit) {
  if (bit == 1) return _mm256_blend_ps(a, b, 0xaa);
  return bit == 2 ? _mm256_blend_ps(a, b, 0xcc) : _mm256_blend_ps(a, b, 0xf0);
}
static inline f64_vec f64_mix(f64_vec a, f64_vec b, int bit) {
  return bit == 1 ? _mm256_blend_pd(a, b, 0xa) : _mm256_blend_pd(a, b, 0xc);
}

/* Half a vector without a mask: from memory, masked loads take twice as long on a Zen 3. */
static inline f32_vec f32_load_part(const float *p, size_t count) {
  if (count == 4) return _mm256_zextps128_ps256(_mm_loadu_ps(p));
  return _mm256_maskload_ps(p, first8(count));
}
static inline f64_vec f64_load_part(const double *p, size_t count) {
  if (count == 2) return _mm256_zextpd128_pd256(_mm_loadu_pd(p));
  return _mm256_maskload_pd(p, first4(count));
}
static inline f32_vec f32_fill(f32_vec v, size_t count) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i last = _mm256_set1_epi32((int)count - 1);
  return _mm256_permutevar8x32_ps(v, _mm256_min_epi32(lane, last));
}
static inline f64_vec f64_fill(f64_vec v, size_t count) {
  /* A double is two neighbouring 32-bit lanes. */
  const __m256i pair = _mm256_setr_epi32(0, 0, 2, 2, 4, 4, 6, 6);
  const __m256i half = _mm256_setr_epi32(0, 1, 0, 1, 0, 1, 0, 1);
  const __m256i last = _mm256_set1_epi32(2 * ((int)count - 1));
  const __m256i from = _mm256_add_epi32(_mm256_min_epi32(pair, last), half);
  return _mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(v), from));
}
/* Lane l of each `group` lanes takes what lane l of the vector has, at most `count` - 1. */
static inline f32_vec f32_spread(f32_vec v, size_t count, int group) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i in_group = _mm256_and_si256(lane, _mm256_set1_epi32(group - 1));
  const __m256i last = _mm256_set1_epi32((int)count - 1);
  return _mm256_permutevar8x32_ps(v, _mm256_min_epi32(in_group, last));
}
static inline f64_vec f64_spread(f64_vec v, size_t count, int group) {
  (void)count;
  (void)group; /* two of two: there is no other group */
  return _mm256_permute4x64_pd(v, 0x44);
}
/* As a group of more than half a vector is cut in its upper half, lanes stay within halves: that
   takes a third of the time of a permutation across them on a Zen 3. */
static inline f32_vec f32_fill_groups(f32_vec v, size_t count, int group) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i first = _mm256_and_si256(lane, _mm256_set1_epi32(-group));
  const __m256i last = _mm256_add_epi32(first, _mm256_set1_epi32((int)count - 1));
  return _mm256_permutevar_ps(v, _mm256_min_epi32(lane, last)); /* looks at two bits of a lane */
}
static inline f64_vec f64_fill_groups(f64_vec v, size_t count, int group) {
  (void)group; /* three of four, or nothing to do */
  return count == 3 ? _mm256_permute_pd(v, 0x2) : v;
}
/* Less than a vector, in halves: masked stores take tens of cycles on some AMD processors. */
static inline void f32_store_part(float *p, f32_vec v, size_t count) {
  __m128 half = _mm256_castps256_ps128(v);
  if (count & 4) {
    _mm_storeu_ps(p, half);
    half = _mm256_extractf128_ps(v, 1);
    p += 4;
  }
  if (count & 2) {
    _mm_storel_pi((__m64 *)p, half);
    half = _mm_movehl_ps(half, half);
    p += 2;
  }
  if (count & 1) _mm_store_ss(p, half);
}
static inline void f64_store_part(double *p, f64_vec v, size_t count) {
  __m128d half = _mm256_castpd256_pd128(v);
  if (count & 2) {
    _mm_storeu_pd(p, half);
    half = _mm256_extractf128_pd(v, 1);
    p += 2;
  }
  if (count & 1) _mm_store_sd(p, half);
}

static inline void f32_store_groups(float *p, f32_vec v, size_t count, int group) {
  (void)group; /* three of four */
  _mm_storeu_ps(p, _mm256_castps256_ps128(v));
  _mm_storeu_ps(p + count, _mm256_extractf128_ps(v, 1));
}
static inline void f64_store_groups(double *p, f64_vec v, size_t count, int group) {
  (void)count; /* two of two */
  (void)group;
  f64_store(p, v);
}

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
  return _mm256_cvtps_pd(_mm_loadu_ps(p));
}
static inline f64_vec f64_from_f32_part(const float *p, size_t count) {
  return _mm256_cvtps_pd(_mm_maskload_ps(p, _mm256_castsi256_si128(first8(count))));
}
static inline f32_vec f32_from_8_bytes(uint64_t bytes) {
  const __m128i v = _mm_cvtsi64_si128((int64_t)bytes);
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(v));
}
static inline f32_vec f32_from_u8(const uint8_t *p) {
  uint64_t bytes;
  memcpy(&bytes, p, sizeof bytes);
  return f32_from_8_bytes(bytes);
}
static inline f32_vec f32_from_u8_part(const uint8_t *p, size_t count) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < count && i < 8; i++) bytes |= (uint64_t)p[i] << (8 * i);
  return f32_from_8_bytes(bytes);
}

static inline f32_vec f32_repeat_f32(const float *p, int group) {
  if (group != 2) return _mm256_broadcast_ps((const __m128 *)(const void *)p);
  int64_t two;
  memcpy(&two, p, sizeof two);
  return _mm256_castsi256_ps(_mm256_set1_epi64x(two));
}
static inline f64_vec f64_repeat_f64(const double *p, int group) {
  (void)group;
  return _mm256_broadcast_pd((const __m128d *)(const void *)p);
}
static inline f64_vec f64_repeat_f32(const float *p, int group) {
  (void)group;
  int64_t two;
  memcpy(&two, p, sizeof two);
  return _mm256_cvtps_pd(_mm_castsi128_ps(_mm_set1_epi64x(two)));
}
static inline f32_vec f32_repeat_u8(const uint8_t *p, int group) {
  uint32_t bytes = 0;
  memcpy(&bytes, p, group == 2 ? 2 : 4);
  const uint64_t repeated = bytes * UINT64_C(0x0000000100000001);
  return f32_from_8_bytes(group == 2 ? repeated | repeated << 16 : repeated);
}

/* The OR of rows is zero or a negative zero where all of them are: one comparison serves them all.
   It is one of integers, without the sign: as a number the OR may be a signalling NaN. */
ALWAYS_INLINE uint64_t u8_nonzero64(const uint8_t *const *row, size_t j, size_t count, int rows) {
  uint64_t bits = 0;
  size_t c = 0;
  for (; c + 32 <= count; c += 32) {
    __m256i v = _mm256_setzero_si256();
    UNROLL for (int r = 0; r < rows; r++) v =
        _mm256_or_si256(v, _mm256_loadu_si256((const __m256i *)(row[r] + j + c)));
    const __m256i zero = _mm256_cmpeq_epi8(v, _mm256_setzero_si256());
    bits |= (uint64_t)(uint32_t)~_mm256_movemask_epi8(zero) << c;
  }
  for (; c < count; c++)
    for (int r = 0; r < rows; r++) bits |= (uint64_t)(row[r][j + c] != 0) << c;
  return bits;
}
ALWAYS_INLINE uint64_t f32_nonzero64(const float *const *row, size_t j, size_t count, int rows) {
  uint64_t bits = 0;
  for (size_t c = 0; c < count; c += 8) {
    f32_vec v = f32_zero();
    UNROLL for (int r = 0; r < rows; r++) {
      const float *p = row[r] + j + c;
      v = _mm256_or_ps(v, c + 8 <= count ? f32_load(p) : f32_load_part(p, count - c));
    }
    const __m256i unsigned_v = _mm256_slli_epi32(_mm256_castps_si256(v), 1);
    const __m256i zero = _mm256_cmpeq_epi32(unsigned_v, _mm256_setzero_si256());
    bits |= (uint64_t)(~_mm256_movemask_ps(_mm256_castsi256_ps(zero)) & 0xff) << c;
  }
  return bits;
}
ALWAYS_INLINE uint64_t f64_nonzero64(const double *const *row, size_t j, size_t count, int rows) {
  uint64_t bits = 0;
  for (size_t c = 0; c < count; c += 4) {
    f64_vec v = f64_zero();
    UNROLL for (int r = 0; r < rows; r++) {
      const double *p = row[r] + j + c;
      v = _mm256_or_pd(v, c + 4 <= count ? f64_load(p) : f64_load_part(p, count - c));
    }
    const __m256i unsigned_v = _mm256_slli_epi64(_mm256_castpd_si256(v), 1);
    const __m256i zero = _mm256_cmpeq_epi64(unsigned_v, _mm256_setzero_si256());
    bits |= (uint64_t)(~_mm256_movemask_pd(_mm256_castsi256_pd(zero)) & 0xf) << c;
  }
  return bits;
}

/* Eight lane numbers, those of the set bits first. */
static inline __m256i packed_lanes(uint32_t bits) {
  const uint64_t bytes = _pdep_u64(bits, 0x0101010101010101u) * 0xff;
  const uint64_t lanes = _pext_u64(0x0706050403020100u, bytes);
  return _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((int64_t)lanes));
}
static inline void pack_u32(uint32_t *to, uint32_t base, uint32_t step, uint32_t bits) {
  const __m256i steps = _mm256_set1_epi32((int)step);
  const __m256i low = _mm256_mullo_epi32(packed_lanes(bits & 0xff), steps);
  _mm256_storeu_si256((__m256i *)to, _mm256_add_epi32(low, _mm256_set1_epi32((int)base)));
  if (bits < 0x100) return;
  to += __builtin_popcount(bits & 0xff);
  const __m256i high = _mm256_mullo_epi32(packed_lanes(bits >> 8), steps);
  _mm256_storeu_si256((__m256i *)to,
                      _mm256_add_epi32(high, _mm256_set1_epi32((int)(base + 8 * step))));
}
static inline void pack_u64(uint64_t *to, uint64_t base, uint32_t bits, int lanes) {
  const __m256i first = _mm256_set1_epi64x((int64_t)base), packed = packed_lanes(bits);
  const __m256i low = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(packed));
  _mm256_storeu_si256((__m256i *)to, _mm256_add_epi64(low, first));
  if (lanes <= 4) return;
  const __m256i high = _mm256_cvtepu32_epi64(_mm256_extracti128_si256(packed, 1));
  _mm256_storeu_si256((__m256i *)(to + 4), _mm256_add_epi64(high, first));
}
static inline void f32_pack(float *to, f32_vec v, uint32_t bits) {
  f32_store(to, _mm256_permutevar8x32_ps(v, packed_lanes(bits)));
}
static inline void f64_pack(double *to, f64_vec v, uint32_t bits) {
  /* A double is two neighbouring 32-bit lanes. */
  const __m256i lanes = packed_lanes(_pdep_u32(bits, 0x55) * 3);
  f64_store(to, _mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(v), lanes)));
}

#endif
