/*
 * progress.h - a bar on stderr that shows how far the work is, where stderr is a terminal.
 *
 *     layer [##########..............................]  25 %
 */
#ifndef KRON_EYE_EXAMPLES_PROGRESS_H
#define KRON_EYE_EXAMPLES_PROGRESS_H

#include <stdbool.h>

typedef struct progress {
  const char *label; /**< the caller's */
  double drawn;      /**< seconds on the stopwatch at the latest drawing */
  bool terminal;
} progress;

/** Draws nothing yet: short work shows no bar. */
progress progress_begin(const char *label);

/** Draws the bar with `share` of the work done (0 to 1), a few times a second at most. */
void progress_show(progress *bar, double share);

/** Removes the bar, so that what is printed next starts a clean line. */
void progress_end(const progress *bar);

#endif
