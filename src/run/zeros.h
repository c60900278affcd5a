/*
 * What to do about zeros in the rows at hand. Every way gives the same bits, so the choice may rest
 * on a sample and may differ from one group of rows to the next.
 */
#ifndef KRON_EYE_RUN_ZEROS_H
#define KRON_EYE_RUN_ZEROS_H

#include "plan/plan.h"
#include "run/ways.h"

struct kron_eye_zeros_view {
  const struct kron_eye_plan *plan;
  struct kron_eye_ways *ways;
  bool can_skip;  /* that changes no bit */
  bool sampled;   /* the plan leaves the choice to the data, and there is enough to gain */
  size_t next;    /* where the next sample's columns begin: moves on with every sample */
  size_t samples; /* taken so far, as far as they are remembered */
  double unseen;  /* multiply-adds since the last sample */
  double density; /* smoothed share of non-zeros */
  double columns; /* smoothed share of columns that are not zero in all rows of a tile */
  /* The group at hand: what was estimated and chosen, and when it began. */
  struct kron_eye_estimates estimates;
  enum kron_eye_family way;
  uint64_t begun;
};

/* Do the plan and its options let zeros be skipped, for some data? Asked for each small product. */
bool kron_eye_run_zeros_may_skip(const struct kron_eye_plan *plan);

/* For a walk along `rows` rows that start at x and ldx elements apart, of `blocks` in the whole
   call; looks at some of them. `ways` is zero, and the call's. */
struct kron_eye_zeros_view kron_eye_run_zeros_start(const struct kron_eye_plan *plan,
                                                    struct kron_eye_ways *ways, const void *x,
                                                    size_t ldx, size_t rows, size_t blocks);

/* KRON_EYE_PANEL (multiply), KRON_EYE_COLUMNS or KRON_EYE_LISTS for the next `rows` rows, which
   start at x and ldx elements apart. */
enum kron_eye_family kron_eye_run_zeros_way(struct kron_eye_zeros_view *view, const void *x,
                                            size_t ldx, size_t rows);

/* These rows are done. */
void kron_eye_run_zeros_done(const struct kron_eye_zeros_view *view, size_t rows);

#endif
