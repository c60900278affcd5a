/*
 * Vocabulary for AVX-512 (F, BW, DQ, VL): 16 floats or 8 doubles a vector, 32 registers.
 *
 * For T = f32, f64:      T_vec, T_LANES, T_zero, T_set1, T_load, T_store (any alignment), T_add,
 *                        T_mul, T_fma (a*b + c, one rounding), T_fma_one (the same for
 *                        one element),
 *                        T_store_part, T_load_part (the first `count` lanes only; other memory is
 *                        not touched, other lanes are zero),
 *                        T_spread(v, count, group)   lane l of each `group` lanes, a power of two,
 *                        becomes lane l of v, at most lane count - 1
 *                        T_fill_groups(v, count, group)   in each `group` lanes those from `count`
 *                        on repeat lane count - 1; group/2 < count <= group
 *                        T_fill(v, count)   lanes from `count` on repeat lane count - 1
 *                        T_replace_below(v, limit, by), T_replace_above   lanes less (greater) than
 *                        limit become `by`; a NaN is neither, and raises nothing
 *                        T_relu(v)   lanes less than zero become +0, likewise
 *                        T_transpose(v)   lane l of v[k] changes places with lane k of v[l]
 *                        T_sums(v)   lane i is the sum of v[i]'s lanes: always halves, then halves
 *                        of the half and so on, so the order is the same for each i
 *                        T_store_groups(p, v, count, group)   stores the groups `count` apart, in
 *                        order and whole: the next one overwrites what one has too much
 * From X = u8, f32, f64: T_from_X, T_from_X_part   load T_LANES elements of X, converted exactly
 *                        T_repeat_X   `group` elements side by side, converted, into every group of
 *                        lanes; 1 < group < T_LANES
 *                        X_nonzero64(row, j, count, rows)   bit c is set where row[r][j + c] is not
 *                        zero for some r < rows; c < count <= 64
 * For block:             T_places, T_places_at(lane)   lane numbers, as many as lanes
 *                        T_take(v, places, close)   lane l of the result is the lane of v whose
 *                        number is in place l; `close`, a constant: within 16 bytes of l
 *                        PERMUTES is 1, or 0 where there are none of these
 * For interleave:        the same, and T_mix(a, b, bit)   the lanes of b whose numbers have the
 *                        bit, a constant, the others of a. MIXES is 1, or 0 where there is none
 * For lists:             T_nonzero(v)   bit l is set where lane l is not zero
 *                        T_pack(to, v, bits)   the lanes of v whose bit is set, side by side
 *                        pack_u32(to, base, step, bits)   the indices base + step*j of the 16 low
 *                        bits that are set
 *                        pack_u64(to, base, bits, lanes)   the same for a step of 1 and `lanes`
 * bits, a constant. These packs may write up to 64 bytes behind what they count. PACKS_VECTORS is
 * 1, or 0 where packing does not pay; then no pack_u64.
 */
#ifndef KRON_EYE_KERNEL_VEC_AVX512_H
#define KRON_EYE_KERNEL_VEC_AVX512_H

#if !defined(__AVX512F__) || !defined(__AVX512BW__) || !defined(__AVX512DQ__) ||                   \
    !defined(__AVX512VL__)
#error "compile this file with the AVX-512 flags"
#endif

#include "kernel/glue.h"

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ISA avx512
#define PACKS_VECTORS 1
#define PERMUTES 1
#define MIXES 0
#define PREFETCH_L2(address) _mm_prefetch((const char *)(address), _MM_HINT_T1)

typedef __m512 f32_vec;
typedef __m512d f64_vec;
enum { f32_LANES = 16, f64_LANES = 8 };

static inline __mmask16 first16(size_t count) {
  return (__mmask16)_bzhi_u32(0xffff, (unsigned)count);
}
static inline __mmask8 first8(size_t count) {
  return (__mmask8)_bzhi_u32(0xff, (unsigned)count);
}

