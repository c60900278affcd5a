/* Medians with distribution-free intervals. */
#ifndef KRON_EYE_BENCH_STATS_H
#define KRON_EYE_BENCH_STATS_H

#include <stddef.h>

/** A median and the interval that holds the true one with at least 95 % confidence. */
struct interval {
  double low, median, high;
};

/**
 * The interval is between two order statistics: of n independent samples the number below the
 * true median is binomial(n, 1/2), whatever the distribution. With fewer than 6 samples no pair
 * of them reaches 95 %; the interval is then all of (0, infinity).
 */
struct interval median_interval(size_t n, const double *samples);

/** The same for the n ratios above[i] / below[i]. */
struct interval paired_interval(size_t n, const double *above, const double *below);

#endif
