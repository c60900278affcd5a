/*
 * npy_apply_mpi - npy_apply on the ranks of an MPI job: each takes some rows of X, multiplies them
 * by the same plan, and writes them where they belong in Y.
 *
 * Between the steps, and after every round of the work, the ranks agree that all go on. A rank that
 * fails is thus known to all within a round; all stop, one line says why, and Y does not appear.
 */
#include "support/atomic_file.h"
#include "support/failure.h"
#include "support/mpi_file.h"
#include "support/npy.h"
#include "support/npy_options.h"
#include "support/npy_product.h"
#include "support/progress.h"
#include "support/ranks.h"
#include "support/stopwatch.h"

#include <kron_eye_mpi.h>

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A slab is what a rank reads, multiplies and writes at once, so many bytes for each thread, of X
   or of Y, whichever is longer. It is small: X waits in the processor's cache to be multiplied.
   After so many slabs the ranks agree. */
#ifndef SLAB_BYTES
#define SLAB_BYTES ((size_t)1 << 20)
#define ROUND_SLABS ((size_t)64)
#endif
enum { MOST_SLAB_THREADS = 16 };

static const npy_program PROGRAM = {
    .name = "npy_apply_mpi",
    .summary = "Multiplies every block of every row of X by W: Y[r] = S (I_k (x) W) X[r].\n"
               "Started by mpirun or the like; each rank does some of the rows.\n",
    .more =
        "  --threads T     most threads of a rank (default: its node's cores, divided by the\n"
        "                  ranks there)\n"
        "  --isa           where ranks differ in instruction set, all use the least\n"
        "  --progress      show the bar even where standard error is no terminal\n"
        "  --times         say where each rank's time went\n"
        "                  (ranks share out the first dimension of X, so --axis is another one)\n",
    .ranks = true};

/* --------------------------------------------------------------------- instruction sets */

static const char *const isas[] = {"portable", "avx2", "avx512"}; /* the least first */
enum { ISAS = sizeof isas / sizeof isas[0] };

/* The place in `isas` of what this process would use. A child asks, since the library chooses once
   and --isa may still lower the choice; before MPI_Init(), since MPI and fork() do not go well
   together. */
static int ask_isa(void) {
  int status = 0;
  const pid_t child = fork();
  if (child == 0) {
    int place = ISAS - 1;
    while (place > 0 && strcmp(isas[place], kron_eye_isa()) != 0) --place;
    _exit(place);
  }
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 0;
  return WEXITSTATUS(status) < ISAS ? WEXITSTATUS(status) : 0;
}

