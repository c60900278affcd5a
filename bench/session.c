#include "session.h"

#include "check.h"
#include "external.h"
#include "idle.h"
#include "util.h"

#include "support/progress.h"
#include "support/stopwatch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *grow(void *array, size_t count, size_t size) {
  void *grown = realloc(array, (count + 1) * size);
  if (!grown) die("no memory");
  return grown;
}

static void leave_out(struct session *session, const struct entry *entry) {
  session->left_out = grow(session->left_out, session->left_out_count, sizeof *session->left_out);
  struct left_out *left_out = &session->left_out[session->left_out_count++];
  memcpy(left_out->name, entry->name, sizeof left_out->name);
  memcpy(left_out->note, entry->note, sizeof left_out->note);
}

static void add_entry(struct session *session, const struct form *form, struct task task) {
  struct entry entry = {.form = form, .task = task, .scale = 1};
  if (form->group == GROUP_BLAS)
    snprintf(entry.name, sizeof entry.name, "%s: %s", task.blas->name, form->name);
  else
    snprintf(entry.name, sizeof entry.name, "%s", form->name);
  if (form->most_rows && form->most_rows < task.rows) {
    entry.task.rows = form->most_rows;
    entry.scale = (double)task.rows / (double)form->most_rows;
  }
  entry.state = form->prepare(form, &entry.task, entry.note);
  if (!entry.state) {
    leave_out(session, &entry);
    return;
  }
  session->entries = grow(session->entries, session->count, sizeof *session->entries);
  session->entries[session->count++] = entry;
}

/* Whether the name contains one of the texts separated by |. */
static bool named(const char *name, const char *texts) {
  for (const char *at = name; *at; ++at)
    if (starts_with(at, texts)) return true;
  return false;
}

static void add_list(struct session *session, struct form_list list, enum type type,
                     const struct dataset *data, const struct settings *settings) {
  for (size_t i = 0; i < list.count; ++i) {
    const struct form *form = &list.forms[i];
    bool floor = form->group == GROUP_READ_FLOOR || form->group == GROUP_FMA_FLOOR;
    bool wanted = form->types >> type & 1U;
    if (settings->sweep && !form->sweep) wanted = false;
    if (!floor && settings->forms && !named(form->name, settings->forms)) wanted = false;
    size_t libraries = form->group == GROUP_BLAS ? settings->blas_count : 1;
    for (size_t library = 0; wanted && library < libraries; ++library) {
      struct task task = data_task(data, type, session->threads);
      task.blas = &settings->blas[library];
      add_entry(session, form, task);
    }
  }
}

static void add_all(struct session *session, const struct dataset *data,
                    const struct settings *settings) {
  const struct form_list lists[] = {floor_forms(),  dense_forms(), blas_forms(), libxsmm_forms(),
                                    onednn_forms(), call_forms(),  plan_forms(), csr_forms()};
  for (enum type type = TYPE_F32; type < TYPE_COUNT; ++type) {
    if (!(settings->types >> type & 1U)) continue;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; ++i)
      add_list(session, lists[i], type, data, settings);
    for (size_t i = 0; i < session->external_count; ++i)
      add_list(session, external_forms(&session->externals[i]), type, data, settings);
  }
}

static void open_externals(struct session *session, const struct dataset *data,
                           const struct settings *settings) {
  if (settings->sweep) return;
  session->external_count = settings->with_count;
  session->externals = allocate(settings->with_count, sizeof *session->externals);
  for (size_t i = 0; i < settings->with_count; ++i)
    external_open(&session->externals[i], settings->with[i], data, settings->types,
                  session->threads);
}

static void set_threads(const struct entry *entry) {
  limit_threads(entry->task.threads);
  blas_set_threads(entry->task.blas, entry->form->single_blas ? 1 : entry->task.threads);
}

static void run_once(const struct entry *entry) {
  int status = entry->form->run(entry->state);
  if (status != 0) die("%s (%s) failed: %d", entry->name, type_name(entry->task.type), status);
}

