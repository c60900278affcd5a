/*
 * Decides whether and how to skip zeros in the next rows. Every choice gives the same bits, so it
 * can be based on a sample and can differ from one group of rows to the next.
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
  /* The current group: what was estimated and chosen, and when it began. */
  struct kron_eye_estimates estimates;
  enum kron_eye_family way;
  uint64_t begun;
};

/* Is the rounding mode downward? Then no zero may be skipped: +0 - 0 is -0. */
bool kron_eye_run_rounds_downward(void);

/* Do the plan and its options allow skipping zeros, for some data? Called for each small product.
 */
bool kron_eye_run_zeros_may_skip(const struct kron_eye_plan *plan);

/* Starts a loop over `rows` rows that begin at x and are ldx elements apart; the whole call has
   `blocks` of them. Samples some of the rows. `ways` is all zeros, and shared by the call. */
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
