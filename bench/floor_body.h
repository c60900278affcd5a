/*
 * The body of floor_<isa>.c. The file defines ISA, VECTOR_BYTES and CHAINS, and is compiled with
 * the flags of its instruction set; the compiler's vector types do the rest. CHAINS accumulators
 * must fit in the registers beside two operands, and be at least latency x units of the machine,
 * which is 4 x 2 on current ones.
 */
#include "floor.h"

#include <string.h>
#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_(a, b)
/* Accumulators in an array stay in registers only if the loop is fully unrolled: gcc does that on
 * request, clang for short loops. */
#if defined(__clang__)
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED _Pragma("GCC unroll 32")
#endif
#define LANES(REAL) (VECTOR_BYTES / sizeof(REAL))

typedef float vector_f32 __attribute__((vector_size(VECTOR_BYTES)));
typedef double vector_f64 __attribute__((vector_size(VECTOR_BYTES)));
typedef uint64_t vector_u64 __attribute__((vector_size(VECTOR_BYTES)));

static inline vector_u64 load(const char *memory) {
  vector_u64 vector;
  memcpy(&vector, memory, sizeof vector);
  return vector;
}

static uint64_t total(vector_u64 vector) {
  uint64_t sum = 0;
  for (size_t lane = 0; lane < LANES(uint64_t); ++lane) sum += vector[lane];
  return sum;
}

static uint64_t read_stream(const void *memory, size_t bytes) {
  enum { UNROLL = 8 };
  const char *at = memory, *end = at + bytes;
  vector_u64 sums[UNROLL] = {{0}};
  for (; (size_t)(end - at) >= UNROLL * VECTOR_BYTES; at += UNROLL * VECTOR_BYTES)
    UNROLLED for (size_t i = 0; i < UNROLL; ++i) sums[i] += load(at + i * VECTOR_BYTES);
  uint64_t sum = 0;
  UNROLLED for (size_t i = 0; i < UNROLL; ++i) sum += total(sums[i]);
  for (; at < end; ++at) sum += (unsigned char)*at;
  return sum;
}

static uint64_t read_streams(const void *memory, size_t bytes) {
  enum { STREAMS = 4, LINE = 64, AHEAD = 1024, PARTS = LINE / VECTOR_BYTES };
  size_t quarter = bytes / STREAMS / LINE * LINE;
  const char *start = memory;
  vector_u64 sums[STREAMS] = {{0}};
  for (size_t at = 0; at < quarter; at += LINE)
    UNROLLED for (size_t stream = 0; stream < STREAMS; ++stream) {
      const char *line = start + stream * quarter + at;
      __builtin_prefetch(line + AHEAD);
      UNROLLED for (size_t part = 0; part < PARTS; ++part) sums[stream] +=
          load(line + part * VECTOR_BYTES);
    }
  uint64_t sum = read_stream(start + STREAMS * quarter, bytes - STREAMS * quarter);
  UNROLLED for (size_t stream = 0; stream < STREAMS; ++stream) sum += total(sums[stream]);
  return sum;
}

static void store(char *memory, vector_u64 vector) {
  memcpy(memory, &vector, sizeof vector);
}

/* To a whole vector of memory. */
static void store_past_caches(char *memory, vector_u64 vector) {
#if VECTOR_BYTES == 64
  _mm512_stream_si512((void *)memory, (__m512i)vector);
#elif VECTOR_BYTES == 32
  _mm256_stream_si256((void *)memory, (__m256i)vector);
#elif defined(__SSE2__)
  _mm_stream_si128((void *)memory, (__m128i)vector);
#else
  store(memory, vector);
#endif
}

static inline vector_u64 read_part(const char *from, size_t bytes) {
  enum { AHEAD = 1024, LINE = 64 };
  vector_u64 sum = {0};
  for (size_t at = 0; at < bytes; at += LINE) {
    __builtin_prefetch(from + at + AHEAD);
    UNROLLED for (size_t part = 0; part < LINE; part += VECTOR_BYTES) sum += load(from + at + part);
  }
  return sum;
}

static inline void write_part(char *to, size_t bytes, vector_u64 value, bool streaming) {
  if (streaming)
    for (size_t at = 0; at < bytes; at += VECTOR_BYTES) store_past_caches(to + at, value);
  else
    for (size_t at = 0; at < bytes; at += VECTOR_BYTES) store(to + at, value);
}

static uint64_t pass(const void *from, size_t read, void *to, size_t written, size_t places,
                     bool streaming) {
  enum { TILE = 1024, LINE = 64 };
  const size_t larger = read > written ? read : written, tiles = larger / places / TILE;
  const size_t step_read = tiles ? read / places / tiles / LINE * LINE : 0;
  const size_t step_written = tiles ? written / places / tiles / LINE * LINE : 0;
  vector_u64 sum = {0};
  for (size_t tile = 0; tile < tiles; ++tile)
    for (size_t place = 0; place < places; ++place) {
      const size_t number = place * tiles + tile;
      sum += read_part((const char *)from + number * step_read, step_read);
      write_part((char *)to + number * step_written, step_written, sum, streaming);
    }
  const size_t was_read = places * tiles * step_read, was_written = places * tiles * step_written;
  memset((char *)to + was_written, (int)total(sum), written - was_written);
#if defined(__SSE2__)
  if (streaming) _mm_sfence();
#endif
  return total(sum) + read_stream((const char *)from + was_read, read - was_read);
}

/* Every chain converges to addend / (1 - factor): no overflow, no subnormal. The operands come
 * from volatile storage, so that no compiler can know them. */
#define DEFINE_FMA(NAME, REAL, VECTOR)                                                             \
  static REAL NAME(size_t vectors) {                                                               \
    static volatile REAL factor_value = (REAL)0.5, addend_value = (REAL)0.75;                      \
    const VECTOR zero = {0}, factor = zero + factor_value, addend = zero + addend_value;           \
    VECTOR chains[CHAINS], sum = zero;                                                             \
    UNROLLED for (size_t i = 0; i < CHAINS; ++i) chains[i] = zero + (REAL)i;                       \
    for (size_t done = 0; done < vectors; done += CHAINS) {                                        \
      UNROLLED for (size_t i = 0; i < CHAINS; ++i) chains[i] = chains[i] * factor + addend;        \
    }                                                                                              \
    UNROLLED for (size_t i = 0; i < CHAINS; ++i) sum += chains[i];                                 \
    return sum[0];                                                                                 \
  }

DEFINE_FMA(fma_f32, float, vector_f32)
DEFINE_FMA(fma_f64, double, vector_f64)

#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)

const struct floor_kernels PASTE(floor_kernels_, ISA) = {
    TEXT(ISA), VECTOR_BYTES, read_stream, read_streams, pass, fma_f32, fma_f64};
