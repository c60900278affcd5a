/*
 * mnist_layer - one layer of a network on real images: Y[r] = (I_k (x) W) X[r].
 *
 * X holds MNIST-format images as float32 pixels in [0,1], k images of n pixels per row. W is m x n.
 * Every image is multiplied by W: row r of Y holds the k*m outputs of row r of X. The program
 * prints a report, compares sampled rows with a simple float64 loop, and writes Y as .npy.
 */
#include "support/atomic_file.h"
#include "support/failure.h"
#include "support/idx.h"
#include "support/npy.h"
#include "support/number.h"
#include "support/option.h"
#include "support/random.h"
#include "support/size.h"
#include "support/stopwatch.h"

#include <kron_eye.h>

#include <errno.h>
#include <float.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char DEFAULT_IMAGES[] = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz";

enum {
  PUBLISHED_ROWS = 1666, /* 49,980 images, 30 per row */
  PUBLISHED_BLOCKS = 30,
  PUBLISHED_OUTPUTS = 30,
  RUNS = 5,
  SAMPLED_ROWS = 16,
  MAX_FILE_BYTES = 1 << 30,
};

/* ------------------------------------------------------------------------------ options */

typedef struct options {
  const char *images;
  const char *weights; /* NULL: generated from the seed */
  const char *out;
  size_t blocks;
  size_t rows; /* 0: as published, or as many as the images fill if that is less */
  size_t seed;
} options;

static const char HELP[] =
    "Usage: mnist_layer [OPTION]...\n"
    "Applies one layer to real images: Y[r] = (I_k (x) W) X[r], k images per row, W m x n.\n"
    "\n"
    "  --images FILE   IDX file of images, plain or gzip\n"
    "                  (default: Debian's package dataset-fashion-mnist, 60000 of 28 x 28)\n"
    "  --weights FILE  W as .npy, m x n, float32 or float64 (default: standard normal, 30 x n)\n"
    "  --seed N        seed of the standard normal W (default 1)\n"
    "  --blocks K      images in a row of X (default 30)\n"
    "  --rows N        rows of X (default 1666, or fewer if there are not enough images)\n"
    "  --out FILE      file to write Y to, as .npy float32 (default hidden.npy)\n"
    "  --help          this text\n"
    "  --version       the version\n";

static bool parse_size(const char *option, const char *text, size_t least, size_t *number) {
  failure why;
  if (number_parse_size(text, least, PTRDIFF_MAX, number, &why)) return true;
  fprintf(stderr, "mnist_layer: --%s: %s\n", option, why.text);
  return false;
}

static bool parse_options(int argc, char **argv, options *chosen) {
  static const struct option table[] = {{"images", required_argument, NULL, 'i'},
                                        {"weights", required_argument, NULL, 'w'},
                                        {"seed", required_argument, NULL, 's'},
                                        {"blocks", required_argument, NULL, 'k'},
                                        {"rows", required_argument, NULL, 'r'},
                                        {"out", required_argument, NULL, 'o'},
                                        {"help", no_argument, NULL, 'h'},
                                        {"version", no_argument, NULL, 'v'},
                                        {NULL, 0, NULL, 0}};
  failure why;
  *chosen = (options){DEFAULT_IMAGES, NULL, "hidden.npy", PUBLISHED_BLOCKS, 0, 1};
  for (int letter; (letter = getopt_long(argc, argv, ":", table, NULL)) != -1;) {
    switch (letter) {
    case 'i':
      chosen->images = optarg;
      break;
    case 'w':
      chosen->weights = optarg;
      break;
    case 'o':
      chosen->out = optarg;
      break;
    case 's':
      if (!parse_size("seed", optarg, 0, &chosen->seed)) return false;
      break;
    case 'k':
      if (!parse_size("blocks", optarg, 1, &chosen->blocks)) return false;
      break;
    case 'r':
      if (!parse_size("rows", optarg, 1, &chosen->rows)) return false;
      break;
    case 'h':
      fputs(HELP, stdout);
      exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    case 'v':
      printf("mnist_layer (kron_eye) %s\n", kron_eye_version());
      exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    default:
      option_explain(letter, argv, &why);
      fprintf(stderr, "mnist_layer: %s\n", why.text);
      return false;
    }
  }
  if (optind == argc) return true;
  fprintf(stderr, "mnist_layer: '%s' is not an option; see --help\n", argv[optind]);
  return false;
}

