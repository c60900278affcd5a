/* kron_eye_bench: measures every way to compute y = (I_k (x) W) x side by side. See README.md. */
#include "blas.h"
#include "data.h"
#include "idle.h"
#include "json.h"
#include "machine.h"
#include "options.h"
#include "session.h"
#include "sweep.h"
#include "table.h"
#include "util.h"

#include <stdlib.h>

static size_t open_all(struct blas *blas, const struct options *options) {
  blas_linked(&blas[0]);
  for (size_t i = 0; i < options->blas_count; ++i) blas_open(&blas[i + 1], options->blas[i]);
  return options->blas_count + 1;
}

static void case_run(const struct options *options, const struct settings *settings,
                     struct results *results) {
  struct dataset data;
  data_create(&data, options->data, options->images, options->size, options->types);
  for (size_t i = 0; i < options->thread_count; ++i) {
    struct session *session = results_next(results);
    session_run(session, options->case_name, &data, options->threads[i], settings);
    table_session(session, options->against);
  }
  data_destroy(&data);
}

int main(int count, char **arguments) {
  idle_shorten_waits(arguments);
  struct options options;
  options_read(&options, count, arguments);
  struct blas blas[MOST_BLAS + 1];
  const struct settings settings = {.types = options.types,
                                    .forms = options.forms,
                                    .rounds = options.rounds,
                                    .seconds = options.seconds,
                                    .sample_seconds = options.sample_seconds,
                                    .settle_seconds = options.settle_seconds,
                                    .sweep = options.sweep,
                                    .with_count = options.with_count,
                                    .with = options.with,
                                    .blas_count = open_all(blas, &options),
                                    .blas = blas};
  struct machine machine;
  machine_describe(&machine);
  table_head(&machine, settings.blas_count, blas);

  struct results results = {0, NULL};
  if (options.sweep)
    sweep_run(&options, &settings, &results);
  else
    case_run(&options, &settings, &results);
  if (options.json)
    json_write(options.json, arguments[0], &machine, settings.blas_count, blas, results.count,
               results.sessions, options.against);
  for (size_t i = 0; i < results.count; ++i) session_free(&results.sessions[i]);
  free(results.sessions);
  return EXIT_SUCCESS;
}
