#include "run/csr_dense.h"

#include "base/integers.h"
#include "run/threads.h"

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
  return (const char *)c->x + row * c->ldx * kron_eye_problem_types[c->types].x_size;
}

static int team_for(const struct kron_eye_conversion *c) {
  return kron_eye_run_threads(0, (double)c->rows * (double)c->cols);
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

size_t kron_eye_run_csr_nonzeros(const struct kron_eye_conversion *c) {
  const int team = team_for(c);
  size_t count = 0;
#if defined(_OPENMP)
#pragma omp parallel for schedule(static) num_threads(team) reduction(+ : count)
#else
  (void)team;
#endif
  for (ptrdiff_t row = 0; row < (ptrdiff_t)c->rows; row++) count += count_row(c, (size_t)row);
  return count;
}

bool kron_eye_run_csr_count(const struct kron_eye_conversion *c) {
  /* rows*cols elements fit in memory, so their number fits in 64 bits. */
  const size_t most = wide(c) ? INT64_MAX : INT32_MAX;
  if (c->rows * c->cols > most && kron_eye_run_csr_nonzeros(c) > most) return false;
  const int team = team_for(c);
  kron_eye_integer_set(c->indptr, wide(c), 0, 0);
#if defined(_OPENMP)
#pragma omp parallel for schedule(static) num_threads(team)
#else
  (void)team;
#endif
  for (ptrdiff_t row = 0; row < (ptrdiff_t)c->rows; row++)
    kron_eye_integer_set(c->indptr, wide(c), (size_t)row + 1, count_row(c, (size_t)row));
  for (size_t row = 0, sum = 0; row < c->rows; row++) {
    sum += start(c, row + 1);
    kron_eye_integer_set(c->indptr, wide(c), row + 1, sum);
  }
  return true;
}

bool kron_eye_run_csr_ordered(const struct kron_eye_conversion *c) {
  if (start(c, 0) != 0) return false;
  for (size_t row = 0; row < c->rows; row++)
    if (start(c, row + 1) < start(c, row)) return false;
  return true;
}

bool kron_eye_run_csr_fill(const struct kron_eye_conversion *c) {
  const int team = team_for(c);
  int wrong = 0;
#if defined(_OPENMP)
#pragma omp parallel for schedule(static) num_threads(team) reduction(| : wrong)
#else
  (void)team;
#endif
  for (ptrdiff_t row = 0; row < (ptrdiff_t)c->rows; row++) wrong |= !fill_row(c, (size_t)row);
  return wrong == 0;
}