/* Prints one line: the file and what is wrong with it. */
static bool complain(const char *path, const failure *why) {
  fflush(stdout); /* the report so far comes first where both go to one file */
  fprintf(stderr, "mnist_layer: %s: %s\n", path, why->text);
  return false;
}

/* --------------------------------------------------------------------------------- data */

/* All data of the layer; free_layer() frees it. */
typedef struct layer {
  size_t rows;   /* of X and Y */
  size_t blocks; /* k, images in a row */
  size_t m;      /* outputs of an image */
  size_t n;      /* pixels of an image */
  size_t images; /* in the file, used or not */
  size_t height; /* of an image, pixels */
  size_t width;
  bool rounded; /* W was float64 in its file */
  float *w;     /* m x n */
  float *x;     /* rows x blocks*n */
  float *y;     /* rows x blocks*m */
} layer;

static void free_layer(layer *l) {
  free(l->w);
  free(l->x);
  free(l->y);
}

/* rows * columns floats, or NULL with the reason. */
static float *new_floats(size_t rows, size_t columns, failure *why) {
  size_t count = 0;
  size_t bytes = 0;
  float *values = NULL;
  if (size_product(rows, columns, &count) && size_product(count, sizeof *values, &bytes)) {
    values = malloc(bytes);
  }
  if (values == NULL)
    explain(why, "needs more memory than is available (%zu x %zu)", rows, columns);
  return values;
}

/* Chooses the number of rows; more than the images fill is an error. */
static bool choose_rows(const idx_header *images, const options *chosen, layer *l, failure *why) {
  if (images->ndim != 3) return explain(why, "does not hold images (count x height x width)");
  *l = (layer){.blocks = chosen->blocks,
               .images = images->dims[0],
               .height = images->dims[1],
               .width = images->dims[2]};
  if (images->data_bytes == 0) return explain(why, "holds no images, or images without pixels");
  l->n = l->height * l->width; /* at most data_bytes */
  const size_t whole = l->images / l->blocks;
  if (whole == 0) {
    return explain(why, "holds %zu images, fewer than one row of %zu", l->images, l->blocks);
  }
  if (chosen->rows > whole) {
    return explain(why, "holds %zu images, fewer than %zu rows of %zu", l->images, chosen->rows,
                   l->blocks);
  }
  l->rows = whole < PUBLISHED_ROWS ? whole : PUBLISHED_ROWS;
  if (chosen->rows != 0) l->rows = chosen->rows;
  return true;
}

static bool make_x(const idx_array *images, layer *l, failure *why) {
  const size_t columns = l->blocks * l->n; /* rows * columns is at most data_bytes */
  l->x = new_floats(l->rows, columns, why);
  if (l->x == NULL) return false;
  for (size_t i = 0; i < l->rows * columns; ++i) l->x[i] = (float)images->values[i] / 255.0F;
  return true;
}

static bool load_images(const options *chosen, layer *l) {
  failure why;
  idx_array images;
  if (!idx_read(chosen->images, MAX_FILE_BYTES, &images, &why)) {
    const bool hint = chosen->images == DEFAULT_IMAGES;
    fprintf(stderr, "mnist_layer: %s: %s%s\n", chosen->images, why.text,
            hint ? " (install Debian's dataset-fashion-mnist or give --images FILE)" : "");
    return false;
  }
  const bool done = choose_rows(&images.header, chosen, l, &why) && make_x(&images, l, &why);
  idx_free(&images);
  return done || complain(chosen->images, &why);
}

