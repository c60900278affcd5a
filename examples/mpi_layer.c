/*
 * mpi_layer - the layer of mnist_layer.c on the ranks of an MPI job: Y[r] = (I_k (x) W) X[r] / 255.
 *
 *     mpirun -n 4 mpi_layer
 *     mpirun --hostfile hosts -n 64 mpi_layer --out /shared/hidden     # a file of "node slots=16"
 *     srun -N 4 --ntasks-per-node 16 mpi_layer --out /shared/hidden    # Slurm
 *
 * Rank 0 alone has W. Each rank applies a plan with it to its rows of X, and writes them as a file
 * of its own, PREFIX.RANK.npy: the parts in the order of the ranks are Y, the same bits on any
 * number of ranks. mpi.md says what was measured.
 */
#include "support/atomic_file.h"
#include "support/failure.h"
#include "support/idx.h"
#include "support/npy.h"
#include "support/random.h"
#include "support/ranks.h"
#include "support/stopwatch.h"

#include <kron_eye_mpi.h>

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static const char DEFAULT_IMAGES[] = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz";

enum { BLOCKS = 30 /* images a row */, OUTPUTS = 30 /* of an image */, MAX_FILE_BYTES = 1 << 30 };

static const char HELP[] =
    "Usage: mpirun -n RANKS mpi_layer [--images FILE] [--out PREFIX]\n"
    "Applies one layer of 30 outputs to real images, 30 to a row, each rank to some of the rows.\n"
    "\n"
    "  --images FILE   IDX file of images, plain or gzip\n"
    "                  (default: Debian's package dataset-fashion-mnist, 60000 of 28 x 28)\n"
    "  --out PREFIX    each rank's part of Y goes to PREFIX.RANK.npy (default hidden)\n"
    "  --help          this text\n";

typedef struct options {
  const char *images;
  const char *out;
  bool help;
} options;

/* True where all ranks have done their part; else rank 0 says what went wrong with `what`. */
static bool all_done(bool done, const char *what, failure *why) {
  if (ranks_agree(done, why)) return true;
  if (ranks_own() == 0) fprintf(stderr, "mpi_layer: %s: %s\n", what, why->text);
  return false;
}

static bool check_status(int status, failure *why) {
  return status == KRON_EYE_OK || explain(why, "%s", kron_eye_status_text(status));
}

