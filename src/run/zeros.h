/*
 * What to do about zeros in the rows at hand. Every way gives the same bits, so the choice may rest
 * on a sample and may differ from one group of rows to the next.
 */
#ifndef KRON_EYE_RUN_ZEROS_H
#define KRON_EYE_RUN_ZEROS_H

#include "plan/plan.h"

struct kron_eye_zeros_view {
  const struct kron_eye_plan *plan;
  bool can_skip;  /* that changes no bit */
  bool sampled;   /* the plan leaves the choice to the data, and there is enough to gain */
  size_t next;    /* where the next sample's columns begin: moves on with every sample */
  size_t samples; /* taken so far, as far as they are remembered */
  double unseen;  /* multiply-adds since the last sample */
  double density; /* smoothed share of non-zeros */
  double columns; /* smoothed share of columns that are not zero in all rows of a tile */
};

/* For a walk along rows that start at x and ldx elements apart; looks at some of them. */
struct kron_eye_zeros_view kron_eye_run_zeros_start(const struct kron_eye_plan *plan, const void *x,
                                                    size_t ldx, size_t rows);

/* KRON_EYE_PANEL (multiply), KRON_EYE_COLUMNS or KRON_EYE_LISTS for the next `rows` rows, which
   start at x and ldx elements apart. */
enum kron_eye_family kron_eye_run_zeros_way(struct kron_eye_zeros_view *view, const void *x,
                                            size_t ldx, size_t rows);

#endif
