#include "rounds.h"

#include "blas.h"
#include "idle.h"
#include "machine.h"
#include "util.h"

#include "support/stopwatch.h"

#include <kron_eye.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t number(const char *program, const char *option, const char *text) {
  char *end;
  const unsigned long value = strtoul(text, &end, 10);
  if (end == text || *end || value == 0) die("%s: %s %s: not a number", program, option, text);
  return value;
}

static void add_blas(struct rounds *r, const char *program, const char *path_and_prefix) {
  if (r->blas_count == ROUNDS_BLASES) die("%s: too many --blas", program);
  r->blas[r->blas_count++] = path_and_prefix;
}

static void read_option(struct rounds *r, const char *program, const char *option,
                        const char *value) {
  if (strcmp(option, "--threads") == 0)
    r->threads = number(program, option, value);
  else if (strcmp(option, "--rounds") == 0)
    r->rounds = number(program, option, value);
  else if (strcmp(option, "--tries") == 0)
    r->tries = number(program, option, value);
  else if (strcmp(option, "--sample-ms") == 0)
    r->sample_seconds = 1e-3 * strtod(value, NULL);
  else if (strcmp(option, "--only") == 0)
    r->only = value;
  else if (strcmp(option, "--images") == 0)
    r->images = value;
  else if (strcmp(option, "--most") == 0)
    r->most = number(program, option, value);
  else if (strcmp(option, "--blas") == 0)
    add_blas(r, program, value);
  else
    r->rows = number(program, option, value);
}

void rounds_options(struct rounds *r, const char *program, const char *used, int count,
                    char **arguments) {
  const char *const common = "--threads --rounds --tries --sample-ms --only";
  idle_shorten_waits(arguments);
  for (int i = 1; i < count; ++i) {
    const char *option = arguments[i];
    const bool known =
        strncmp(option, "--", 2) == 0 && (strstr(common, option) || strstr(used, option));
    if (known && strcmp(option, "--wrong") == 0) {
      r->wrong = true;
      continue;
    }
    if (!known || i + 1 == count)
      die("usage: %s [OPTION VALUE]..., of %s %s", program, common, used);
    read_option(r, program, option, arguments[++i]);
  }
  struct machine machine;
  machine_describe(&machine);
  printf("%s, %zu CPUs, load %.1f; kron_eye %s, %s; %zu thread%s, %zu rounds\n", machine.cpu,
         machine.cpus, machine.load[0], kron_eye_version(), kron_eye_isa(), r->threads,
         r->threads == 1 ? "" : "s", r->rounds);
}

bool rounds_wants(const struct rounds *r, const char *name) {
  return !r->only || strstr(name, r->only) != NULL;
}

static double seconds_of(const struct way *way, size_t count) {
  const double start = stopwatch_seconds();
  for (size_t i = 0; i < count; ++i) way->run(way->state);
  return stopwatch_seconds() - start;
}

static void set_threads(const struct rounds *r, const struct blas *linked, const struct way *way) {
  limit_threads(r->threads);
  blas_set_threads(way->blas ? way->blas : linked, way->single_blas ? 1 : r->threads);
}

/* The second run is warm, and says how many make a sample. */
static void calibrate(const struct rounds *r, struct way *way) {
  const double most = 1e6;
  way->run(way->state);
  const double once = seconds_of(way, 1);
  way->iterations = once < r->sample_seconds ? (size_t)fmin(r->sample_seconds / once, most) + 1 : 1;
  way->seconds = allocate(r->rounds, sizeof(double));
}

/* As session.c takes one: once before the clock starts, when other threads are idle. */
static double sample(const struct rounds *r, const struct way *way) {
  const double settle_seconds = 0.3;
  if (r->threads > 1) idle_wait(settle_seconds);
  way->run(way->state);
  return seconds_of(way, way->iterations) / (double)way->iterations;
}

void rounds_measure(const struct rounds *r, size_t count, struct way *ways) {
  struct blas blas;
  blas_linked(&blas);
  for (size_t i = 0; i < count; ++i) {
    set_threads(r, &blas, &ways[i]);
    calibrate(r, &ways[i]);
  }
  size_t *order = allocate(count, sizeof *order);
  for (size_t i = 0; i < count; ++i) order[i] = i;
  uint64_t state = 3;
  for (size_t turn = 0; turn < r->rounds * r->tries; ++turn) {
    shuffle(count, order, &state);
    for (size_t i = 0; i < count; ++i) {
      struct way *way = &ways[order[i]];
      double *lowest = &way->seconds[turn / r->tries];
      set_threads(r, &blas, way);
      const double seconds = sample(r, way);
      *lowest = turn % r->tries == 0 ? seconds : fmin(*lowest, seconds);
    }
  }
  for (size_t i = 0; i < count; ++i)
    ways[i].median = median_interval(r->rounds, ways[i].seconds).median;
  free(order);
}

void rounds_free(size_t count, struct way *ways) {
  for (size_t i = 0; i < count; ++i) {
    free(ways[i].seconds);
    if (ways[i].destroy) ways[i].destroy(ways[i].state);
  }
}

const struct way *rounds_best(size_t count, const struct way *ways, const char *names) {
  const struct way *best = NULL;
  for (size_t i = 0; i < count; ++i)
    if (starts_with(ways[i].name, names) && (!best || ways[i].median < best->median))
      best = &ways[i];
  return best;
}

struct interval rounds_ratio(const struct rounds *r, const struct way *above,
                             const struct way *below) {
  return paired_interval(r->rounds, above->seconds, below->seconds);
}