static inline f32_vec f32_zero(void) {
  return _mm512_setzero_ps();
}
static inline f64_vec f64_zero(void) {
  return _mm512_setzero_pd();
}
static inline f32_vec f32_set1(float v) {
  return _mm512_set1_ps(v);
}
static inline f64_vec f64_set1(double v) {
  return _mm512_set1_pd(v);
}
static inline f32_vec f32_load(const float *p) {
  return _mm512_loadu_ps(p);
}
static inline f64_vec f64_load(const double *p) {
  return _mm512_loadu_pd(p);
}
static inline void f32_store(float *p, f32_vec v) {
  _mm512_storeu_ps(p, v);
}
static inline void f64_store(double *p, f64_vec v) {
  _mm512_storeu_pd(p, v);
}
static inline f32_vec f32_add(f32_vec a, f32_vec b) {
  return _mm512_add_ps(a, b);
}
static inline f64_vec f64_add(f64_vec a, f64_vec b) {
  return _mm512_add_pd(a, b);
}
static inline f32_vec f32_mul(f32_vec a, f32_vec b) {
  return _mm512_mul_ps(a, b);
}
static inline f64_vec f64_mul(f64_vec a, f64_vec b) {
  return _mm512_mul_pd(a, b);
}
static inline f32_vec f32_fma(f32_vec a, f32_vec b, f32_vec c) {
  return _mm512_fmadd_ps(a, b, c);
}
static inline f64_vec f64_fma(f64_vec a, f64_vec b, f64_vec c) {
  return _mm512_fmadd_pd(a, b, c);
}
static inline float f32_fma_one(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
static inline double f64_fma_one(double a, double b, double c) {
  return __builtin_fma(a, b, c);
}
/* Bits of the lanes where a < b, a quiet comparison: clang takes an intrinsic's comparison for one
   that may raise FE_INVALID on a quiet NaN. Predicate 17 is _CMP_LT_OQ. */
static inline __mmask16 f32_less(f32_vec a, f32_vec b) {
  __mmask16 mask;
  __asm__("vcmpps $17, %2, %1, %0" : "=k"(mask) : "v"(a), "v"(b));
  return mask;
}
static inline __mmask8 f64_less(f64_vec a, f64_vec b) {
  __mmask8 mask;
  __asm__("vcmppd $17, %2, %1, %0" : "=k"(mask) : "v"(a), "v"(b));
  return mask;
}
static inline f32_vec f32_replace_below(f32_vec v, f32_vec limit, f32_vec by) {
  return _mm512_mask_mov_ps(v, f32_less(v, limit), by);
}
static inline f64_vec f64_replace_below(f64_vec v, f64_vec limit, f64_vec by) {
  return _mm512_mask_mov_pd(v, f64_less(v, limit), by);
}
static inline f32_vec f32_relu(f32_vec v) {
  return f32_replace_below(v, f32_zero(), f32_zero());
}
static inline f64_vec f64_relu(f64_vec v) {
  return f64_replace_below(v, f64_zero(), f64_zero());
}
static inline f32_vec f32_replace_above(f32_vec v, f32_vec limit, f32_vec by) {
  return _mm512_mask_mov_ps(v, f32_less(limit, v), by);
}
static inline f64_vec f64_replace_above(f64_vec v, f64_vec limit, f64_vec by) {
  return _mm512_mask_mov_pd(v, f64_less(limit, v), by);
}
static inline uint32_t f32_nonzero(f32_vec v) {
  return _mm512_cmp_ps_mask(v, f32_zero(), _CMP_NEQ_UQ);
}
static inline uint32_t f64_nonzero(f64_vec v) {
  return _mm512_cmp_pd_mask(v, f64_zero(), _CMP_NEQ_UQ);
}
/* Lane numbers as the permutations take them. */
typedef __m512i f32_places, f64_places;
static inline f32_places f32_places_at(const uint32_t *lane) {
  return _mm512_loadu_si512(lane);
}
static inline f64_places f64_places_at(const uint32_t *lane) {
  return _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)lane));
}
static inline f32_vec f32_take(f32_vec v, f32_places from, bool close) {
  return close ? _mm512_permutevar_ps(v, from) : _mm512_permutexvar_ps(from, v);
}
static inline f64_vec f64_take(f64_vec v, f64_places from, bool close) {
  (void)close; /* within 16 bytes it takes as long */
  return _mm512_permutexvar_pd(from, v);
}
/* Four quarters of four vectors a step apart, transposed. */
static inline void transpose_quarters(f64_vec *v, const f64_vec *from, int step) {
  const f64_vec a = _mm512_shuffle_f64x2(from[0], from[step], 0x88);
  const f64_vec b = _mm512_shuffle_f64x2(from[2 * step], from[3 * step], 0x88);
  const f64_vec c = _mm512_shuffle_f64x2(from[0], from[step], 0xdd);
  const f64_vec d = _mm512_shuffle_f64x2(from[2 * step], from[3 * step], 0xdd);
  v[0] = _mm512_shuffle_f64x2(a, b, 0x88);
  v[step] = _mm512_shuffle_f64x2(c, d, 0x88);
  v[2 * step] = _mm512_shuffle_f64x2(a, b, 0xdd);
  v[3 * step] = _mm512_shuffle_f64x2(c, d, 0xdd);
}
static inline void f64_transpose(f64_vec *v) {
  f64_vec pairs[8];
  UNROLL for (int k = 0; k < 8; k += 2) {
    pairs[k] = _mm512_unpacklo_pd(v[k], v[k + 1]);
    pairs[k + 1] = _mm512_unpackhi_pd(v[k], v[k + 1]);
  }
  UNROLL for (int k = 0; k < 2; k++) transpose_quarters(v + k, pairs + k, 2);
}
static inline void f32_transpose(f32_vec *v) {
  f32_vec pairs[16];
  f64_vec fours[16], out[16];
  UNROLL for (int k = 0; k < 16; k += 2) {
    pairs[k] = _mm512_unpacklo_ps(v[k], v[k + 1]);
    pairs[k + 1] = _mm512_unpackhi_ps(v[k], v[k + 1]);
  }
  UNROLL for (int k = 0; k < 16; k += 4) {
    fours[k] = _mm512_castps_pd(_mm512_shuffle_ps(pairs[k], pairs[k + 2], 0x44));
    fours[k + 1] = _mm512_castps_pd(_mm512_shuffle_ps(pairs[k], pairs[k + 2], 0xee));
    fours[k + 2] = _mm512_castps_pd(_mm512_shuffle_ps(pairs[k + 1], pairs[k + 3], 0x44));
    fours[k + 3] = _mm512_castps_pd(_mm512_shuffle_ps(pairs[k + 1], pairs[k + 3], 0xee));
  }
  UNROLL for (int k = 0; k < 4; k++) transpose_quarters(out + k, fours + k, 4);
  UNROLL for (int k = 0; k < 16; k++) v[k] = _mm512_castpd_ps(out[k]);
}
/* Halves of two vectors added: sums of lanes that were eight (four) apart, a's below b's. */
static inline f32_vec f32_add_halves(f32_vec a, f32_vec b) {
  return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
}
static inline f64_vec f64_add_halves(f64_vec a, f64_vec b) {
  return _mm512_add_pd(_mm512_shuffle_f64x2(a, b, 0x44), _mm512_shuffle_f64x2(a, b, 0xee));
}
/* The same within each half for lanes four (two) apart. */
static inline f32_vec f32_add_quarters(f32_vec a, f32_vec b) {
  return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd));
}
static inline f64_vec f64_add_quarters(f64_vec a, f64_vec b) {
  return _mm512_add_pd(_mm512_shuffle_f64x2(a, b, 0x88), _mm512_shuffle_f64x2(a, b, 0xdd));
}
/* The same within each quarter for lanes two apart. */
static inline f32_vec f32_add_pairs(f32_vec a, f32_vec b) {
  const __m512d p = _mm512_castps_pd(a), q = _mm512_castps_pd(b);
  return _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(p, q)),
                       _mm512_castpd_ps(_mm512_unpackhi_pd(p, q)));
}
/* From each quarter's place: four lanes of v[0], v[4], v[8] and v[12]. */
static inline f32_vec f32_add_four(const f32_vec *v) {
  return f32_add_quarters(f32_add_halves(v[0], v[4]), f32_add_halves(v[8], v[12]));
}
static inline f64_vec f64_add_four(const f64_vec *v) {
  return f64_add_quarters(f64_add_halves(v[0], v[2]), f64_add_halves(v[4], v[6]));
}
static inline f32_vec f32_sums(const f32_vec *v) {
  const f32_vec low = f32_add_pairs(f32_add_four(v), f32_add_four(v + 1));
  const f32_vec high = f32_add_pairs(f32_add_four(v + 2), f32_add_four(v + 3));
  return _mm512_add_ps(_mm512_shuffle_ps(low, high, 0x88), _mm512_shuffle_ps(low, high, 0xdd));
}
static inline f64_vec f64_sums(const f64_vec *v) {
  const f64_vec low = f64_add_four(v), high = f64_add_four(v + 1);
  return _mm512_add_pd(_mm512_unpacklo_pd(low, high), _mm512_unpackhi_pd(low, high));
}