static struct times run_timed(const struct entry *entry, size_t count) {
  if (entry->form->timed) return entry->form->timed(entry->state, count);
  struct times start = {stopwatch_seconds(), stopwatch_processor_seconds()};
  for (size_t i = 0; i < count; ++i) run_once(entry);
  return (struct times){stopwatch_seconds() - start.wall,
                        stopwatch_processor_seconds() - start.processor};
}

/* The first run is checked; the second determines how many runs make a sample. */
static void check_and_calibrate(struct entry *entry, const struct settings *settings) {
  const double most = 1e6;
  set_threads(entry);
  bool checked = writes_y(entry->form->group);
  if (checked) check_poison(&entry->task);
  run_once(entry);
  char text[NOTE_SIZE];
  if (checked && !check_result(entry->form, &entry->task, text))
    die("%s (%s) is wrong: %s", entry->name, type_name(entry->task.type), text);
  double once = run_timed(entry, 1).wall, wanted = settings->sample_seconds;
  entry->iterations = 1;
  if (once < wanted) entry->iterations = (size_t)fmin(wanted / once, most) + 1;
}

/* Takes one sample. The form runs once before the clock starts, so that its caches are as warm, and
 * its threads as awake and as well placed, as in repeated use. */
static void sample(const struct entry *entry, size_t round, const struct settings *settings) {
  set_threads(entry);
  if (entry->task.threads > 1) idle_wait(settings->settle_seconds);
  run_timed(entry, 1);
  struct times times = run_timed(entry, entry->iterations);
  double scale = entry->scale / (double)entry->iterations;
  entry->seconds[round] = times.wall * scale;
  entry->processor[round] = times.processor * scale;
}

static void measure(struct session *session, const struct settings *settings) {
  size_t *order = allocate(session->count, sizeof *order);
  for (size_t i = 0; i < session->count; ++i) order[i] = i;
  uint64_t state = 3;
  double start = stopwatch_seconds();
  while (session->rounds < settings->rounds &&
         (session->rounds == 0 || stopwatch_seconds() - start < settings->seconds)) {
    shuffle(session->count, order, &state);
    for (size_t i = 0; i < session->count; ++i) {
      struct entry *entry = &session->entries[order[i]];
      progress_text("%s, %zu threads, round %zu of %zu: %s", session->case_name, session->threads,
                    session->rounds + 1, settings->rounds, entry->name);
      sample(entry, session->rounds, settings);
    }
    ++session->rounds;
  }
  progress_clear();
  free(order);
}

void session_run(struct session *session, const char *case_name, const struct dataset *data,
                 size_t threads, const struct settings *settings) {
  *session = (struct session){.case_name = case_name, .size = data->size, .threads = threads};
  snprintf(session->data, sizeof session->data, "%s, %.1f %% non-zero", data->description,
           100 * data->nonzero);
  limit_threads(threads);
  open_externals(session, data, settings);
  add_all(session, data, settings);
  for (size_t i = 0; i < session->count; ++i) {
    struct entry *entry = &session->entries[i];
    progress_text("%s, %zu threads, checking %s", case_name, threads, entry->name);
    check_and_calibrate(entry, settings);
    entry->seconds = allocate(settings->rounds, sizeof(double));
    entry->processor = allocate(settings->rounds, sizeof(double));
  }
  measure(session, settings);
  for (size_t i = 0; i < session->count; ++i) {
    struct entry *entry = &session->entries[i];
    entry->form->destroy(entry->state);
    entry->state = NULL;
  }
  for (size_t i = 0; i < session->external_count; ++i) external_close(&session->externals[i]);
}

void session_free(struct session *session) {
  for (size_t i = 0; i < session->count; ++i) {
    free(session->entries[i].seconds);
    free(session->entries[i].processor);
  }
  for (size_t i = 0; i < session->external_count; ++i) external_free(&session->externals[i]);
  free(session->externals);
  free(session->entries);
  free(session->left_out);
}