/* Says whether ranks differ, and with --isa makes them all use the least. */
static void settle_isa(const npy_options *chosen, int own) {
  const int ends[2] = {own, -own};
  int least[2]; /* the least, and minus the greatest */
  MPI_Allreduce(ends, least, 2, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  if (least[0] == -least[1]) return;
  if (chosen->same_isa) setenv("KRON_EYE_ISA", isas[least[0]], 1);
  if (ranks_own() != 0) return;
  fprintf(stderr, "%s: ranks differ in instruction set, from %s to %s: %s %s\n", PROGRAM.name,
          isas[least[0]], isas[-least[1]],
          chosen->same_isa ? "all use" : "last bits of rows may differ; --isa holds all to",
          isas[least[0]]);
}

/* ------------------------------------------------------------------------------ the job */

enum { READING, MULTIPLYING, WRITING, PARTS };

/* What one rank has and does; free_job() frees it. */
typedef struct job {
  npy_array w[NPY_MOST_FACTORS]; /* empty where the factor is an identity */
  npy_header x;
  npy_product product;
  size_t first, count; /* this rank's units */
  size_t most_count;   /* the same of the rank that has most */
  size_t slab_units;
  size_t y_offset; /* bytes before the data of Y */
  char *x_slab, *y_slab;
  MPI_File x_file, y_file; /* MPI_FILE_NULL: not open */
  double seconds[PARTS];
} job;

static void free_job(job *j) {
  failure ignored;
  if (j->x_file != MPI_FILE_NULL) mpi_file_close(&j->x_file, &ignored);
  if (j->y_file != MPI_FILE_NULL) mpi_file_close(&j->y_file, &ignored);
  npy_product_free(&j->product);
  for (size_t f = 0; f < NPY_MOST_FACTORS; ++f) npy_free(&j->w[f]);
  free(j->x_slab);
  free(j->y_slab);
}

/* True where all ranks have done their part; else rank 0 says what went wrong with `what`. */
static bool all_done(bool done, const char *what, failure *why) {
  if (ranks_agree(done, why)) return true;
  if (ranks_own() == 0) npy_complain(&PROGRAM, what, why->text);
  return false;
}

/* ----------------------------------------------------------------------------- its parts */

/* Rank 0 reads one matrix, and all have it. */
static bool load_weights(const char *path, npy_array *w) {
  failure why;
  bool done = ranks_own() != 0 || npy_read(path, PTRDIFF_MAX, w, &why);
  if (!all_done(done, path, &why)) return false;
  ranks_broadcast(&w->header, sizeof w->header);
  const size_t bytes = w->header.data_bytes;
  if (ranks_own() != 0) w->values = bytes > 0 ? malloc(bytes) : NULL;
  done = bytes == 0 || w->values != NULL || explain(&why, "does not fit in memory");
  if (!all_done(done, path, &why)) return false;
  ranks_broadcast(w->values, bytes);
  return true;
}

static bool load_factors(const npy_options *chosen, job *j) {
  for (size_t f = 0; f < chosen->factor_count; ++f) {
    failure why;
    const npy_factor *factor = &chosen->factors[f];
    npy_array *w = &j->w[f];
    if (factor->weights != NULL && !load_weights(factor->weights, w)) return false;
    const bool done = npy_product_add_factor(chosen, f, &w->header, &j->product, &why);
    if (!all_done(done, npy_factor_name(factor), &why)) return false;
  }
  return true;
}

/* Ranks share the first dimension of X out, so it may not be what is multiplied along. */
static bool check_axis(const npy_options *chosen, const npy_product *product, failure *why) {
  return !chosen->has_axis || product->axis > 0 ||
         explain(why, "has no rows to share out where it is multiplied along its first axis");
}

/* Rank 0 reads the header of X; every rank opens X for itself and sizes the job. */
static bool open_data(const npy_options *chosen, job *j) {
  failure why;
  bool done = ranks_own() != 0 || npy_read_header(chosen->data, &j->x, &why);
  if (!all_done(done, chosen->data, &why)) return false;
  ranks_broadcast(&j->x, sizeof j->x);
  done = npy_product_check_data(chosen, &j->x, &j->product, &why) &&
         check_axis(chosen, &j->product, &why) &&
         mpi_file_open(chosen->data, MPI_MODE_RDONLY, &j->x_file, &why);
  return all_done(done, chosen->data, &why);
}

/* Rank 0 tries whether Y can appear where it is to, before the work. */
static bool check_output(const npy_options *chosen) {
  failure why;
  const char *inputs[NPY_MOST_FACTORS + 1];
  const size_t count = npy_options_inputs(chosen, inputs);
  const bool done = ranks_own() != 0 || atomic_file_check(chosen->out, inputs, count, &why);
  return all_done(done, chosen->out, &why);
}

/* Which units are this rank's, and memory for a slab of them. */
static bool prepare(const npy_options *chosen, job *j) {
  failure why;
  size_t first_row = 0;
  size_t rows = 0;
  npy_product *product = &j->product;
  kron_eye_mpi_local_rows(product->rows, MPI_COMM_WORLD, &first_row, &rows);
  j->first = first_row * product->row_units;
  j->count = rows * product->row_units;
  j->most_count = j->count;
  ranks_broadcast(&j->most_count, sizeof j->most_count); /* rank 0 has no fewer rows than others */
  const size_t threads = chosen->threads < MOST_SLAB_THREADS ? chosen->threads : MOST_SLAB_THREADS;
  const size_t most = npy_product_units(product, SLAB_BYTES * threads);
  j->slab_units = most < j->most_count ? most : j->most_count;
  if (!all_done(npy_product_make(chosen, j->w, product, &why), "W", &why)) return false;
  /* One byte more, so that no size is 0. */
  j->x_slab = malloc(j->slab_units * product->x_bytes + 1);
  j->y_slab = malloc(j->slab_units * product->y_bytes + 1);
  const bool done = j->x_slab != NULL && j->y_slab != NULL;
  return all_done(done || explain(&why, "not enough for one block"), "memory", &why);
}

/* Units [first, first + count) of all from X to Y. */
static bool apply_slab(job *j, size_t first, size_t count, failure *why) {
  const npy_product *product = &j->product;
  const double start = stopwatch_seconds();
  if (!mpi_file_read(j->x_file, j->x.data_offset + first * product->x_bytes, j->x_slab,
                     count * product->x_bytes, why)) {
    return false;
  }
  const double read = stopwatch_seconds();
  if (!npy_product_apply(product, count, j->x_slab, j->y_slab, why)) return false;
  const double multiplied = stopwatch_seconds();
  if (!mpi_file_write(j->y_file, j->y_offset + first * product->y_bytes, j->y_slab,
                      count * product->y_bytes, why)) {
    return false;
  }
  j->seconds[READING] += read - start;
  j->seconds[MULTIPLYING] += multiplied - read;
  j->seconds[WRITING] += stopwatch_seconds() - multiplied;
  return true;
}

/* Rounds of slabs, equally many on all ranks. */
static bool apply_all(const npy_options *chosen, job *j, failure *why) {
  progress bar = progress_begin(PROGRAM.name);
  if (chosen->progress) progress_always();
  const size_t round = j->slab_units * ROUND_SLABS; /* units; a slab has 2^24 at most */
  bool done = true;
  for (size_t begin = 0; done && begin < j->most_count; begin += round) {
    const size_t left = j->count > begin ? j->count - begin : 0;
    const size_t end = begin + (left < round ? left : round);
    for (size_t at = begin; done && at < end; at += j->slab_units) {
      const size_t count = end - at < j->slab_units ? end - at : j->slab_units;
      done = apply_slab(j, j->first + at, count, why);
      if (ranks_own() == 0) progress_show(&bar, (double)(at + count) / (double)j->most_count);
    }
    done = ranks_agree(done, why);
  }
  if (ranks_own() == 0) progress_clear();
  return done;
}

/* ------------------------------------------------------------------------------- Y's file */

/* What this rank has written reaches the disk. */
static bool finish_part(job *j, failure *why) {
  const double start = stopwatch_seconds();
  const bool done = mpi_file_sync(j->y_file, why) && mpi_file_close(&j->y_file, why);
  j->seconds[WRITING] += stopwatch_seconds() - start;
  return done;
}

/* Rank 0 makes the file under a temporary name and writes the header; every rank opens that file
   and writes its rows; at last rank 0 gives it its name. */
static bool write_result(const npy_options *chosen, job *j) {
  failure why;
  atomic_file out;
  char temporary[PATH_MAX] = "";
  char header[NPY_FORMATTED];
  j->y_offset = npy_format_header(header, j->product.y_type, j->product.y_ndim, j->product.y_dims);
  const bool begun = ranks_own() != 0 || atomic_file_begin(&out, chosen->out, &why);
  if (!all_done(begun, chosen->out, &why)) return false;
  bool done = true;
  if (ranks_own() == 0) {
    snprintf(temporary, sizeof temporary, "%s", atomic_file_temporary());
    done = atomic_file_write(&out, header, j->y_offset, &why);
  }
  ranks_broadcast(temporary, sizeof temporary);
  if (ranks_own() != 0) atomic_file_guard(temporary);
  done = done && mpi_file_open(temporary, MPI_MODE_WRONLY, &j->y_file, &why);
  done = ranks_agree(done, &why) && apply_all(chosen, j, &why);
  done = done && ranks_agree(finish_part(j, &why), &why);
  if (ranks_own() == 0) {
    if (done) {
      done = atomic_file_commit(&out, &why);
    } else {
      atomic_file_abandon(&out);
    }
  }
  if (ranks_own() != 0) atomic_file_guard(NULL);
  return all_done(done, chosen->out, &why);
}

/* A line for each rank: its part of the rows and the seconds. */
static void print_times(const job *j) {
  typedef struct line {
    double seconds[PARTS];
    double units;
  } line;
  line own = {.units = (double)j->count};
  memcpy(own.seconds, j->seconds, sizeof own.seconds);
  const int doubles = (int)(sizeof own / sizeof(double));
  line *all = ranks_own() == 0 ? malloc((size_t)ranks_count() * sizeof *all) : NULL;
  int refused = ranks_own() == 0 && all == NULL;
  ranks_broadcast(&refused, sizeof refused);
  if (refused) return;
  MPI_Gather(&own, doubles, MPI_DOUBLE, all, doubles, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  if (ranks_own() != 0) return;
  printf("rank     blocks   read s  product s  write s\n");
  for (int rank = 0; rank < ranks_count(); ++rank) {
    printf("%4d %10.0f %8.3f %10.3f %8.3f\n", rank, all[rank].units, all[rank].seconds[READING],
           all[rank].seconds[MULTIPLYING], all[rank].seconds[WRITING]);
  }
  free(all);
}

/* --------------------------------------------------------------------- the command line */

/* Every rank gets rank 0's command line, whatever its own was: ranks cannot differ in what they do.
   NULL where memory for it was refused on some rank. */
static char **share_arguments(int *argc, char **argv, char **texts) {
  failure why;
  size_t bytes = 0;
  for (int i = 0; i < *argc; ++i) bytes += strlen(argv[i]) + 1;
  ranks_broadcast(argc, sizeof *argc);
  ranks_broadcast(&bytes, sizeof bytes);
  *texts = malloc(bytes + 1);
  char **shared = malloc(((size_t)*argc + 1) * sizeof *shared);
  const bool done =
      (*texts != NULL && shared != NULL) || explain(&why, "not enough for the command line");
  if (!all_done(done, "memory", &why)) {
    free(shared);
    return NULL;
  }
  char *end = *texts;
  for (int i = 0; i < *argc && ranks_own() == 0; ++i, end += strlen(end) + 1) strcpy(end, argv[i]);
  ranks_broadcast(*texts, bytes);
  end = *texts;
  for (int i = 0; i < *argc; ++i, end += strlen(end) + 1) shared[i] = end;
  shared[*argc] = NULL;
  return shared;
}

/* Rank 0 reads it and prints; where it is to go on, the others read the same. */
static npy_request read_options(int argc, char **argv, npy_options *chosen) {
  npy_request request = NPY_REQUEST_APPLY;
  if (ranks_own() == 0) request = npy_options_parse(argc, argv, &PROGRAM, chosen);
  ranks_broadcast(&request, sizeof request);
  if (request == NPY_REQUEST_APPLY && ranks_own() != 0) {
    npy_options_parse(argc, argv, &PROGRAM, chosen);
  }
  return request;
}

static bool run(const npy_options *chosen, int isa) {
  npy_options here = *chosen;
  settle_isa(chosen, isa);
  const size_t threads = ranks_threads();
  if (here.threads == 0) here.threads = threads;
  atomic_file_handle_signals();
  job j = {.x_file = MPI_FILE_NULL, .y_file = MPI_FILE_NULL};
  const bool done = load_factors(&here, &j) && open_data(&here, &j) && check_output(&here) &&
                    prepare(&here, &j) && write_result(&here, &j);
  if (done && here.times) print_times(&j);
  free_job(&j);
  return done;
}

int main(int argc, char **argv) {
  const int isa = ask_isa();
  MPI_Init(&argc, &argv);
  char *texts = NULL;
  npy_options chosen;
  npy_request request = NPY_REQUEST_BAD;
  char **arguments = share_arguments(&argc, argv, &texts);
  if (arguments != NULL) request = read_options(argc, arguments, &chosen);
  const bool done =
      request == NPY_REQUEST_DONE || (request == NPY_REQUEST_APPLY && run(&chosen, isa));
  free(arguments);
  free(texts);
  MPI_Finalize();
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
