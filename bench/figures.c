#include "figures.h"

#include "util.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct interval nothing = {NAN, NAN, NAN};

struct interval paired_ratio(const struct session *session, const struct entry *above,
                             const struct entry *below) {
  if (!above || !below) return nothing;
  return paired_interval(session->rounds, above->seconds, below->seconds);
}

static bool others(enum group group) {
  return group == GROUP_BLAS || group == GROUP_PEER || group == GROUP_DENSE;
}

static bool blas(enum group group) {
  return group == GROUP_BLAS;
}

/* The form of `type` with the smallest median in the groups that `wanted` takes. */
static const struct entry *fastest(const struct session *session, enum type type,
                                   bool (*wanted)(enum group group)) {
  const struct entry *best = NULL;
  double best_seconds = INFINITY;
  for (size_t i = 0; i < session->count; ++i) {
    const struct entry *entry = &session->entries[i];
    if (entry->task.type != type || !wanted(entry->form->group)) continue;
    double seconds = median_interval(session->rounds, entry->seconds).median;
    if (seconds < best_seconds) {
      best_seconds = seconds;
      best = entry;
    }
  }
  return best;
}

const struct entry *best_blas(const struct session *session, enum type type) {
  return fastest(session, plain_type(type), blas);
}

/* Of the type itself if there is one (NumPy has mixed forms), otherwise of the plain type. */
const struct entry *best_other(const struct session *session, enum type type) {
  const struct entry *best = fastest(session, type, others);
  return best ? best : fastest(session, plain_type(type), others);
}

/* The first form with that name in the same type, otherwise in the plain type. */
static const struct entry *named(const struct session *session, enum type type, const char *name) {
  const enum type types[] = {type, plain_type(type)};
  for (size_t t = 0; t < 2; ++t)
    for (size_t i = 0; i < session->count; ++i) {
      const struct entry *entry = &session->entries[i];
      if (entry->task.type == types[t] && strstr(entry->name, name)) return entry;
    }
  return NULL;
}

/* The floor of one round; 0 if the session has measured none. */
static double floor_seconds(const struct session *session, enum type type, size_t round) {
  double read = INFINITY, multiply_add = 0;
  for (size_t i = 0; i < session->count; ++i) {
    const struct entry *entry = &session->entries[i];
    if (entry->task.type != type) continue;
    double seconds = entry->seconds[round];
    if (entry->form->group == GROUP_READ_FLOOR) read = fmin(read, seconds);
    if (entry->form->group == GROUP_FMA_FLOOR) multiply_add = seconds;
  }
  return isinf(read) ? 0 : fmax(read, multiply_add);
}

static struct interval floor_ratio(const struct session *session, const struct entry *entry) {
  double *ratios = allocate(session->rounds, sizeof *ratios);
  bool known = true;
  for (size_t i = 0; i < session->rounds; ++i) {
    double floor = floor_seconds(session, entry->task.type, i);
    known = known && floor > 0;
    ratios[i] = entry->seconds[i] / floor;
  }
  struct interval result = known ? median_interval(session->rounds, ratios) : nothing;
  free(ratios);
  return result;
}

struct figures figures_of(const struct session *session, const struct entry *entry,
                          const char *against) {
  struct figures figures = {.seconds = median_interval(session->rounds, entry->seconds),
                            .gflops = NAN,
                            .floor = nothing,
                            .blas = nothing,
                            .against = nothing};
  if (entry->form->group == GROUP_PART) return figures;
  figures.gflops = 2e-9 * task_products(&entry->task) * entry->scale / figures.seconds.median;
  figures.floor = floor_ratio(session, entry);
  figures.best_blas = best_blas(session, entry->task.type);
  figures.blas = paired_ratio(session, figures.best_blas, entry);
  figures.against_entry =
      against ? named(session, entry->task.type, against) : best_other(session, entry->task.type);
  figures.against = paired_ratio(session, figures.against_entry, entry);
  return figures;
}
