#include "sweep.h"

#include "figures.h"
#include "util.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t all_m[] = {1, 2, 4, 10, 16, 30, 32, 48, 64, 100, 128, 256, 512};
static const size_t all_n[] = {4, 30, 64, 784, 2048};
static const double loss = 0.95; /* a ratio below it is a loss of more than 5 % */

enum { MOST_ROWS = 8 };

struct session *results_next(struct results *results) {
  results->sessions = realloc(results->sessions, (results->count + 1) * sizeof *results->sessions);
  if (!results->sessions) die("no memory");
  return &results->sessions[results->count++];
}

/* Numbers of rows: the powers of ten up to 10^5, and the most that the limits allow. */
static size_t choose_rows(const struct options *options, size_t m, size_t n,
                          size_t rows[MOST_ROWS]) {
  double values = (double)options->size.blocks * (double)n;
  double most = fmin(1e5, options->sweep_bytes / (sizeof(float) * values));
  most = fmax(1, floor(fmin(most, options->sweep_products / (values * (double)m))));
  size_t count = 0;
  if (options->only.rows) {
    rows[count++] = options->only.rows;
    return count;
  }
  double power = 1;
  for (; power <= most; power *= 10) rows[count++] = (size_t)power;
  if (most > 2 * power / 10) rows[count++] = (size_t)most;
  return count;
}

/* Totals over the shapes so far for one kron_eye form with one number of threads. */
struct total {
  char name[NAME_SIZE];
  enum type type;
  size_t threads, shapes, losses, unsure;
  double log_ratio;
};

struct totals {
  size_t count;
  struct total *totals;
};

static struct total *find_total(struct totals *totals, const struct entry *entry) {
  for (size_t i = 0; i < totals->count; ++i) {
    struct total *total = &totals->totals[i];
    if (total->type == entry->task.type && total->threads == entry->task.threads &&
        strcmp(total->name, entry->name) == 0)
      return total;
  }
  totals->totals = realloc(totals->totals, (totals->count + 1) * sizeof *totals->totals);
  if (!totals->totals) die("no memory");
  struct total *total = &totals->totals[totals->count++];
  *total = (struct total){.type = entry->task.type, .threads = entry->task.threads};
  memcpy(total->name, entry->name, sizeof total->name);
  return total;
}

static char mark_of(struct interval ratio) {
  return ratio.high < loss ? '!' : ratio.low < loss ? '?' : ' ';
}

static void print_shape(const struct session *session, enum type type, struct totals *totals) {
  const struct entry *best = best_blas(session, type);
  if (!best) return;
  printf("%4zu %5zu %7zu %4zu %-7s %10.4f  %-42.42s", session->size.m, session->size.n,
         session->size.rows, session->threads, type_name(type),
         1e3 * median_interval(session->rounds, best->seconds).median, best->name);
  for (size_t i = 0; i < session->count; ++i) {
    const struct entry *entry = &session->entries[i];
    if (entry->form->group != GROUP_OURS || entry->task.type != type) continue;
    struct interval ratio = paired_ratio(session, best, entry);
    char mark = mark_of(ratio);
    printf("  %6.2f [%5.2f,%6.2f] %c", ratio.median, ratio.low, ratio.high, mark);
    struct total *total = find_total(totals, entry);
    ++total->shapes;
    total->losses += mark == '!';
    total->unsure += mark == '?';
    total->log_ratio += log(ratio.median);
  }
  putchar('\n');
  fflush(stdout);
}

static void print_head(const struct options *options, const struct settings *settings) {
  printf("\nsweep: rows of %zu blocks; %s; %zu rounds; ratio: time of the best BLAS form / time, "
         "median [95 %%]\n! slower by more than 5 %%, ? that is not excluded\n\n",
         options->size.blocks, options->data, settings->rounds);
  printf("%4s %5s %7s %4s %-7s %10s  %-42s", "m", "n", "rows", "thr", "type", "BLAS ms",
         "best BLAS form");
  const struct form_list ours[] = {call_forms(), plan_forms()};
  for (size_t i = 0; i < sizeof ours / sizeof *ours; ++i)
    for (size_t j = 0; j < ours[i].count; ++j)
      if (ours[i].forms[j].sweep) printf("  %-24.24s", ours[i].forms[j].name);
  putchar('\n');
}

static void print_totals(const struct totals *totals) {
  putchar('\n');
  for (size_t i = 0; i < totals->count; ++i) {
    const struct total *total = &totals->totals[i];
    printf("%s, %s, %zu thread%s: geometric mean %.2f over %zu shapes; %zu slower by more than "
           "5 %%, %zu where that is not excluded\n",
           total->name, type_name(total->type), total->threads, total->threads == 1 ? "" : "s",
           exp(total->log_ratio / (double)total->shapes), total->shapes, total->losses,
           total->unsure);
  }
}

static void run_shape(const struct options *options, const struct settings *settings,
                      struct dimensions size, struct results *results, struct totals *totals) {
  struct dataset data;
  data_create(&data, options->data, options->images, size, options->types);
  for (size_t i = 0; i < options->thread_count; ++i) {
    struct session *session = results_next(results);
    session_run(session, "sweep", &data, options->threads[i], settings);
    for (enum type type = TYPE_F32; type < TYPE_COUNT; ++type)
      if (options->types >> type & 1U) print_shape(session, type, totals);
  }
  data_destroy(&data);
}

void sweep_run(const struct options *options, const struct settings *settings,
               struct results *results) {
  struct totals totals = {0, NULL};
  print_head(options, settings);
  for (size_t i = 0; i < sizeof all_m / sizeof *all_m; ++i)
    for (size_t j = 0; j < sizeof all_n / sizeof *all_n; ++j) {
      if (options->only.m && options->only.m != all_m[i]) continue;
      if (options->only.n && options->only.n != all_n[j]) continue;
      size_t rows[MOST_ROWS], count = choose_rows(options, all_m[i], all_n[j], rows);
      for (size_t r = 0; r < count; ++r) {
        struct dimensions size = {rows[r], options->size.blocks, all_m[i], all_n[j]};
        run_shape(options, settings, size, results, &totals);
      }
    }
  print_totals(&totals);
  free(totals.totals);
}
