/*
 * npy_apply - Y[r] = alpha (I_k (x) W) X[r] for arrays in NumPy's .npy files.
 *
 * X is mapped and Y written as it is computed, a slab at a time, so neither has to fit in memory.
 * Every block of X is one row of a plan with left = 1: the blocks of all rows are contiguous, and
 * the product treats them alike.
 */
#include "support/atomic_file.h"
#include "support/failure.h"
#include "support/npy.h"
#include "support/number.h"
#include "support/option.h"
#include "support/progress.h"
#include "support/size.h"

#include <kron_eye.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLAB_BYTES = 1 << 24 /* of X or of Y, whichever is longer */ };

/* ------------------------------------------------------------------------------ options */

typedef struct options {
  const char *weights;
  const char *data;
  const char *out;
  size_t blocks;  /* 0: as many as a row of the data holds */
  size_t threads; /* 0: the library's choice */
  double scale;   /* alpha */
} options;

static const char HELP[] =
    "Usage: npy_apply --weights W.npy --data X.npy --out Y.npy [OPTION]...\n"
    "Multiplies every block of every row of X by W: Y[r] = S (I_k (x) W) X[r].\n"
    "\n"
    "  --weights FILE  W, m x n, float32 or float64, in C or Fortran order\n"
    "  --data FILE     X, rows x (k n) or rows x k x n, in C order; larger than memory if need be\n"
    "  --out FILE      Y, rows x (k m) or rows x k x m as X is; appears whole or not at all\n"
    "  --blocks K      fail unless a row of X has K blocks (default: any number)\n"
    "  --scale S       factor of the product (default 1): a number or a quotient, as 1/255\n"
    "  --threads T     maximum number of threads of the library's kernels (default: OpenMP's)\n"
    "  --help          this text\n"
    "  --version       the version\n"
    "\n"
    "    X        W        Y\n"
    "    float32  float32  float32\n"
    "    float64  float64  float64\n"
    "    float32  float64  float64\n"
    "    uint8    float32  float32\n";

static bool complain(const char *what, const char *text) {
  fprintf(stderr, "npy_apply: %s: %s\n", what, text);
  return false;
}

static bool missing(const char *option) {
  fprintf(stderr, "npy_apply: %s is missing; see --help\n", option);
  return false;
}

