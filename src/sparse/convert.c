#include "sparse/convert.h"

#include "base/checked_size.h"
#include "base/integers.h"
#include "base/threads.h"
#include "base/thresholds.h"

#include <stdatomic.h>

/* Elements that are looked at together: the compiler makes vectors of the loops over them. */
enum { SOME = 16 };

/* The bits of floats and doubles, which the compiler is told may be read as such. */
typedef uint32_t float_bits __attribute__((may_alias));
typedef uint64_t double_bits __attribute__((may_alias));

static bool wide(const struct kron_eye_conversion *c) {
  return c->index_type == KRON_EYE_INDEX_INT64;
}

static size_t start(const struct kron_eye_conversion *c, size_t row) {
  return kron_eye_integer(c->indptr, wide(c), row);
}

static const void *row_of(const struct kron_eye_conversion *c, size_t row) {
  return (const char *)c->x + row * c->ldx * kron_eye_base_types[c->types].x_size;
}

/* ------------------------------------------------------------------ a row */

/*
 * Elements are moved and looked at as the integers T of their bits: a zero of either sign is one
 * that has no other bit than the sign's, whatever the floating-point environment.
 */
#define DEFINE_COUNT(T)                                                                            \
  static inline bool nonzero_##T(T bits) {                                                         \
    return (T)(bits << 1) != 0;                                                                    \
  }                                                                                                \
  static size_t count_##T(const void *row, size_t cols) {                                          \
    const T *x = row;                                                                              \
    enum { STRIP = 4096 };                                                                         \
    size_t count = 0;                                                                              \
    for (size_t j = 0; j < cols; j += STRIP) {                                                     \
      const size_t end = cols - j < STRIP ? cols : j + STRIP;                                      \
      uint32_t some = 0;                                                                           \
      for (size_t i = j; i < end; i++) some += nonzero_##T(x[i]);                                  \
      count += some;                                                                               \
    }                                                                                              \
    return count;                                                                                  \
  }                                                                                                \
  static inline bool any_##T(const T *x) {                                                         \
    T any = 0;                                                                                     \
    for (size_t i = 0; i < SOME; i++) any |= x[i];                                                 \
    return nonzero_##T(any);                                                                       \
  }
DEFINE_COUNT(float_bits)
DEFINE_COUNT(double_bits)

/*
 * The row's entries to places k .. end - 1; false where they are not as many. Where SOME places are
 * left, each element is written, and the next one over it if it was zero: no branch to mispredict.
 */