/* Every rank reads the command line; rank 0 alone says what is wrong with it. */
static bool parse_options(int argc, char **argv, options *chosen) {
  static const struct option table[] = {{"images", required_argument, NULL, 'i'},
                                        {"out", required_argument, NULL, 'o'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  failure why;
  bool done = true;
  *chosen = (options){DEFAULT_IMAGES, "hidden", false};
  opterr = ranks_own() == 0;
  for (int letter; (letter = getopt_long(argc, argv, "", table, NULL)) != -1;) {
    if (letter == 'i') chosen->images = optarg;
    if (letter == 'o') chosen->out = optarg;
    if (letter == 'h') chosen->help = true;
    if (letter == '?') done = explain(&why, "has a fault; see --help");
  }
  if (done && optind != argc) done = explain(&why, "has a word that is no option; see --help");
  return all_done(done, "command line", &why);
}

/* ------------------------------------------------------------------------- this rank's part */

typedef struct part {
  size_t rows;       /* of all ranks */
  size_t first, own; /* this rank's rows */
  size_t n;          /* pixels of an image */
  idx_array images;  /* the whole file */
  kron_eye_plan *plan;
  float *y; /* own x BLOCKS*OUTPUTS */
} part;

static void free_part(part *p) {
  kron_eye_plan_destroy(p->plan);
  idx_free(&p->images);
  free(p->y);
}

/* Images have no more than MAX_FILE_BYTES pixels, so no product of sizes overflows. */
static bool load(const options *chosen, part *p, failure *why) {
  if (!idx_read(chosen->images, MAX_FILE_BYTES, &p->images, why)) return false;
  const idx_header *header = &p->images.header;
  p->n = header->dims[1] * header->dims[2];
  p->rows = header->dims[0] / BLOCKS;
  if (header->ndim != 3 || p->n == 0 || p->rows == 0) {
    return explain(why, "does not hold a row of %d images", BLOCKS);
  }
  kron_eye_mpi_local_rows(p->rows, MPI_COMM_WORLD, &p->first, &p->own);
  p->y = malloc((p->own * BLOCKS * OUTPUTS + 1) * sizeof *p->y);
  return p->y != NULL || explain(why, "has more images than memory has room for");
}

/* The threads of a rank: those of the node that has least for each, since options have to be the
   same on all ranks. */
static size_t choose_threads(void) {
  const unsigned long own = (unsigned long)ranks_threads();
  unsigned long least;
  MPI_Allreduce(&own, &least, 1, MPI_UNSIGNED_LONG, MPI_MIN, MPI_COMM_WORLD);
  return least;
}

/* Rank 0 makes W; all ranks get a plan with it. */
static bool make_plan(part *p, failure *why) {
  float *w = NULL;
  if (ranks_own() == 0) {
    w = malloc(OUTPUTS * p->n * sizeof *w);
    if (w != NULL) random_normal(1, w, OUTPUTS * p->n);
  }
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = BLOCKS;
  shape.m = OUTPUTS;
  shape.n = p->n;
  kron_eye_options how = KRON_EYE_OPTIONS_INIT;
  how.threads = choose_threads();
  how.route = KRON_EYE_ROUTE_KERNEL; /* the same bits on any number of ranks */
  const int status =
      kron_eye_mpi_plan_create_u8_f32(&p->plan, &shape, w, p->n, &how, 0, MPI_COMM_WORLD);
  free(w);
  return check_status(status, why);
}

static bool apply(part *p, double *seconds, failure *why) {
  const uint8_t *x = p->images.values + p->first * BLOCKS * p->n;
  const double start = stopwatch_seconds();
  const int status = kron_eye_apply_u8_f32(p->plan, p->own, 1 / 255.0F, x, BLOCKS * p->n, 0, p->y,
                                           (size_t)BLOCKS * OUTPUTS);
  *seconds = stopwatch_seconds() - start;
  return check_status(status, why);
}

static bool write_part(const options *chosen, const part *p, failure *why) {
  char path[PATH_MAX];
  const size_t dims[] = {p->own, (size_t)BLOCKS * OUTPUTS};
  const int length = snprintf(path, sizeof path, "%s.%d.npy", chosen->out, ranks_own());
  if (length < 0 || (size_t)length >= sizeof path) return explain(why, "is too long a name");
  return npy_write(path, NPY_FLOAT32, 2, dims, p->y, why);
}

static bool run(const options *chosen, part *p) {
  failure why;
  double seconds = 0;
  if (!all_done(load(chosen, p, &why), chosen->images, &why)) return false;
  if (!all_done(make_plan(p, &why), "W", &why)) return false;
  if (!all_done(apply(p, &seconds, &why), "product", &why)) return false;
  if (!all_done(write_part(chosen, p, &why), chosen->out, &why)) return false;
  double slowest = 0;
  MPI_Reduce(&seconds, &slowest, 1, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
  if (ranks_own() == 0) {
    printf("%zu images on %d ranks: the slowest took %.3f ms; wrote %s.0.npy to %s.%d.npy\n",
           p->rows * BLOCKS, ranks_count(), 1e3 * slowest, chosen->out, chosen->out,
           ranks_count() - 1);
  }
  return true;
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  options chosen;
  part p = {0};
  bool done = parse_options(argc, argv, &chosen);
  if (done && chosen.help) {
    if (ranks_own() == 0) fputs(HELP, stdout);
  } else if (done) {
    atomic_file_handle_signals();
    done = run(&chosen, &p);
  }
  free_part(&p);
  MPI_Finalize();
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
