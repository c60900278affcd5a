#include "idle.h"

#include "util.h"

#include "support/stopwatch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct setting {
  const char *name, *value;
};

static const struct setting settings[] = {
    {"OPENBLAS_THREAD_TIMEOUT", "20"}, /* 2^20 cycles: about 0.3 ms */
    {"KMP_BLOCKTIME", "1"},            /* ms; MKL's OpenMP */
};

void idle_shorten_waits(char **arguments) {
  bool changed = false;
  for (size_t i = 0; i < sizeof settings / sizeof *settings; ++i)
    if (!getenv(settings[i].name))
      changed = setenv(settings[i].name, settings[i].value, 0) == 0 || changed;
  if (changed) execv("/proc/self/exe", arguments); /* if that fails, continue with long waits */
}

void idle_wait(double most_seconds) {
  const double slice = 1e-3, busy_share = 0.2;
  for (double waited = 0; waited < most_seconds; waited += slice) {
    double processor = stopwatch_processor_seconds(), wall = stopwatch_seconds();
    sleep_seconds(slice);
    if (stopwatch_processor_seconds() - processor < busy_share * (stopwatch_seconds() - wall))
      return;
  }
}
