/*
 * nonzeros, compress: a row of dense x, counted or as the entries of a CSR matrix.
 *
 * compress looks at 64 columns at a time and packs the non-zeros of each vector to the left, or
 * writes them one by one where they are few.
 * Packing writes up to 64 bytes after the entries that it counts; the next non-zeros overwrite
 * them. If there is no room for that, the entries are written one by one.
 *
 * Entries are consecutive, so x is read in order. The data that follow are prefetched at four
 * places at once, because a single stream does not reach the memory bandwidth.
 */

/* Entries that packing may write behind those that it counts. */
enum { PACK_BEHIND = 64 / sizeof(int32_t), COMPRESS_COLUMNS = 64 };
/* Bytes that are fetched while as many are read; both fit the second level. */
enum { FETCH_WINDOW = 1 << 16, FETCH_PLACES = 4, FETCH_LINE = 64 };
/* Bytes from the entries that are written to those that are fetched, to be written next. */
enum { WRITE_AHEAD = 1024 };

/* x is cut into windows by address. For `bytes` at p, fetches as many of the next window, which may
   lie behind the array: no pointer arithmetic may go there. */
ALWAYS_INLINE void fetch_window(const void *p, size_t bytes) {
  const uintptr_t at = (uintptr_t)p % FETCH_WINDOW;
  const uintptr_t next = (uintptr_t)p - at + FETCH_WINDOW + at / FETCH_PLACES;
  UNROLL for (size_t place = 0; place < FETCH_PLACES; place++) {
    const uintptr_t first = next + place * (FETCH_WINDOW / FETCH_PLACES);
    /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
    const char *fetched = (const char *)first;
    UNROLL for (size_t b = 0; b < bytes / FETCH_PLACES; b += FETCH_LINE) PREFETCH_L2(fetched + b);
  }
}

/* Bytes that are counted at a time, with so many counters; and elements before these may overflow.
 */
enum { COUNT_STEP = 256, COUNTERS = 4, COUNT_STRIP = 1 << 20 };

