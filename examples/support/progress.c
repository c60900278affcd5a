#include "support/progress.h"

#include "support/stopwatch.h"

#include <stdio.h>
#include <unistd.h>

enum { WIDTH = 40 /* characters between the brackets */ };

progress progress_begin(const char *label) {
  return (progress){label, stopwatch_seconds(), isatty(STDERR_FILENO) == 1};
}

void progress_show(progress *bar, double share) {
  static const char done[] = "########################################";
  static const char open[] = "........................................";
  const double interval = 0.1; /* seconds */
  const double now = stopwatch_seconds();
  if (!bar->terminal || now - bar->drawn < interval) return;
  bar->drawn = now;
  const int filled = (int)(share * WIDTH);
  fprintf(stderr, "\r%s [%.*s%.*s] %3.0f %%", bar->label, filled, done, WIDTH - filled, open,
          100 * share);
  fflush(stderr);
}

void progress_end(const progress *bar) {
  if (bar->terminal) fputs("\r\033[K", stderr);
}
