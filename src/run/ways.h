/*
 * Chooses the fastest of several ways to compute the same bits. The ways are the kernel families
 * KRON_EYE_PANEL, KRON_EYE_COLUMNS and KRON_EYE_LISTS, in this order. For small products, an
 * estimate decides. For large ones, the first groups of rows try the ways that the estimate does
 * not rule out, and their times decide. The times are kept for one call and shared by its threads.
 */
#ifndef KRON_EYE_RUN_WAYS_H
#define KRON_EYE_RUN_WAYS_H

#include "kernel/kernel.h"

#include <stdatomic.h>
#include <stdint.h>

enum { KRON_EYE_WAYS = 3 };

/* The times of one call so far. Races between threads may cost time, but never change a result. */
struct kron_eye_ways {
  double budget;                            /* for trials, in groups; 0: the estimate decides */
  _Atomic double spent;                     /* of the budget */
  _Atomic double rate[KRON_EYE_WAYS];       /* nanoseconds per estimated unit; 0: not known */
  _Atomic double estimate[KRON_EYE_WAYS];   /* for which the rate was measured */
  _Atomic uint64_t measured[KRON_EYE_WAYS]; /* how often, for about this estimate */
  _Atomic uint64_t tried[KRON_EYE_WAYS];    /* the group that was the last to go this way */
  _Atomic uint64_t groups;                  /* counted so far */
};

/* The expected times for a group, relative to that of panel, from the thresholds; and, if the
   chosen way is a trial, by how much it is expected to be slower than the best. */
struct kron_eye_estimates {
  double of[KRON_EYE_WAYS];
  double excess;
};

/* Factors on the estimates: 1, until a test makes an estimate wrong. */
extern double kron_eye_run_ways_skew[KRON_EYE_WAYS];

/* For a call of so many groups. */
void kron_eye_run_ways_start(struct kron_eye_ways *ways, size_t groups);

/* The way for the next group; sets the excess. */
enum kron_eye_family kron_eye_run_ways_choose(struct kron_eye_ways *ways,
                                              struct kron_eye_estimates *estimates);

/* A group of `work` multiply-adds went this way, in so many nanoseconds. */
void kron_eye_run_ways_learn(struct kron_eye_ways *ways, enum kron_eye_family way,
                             const struct kron_eye_estimates *estimates, double work,
                             double nanoseconds);

#endif