static inline f32_vec f32_load_part(const float *p, size_t count) {
  return _mm512_maskz_loadu_ps(first16(count), p);
}
static inline f64_vec f64_load_part(const double *p, size_t count) {
  return _mm512_maskz_loadu_pd(first8(count), p);
}
static inline f32_vec f32_fill(f32_vec v, size_t count) {
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_permutexvar_ps(_mm512_min_epi32(lane, _mm512_set1_epi32((int)count - 1)), v);
}
static inline f64_vec f64_fill(f64_vec v, size_t count) {
  const __m512i lane = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm512_permutexvar_pd(_mm512_min_epi64(lane, _mm512_set1_epi64((int64_t)count - 1)), v);
}
static inline f32_vec f32_spread(f32_vec v, size_t count, int group) {
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i in_group = _mm512_and_epi32(lane, _mm512_set1_epi32(group - 1));
  return _mm512_permutexvar_ps(_mm512_min_epi32(in_group, _mm512_set1_epi32((int)count - 1)), v);
}
static inline f64_vec f64_spread(f64_vec v, size_t count, int group) {
  const __m512i lane = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
  const __m512i in_group = _mm512_and_epi64(lane, _mm512_set1_epi64(group - 1));
  return _mm512_permutexvar_pd(_mm512_min_epi64(in_group, _mm512_set1_epi64((int64_t)count - 1)),
                               v);
}
static inline f32_vec f32_fill_groups(f32_vec v, size_t count, int group) {
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i first = _mm512_and_epi32(lane, _mm512_set1_epi32(-group));
  const __m512i last = _mm512_add_epi32(first, _mm512_set1_epi32((int)count - 1));
  return _mm512_permutexvar_ps(_mm512_min_epi32(lane, last), v);
}
static inline f64_vec f64_fill_groups(f64_vec v, size_t count, int group) {
  const __m512i lane = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
  const __m512i first = _mm512_and_epi64(lane, _mm512_set1_epi64(-group));
  const __m512i last = _mm512_add_epi64(first, _mm512_set1_epi64((int64_t)count - 1));
  return _mm512_permutexvar_pd(_mm512_min_epi64(lane, last), v);
}
static inline void f32_store_part(float *p, f32_vec v, size_t count) {
  _mm512_mask_storeu_ps(p, first16(count), v);
}
static inline void f64_store_part(double *p, f64_vec v, size_t count) {
  _mm512_mask_storeu_pd(p, first8(count), v);
}

