#include "run/csr_dense.h"

#include "base/integers.h"
#include "run/threads.h"

/* Elements that are looked at together: the compiler makes vectors of the loops over them. */
enum { SOME = 16 };

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

/* count_T: elements that are not zero. any_T: is there one among the next SOME? */
#define DEFINE_COUNT(T)                                                                            \
  static size_t count_##T(const T *x, size_t cols) {                                               \
    enum { STRIP = 4096 };                                                                         \
    size_t count = 0;                                                                              \
    for (size_t j = 0; j < cols; j += STRIP) {                                                     \
      const size_t end = cols - j < STRIP ? cols : j + STRIP;                                      \
      uint32_t some = 0;                                                                           \
      for (size_t i = j; i < end; i++) some += x[i] != 0;                                          \
      count += some;                                                                               \
    }                                                                                              \
    return count;                                                                                  \
  }                                                                                                \
  static bool any_##T(const T *x) {                                                                \
    unsigned any = 0;                                                                              \
    for (size_t i = 0; i < SOME; i++) any |= x[i] != 0;                                            \
    return any != 0;                                                                               \
  }
DEFINE_COUNT(float)
DEFINE_COUNT(double)

/*
 * The row's entries to places k .. end - 1; false where they are not as many. Where SOME places are
 * left, each element is written, and the next one over it if it was zero: no branch to mispredict.
 */
#define DEFINE_FILL(T, I)                                                                          \
  static bool fill_##T##_##I(const T *x, size_t cols, I *indices, T *values, size_t k,             \
                             size_t end) {                                                         \
    for (size_t j = 0; j < cols; j += SOME) {                                                      \
      const size_t some = cols - j < SOME ? cols - j : SOME;                                       \
      if (some == SOME && !any_##T(x + j)) continue;                                               \
      if (end - k >= SOME) {                                                                       \
        for (size_t i = j; i < j + some; i++) {                                                    \
          indices[k] = (I)i;                                                                       \
          values[k] = x[i];                                                                        \
          k += x[i] != 0;                                                                          \
        }                                                                                          \
        continue;                                                                                  \
      }                                                                                            \
      for (size_t i = j; i < j + some; i++) {                                                      \
        if (x[i] == 0) continue;                                                                   \
        if (k == end) return false;                                                                \
        indices[k] = (I)i;                                                                         \
        values[k++] = x[i];                                                                        \
      }                                                                                            \
    }                                                                                              \
    return k == end;                                                                               \
  }
DEFINE_FILL(float, int32_t)
DEFINE_FILL(float, int64_t)
DEFINE_FILL(double, int32_t)
DEFINE_FILL(double, int64_t)

static size_t count_row(const struct kron_eye_conversion *c, size_t row) {
  return c->types == KRON_EYE_F64 ? count_double(row_of(c, row), c->cols)
                                  : count_float(row_of(c, row), c->cols);
}

static bool fill_row(const struct kron_eye_conversion *c, size_t row) {
  const void *x = row_of(c, row);
  const size_t k = start(c, row), end = start(c, row + 1);
  if (c->types == KRON_EYE_F64)
    return wide(c) ? fill_double_int64_t(x, c->cols, c->indices, c->values, k, end)
                   : fill_double_int32_t(x, c->cols, c->indices, c->values, k, end);
  return wide(c) ? fill_float_int64_t(x, c->cols, c->indices, c->values, k, end)
                 : fill_float_int32_t(x, c->cols, c->indices, c->values, k, end);
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
