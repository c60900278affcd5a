#include "support/progress.h"

#include "support/stopwatch.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

enum { WIDTH = 40 /* characters between the brackets */ };

static bool always;

void progress_always(void) {
  always = true;
}

static bool shown(void) {
  return always || isatty(STDERR_FILENO);
}

void progress_text(const char *format, ...) {
  if (!shown()) return;
  char line[80]; /* longer ones would wrap */
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  fprintf(stderr, "\r\033[K%s", line);
  fflush(stderr);
}

void progress_clear(void) {
  if (shown()) fputs("\r\033[K", stderr);
}

progress progress_begin(const char *label) {
  return (progress){label, stopwatch_seconds()};
}

void progress_show(progress *bar, double share) {
  static const char done[] = "########################################";
  static const char open[] = "........................................";
  const double interval = 0.1; /* seconds */
  const double now = stopwatch_seconds();
  if (now - bar->drawn < interval) return;
  bar->drawn = now;
  const int filled = (int)(share * WIDTH);
  progress_text("%s [%.*s%.*s] %3.0f %%", bar->label, filled, done, WIDTH - filled, open,
                100 * share);
}