static inline void f32_store_groups(float *p, f32_vec v, size_t count, int group) {
  if (group == 8) {
    _mm256_storeu_ps(p, _mm512_castps512_ps256(v));
    _mm256_storeu_ps(p + count, _mm512_extractf32x8_ps(v, 1));
    return;
  }
  _mm_storeu_ps(p, _mm512_castps512_ps128(v));
  _mm_storeu_ps(p + count, _mm512_extractf32x4_ps(v, 1));
  _mm_storeu_ps(p + 2 * count, _mm512_extractf32x4_ps(v, 2));
  _mm_storeu_ps(p + 3 * count, _mm512_extractf32x4_ps(v, 3));
}
static inline void f64_store_groups(double *p, f64_vec v, size_t count, int group) {
  (void)group; /* three of four */
  _mm256_storeu_pd(p, _mm512_castpd512_pd256(v));
  _mm256_storeu_pd(p + count, _mm512_extractf64x4_pd(v, 1));
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
  return _mm512_cvtps_pd(_mm256_loadu_ps(p));
}
static inline f64_vec f64_from_f32_part(const float *p, size_t count) {
  return _mm512_cvtps_pd(_mm256_maskz_loadu_ps(first8(count), p));
}
static inline f32_vec f32_from_u8(const uint8_t *p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p)));
}
static inline f32_vec f32_from_u8_part(const uint8_t *p, size_t count) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(first16(count), p)));
}

