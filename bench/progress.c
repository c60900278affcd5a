#include "progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void progress(const char *format, ...) {
  if (!isatty(STDERR_FILENO)) return;
  char line[80]; /* longer ones would wrap */
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  fprintf(stderr, "\r\033[K%s", line);
  fflush(stderr);
}

void progress_clear(void) {
  if (isatty(STDERR_FILENO)) fputs("\r\033[K", stderr);
}