#define DEFINE_FILL(T, I)                                                                          \
  static bool fill_##T##_##I(const void *row, size_t cols, I *indices, void *to, size_t k,         \
                             size_t end) {                                                         \
    const T *x = row;                                                                              \
    T *values = to;                                                                                \
    for (size_t j = 0; j < cols; j += SOME) {                                                      \
      const size_t some = cols - j < SOME ? cols - j : SOME;                                       \
      if (some == SOME && !any_##T(x + j)) continue;                                               \
      if (end - k >= SOME) {                                                                       \
        for (size_t i = j; i < j + some; i++) {                                                    \
          indices[k] = (I)i;                                                                       \
          values[k] = x[i];                                                                        \
          k += nonzero_##T(x[i]);                                                                  \
        }                                                                                          \
        continue;                                                                                  \
      }                                                                                            \
      for (size_t i = j; i < j + some; i++) {                                                      \
        if (!nonzero_##T(x[i])) continue;                                                          \
        if (k == end) return false;                                                                \
        indices[k] = (I)i;                                                                         \
        values[k++] = x[i];                                                                        \
      }                                                                                            \
    }                                                                                              \
    return k == end;                                                                               \
  }
DEFINE_FILL(float_bits, int32_t)
DEFINE_FILL(float_bits, int64_t)
DEFINE_FILL(double_bits, int32_t)
DEFINE_FILL(double_bits, int64_t)

static size_t count_row(const struct kron_eye_conversion *c, size_t row) {
  return c->types == KRON_EYE_F64 ? count_double_bits(row_of(c, row), c->cols)
                                  : count_float_bits(row_of(c, row), c->cols);
}

static bool fill_row(const struct kron_eye_conversion *c, size_t row) {
  const void *x = row_of(c, row);
  const size_t k = start(c, row), end = start(c, row + 1);
  if (c->types == KRON_EYE_F64)
    return wide(c) ? fill_double_bits_int64_t(x, c->cols, c->indices, c->values, k, end)
                   : fill_double_bits_int32_t(x, c->cols, c->indices, c->values, k, end);
  return wide(c) ? fill_float_bits_int64_t(x, c->cols, c->indices, c->values, k, end)
                 : fill_float_bits_int32_t(x, c->cols, c->indices, c->values, k, end);
}

/* ------------------------------------------------------------------ all rows */

/* Some rows at a time, on threads; `result` is what the pass finds out. */
struct pass {
  const struct kron_eye_conversion *c;
  size_t piece; /* rows */
  atomic_size_t result;
};

static size_t run_pass(const struct kron_eye_conversion *c, kron_eye_piece *function) {
  const size_t fitting = c->cols == 0 ? c->rows : KRON_EYE_CSR_CONVERT_PIECE / c->cols;
  struct pass pass = {c, fitting > 0 ? fitting : 1, 0};
  const int threads = kron_eye_base_threads(0, (double)c->rows * (double)c->cols);
  kron_eye_base_parallel(threads, (c->rows + pass.piece - 1) / pass.piece, function, &pass);
  return pass.result;
}

static size_t end_of(const struct pass *pass, size_t piece) {
  return least((piece + 1) * pass->piece, pass->c->rows);
}

static void nonzeros_piece(void *context, size_t piece) {
  struct pass *pass = context;
  size_t count = 0;
  for (size_t row = piece * pass->piece; row < end_of(pass, piece); row++)
    count += count_row(pass->c, row);
  atomic_fetch_add(&pass->result, count);
}

static void count_piece(void *context, size_t piece) {
  const struct pass *pass = context;
  for (size_t row = piece * pass->piece; row < end_of(pass, piece); row++)
    kron_eye_integer_set(pass->c->indptr, wide(pass->c), row + 1, count_row(pass->c, row));
}

/* The result counts the rows that do not have as many elements as indptr says. */
static void fill_piece(void *context, size_t piece) {
  struct pass *pass = context;
  size_t wrong = 0;
  for (size_t row = piece * pass->piece; row < end_of(pass, piece); row++)
    wrong += !fill_row(pass->c, row);
  if (wrong != 0) atomic_fetch_add(&pass->result, wrong);
}

size_t kron_eye_sparse_nonzeros(const struct kron_eye_conversion *c) {
  return c->cols == 0 ? 0 : run_pass(c, nonzeros_piece);
}

bool kron_eye_sparse_count(const struct kron_eye_conversion *c) {
  /* rows*cols elements fit in memory, so their number fits in 64 bits. */
  const size_t most = wide(c) ? INT64_MAX : INT32_MAX;
  if (c->rows * c->cols > most && kron_eye_sparse_nonzeros(c) > most) return false;
  kron_eye_integer_set(c->indptr, wide(c), 0, 0);
  run_pass(c, count_piece);
  for (size_t row = 0, sum = 0; row < c->rows; row++) {
    sum += start(c, row + 1);
    kron_eye_integer_set(c->indptr, wide(c), row + 1, sum);
  }
  return true;
}

bool kron_eye_sparse_ordered(const struct kron_eye_conversion *c) {
  if (start(c, 0) != 0) return false;
  for (size_t row = 0; row < c->rows; row++)
    if (start(c, row + 1) < start(c, row)) return false;
  return start(c, c->rows) <= PTRDIFF_MAX; /* a negative integer reads as a huge size */
}

bool kron_eye_sparse_fill(const struct kron_eye_conversion *c) {
  return run_pass(c, fill_piece) == 0;
}