#define DEFINE_NONZEROS(X, T)                                                                      \
  ALWAYS_INLINE size_t X##_count_strip(const X##_element *x, size_t count, bool fetch) {           \
    enum { STEP = COUNT_STEP / sizeof(X##_element) };                                              \
    const T##_vec zero = {0};                                                                      \
    T##_vec zeros[COUNTERS] = {{0}};                                                               \
    size_t i = 0;                                                                                  \
    for (; i + STEP <= count; i += STEP) {                                                         \
      if (fetch) fetch_window(x + i, COUNT_STEP);                                                  \
      UNROLL for (int v = 0; v < STEP / T##_LANES; v++) {                                          \
        const T##_vec bits = T##_load((const void *)(x + i + v * T##_LANES));                      \
        zeros[v % COUNTERS] -= (T##_vec)(bits + bits == zero);                                     \
      }                                                                                            \
    }                                                                                              \
    size_t found = i;                                                                              \
    UNROLL for (int v = 0; v < COUNTERS; v++) UNROLL for (int lane = 0; lane < T##_LANES; lane++)  \
        found -= zeros[v][lane];                                                                   \
    for (; i < count; i++) found += kron_eye_nonzero_##X(x + i);                                   \
    return found;                                                                                  \
  }                                                                                                \
  ALWAYS_INLINE size_t X##_nonzeros(const struct kron_eye_convert_task *task) {                    \
    const X##_element *x = task->x;                                                                \
    size_t count = 0;                                                                              \
    for (size_t j = 0; j < task->cols; j += COUNT_STRIP)                                           \
      count += X##_count_strip(x + j, least(COUNT_STRIP, task->cols - j), task->fetch);            \
    return count;                                                                                  \
  }
DEFINE_NONZEROS(f32, i32)
DEFINE_NONZEROS(f64, i64)

#if PACKS_VECTORS
/* Columns of the lanes of a vector whose bit is set. */
ALWAYS_INLINE void pack_i32(int32_t *to, size_t column, uint32_t bits, int lanes) {
  (void)lanes;
  pack_u32((uint32_t *)to, (uint32_t)column, 1, bits);
}
ALWAYS_INLINE void pack_i64(int64_t *to, size_t column, uint32_t bits, int lanes) {
  pack_u64((uint64_t *)to, column, bits, lanes);
}

/* X is the type of x, B of integers as wide, T of the indices. */

/* The non-zeros among COMPRESS_COLUMNS columns from j on; returns their number. Where they are few,
   they are written one by one, in groups, as a loop of uncertain length costs more than what a
   group writes too much; else vectors are packed to the left. */
enum { COMPRESS_GROUP = 4 };
#define DEFINE_COMPRESS_SOME(X, B, T, integer)                                                     \
  ALWAYS_INLINE void X##_##T##_compress_bits(const X##_element *x, size_t j, uint64_t bits,        \
                                             size_t count, integer *indices,                       \
                                             X##_element *values) {                                \
    for (size_t k = 0; k < count; k += COMPRESS_GROUP)                                             \
      UNROLL for (size_t i = 0; i < COMPRESS_GROUP; i++) {                                         \
        /* The last column stands for those that are none. */                                      \
        const size_t column = j + (size_t)__builtin_ctzll(bits | (uint64_t)1 << 63);               \
        indices[k + i] = (integer)column;                                                          \
        memcpy(values + k + i, x + column, sizeof *x);                                             \
        bits &= bits - 1;                                                                          \
      }                                                                                            \
  }                                                                                                \
  ALWAYS_INLINE size_t X##_##T##_compress_some(const X##_element *x, size_t j, integer *indices,   \
                                               X##_element *values) {                              \
    const uint64_t bits = X##_nonzero64(&x, j, COMPRESS_COLUMNS, 1);                               \
    const size_t count = (size_t)__builtin_popcountll(bits);                                       \
    if (count <= X##_##T##_FEW) {                                                                  \
      X##_##T##_compress_bits(x, j, bits, count, indices, values);                                 \
      return count;                                                                                \
    }                                                                                              \
    UNROLL for (int c = 0; c < COMPRESS_COLUMNS; c += X##_LANES) {                                 \
      const uint32_t here = (uint32_t)(bits >> c) & ((1U << X##_LANES) - 1);                       \
      X##_pack(values, X##_load(x + j + c), here);                                                 \
      pack_##T(indices, j + (size_t)c, here, X##_LANES);                                           \
      values += __builtin_popcount(here);                                                          \
      indices += __builtin_popcount(here);                                                         \
    }                                                                                              \
    return count;                                                                                  \
  }
#else
/* The same: each element is written, and the next one over it if it was zero. */
#define DEFINE_COMPRESS_SOME(X, B, T, integer)                                                     \
  ALWAYS_INLINE size_t X##_##T##_compress_some(const X##_element *x, size_t j, integer *indices,   \
                                               X##_element *values) {                              \
    size_t k = 0;                                                                                  \
    for (size_t end = j + COMPRESS_COLUMNS; j < end; j += COMPRESS_COLUMNS / 4) {                  \
      B##_vec any = {0};                                                                           \
      for (size_t c = 0; c < COMPRESS_COLUMNS / 4; c += X##_LANES)                                 \
        any |= B##_load((const void *)(x + j + c));                                                \
      any += any; /* the sign is lost */                                                           \
      uint64_t some[2];                                                                            \
      memcpy(some, &any, sizeof some);                                                             \
      if ((some[0] | some[1]) == 0) continue;                                                      \
      for (size_t c = j; c < j + COMPRESS_COLUMNS / 4; c++) {                                      \
        indices[k] = (integer)c;                                                                   \
        memcpy(values + k, x + c, sizeof *x);                                                      \
        k += kron_eye_nonzero_##X(x + c);                                                          \
      }                                                                                            \
    }                                                                                              \
    return k;                                                                                      \
  }
#endif

#define DEFINE_COMPRESS(X, B, T, integer)                                                          \
  DEFINE_COMPRESS_SOME(X, B, T, integer)                                                           \
  /* The non-zeros of the next columns, one by one; their number, or one above `room`. */          \
  ALWAYS_INLINE size_t X##_##T##_compress_few(const X##_element *x, size_t j, size_t columns,      \
                                              integer *indices, X##_element *values,               \
                                              size_t room) {                                       \
    size_t k = 0;                                                                                  \
    for (uint64_t bits = X##_nonzero64(&x, j, columns, 1); bits != 0; bits &= bits - 1, k++) {     \
      if (k == room) return room + 1;                                                              \
      const size_t column = j + (size_t)__builtin_ctzll(bits);                                     \
      indices[k] = (integer)column;                                                                \
      memcpy(values + k, x + column, sizeof *x);                                                   \
    }                                                                                              \
    return k;                                                                                      \
  }                                                                                                \
  ALWAYS_INLINE size_t X##_##T##_nonzeros(const struct kron_eye_convert_task *task) {              \
    return X##_nonzeros(task);                                                                     \
  }                                                                                                \
  ALWAYS_INLINE size_t X##_##T##_compress(const struct kron_eye_convert_task *task) {              \
    const X##_element *x = task->x;                                                                \
    integer *indices = task->indices;                                                              \
    X##_element *values = task->values;                                                            \
    size_t k = 0;                                                                                  \
    for (size_t j = 0; j < task->cols && k <= task->capacity; j += COMPRESS_COLUMNS) {             \
      const size_t columns = least(COMPRESS_COLUMNS, task->cols - j), room = task->capacity - k;   \
      if (task->fetch) {                                                                           \
        fetch_window(x + j, COMPRESS_COLUMNS * sizeof *x);                                         \
        __builtin_prefetch((const char *)(values + k) + WRITE_AHEAD, 1);                           \
        __builtin_prefetch((const char *)(indices + k) + WRITE_AHEAD, 1);                          \
      }                                                                                            \
      if (columns == COMPRESS_COLUMNS && room >= COMPRESS_COLUMNS + PACK_BEHIND)                   \
        k += X##_##T##_compress_some(x, j, indices + k, values + k);                               \
      else                                                                                         \
        k += X##_##T##_compress_few(x, j, columns, indices + k, values + k, room);                 \
    }                                                                                              \
    return k;                                                                                      \
  }
DEFINE_COMPRESS(f32, i32, i32, int32_t)
DEFINE_COMPRESS(f32, i32, i64, int64_t)
DEFINE_COMPRESS(f64, i64, i32, int32_t)
DEFINE_COMPRESS(f64, i64, i64, int64_t)
