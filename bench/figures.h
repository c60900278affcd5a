/* What a session says about each form: times, and ratios paired round by round. */
#ifndef KRON_EYE_BENCH_FIGURES_H
#define KRON_EYE_BENCH_FIGURES_H

#include "session.h"
#include "stats.h"

struct figures {
  struct interval seconds;
  double gflops;         /* 2 m n operations per block / median time */
  struct interval floor; /* time / floor; the floor of a round is the larger of the faster read
                            and the multiply-adds */
  struct interval blas; /* time of the best BLAS form / time: above 1 means faster than that form */
  struct interval against; /* the same for the form named by --against, or else the best that is not
                              kron_eye's */
  const struct entry *best_blas;     /* by median, of the same or the plain type; NULL: none */
  const struct entry *against_entry; /* of the same or the plain type; NULL: none */
};

/** `against` is part of a form's name; NULL: the fastest form by median, of the same or the plain
 * type, that is neither kron_eye's nor a floor. Medians are NAN if there is nothing to compare.
 */
struct figures figures_of(const struct session *session, const struct entry *entry,
                          const char *against);

/** The BLAS form of this type or its plain type with the smallest median; NULL: none. */
const struct entry *best_blas(const struct session *session, enum type type);

/** The fastest form of this type, else of its plain type, that is neither kron_eye's nor a floor.
 */
const struct entry *best_other(const struct session *session, enum type type);

/** Paired ratio of the times of two forms of one session. */
struct interval paired_ratio(const struct session *session, const struct entry *above,
                             const struct entry *below);

#endif
