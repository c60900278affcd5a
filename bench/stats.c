#include "stats.h"

#include "util.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

/* The largest r with P(binomial(n, 1/2) < r) <= 2.5 %: the r-th smallest sample (from 1) and the
 * r-th largest then bound the median. 0 where no r does. */
static size_t tail_rank(size_t n) {
  double probability = pow(0.5, (double)n), below = 0;
  size_t rank = 0;
  while (rank < n && below + probability <= 0.025) {
    below += probability;
    probability *= (double)(n - rank) / (double)(rank + 1);
    ++rank;
  }
  return rank;
}

struct interval median_interval(size_t n, const double *samples) {
  struct interval result = {0, NAN, INFINITY};
  if (n == 0) return result;
  double *sorted = allocate(n, sizeof *sorted);
  memcpy(sorted, samples, n * sizeof *sorted);
  qsort(sorted, n, sizeof *sorted, compare);
  result.median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  size_t rank = tail_rank(n);
  if (rank > 0) {
    result.low = sorted[rank - 1];
    result.high = sorted[n - rank];
  }
  free(sorted);
  return result;
}

struct interval paired_interval(size_t n, const double *above, const double *below) {
  double *ratios = allocate(n, sizeof *ratios);
  for (size_t i = 0; i < n; ++i) ratios[i] = above[i] / below[i];
  const struct interval result = median_interval(n, ratios);
  free(ratios);
  return result;
}
