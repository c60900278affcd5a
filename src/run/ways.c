#include "run/ways.h"

#include "base/thresholds.h"

double kron_eye_run_ways_skew[KRON_EYE_WAYS] = {1, 1, 1};

static double get(const _Atomic double *value) {
  return atomic_load_explicit((_Atomic double *)value, memory_order_relaxed);
}

static void set(_Atomic double *value, double to) {
  atomic_store_explicit(value, to, memory_order_relaxed);
}

void kron_eye_run_ways_start(struct kron_eye_ways *ways, size_t groups) {
  ways->budget = groups < KRON_EYE_TRY_MIN_GROUPS ? 0 : kron_eye_try_share * (double)groups;
}

static bool known(const struct kron_eye_ways *ways, int way) {
  return get(&ways->rate[way]) > 0;
}

/* The lowest rate of the known ways, which is used for those that are not known. */
static double common_rate(const struct kron_eye_ways *ways) {
  double lowest = 0;
  for (int w = 0; w < KRON_EYE_WAYS; w++)
    if (known(ways, w) && (lowest == 0 || get(&ways->rate[w]) < lowest))
      lowest = get(&ways->rate[w]);
  return lowest > 0 ? lowest : 1;
}

static int fastest(const double *times) {
  int best = 0;
  for (int w = 1; w < KRON_EYE_WAYS; w++)
    if (times[w] < times[best]) best = w;
  return best;
}

static uint64_t count(const _Atomic uint64_t *value) {
  return atomic_load_explicit((_Atomic uint64_t *)value, memory_order_relaxed);
}

/* Was the rate of this way measured on data that differ much from these? */
static bool stale(const struct kron_eye_ways *ways, int way, double estimate) {
  const double change = estimate / get(&ways->estimate[way]);
  return change > kron_eye_try_change || change < 1 / kron_eye_try_change;
}

/* Is the rate unknown, old, or known from a single group, which may have been interrupted? */
static bool worth_a_try(const struct kron_eye_ways *ways, int way, double estimate) {
  return count(&ways->measured[way]) < 2 || stale(ways, way, estimate) ||
         count(&ways->groups) - count(&ways->tried[way]) >= KRON_EYE_TRY_AGAIN_GROUPS;
}

/* The choice for small products: the way with the lowest estimate, if that promises a gain. */
static enum kron_eye_family by_estimate(const double *estimates) {
  const int best = fastest(estimates);
  return estimates[best] < kron_eye_skip_below ? (enum kron_eye_family)best : KRON_EYE_PANEL;
}

/* The expected time of a way per multiply-add, from its own rate or from those of the others. */
static double expected(const struct kron_eye_ways *ways, int way, double estimate) {
  return estimate * (known(ways, way) ? get(&ways->rate[way]) : common_rate(ways));
}

enum kron_eye_family kron_eye_run_ways_choose(struct kron_eye_ways *ways,
                                              struct kron_eye_estimates *estimates) {
  estimates->excess = 0;
  if (ways->budget == 0) return by_estimate(estimates->of);
  atomic_fetch_add_explicit(&ways->groups, 1, memory_order_relaxed);
  double times[KRON_EYE_WAYS];
  for (int w = 0; w < KRON_EYE_WAYS; w++) times[w] = expected(ways, w, estimates->of[w]);
  const int best = fastest(times);
  for (int w = 0; w < KRON_EYE_WAYS; w++) {
    const double excess = times[w] / times[best] - 1;
    if (w == best || excess > kron_eye_try_excess || get(&ways->spent) + excess > ways->budget ||
        !worth_a_try(ways, w, estimates->of[w]))
      continue;
    estimates->excess = excess;
    return (enum kron_eye_family)w;
  }
  return (enum kron_eye_family)best;
}

/* Charges the cost of a trial, in groups, but no more than was expected: the rest is taken to be an
   interruption. */
static void charge(struct kron_eye_ways *ways, const struct kron_eye_estimates *estimates,
                   double time) {
  double best = time;
  for (int w = 0; w < KRON_EYE_WAYS; w++) {
    const double other = expected(ways, w, estimates->of[w]);
    if (known(ways, w) && other < best) best = other;
  }
  const double excess = time / best - 1;
  set(&ways->spent, get(&ways->spent) + (excess < estimates->excess ? excess : estimates->excess));
}

/* The rate after another group. A slower group may have been interrupted, so it counts little. A
   faster group was not; if it was much faster, the earlier ones had been interrupted. */
static double smoothed(double old, double rate, bool second) {
  if (rate <= old) return second || rate < 0.8 * old ? rate : (old + rate) / 2;
  if (second) return old;
  return old + kron_eye_try_weight * ((rate < 2 * old ? rate : 2 * old) - old);
}

void kron_eye_run_ways_learn(struct kron_eye_ways *ways, enum kron_eye_family way,
                             const struct kron_eye_estimates *estimates, double work,
                             double nanoseconds) {
  const double estimate = estimates->of[way], rate = nanoseconds / (work * estimate);
  if (estimates->excess > 0) charge(ways, estimates, nanoseconds / work);
  const uint64_t before =
      known(ways, (int)way) && !stale(ways, (int)way, estimate) ? count(&ways->measured[way]) : 0;
  set(&ways->rate[way], before == 0 ? rate : smoothed(get(&ways->rate[way]), rate, before == 1));
  set(&ways->estimate[way], estimate);
  atomic_store_explicit(&ways->measured[way], before + 1, memory_order_relaxed);
  atomic_store_explicit(&ways->tried[way], count(&ways->groups), memory_order_relaxed);
}
