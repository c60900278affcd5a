#define _GNU_SOURCE /* open_memstream */
#include "json.h"

#include "figures.h"
#include "floor.h"
#include "support/atomic_file.h"
#include "util.h"

#include <kron_eye.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void put_text(FILE *out, const char *text) {
  putc('"', out);
  for (const char *at = text; *at; ++at) {
    unsigned char c = (unsigned char)*at;
    if (c == '"' || c == '\\')
      fprintf(out, "\\%c", c);
    else if (c < 0x20 || c >= 0x7F)
      fprintf(out, "\\u%04x", c);
    else
      putc(c, out);
  }
  putc('"', out);
}

/* JSON has no NaN and no infinity: such counters are left out. */
static void put_counter(FILE *out, const char *name, double value) {
  if (isfinite(value)) fprintf(out, ",\n      \"%s\": %.9g", name, value);
}

static void put_interval(FILE *out, const char *name, struct interval interval) {
  char low[64], high[64];
  snprintf(low, sizeof low, "%s_low", name);
  snprintf(high, sizeof high, "%s_high", name);
  put_counter(out, name, interval.median);
  if (isinf(interval.high)) return; /* too few rounds to say */
  put_counter(out, low, interval.low);
  put_counter(out, high, interval.high);
}

static void put_context(FILE *out, const char *executable, const struct machine *machine,
                        size_t blas_count, const struct blas *blas) {
  char date[64];
  time_t now = time(NULL);
  strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S%z", localtime(&now));
  fprintf(out, "{\n  \"context\": {\n    \"date\": \"%s\",\n    \"host_name\": ", date);
  put_text(out, machine->host);
  fputs(",\n    \"executable\": ", out);
  put_text(out, executable);
  fprintf(out, ",\n    \"num_cpus\": %zu,\n    \"mhz_per_cpu\": %.0f,\n", machine->cpus,
          machine->mhz);
  fputs("    \"cpu_scaling_enabled\": false,\n    \"caches\": [", out);
  for (size_t i = 0; i < machine->cache_count; ++i)
    fprintf(out, "%s\n      {\"type\": \"%s\", \"level\": %d, \"size\": %zu, \"num_sharing\": %d}",
            i ? "," : "", machine->caches[i].type, machine->caches[i].level,
            machine->caches[i].bytes, machine->caches[i].sharing);
  fprintf(out, "\n    ],\n    \"load_avg\": [%g, %g, %g],\n", machine->load[0], machine->load[1],
          machine->load[2]);
#ifdef NDEBUG
  fputs("    \"library_build_type\": \"release\",\n", out);
#else
  fputs("    \"library_build_type\": \"debug\",\n", out);
#endif
  fputs("    \"cpu_name\": ", out);
  put_text(out, machine->cpu);
  fprintf(out, ",\n    \"kron_eye_version\": \"%s\",\n    \"kron_eye_isa\": \"%s\",\n",
          kron_eye_version(), kron_eye_isa());
  fprintf(out, "    \"floor_vectors\": \"%s\",\n    \"huge_pages\": %s", floor_kernels()->name,
          allocates_huge_pages() ? "true" : "false");
  for (size_t i = 0; i < blas_count; ++i) {
    fprintf(out, ",\n    \"blas_%zu\": ", i + 1);
    put_text(out, blas[i].description);
  }
  fputs("\n  },\n  \"benchmarks\": [", out);
}

/* The fields that all records of one form share. */
static void put_identity(FILE *out, const struct session *session, size_t index,
                         const char *suffix) {
  const struct entry *entry = &session->entries[index];
  char run_name[3 * NAME_SIZE], name[4 * NAME_SIZE];
  snprintf(run_name, sizeof run_name, "%s/rows:%zu/blocks:%zu/m:%zu/n:%zu/%s/%s/threads:%zu",
           session->case_name, session->size.rows, session->size.blocks, session->size.m,
           session->size.n, type_name(entry->task.type), entry->name, session->threads);
  snprintf(name, sizeof name, "%s%s", run_name, suffix);
  fputs("    {\n      \"name\": ", out);
  put_text(out, name);
  fprintf(out, ",\n      \"family_index\": %zu,\n      \"per_family_instance_index\": 0", index);
  fputs(",\n      \"run_name\": ", out);
  put_text(out, run_name);
  fputs(",\n      \"data\": ", out);
  put_text(out, session->data);
  fprintf(out, ",\n      \"repetitions\": %zu,\n      \"threads\": %zu", session->rounds,
          session->threads);
}

static void put_times(FILE *out, size_t iterations, double wall, double processor) {
  fprintf(out,
          ",\n      \"iterations\": %zu,\n      \"real_time\": %.9g,\n      \"cpu_time\": %.9g,\n"
          "      \"time_unit\": \"ms\"",
          iterations, 1e3 * wall, 1e3 * processor);
}

static void put_entry(FILE *out, const struct session *session, size_t index, const char *against) {
  const struct entry *entry = &session->entries[index];
  for (size_t round = 0; round < session->rounds; ++round) {
    put_identity(out, session, index, "");
    fprintf(out, ",\n      \"run_type\": \"iteration\",\n      \"repetition_index\": %zu", round);
    put_times(out, entry->iterations, entry->seconds[round], entry->processor[round]);
    fputs("\n    },\n", out);
  }
  struct figures figures = figures_of(session, entry, against);
  put_identity(out, session, index, "_median");
  fputs(",\n      \"run_type\": \"aggregate\",\n      \"aggregate_name\": \"median\","
        "\n      \"aggregate_unit\": \"time\"",
        out);
  put_times(out, session->rounds, figures.seconds.median,
            median_interval(session->rounds, entry->processor).median);
  put_counter(out, "gflops", figures.gflops);
  put_interval(out, "floor_ratio", figures.floor);
  put_interval(out, "best_blas_ratio", figures.blas);
  put_interval(out, against ? "against_ratio" : "best_other_ratio", figures.against);
  fputs(",\n      \"label\": ", out);
  put_text(out, entry->note);
  fputs("\n    }", out);
}

static void write_whole(const char *path, const char *text, size_t length) {
  atomic_file file;
  failure why;
  if (!atomic_file_begin(&file, path, &why)) die("%s: %s", path, why.text);
  if (!atomic_file_write(&file, text, length, &why)) {
    atomic_file_abandon(&file);
    die("%s: %s", path, why.text);
  }
  if (!atomic_file_commit(&file, &why)) die("%s: %s", path, why.text);
}

void json_write(const char *path, const char *executable, const struct machine *machine,
                size_t blas_count, const struct blas *blas, size_t session_count,
                const struct session *sessions, const char *against) {
  char *text = NULL;
  size_t length = 0;
  FILE *out = open_memstream(&text, &length);
  if (!out) die("no memory");
  put_context(out, executable, machine, blas_count, blas);
  bool first = true;
  for (size_t s = 0; s < session_count; ++s)
    for (size_t i = 0; i < sessions[s].count; ++i) {
      fputs(first ? "\n" : ",\n", out);
      put_entry(out, &sessions[s], i, against);
      first = false;
    }
  fputs("\n  ]\n}\n", out);
  if (fclose(out) != 0) die("no memory");
  write_whole(path, text, length);
  free(text);
}
