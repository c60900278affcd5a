/*
 * mpi_layer - the layer of mnist_layer.c on the ranks of an MPI job, Y[r] = (I_k (x) W) X[r] / 255,
 * and one step of training it.
 *
 *     mpirun -n 4 mpi_layer
 *     mpirun --hostfile hosts -n 64 mpi_layer --out /shared/hidden     # a file of "node slots=16"
 *     srun -N 4 --ntasks-per-node 16 mpi_layer --out /shared/hidden    # Slurm
 *
 * Rank 0 alone has W. Each rank applies a plan with it to its rows of X, and writes them as a file
 * of its own, PREFIX.RANK.npy: the parts in the order of the ranks are Y, the same bits on any
 * number of ranks.
 *
 * Then W learns, by one step of gradient descent, to tell the classes of the images apart: each
 * rank has the errors of its own rows, and kron_eye_mpi_gradient_f32() adds to W the sum over all
 * ranks. All ranks have the same bits of the new W, so none has to send it; another number of ranks
 * gives other roundings. Rank 0 writes it as PREFIX.w.npy.
 *
 * mpi.md says what was measured.
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

#define FOLDER "/usr/share/datasets/fashion-mnist/"
static const char DEFAULT_IMAGES[] = FOLDER "train-images-idx3-ubyte.gz";
static const char DEFAULT_LABELS[] = FOLDER "train-labels-idx1-ubyte.gz";

enum { BLOCKS = 30 /* images a row */, OUTPUTS = 30 /* of an image */, MAX_FILE_BYTES = 1 << 30 };

/* Of the step. The cost falls for any rate below 2 over the mean of |x|^2, which is 162 for the
   default images in [0,1]. */
static const float RATE = 0.01F;

static const char HELP[] =
    "Usage: mpirun -n RANKS mpi_layer [--images FILE --labels FILE] [--out PREFIX]\n"
    "Applies one layer of 30 outputs to real images, 30 to a row, each rank to some of the rows;\n"
    "then takes one step of training it, with the gradient of all ranks.\n"
    "\n"
    "  --images FILE   IDX file of images, plain or gzip\n"
    "  --labels FILE   IDX file of their labels, 0 to 29\n"
    "                  (default: Debian's package dataset-fashion-mnist, 60000 of 28 x 28)\n"
    "  --out PREFIX    each rank's part of Y goes to PREFIX.RANK.npy, and the W that has learned\n"
    "                  to PREFIX.w.npy (default hidden)\n"
    "  --help          this text\n";