/* Prints a text and ends the program. */
static void print_and_exit(const char *text) {
  fputs(text, stdout);
  exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static bool parse_size(const char *option, const char *text, size_t *number) {
  failure why;
  return number_parse_size(text, 1, PTRDIFF_MAX, number, &why) || complain(option, why.text);
}

static bool parse_scale(const char *text, double *scale) {
  failure why;
  return number_parse_real(text, scale, &why) || complain("--scale", why.text);
}

static bool parse_option(int letter, const char *text, options *chosen) {
  switch (letter) {
  case 'w':
    chosen->weights = text;
    return true;
  case 'd':
    chosen->data = text;
    return true;
  case 'o':
    chosen->out = text;
    return true;
  case 'k':
    return parse_size("--blocks", text, &chosen->blocks);
  case 't':
    return parse_size("--threads", text, &chosen->threads);
  case 's':
    return parse_scale(text, &chosen->scale);
  case 'h':
    print_and_exit(HELP);
    return true;
  default:
    printf("npy_apply (kron_eye) %s\n", kron_eye_version());
    print_and_exit("");
    return true;
  }
}

static bool parse_options(int argc, char **argv, options *chosen) {
  static const struct option table[] = {{"weights", required_argument, NULL, 'w'},
                                        {"data", required_argument, NULL, 'd'},
                                        {"out", required_argument, NULL, 'o'},
                                        {"blocks", required_argument, NULL, 'k'},
                                        {"threads", required_argument, NULL, 't'},
                                        {"scale", required_argument, NULL, 's'},
                                        {"help", no_argument, NULL, 'h'},
                                        {"version", no_argument, NULL, 'v'},
                                        {NULL, 0, NULL, 0}};
  *chosen = (options){.scale = 1};
  failure why;
  for (int letter; (letter = getopt_long(argc, argv, ":", table, NULL)) != -1;) {
    if (letter == '?' || letter == ':') {
      option_explain(letter, argv, &why);
      fprintf(stderr, "npy_apply: %s\n", why.text);
      return false;
    }
    if (!parse_option(letter, optarg, chosen)) return false;
  }
  if (optind != argc) return complain(argv[optind], "is not an option; see --help");
  if (chosen->weights == NULL) return missing("--weights");
  if (chosen->data == NULL) return missing("--data");
  return chosen->out != NULL || missing("--out");
}

/* ----------------------------------------------------------------------------- the types */

/* One combination of types and the library's functions for it, with one interface. */
typedef struct mixture {
  npy_type x;
  npy_type w; /* and y */
  int (*create)(kron_eye_plan **out, const kron_eye_shape *shape, const void *w,
                const kron_eye_options *options);
  int (*apply)(const kron_eye_plan *plan, size_t batch, double alpha, const void *x, size_t n,
               void *y, size_t m);
} mixture;

#define MIXTURE_FUNCTIONS(suffix, real)                                                            \
  static int create_##suffix(kron_eye_plan **out, const kron_eye_shape *shape, const void *w,      \
                             const kron_eye_options *chosen) {                                     \
    return kron_eye_plan_create_##suffix(out, shape, w, shape->n, chosen);                         \
  }                                                                                                \
  static int apply_##suffix(const kron_eye_plan *plan, size_t batch, double alpha, const void *x,  \
                            size_t n, void *y, size_t m) {                                         \
    return kron_eye_apply_##suffix(plan, batch, (real)alpha, x, n, 0, y, m);                       \
  }
MIXTURE_FUNCTIONS(f32, float)
MIXTURE_FUNCTIONS(f64, double)
MIXTURE_FUNCTIONS(f32_f64, double)
MIXTURE_FUNCTIONS(u8_f32, float)

static const mixture mixtures[] = {
    {NPY_FLOAT32, NPY_FLOAT32, create_f32, apply_f32},
    {NPY_FLOAT64, NPY_FLOAT64, create_f64, apply_f64},
    {NPY_FLOAT32, NPY_FLOAT64, create_f32_f64, apply_f32_f64},
    {NPY_UINT8, NPY_FLOAT32, create_u8_f32, apply_u8_f32},
};

static const char *const type_names[] = {[NPY_UINT8] = "uint8",
                                         [NPY_FLOAT32] = "float32",
                                         [NPY_FLOAT64] = "float64",
                                         [NPY_INT32] = "int32",
                                         [NPY_INT64] = "int64"};

static const mixture *find_mixture(npy_type x, npy_type w) {
  for (size_t i = 0; i < sizeof mixtures / sizeof mixtures[0]; ++i) {
    if (mixtures[i].x == x && mixtures[i].w == w) return &mixtures[i];
  }
  return NULL;
}

/* ---------------------------------------------------------------------------- the arrays */

/* X as stored in its file. */
typedef struct mapping {
  npy_header header;
  char *file; /* the whole file, mapped; NULL: not yet */
  size_t size;
} mapping;

/* The whole job; free_job() frees it. */
typedef struct job {
  npy_array w; /* m x n */
  mapping x;
  size_t blocks; /* of all rows together */
  size_t m, n;
  size_t y_dims[NPY_MAX_DIMS];
  const mixture *types;
  kron_eye_plan *plan;
  void *x_slab; /* NULL if the mapping is aligned for its type */
  void *y_slab;
} job;

static void free_job(job *j) {
  kron_eye_plan_destroy(j->plan);
  if (j->x.file != NULL) munmap(j->x.file, j->x.size);
  npy_free(&j->w);
  free(j->x_slab);
  free(j->y_slab);
}