static inline int64_t eight_bytes(const void *p) {
  int64_t bytes;
  memcpy(&bytes, p, sizeof bytes);
  return bytes;
}
static inline f32_vec f32_repeat_f32(const float *p, int group) {
  if (group == 2) return _mm512_castsi512_ps(_mm512_set1_epi64(eight_bytes(p)));
  if (group == 4) return _mm512_broadcast_f32x4(_mm_loadu_ps(p));
  return _mm512_broadcast_f32x8(_mm256_loadu_ps(p));
}
static inline f64_vec f64_repeat_f64(const double *p, int group) {
  if (group == 2) return _mm512_broadcast_f64x2(_mm_loadu_pd(p));
  return _mm512_broadcast_f64x4(_mm256_loadu_pd(p));
}
static inline f64_vec f64_repeat_f32(const float *p, int group) {
  if (group == 2) return _mm512_cvtps_pd(_mm256_castsi256_ps(_mm256_set1_epi64x(eight_bytes(p))));
  return _mm512_cvtps_pd(_mm256_broadcast_ps((const __m128 *)(const void *)p));
}
static inline f32_vec f32_repeat_u8(const uint8_t *p, int group) {
  uint64_t bytes = 0;
  memcpy(&bytes, p, group == 2 ? 2 : group == 4 ? 4 : 8);
  const __m128i v = group == 2   ? _mm_set1_epi16((short)bytes)
                    : group == 4 ? _mm_set1_epi32((int)bytes)
                                 : _mm_set1_epi64x((int64_t)bytes);
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(v));
}

/* The OR of rows is zero or a negative zero where all of them are: one comparison serves them all.
   It is one of integers, without the sign: as a number the OR may be a signalling NaN. */
ALWAYS_INLINE uint64_t u8_nonzero64(const uint8_t *const *row, size_t j, size_t count, int rows) {
  const __mmask64 first = _bzhi_u64(~(uint64_t)0, (unsigned)count);
  __m512i v = _mm512_setzero_si512();
  UNROLL for (int r = 0; r < rows; r++) v =
      _mm512_or_si512(v, _mm512_maskz_loadu_epi8(first, row[r] + j));
  return _mm512_test_epi8_mask(v, v);
}
ALWAYS_INLINE uint64_t f32_nonzero64(const float *const *row, size_t j, size_t count, int rows) {
  uint64_t bits = 0;
  for (size_t c = 0; c < count; c += 16) {
    f32_vec v = f32_zero();
    UNROLL for (int r = 0; r < rows; r++) {
      const float *p = row[r] + j + c;
      v = _mm512_or_ps(v, c + 16 <= count ? f32_load(p) : f32_load_part(p, count - c));
    }
    const __m512i unsigned_bits = _mm512_set1_epi32(INT32_MAX);
    bits |= (uint64_t)_mm512_test_epi32_mask(_mm512_castps_si512(v), unsigned_bits) << c;
  }
  return bits;
}
ALWAYS_INLINE uint64_t f64_nonzero64(const double *const *row, size_t j, size_t count, int rows) {
  uint64_t bits = 0;
  for (size_t c = 0; c < count; c += 8) {
    f64_vec v = f64_zero();
    UNROLL for (int r = 0; r < rows; r++) {
      const double *p = row[r] + j + c;
      v = _mm512_or_pd(v, c + 8 <= count ? f64_load(p) : f64_load_part(p, count - c));
    }
    const __m512i unsigned_bits = _mm512_set1_epi64(INT64_MAX);
    bits |= (uint64_t)_mm512_test_epi64_mask(_mm512_castpd_si512(v), unsigned_bits) << c;
  }
  return bits;
}

static inline void pack_u32(uint32_t *to, uint32_t base, uint32_t step, uint32_t bits) {
  const __m512i count = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i index = _mm512_add_epi32(_mm512_set1_epi32((int)base),
                                         _mm512_mullo_epi32(count, _mm512_set1_epi32((int)step)));
  _mm512_storeu_si512(to, _mm512_maskz_compress_epi32((__mmask16)bits, index));
}
static inline void pack_u64(uint64_t *to, uint64_t base, uint32_t bits, int lanes) {
  const __m512i count = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
  const __m512i low = _mm512_add_epi64(_mm512_set1_epi64((int64_t)base), count);
  _mm512_storeu_si512(to, _mm512_maskz_compress_epi64((__mmask8)bits, low));
  if (lanes <= 8) return;
  const __m512i high = _mm512_add_epi64(low, _mm512_set1_epi64(8));
  _mm512_storeu_si512(to + __builtin_popcount(bits & 0xff),
                      _mm512_maskz_compress_epi64((__mmask8)(bits >> 8), high));
}
static inline void f32_pack(float *to, f32_vec v, uint32_t bits) {
  f32_store(to, _mm512_maskz_compress_ps((__mmask16)bits, v));
}
static inline void f64_pack(double *to, f64_vec v, uint32_t bits) {
  f64_store(to, _mm512_maskz_compress_pd((__mmask8)bits, v));
}

#endif
