/*
 * progress.h - one line on stderr that shows how far the work is, where stderr is a terminal: any
 * text, or a bar
 *
 *     layer [##########..............................]  25 %
 */
#ifndef KRON_EYE_EXAMPLES_PROGRESS_H
#define KRON_EYE_EXAMPLES_PROGRESS_H

/** Shows the text in place of the line that stands there; what is beyond 79 characters is cut. */
void progress_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Removes the line, so that what is printed next starts a clean one. */
void progress_clear(void);

/** From now on stderr counts as a terminal, whatever it is. */
void progress_always(void);

typedef struct progress {
  const char *label; /**< the caller's */
  double drawn;      /**< seconds on the stopwatch at the latest drawing */
} progress;

/** Draws nothing yet: short work shows no bar. */
progress progress_begin(const char *label);

/** Draws the bar with `share` of the work done (0 to 1), a few times a second at most. */
void progress_show(progress *bar, double share);

#endif