static bool map_file(int descriptor, mapping *x, failure *why) {
  struct stat file;
  if (fstat(descriptor, &file) != 0) return explain(why, "cannot be read: %s", strerror(errno));
  if (!S_ISREG(file.st_mode)) return explain(why, "is not a regular file");
  if (file.st_size == 0) return explain(why, "is empty");
  if ((uintmax_t)file.st_size > (uintmax_t)PTRDIFF_MAX) return explain(why, "is too large");
  x->size = (size_t)file.st_size;
  void *start = mmap(NULL, x->size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (start == MAP_FAILED) return explain(why, "cannot be mapped: %s", strerror(errno));
  x->file = start;
  posix_madvise(start, x->size, POSIX_MADV_SEQUENTIAL);
  return npy_parse_header(x->file, x->size, &x->header, why) &&
         npy_check_file_size(&x->header, x->size, why);
}

static bool map_data(const char *path, mapping *x, failure *why) {
  /* O_NONBLOCK: opening a pipe must not wait for its writer; it has no effect on a regular file. */
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return explain(why, "cannot be opened: %s", strerror(errno));
  const bool done = map_file(descriptor, x, why);
  close(descriptor);
  return done;
}

static bool check_weights(job *j, failure *why) {
  if (j->w.header.ndim != 2) return explain(why, "has %zu dimensions, not 2", j->w.header.ndim);
  j->m = j->w.header.dims[0];
  j->n = j->w.header.dims[1];
  return true;
}

/* The number of blocks in a row of X, from its shape and from --blocks. */
static bool find_blocks(const job *j, size_t wanted, size_t *blocks, failure *why) {
  const npy_header *x = &j->x.header;
  const size_t width = x->dims[x->ndim - 1];
  if (x->ndim == 3 ? width != j->n : j->n == 0 ? width != 0 : width % j->n != 0) {
    return explain(why, "has rows of %zu elements, which no blocks of %zu (columns of W) fill",
                   width, j->n);
  }
  if (x->ndim == 2 && j->n == 0 && wanted == 0) {
    return explain(why, "has rows without elements: --blocks must say how many blocks they are");
  }
  *blocks = x->ndim == 3 ? x->dims[1] : j->n == 0 ? wanted : width / j->n;
  if (wanted == 0 || *blocks == wanted) return true;
  return explain(why, "has %zu blocks a row, not %zu", *blocks, wanted);
}

/* Determines every size of the job from the headers of W and X. */
static bool check_data(job *j, size_t wanted, failure *why) {
  const npy_header *x = &j->x.header;
  size_t blocks = 0;
  if (x->fortran_order) {
    return explain(why, "is in Fortran order; save numpy.ascontiguousarray of it");
  }
  if (x->ndim != 2 && x->ndim != 3) return explain(why, "has 1 dimension, not 2 or 3");
  j->types = find_mixture(x->type, j->w.header.type);
  if (j->types == NULL) {
    return explain(why, "holds %s, which does not go with weights in %s; see --help",
                   type_names[x->type], type_names[j->w.header.type]);
  }
  if (!find_blocks(j, wanted, &blocks, why)) return false;
  size_t outputs = 0;
  size_t bytes = 0;
  if (!size_product(x->dims[0], blocks, &j->blocks) || !size_product(blocks, j->m, &outputs) ||
      !size_product(j->blocks, j->m, &bytes) ||
      !size_product(bytes, npy_type_size(j->types->w), &bytes)) {
    return explain(why, "gives a result that is too large");
  }
  j->y_dims[0] = x->dims[0];
  j->y_dims[1] = x->ndim == 2 ? outputs : blocks;
  j->y_dims[2] = j->m;
  return true;
}

static bool load(const options *chosen, job *j) {
  failure why;
  if (!npy_read(chosen->weights, PTRDIFF_MAX, &j->w, &why) || !check_weights(j, &why)) {
    return complain(chosen->weights, why.text);
  }
  if (!map_data(chosen->data, &j->x, &why) || !check_data(j, chosen->blocks, &why)) {
    return complain(chosen->data, why.text);
  }
  const char *const inputs[] = {chosen->weights, chosen->data};
  return atomic_file_check(chosen->out, inputs, 2, &why) || complain(chosen->out, why.text);
}

/* ------------------------------------------------------------------------------ the work */

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

/* The number of blocks to read, multiply and write at once: at least one, and at most all of them.
 */
static size_t slab_blocks(const job *j) {
  const size_t longest = larger(j->n * npy_type_size(j->types->x), /* bytes of a block */
                                j->m * npy_type_size(j->types->w));
  const size_t fit = larger(SLAB_BYTES / larger(longest, 1), 1);
  return fit < j->blocks ? fit : j->blocks;
}

static bool prepare(const options *chosen, job *j) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = j->m;
  shape.n = j->n;
  kron_eye_options how = KRON_EYE_OPTIONS_INIT;
  how.threads = chosen->threads;
  const int status = j->types->create(&j->plan, &shape, j->w.values, &how);
  if (status != KRON_EYE_OK) return complain(chosen->weights, kron_eye_status_text(status));

  const size_t slab = slab_blocks(j);
  const size_t x_bytes = slab * j->n * npy_type_size(j->types->x); /* a slab is small, */
  const size_t y_bytes = slab * j->m * npy_type_size(j->types->w); /* a block fits in memory */
  const bool aligned = j->x.header.data_offset % npy_type_size(j->types->x) == 0;
  if (!aligned) j->x_slab = malloc(larger(x_bytes, 1));
  j->y_slab = malloc(larger(y_bytes, 1));
  if (j->y_slab != NULL && (aligned || j->x_slab != NULL)) return true;
  return complain("memory", "not enough for one block");
}

