#include "table.h"

#include "figures.h"
#include "floor.h"
#include "util.h"

#include <kron_eye.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

void table_head(const struct machine *machine, size_t blas_count, const struct blas *blas) {
  printf("CPU       %s, %zu to use, load %.2f\n", machine->cpu, machine->cpus, machine->load[0]);
  printf("caches   ");
  for (size_t i = 0; i < machine->cache_count; ++i) {
    const struct cache *cache = &machine->caches[i];
    printf(" L%d%s %zu KiB", cache->level,
           strcmp(cache->type, "Instruction") == 0 ? "i"
           : strcmp(cache->type, "Data") == 0      ? "d"
                                                   : "",
           cache->bytes / 1024);
  }
  printf("\nkron_eye  %s, %s\nfloors    %s vectors of %zu bytes\n", kron_eye_version(),
         kron_eye_isa(), floor_kernels()->name, floor_kernels()->vector_bytes);
  if (allocates_huge_pages()) puts("pages     large ones for large arrays");
  for (size_t i = 0; i < blas_count; ++i)
    printf("BLAS %-4zu %s: %s\n", i + 1, blas[i].name, blas[i].description);
}

static void print_ratio(struct interval ratio, bool with_interval) {
  if (isnan(ratio.median))
    printf("      -");
  else
    printf(" %6.2f", ratio.median);
  if (!with_interval) return;
  if (isnan(ratio.median))
    printf("               ");
  else if (isinf(ratio.high))
    printf("   [few rounds]");
  else
    printf(" [%5.2f, %5.2f]", ratio.low, ratio.high);
}

/* The gigabytes that a read floor reads. */
static double read_gigabytes(const struct entry *entry) {
  const struct task *task = &entry->task;
  return 1e-9 * (double)(task->rows * task->blocks * task->n * x_size(task->type));
}

static void print_entry(const struct session *session, const struct entry *entry,
                        const char *against) {
  struct figures figures = figures_of(session, entry, against);
  bool reads = entry->form->group == GROUP_READ_FLOOR;
  printf("  %-42.42s %10.4f", entry->name, 1e3 * figures.seconds.median);
  if (reads)
    printf(" %4.1f GB/s", read_gigabytes(entry) / figures.seconds.median);
  else if (isnan(figures.gflops))
    printf("         -");
  else
    printf(" %9.1f", figures.gflops);
  print_ratio(figures.floor, false);
  print_ratio(figures.blas, true);
  print_ratio(figures.against, true);
  putchar('\n');
}

static void print_compared(const char *column, const struct entry *entry) {
  if (entry) printf("  %s: %s (%s)\n", column, entry->name, type_name(entry->task.type));
}

static void print_type(const struct session *session, enum type type, const char *against) {
  const char *column = against ? "that form" : "best other";
  const struct entry *compared = NULL;
  printf("\n  %-42s %10s %9s %6s %22s %18s/this\n", type_name(type), "ms", "GFLOP/s", "/floor",
         "best BLAS/this [95 %]", column);
  for (size_t i = 0; i < session->count; ++i) {
    const struct entry *entry = &session->entries[i];
    if (entry->task.type != type) continue;
    print_entry(session, entry, against);
    if (entry->form->group == GROUP_PART) continue;
    compared = figures_of(session, entry, against).against_entry;
  }
  print_compared("best BLAS", best_blas(session, type));
  print_compared(column, compared);
}

/* Many forms share a note; each text is printed once, for the first form that has it. */
static bool note_is_new(const struct session *session, size_t index) {
  const struct entry *entries = session->entries;
  if (!entries[index].note[0]) return false;
  for (size_t i = 0; i < index; ++i)
    if (strcmp(entries[i].note, entries[index].note) == 0) return false;
  return true;
}

static bool left_out_is_new(const struct session *session, size_t index) {
  const struct left_out *left_out = session->left_out;
  for (size_t i = 0; i < index; ++i)
    if (strcmp(left_out[i].name, left_out[index].name) == 0 &&
        strcmp(left_out[i].note, left_out[index].note) == 0)
      return false;
  return true;
}

static void print_notes(const struct session *session) {
  putchar('\n');
  for (size_t i = 0; i < session->count; ++i) {
    const struct entry *entry = &session->entries[i];
    if (note_is_new(session, i))
      printf("  note: %s (%s): %s\n", entry->name, type_name(entry->task.type), entry->note);
  }
  for (size_t i = 0; i < session->left_out_count; ++i)
    if (left_out_is_new(session, i))
      printf("  left out: %s: %s\n", session->left_out[i].name, session->left_out[i].note);
}

void table_session(const struct session *session, const char *against) {
  const struct dimensions *size = &session->size;
  printf("\n%s: %zu rows of %zu blocks, W %zu x %zu; %s; %zu thread%s, %zu rounds\n",
         session->case_name, size->rows, size->blocks, size->m, size->n, session->data,
         session->threads, session->threads == 1 ? "" : "s", session->rounds);
  for (enum type type = TYPE_F32; type < TYPE_COUNT; ++type) {
    bool any = false;
    for (size_t i = 0; i < session->count; ++i) any = any || session->entries[i].task.type == type;
    if (any) print_type(session, type, against);
  }
  print_notes(session);
  fflush(stdout);
}