typedef struct options {
  const char *images;
  const char *labels;
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
                                        {"labels", required_argument, NULL, 'l'},
                                        {"out", required_argument, NULL, 'o'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  failure why;
  bool done = true;
  *chosen = (options){DEFAULT_IMAGES, DEFAULT_LABELS, "hidden", false};
  opterr = ranks_own() == 0;
  for (int letter; (letter = getopt_long(argc, argv, "", table, NULL)) != -1;) {
    if (letter == 'i') chosen->images = optarg;
    if (letter == 'l') chosen->labels = optarg;
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
  idx_array labels;  /* the same */
  kron_eye_shape shape;
  kron_eye_options how;
  kron_eye_plan *plan;
  float *w; /* OUTPUTS x n; rank 0 alone has it before training */
  float *x; /* own x BLOCKS*n, the images as float; for training */
  float *y; /* own x BLOCKS*OUTPUTS */
} part;

static void free_part(part *p) {
  kron_eye_plan_destroy(p->plan);
  idx_free(&p->images);
  idx_free(&p->labels);
  free(p->w);
  free(p->x);
  free(p->y);
}

/* Images have no more than MAX_FILE_BYTES pixels, so no product of sizes overflows. */
static bool load_images(const options *chosen, part *p, failure *why) {
  if (!idx_read(chosen->images, MAX_FILE_BYTES, &p->images, why)) return false;
  const idx_header *header = &p->images.header;
  p->n = header->dims[1] * header->dims[2];
  p->rows = header->dims[0] / BLOCKS;
  if (header->ndim != 3 || p->n == 0 || p->rows == 0) {
    return explain(why, "does not hold a row of %d images", BLOCKS);
  }
  kron_eye_mpi_local_rows(p->rows, MPI_COMM_WORLD, &p->first, &p->own);
  p->x = malloc((p->own * BLOCKS * p->n + 1) * sizeof *p->x);
  p->y = malloc((p->own * BLOCKS * OUTPUTS + 1) * sizeof *p->y);
  if (p->x != NULL && p->y != NULL) return true;
  return explain(why, "has more images than memory has room for");
}

static bool load_labels(const options *chosen, part *p, failure *why) {
  if (!idx_read(chosen->labels, MAX_FILE_BYTES, &p->labels, why)) return false;
  const size_t count = p->images.header.dims[0];
  if (p->labels.header.ndim != 1 || p->labels.header.dims[0] != count) {
    return explain(why, "does not hold one label for each of %zu images", count);
  }
  for (size_t i = 0; i < count; ++i) {
    const unsigned label = p->labels.values[i];
    if (label >= OUTPUTS) return explain(why, "has the label %u at %zu", label, i);
  }
  return true;
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
  if (ranks_own() == 0) {
    p->w = malloc(OUTPUTS * p->n * sizeof *p->w);
    if (p->w != NULL) random_normal(1, p->w, OUTPUTS * p->n);
  }
  p->shape = (kron_eye_shape)KRON_EYE_SHAPE_INIT;
  p->shape.left = BLOCKS;
  p->shape.m = OUTPUTS;
  p->shape.n = p->n;
  p->how = (kron_eye_options)KRON_EYE_OPTIONS_INIT;
  p->how.threads = choose_threads();
  p->how.route = KRON_EYE_ROUTE_KERNEL; /* the same bits on any number of ranks */
  return check_status(
      kron_eye_mpi_plan_create_u8_f32(&p->plan, &p->shape, p->w, p->n, &p->how, 0, MPI_COMM_WORLD),
      why);
}

/* On rank 0, the most of all ranks. */
static double slowest_of(double seconds) {
  double slowest = 0;
  MPI_Reduce(&seconds, &slowest, 1, MPI_DOUBLE, MPI_MAX, 0, MPI_COMM_WORLD);
  return slowest;
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

/* ------------------------------------------------------------------ one step of training */

/* Rank 0's W to all ranks, for each to change in the same way. */
static bool share_weights(part *p) {
  failure why;
  const size_t bytes = OUTPUTS * p->n * sizeof *p->w;
  if (ranks_own() != 0) p->w = malloc(bytes);
  const bool done = p->w != NULL || explain(&why, "not enough for W");
  if (!all_done(done, "memory", &why)) return false;
  ranks_broadcast(p->w, bytes);
  return true;
}

/* The cost: the mean over all images of |y - t|^2 / 2, with t 1 for the image's label and 0 for the
   other outputs. Leaves y - t in place of y, the derivatives of the cost times the images. */
static double take_cost(part *p) {
  const uint8_t *labels = p->labels.values + p->first * BLOCKS;
  double sum = 0;
  for (size_t image = 0; image < p->own * BLOCKS; ++image) {
    float *y = p->y + image * OUTPUTS;
    y[labels[image]] -= 1;
    for (size_t i = 0; i < OUTPUTS; ++i) sum += (double)y[i] * y[i];
  }
  double all = 0;
  MPI_Allreduce(&sum, &all, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  return all / 2 / (double)(p->rows * BLOCKS);
}

/* W -= RATE * the sum over all images of (y - t) x^T / 255 / images, and the plan follows. */
static bool descend(part *p, double *seconds, failure *why) {
  const size_t pixels = p->own * BLOCKS * p->n;
  const uint8_t *bytes = p->images.values + p->first * BLOCKS * p->n;
  const float alpha = -RATE / 255 / (float)(p->rows * BLOCKS);
  for (size_t i = 0; i < pixels; ++i) p->x[i] = bytes[i];
  const double start = stopwatch_seconds();
  int status =
      kron_eye_mpi_gradient_f32(&p->shape, p->own, alpha, p->x, BLOCKS * p->n, p->y,
                                (size_t)BLOCKS * OUTPUTS, 1, p->w, p->n, &p->how, MPI_COMM_WORLD);
  *seconds = stopwatch_seconds() - start;
  if (status == KRON_EYE_OK) status = kron_eye_plan_update_u8_f32(p->plan, p->w, p->n);
  return check_status(status, why);
}

static bool write_weights(const options *chosen, const part *p, failure *why) {
  char path[PATH_MAX];
  const size_t dims[] = {OUTPUTS, p->n};
  const int length = snprintf(path, sizeof path, "%s.w.npy", chosen->out);
  if (length < 0 || (size_t)length >= sizeof path) return explain(why, "is too long a name");
  return npy_write(path, NPY_FLOAT32, 2, dims, p->w, why);
}

/* Begins with y as apply() leaves it. */
static bool train(const options *chosen, part *p) {
  failure why;
  double seconds = 0;
  double ignored = 0;
  if (!share_weights(p)) return false;
  const double before = take_cost(p);
  if (!all_done(descend(p, &seconds, &why), "gradient", &why)) return false;
  if (!all_done(apply(p, &ignored, &why), "product", &why)) return false;
  const double after = take_cost(p);
  const bool done = ranks_own() != 0 || write_weights(chosen, p, &why);
  if (!all_done(done, chosen->out, &why)) return false;
  const double slowest = slowest_of(seconds);
  if (ranks_own() == 0) {
    printf(
        "one step of training: cost %.6g, then %.6g; the gradient took %.3f ms; wrote %s.w.npy\n",
        before, after, 1e3 * slowest, chosen->out);
  }
  return true;
}

/* ------------------------------------------------------------------------------ the whole */

static bool run(const options *chosen, part *p) {
  failure why;
  double seconds = 0;
  if (!all_done(load_images(chosen, p, &why), chosen->images, &why)) return false;
  if (!all_done(load_labels(chosen, p, &why), chosen->labels, &why)) return false;
  if (!all_done(make_plan(p, &why), "W", &why)) return false;
  if (!all_done(apply(p, &seconds, &why), "product", &why)) return false;
  if (!all_done(write_part(chosen, p, &why), chosen->out, &why)) return false;
  const double slowest = slowest_of(seconds);
  if (ranks_own() == 0) {
    printf("%zu images on %d ranks: the slowest took %.3f ms; wrote %s.0.npy to %s.%d.npy\n",
           p->rows * BLOCKS, ranks_count(), 1e3 * slowest, chosen->out, chosen->out,
           ranks_count() - 1);
  }
  return train(chosen, p);
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
