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

/* The rate of the ways that are known, to stand for those that are not. */
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

/* Is what is known of a way of no use for data like these, or old? */
static bool worth_a_try(const struct kron_eye_ways *ways, int way, double estimate) {
  if (!known(ways, way)) return true;
  const double change = estimate / get(&ways->estimate[way]);
  const uint64_t age = atomic_load_explicit(&ways->groups, memory_order_relaxed) -
                       atomic_load_explicit(&ways->tried[way], memory_order_relaxed);
  return change > kron_eye_try_change || change < 1 / kron_eye_try_change ||
         age >= KRON_EYE_TRY_AGAIN_GROUPS;
}

/* Among the ways whose estimates promise a gain, as the small products take it. */
static enum kron_eye_family by_estimate(const double *estimates) {
  const int best = fastest(estimates);
  return estimates[best] < kron_eye_skip_below ? (enum kron_eye_family)best : KRON_EYE_PANEL;
}

enum kron_eye_family kron_eye_run_ways_choose(struct kron_eye_ways *ways,
                                              const struct kron_eye_estimates *estimates) {
  if (ways->budget == 0) return by_estimate(estimates->of);
  atomic_fetch_add_explicit(&ways->groups, 1, memory_order_relaxed);
  const double common = common_rate(ways);
  double times[KRON_EYE_WAYS];
  for (int w = 0; w < KRON_EYE_WAYS; w++)
    times[w] = estimates->of[w] * (known(ways, w) ? get(&ways->rate[w]) : common);
  const int best = fastest(times);
  for (int w = 0; w < KRON_EYE_WAYS; w++) {
    if (w == best || !worth_a_try(ways, w, estimates->of[w])) continue;
    const double excess = times[w] / times[best] - 1, spent = get(&ways->spent);
    if (excess > kron_eye_try_excess || spent + excess > ways->budget) continue;
    set(&ways->spent, spent + excess);
    return (enum kron_eye_family)w;
  }
  return (enum kron_eye_family)best;
}

void kron_eye_run_ways_learn(struct kron_eye_ways *ways, enum kron_eye_family way,
                             const struct kron_eye_estimates *estimates, double work,
                             double nanoseconds) {
  const double estimate = estimates->of[way], rate = nanoseconds / (work * estimate);
  const bool fresh = !worth_a_try(ways, (int)way, estimate);
  double old = get(&ways->rate[way]);
  /* A group that was interrupted says little; one that was faster than usual was not. */
  if (fresh && rate > old)
    old += kron_eye_try_weight * ((rate < 2 * old ? rate : 2 * old) - old);
  else
    old = fresh ? (old + rate) / 2 : rate;
  set(&ways->rate[way], old);
  set(&ways->estimate[way], estimate);
  atomic_store_explicit(&ways->tried[way],
                        atomic_load_explicit(&ways->groups, memory_order_relaxed),
                        memory_order_relaxed);
}