/* Converts W, in float32 or float64, to float32. */
static bool convert_weights(const npy_array *array, layer *l, failure *why) {
  const bool real = array->header.type == NPY_FLOAT32 || array->header.type == NPY_FLOAT64;
  if (!real || array->header.ndim != 2 || array->header.dims[0] == 0) {
    return explain(why, "does not hold weights (m x n, float32 or float64)");
  }
  if (array->header.dims[1] != l->n) {
    return explain(why, "has %zu columns, but an image has %zu pixels", array->header.dims[1],
                   l->n);
  }
  l->m = array->header.dims[0];
  l->rounded = array->header.type == NPY_FLOAT64;
  l->w = new_floats(l->m, l->n, why);
  if (l->w == NULL) return false;
  const float *narrow = array->values;
  const double *wide = array->values;
  for (size_t i = 0; i < l->m * l->n; ++i) {
    l->w[i] = l->rounded ? (float)wide[i] : narrow[i];
    if (!isfinite(l->w[i])) {
      return explain(why, "holds a weight that is not finite in float32, at [%zu, %zu]", i / l->n,
                     i % l->n);
    }
  }
  return true;
}

static bool load_weights(const options *chosen, layer *l) {
  failure why;
  npy_array array;
  if (chosen->weights == NULL) {
    l->m = PUBLISHED_OUTPUTS;
    l->w = new_floats(l->m, l->n, &why);
    if (l->w == NULL) return complain("W", &why);
    random_normal(chosen->seed, l->w, l->m * l->n);
    return true;
  }
  if (!npy_read(chosen->weights, MAX_FILE_BYTES, &array, &why)) {
    return complain(chosen->weights, &why);
  }
  const bool done = convert_weights(&array, l, &why);
  npy_free(&array);
  return done || complain(chosen->weights, &why);
}

/* ------------------------------------------------------------------------------ the work */

typedef struct timing {
  double first; /* seconds, including first access to memory and the start of threads */
  double best;  /* seconds, of all runs */
} timing;

static bool compute(layer *l, timing *took) {
  failure why;
  size_t outputs = 0;
  if (!size_product(l->blocks, l->m, &outputs)) outputs = SIZE_MAX;
  l->y = new_floats(l->rows, outputs, &why);
  if (l->y == NULL) return complain("Y", &why);
  for (int run = 0; run < RUNS; ++run) {
    const double start = stopwatch_seconds();
    const int status = kron_eye_matvec_batch(l->rows, l->blocks, l->m, l->n, l->w, l->x, l->y);
    const double seconds = stopwatch_seconds() - start;
    if (status != 0) {
      explain(&why, "%s", kron_eye_status_text(status));
      return complain("kron_eye_matvec_batch", &why);
    }
    if (run == 0) *took = (timing){seconds, seconds};
    if (seconds < took->best) took->best = seconds;
  }
  return true;
}

/* ----------------------------------------------------------------------------- the check */

typedef struct comparison {
  size_t rows;       /* compared */
  double difference; /* the largest, absolute */
  double share;      /* the largest difference / bound: at most 1 if the result is right */
} comparison;

/*
 * Compares one output with sum_j w[j] * x[j] in float64. In float32, for any order of additions,
 *     |error| <= (n+3) u sum_j |w[j]| |x[j]| + (n+4) eta,
 * u = 2^-24, eta the smallest subnormal number.
 */
static void compare_output(size_t n, const float *w, const float *x, float y, comparison *found) {
  double sum = 0;
  double magnitude = 0;
  for (size_t j = 0; j < n; ++j) {
    const double product = (double)w[j] * (double)x[j];
    sum += product;
    magnitude += fabs(product);
  }
  const double eta = 0x1p-149;
  const double bound = ((double)n + 3) * 0x1p-24 * magnitude + ((double)n + 4) * eta;
  const double difference = isnan(y) ? (double)INFINITY : fabs((double)y - sum);
  found->difference = fmax(found->difference, difference);
  found->share = fmax(found->share, difference / bound);
}

/* Compares all outputs of up to SAMPLED_ROWS rows, spread from the first to the last. */
static comparison compare(const layer *l) {
  comparison found = {.rows = l->rows < SAMPLED_ROWS ? l->rows : SAMPLED_ROWS};
  for (size_t s = 0; s < found.rows; ++s) {
    const size_t r = found.rows == 1 ? 0 : s * (l->rows - 1) / (found.rows - 1);
    for (size_t a = 0; a < l->blocks; ++a) {
      const float *x = l->x + (r * l->blocks + a) * l->n;
      const float *y = l->y + (r * l->blocks + a) * l->m;
      for (size_t i = 0; i < l->m; ++i) compare_output(l->n, l->w + i * l->n, x, y[i], &found);
    }
  }
  return found;
}