/* Multiplies blocks [first, first + count) of X into the slab of Y. */
static int multiply(const job *j, double alpha, size_t first, size_t count) {
  const size_t block_bytes = j->n * npy_type_size(j->types->x);
  const char *x = j->x.file + j->x.header.data_offset + first * block_bytes;
  const void *aligned = x;
  if (j->x_slab != NULL) aligned = memcpy(j->x_slab, x, count * block_bytes);
  return j->types->apply(j->plan, count, alpha, aligned, j->n, j->y_slab, j->m);
}

static bool write_blocks(const job *j, double alpha, atomic_file *out, failure *why) {
  const size_t slab = slab_blocks(j);
  const size_t block_bytes = j->m * npy_type_size(j->types->w);
  progress bar = progress_begin("npy_apply");
  bool done = true;
  for (size_t first = 0; done && first < j->blocks; first += slab) {
    const size_t left = j->blocks - first;
    const size_t count = left < slab ? left : slab;
    const int status = multiply(j, alpha, first, count);
    done = status == KRON_EYE_OK ? atomic_file_write(out, j->y_slab, count * block_bytes, why)
                                 : explain(why, "%s", kron_eye_status_text(status));
    progress_show(&bar, (double)(first + count) / (double)j->blocks);
  }
  progress_clear();
  return done;
}

static bool write_result(const options *chosen, const job *j) {
  failure why;
  atomic_file out;
  char header[NPY_FORMATTED];
  const size_t size = npy_format_header(header, j->types->w, j->x.header.ndim, j->y_dims);
  if (!atomic_file_begin(&out, chosen->out, &why)) return complain(chosen->out, why.text);
  if (atomic_file_write(&out, header, size, &why) && write_blocks(j, chosen->scale, &out, &why)) {
    return atomic_file_commit(&out, &why) || complain(chosen->out, why.text);
  }
  atomic_file_abandon(&out);
  return complain(chosen->out, why.text);
}

int main(int argc, char **argv) {
  options chosen;
  if (!parse_options(argc, argv, &chosen)) return EXIT_FAILURE;
  atomic_file_handle_signals();
  job j = {0};
  const bool done = load(&chosen, &j) && prepare(&chosen, &j) && write_result(&chosen, &j);
  free_job(&j);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
