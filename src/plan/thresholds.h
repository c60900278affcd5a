/*
 * Every number by which the library chooses, with the measurement that set it (bench/README.md has
 * the figures). None changes a result within a route; the family does, so it depends on these.
 */
#ifndef KRON_EYE_PLAN_THRESHOLDS_H
#define KRON_EYE_PLAN_THRESHOLDS_H

enum {
  /* dot family: at most this many outputs, at least this many vectors of inputs. */
  KRON_EYE_DOT_MOST_OUTPUTS = 4,
  KRON_EYE_DOT_LEAST_VECTORS = 4,

  /* BLAS route: a W this tall is better blocked for the caches than streamed in panels. */
  KRON_EYE_BLAS_LEAST_OUTPUTS = 512,

  /* One-call batch: rows of n from which packing W costs less than it gains. */
  KRON_EYE_PACK_LEAST_ROWS = 256,

  /* Rows that are walked through all panels, and share one choice about zeros: a multiple of the
     usual tiles, and few enough for their x to stay in the second-level cache. */
  KRON_EYE_GROUP_ROWS = 84,
  KRON_EYE_GROUP_BYTES = 256 * 1024,

  /* Multiply-adds for which another thread is worth waking. */
  KRON_EYE_THREAD_WORK = 1 << 20,
  /* Pieces a thread, so that a slow one can leave work to others. */
  KRON_EYE_THREAD_PIECES = 8,
};

/*
 * Time of the zero-skipping kernels in units of the panel kernel's, for a share `columns` of
 * columns that are not zero in all rows of a tile, and a share `density` of non-zeros.
 */
static inline double kron_eye_columns_cost(double columns) {
  return 0.10 + 1.05 * columns;
}
static inline double kron_eye_lists_cost(double density) {
  return 0.30 + 2.60 * density;
}
/* Skip only where the estimate promises this. */
static const double kron_eye_skip_below = 0.90;

#endif