/* ---------------------------------------------------------------------------- the report */

static double nonzero_share(const layer *l) {
  const size_t count = l->rows * l->blocks * l->n;
  size_t nonzero = 0;
  for (size_t i = 0; i < count; ++i) nonzero += l->x[i] != 0;
  return (double)nonzero / (double)count;
}

static void report_data(const options *chosen, const layer *l) {
  const size_t k = l->blocks;
  printf("kron_eye %s  Y[r] = (I_%zu (x) W) X[r]\n\n", kron_eye_version(), k);
  printf("images  %s\n", chosen->images);
  printf("        %zu of %zu x %zu pixels, %zu used, %zu left over\n", l->images, l->height,
         l->width, l->rows * k, l->images - l->rows * k);
  printf("X       %zu x %zu float32, %zu images a row, %.1f %% non-zero\n", l->rows, k * l->n, k,
         100 * nonzero_share(l));
  printf("W       %zu x %zu float32, ", l->m, l->n);
  if (chosen->weights != NULL) {
    printf("from %s%s\n", chosen->weights, l->rounded ? " (float64, rounded)" : "");
  } else {
    printf("standard normal, seed %zu\n", chosen->seed);
  }
  printf("Y       %zu x %zu float32\n", l->rows, k * l->m);
  const double w_bytes = (double)l->m * (double)l->n * sizeof(float);
  printf("dense   I_%zu (x) W would be %zu x %zu: %.0f bytes, never formed; W takes %.0f\n", k,
         k * l->m, k * l->n, (double)k * (double)k * w_bytes, w_bytes);
}

static void report_work(const layer *l, const timing *took) {
  const double operations = 2.0 * (double)l->rows * (double)l->blocks * (double)l->m * (double)l->n;
  printf("time    %.3f ms, best of %d runs (the first: %.3f ms)\n", 1e3 * took->best, RUNS,
         1e3 * took->first);
  printf("speed   %.1f GFLOP/s, zeros counted as work\n", 1e-9 * operations / took->best);
}

static bool report_check(const layer *l, const comparison *found) {
  printf("check   %zu of %zu rows against a float64 loop: largest difference %.2g\n", found->rows,
         l->rows, found->difference);
  printf("        that is %.2g of the bound on rounding errors\n", found->share);
  if (found->share <= 1) return true;
  fflush(stdout);
  fputs("mnist_layer: the result differs from a float64 loop by more than rounding can explain\n",
        stderr);
  return false;
}

static bool write_y(const char *path, const layer *l) {
  failure why;
  const size_t dims[] = {l->rows, l->blocks * l->m};
  if (!npy_write(path, NPY_FLOAT32, 2, dims, l->y, &why)) return complain(path, &why);
  printf("wrote   %s\n", path);
  return true;
}

static bool finish_output(void) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return true;
  fprintf(stderr, "mnist_layer: cannot write to standard output: %s\n", strerror(errno));
  return false;
}

/* Before the work, so that none is done for a file that cannot be written. */
static bool check_out(const options *chosen) {
  failure why;
  const char *const inputs[] = {chosen->images, chosen->weights};
  const size_t count = chosen->weights == NULL ? 1 : 2;
  return atomic_file_check(chosen->out, inputs, count, &why) || complain(chosen->out, &why);
}

static bool run(const options *chosen, layer *l) {
  if (!check_out(chosen) || !load_images(chosen, l) || !load_weights(chosen, l)) return false;
  report_data(chosen, l);
  timing took = {0, 0};
  if (!compute(l, &took)) return false;
  report_work(l, &took);
  const comparison found = compare(l);
  return report_check(l, &found) && write_y(chosen->out, l) && finish_output();
}

int main(int argc, char **argv) {
  options chosen;
  if (!parse_options(argc, argv, &chosen)) return EXIT_FAILURE;
  atomic_file_handle_signals();
  layer l = {0};
  const bool done = run(&chosen, &l);
  free_layer(&l);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
