/*
 * sparse_layer - one layer on sparse data, as SciPy saves it: Y[r] = (I_k (x) W) X[r].
 *
 * X is a scipy.sparse.csr_matrix in the file that scipy.sparse.save_npz writes, or in a directory
 * with the contents of that file: indptr.npy, indices.npy, data.npy and shape.npy. W is an m x n
 * .npy file. A row of X consists of blocks of n columns; Y is written to a .npy file. X is used as
 * stored: its indices need not be sorted, and are not converted.
 */
#include "support/atomic_file.h"
#include "support/failure.h"
#include "support/npy.h"
#include "support/size.h"
#include "support/stopwatch.h"
#if defined(SPARSE_LAYER_NPZ)
#include "support/npz.h"
#endif

#include <kron_eye.h>

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_FILE_BYTES = 1 << 30, MAX_PATH = 4096 };

/* All data of the layer; free_layer() frees it. */
typedef struct layer {
  npy_array indptr, indices, data, w;
  kron_eye_csr x;
  size_t blocks; /* k, in a row of X */
  size_t m, n;
  void *y; /* x.rows x blocks*m, in W's type */
  kron_eye_plan *plan;
} layer;

static void free_layer(layer *l) {
  npy_free(&l->indptr);
  npy_free(&l->indices);
  npy_free(&l->data);
  npy_free(&l->w);
  kron_eye_plan_destroy(l->plan);
  free(l->y);
}

/* Prints one line: the file, a part of it or NULL, and what is wrong with it. */
static bool complain(const char *path, const char *part, const failure *why) {
  fflush(stdout); /* the report so far comes first where both go to one file */
  fprintf(stderr, "sparse_layer: %s: %s%s%s\n", path, part ? part : "", part ? " " : "", why->text);
  return false;
}

/* ------------------------------------------------------------------------------ reading */

static bool is_npz(const char *path) {
  const size_t length = strlen(path);
  return length > 4 && strcmp(path + length - 4, ".npz") == 0;
}

static bool read_part(const char *path, const char *name, npy_array *array, failure *why) {
  if (is_npz(path)) {
#if defined(SPARSE_LAYER_NPZ)
    return npz_read(path, name, MAX_FILE_BYTES, array, why);
#else
    return explain(why,
                   "cannot be read: this program was built without libzip (unzip the file, and "
                   "pass the directory)");
#endif
  }
  char file[MAX_PATH];
  const int length = snprintf(file, sizeof file, "%s/%s", path, name);
  if (length < 0 || (size_t)length >= sizeof file) return explain(why, "has too long a name");
  return npy_read(file, MAX_FILE_BYTES, array, why);
}

/* Whether there is something under the name at all, an archive or a folder. */
static bool check_exists(const char *path) {
  failure why;
  struct stat entry;
  if (stat(path, &entry) != 0) {
    explain(&why, "cannot be opened: %s", strerror(errno));
    return complain(path, NULL, &why);
  }
  if (is_npz(path) || S_ISDIR(entry.st_mode)) return true;
  explain(&why, "is neither a .npz file nor a folder");
  return complain(path, NULL, &why);
}

/* Loads an array of one dimension. */
static bool load_part(const char *path, const char *name, npy_array *array) {
  failure why;
  if (!read_part(path, name, array, &why)) return complain(path, name, &why);
  if (array->header.ndim == 1) return true;
  explain(&why, "has %zu dimensions, not one", array->header.ndim);
  return complain(path, name, &why);
}

/* A CSC matrix has the same parts with other meanings. A directory has no format to check. */
static bool check_format(const char *path) {
#if defined(SPARSE_LAYER_NPZ)
  failure why;
  char format[3];
  if (!is_npz(path)) return true;
  if (!npz_read_end(path, "format.npy", format, sizeof format, &why)) {
    return complain(path, NULL, &why);
  }
  if (memcmp(format, "csr", sizeof format) == 0) return true;
  explain(&why, "holds no CSR matrix");
  return complain(path, NULL, &why);
#else
  (void)path;
  return true;
#endif
}

/* rows and cols, each at most PTRDIFF_MAX. */
static bool load_shape(const char *path, kron_eye_csr *x) {
  npy_array shape = {0};
  failure why;
  if (!load_part(path, "shape.npy", &shape)) return false;
  int64_t sizes[2] = {-1, -1};
  if (shape.header.type == NPY_INT64 && shape.header.dims[0] == 2) {
    memcpy(sizes, shape.values, sizeof sizes);
  }
  npy_free(&shape);
  if (sizes[0] < 0 || sizes[1] < 0) {
    explain(&why, "is not two sizes");
    return complain(path, "shape.npy", &why);
  }
  x->rows = (size_t)sizes[0];
  x->cols = (size_t)sizes[1];
  return true;
}

/* Checks that the sizes of the parts match; kron_eye_csr_check() checks their contents. */
static bool assemble(layer *l, failure *why) {
  kron_eye_csr *x = &l->x;
  const npy_type type = l->indptr.header.type;
  if ((type != NPY_INT32 && type != NPY_INT64) || l->indices.header.type != type) {
    return explain(why, "has indices that are not int32 or int64, or not both of one type");
  }
  if (l->data.header.type != NPY_FLOAT32 && l->data.header.type != NPY_FLOAT64) {
    return explain(why, "holds values that are not float32 or float64");
  }
  if (l->indptr.header.dims[0] == 0 || l->indptr.header.dims[0] - 1 != x->rows) {
    return explain(why, "has %zu row pointers for %zu rows", l->indptr.header.dims[0], x->rows);
  }
  x->nnz = l->data.header.dims[0];
  if (l->indices.header.dims[0] != x->nnz) {
    return explain(why, "has %zu indices for %zu values", l->indices.header.dims[0], x->nnz);
  }
  x->index_type = type == NPY_INT64 ? KRON_EYE_INDEX_INT64 : KRON_EYE_INDEX_INT32;
  x->value_type = l->data.header.type == NPY_FLOAT64 ? KRON_EYE_VALUE_DOUBLE : KRON_EYE_VALUE_FLOAT;
  x->indptr = l->indptr.values;
  x->indices = l->indices.values;
  x->values = l->data.values;
  kron_eye_csr_fault fault;
  if (kron_eye_csr_check(x, &fault) == 0) {
    x->trusted = 1; /* these arrays are the program's own, and do not change */
    return true;
  }
  return explain(why, "is malformed at %zu: %s", fault.position,
                 kron_eye_csr_fault_text(fault.kind));
}

static bool load_x(const char *path, layer *l) {
  failure why;
  l->x = (kron_eye_csr)KRON_EYE_CSR_INIT;
  if (!check_exists(path) || !check_format(path) || !load_shape(path, &l->x) ||
      !load_part(path, "indptr.npy", &l->indptr) || !load_part(path, "indices.npy", &l->indices) ||
      !load_part(path, "data.npy", &l->data)) {
    return false;
  }
  return assemble(l, &why) || complain(path, NULL, &why);
}

/* ------------------------------------------------------------------------------ the work */

static bool check_w(layer *l, failure *why) {
  const npy_header *w = &l->w.header;
  if (w->ndim != 2 || (w->type != NPY_FLOAT32 && w->type != NPY_FLOAT64)) {
    return explain(why, "does not hold weights (m x n, float32 or float64)");
  }
  if (l->data.header.type == NPY_FLOAT64 && w->type == NPY_FLOAT32) {
    return explain(why, "holds float32 weights for float64 data");
  }
  l->m = w->dims[0];
  l->n = w->dims[1];
  if (l->n == 0 || l->x.cols % l->n != 0) {
    return explain(why, "has %zu columns, which do not divide the %zu columns of X", l->n,
                   l->x.cols);
  }
  l->blocks = l->x.cols / l->n;
  return true;
}

static int make_plan(layer *l) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = l->blocks;
  shape.m = l->m;
  shape.n = l->n;
  if (l->w.header.type == NPY_FLOAT32) {
    return kron_eye_plan_create_f32(&l->plan, &shape, l->w.values, l->n, NULL);
  }
  if (l->data.header.type == NPY_FLOAT32) {
    return kron_eye_plan_create_f32_f64(&l->plan, &shape, l->w.values, l->n, NULL);
  }
  return kron_eye_plan_create_f64(&l->plan, &shape, l->w.values, l->n, NULL);
}

static int apply(layer *l) {
  const size_t row = l->blocks * l->m;
  if (l->w.header.type == NPY_FLOAT32) {
    return kron_eye_apply_csr_f32(l->plan, l->x.rows, 1, &l->x, 0, l->y, row);
  }
  if (l->data.header.type == NPY_FLOAT32) {
    return kron_eye_apply_csr_f32_f64(l->plan, l->x.rows, 1, &l->x, 0, l->y, row);
  }
  return kron_eye_apply_csr_f64(l->plan, l->x.rows, 1, &l->x, 0, l->y, row);
}

static bool compute(layer *l, double *seconds, failure *why) {
  size_t bytes = 0;
  if (size_product(l->blocks, l->m, &bytes) && size_product(bytes, l->x.rows, &bytes) &&
      size_product(bytes, npy_type_size(l->w.header.type), &bytes)) {
    l->y = malloc(bytes + 1);
  }
  if (l->y == NULL) return explain(why, "needs more memory for Y than is available");
  int status = make_plan(l);
  const double start = stopwatch_seconds();
  if (status == 0) status = apply(l);
  *seconds = stopwatch_seconds() - start;
  return status == 0 || explain(why, "cannot be multiplied: %s", kron_eye_status_text(status));
}

/* Before the work; the parts in a folder are inputs too. */
static bool check_out(const char *x_path, const char *w_path, const char *y_path) {
  static const char *const names[] = {"indptr.npy", "indices.npy", "data.npy", "shape.npy"};
  enum { PARTS = sizeof names / sizeof names[0] };
  char parts[PARTS][MAX_PATH];
  const char *inputs[2 + PARTS] = {x_path, w_path};
  failure why;
  for (size_t i = 0; i < PARTS; ++i) {
    snprintf(parts[i], sizeof parts[i], "%s/%s", x_path, names[i]);
    inputs[2 + i] = parts[i];
  }
  return atomic_file_check(y_path, inputs, 2 + PARTS, &why) || complain(y_path, NULL, &why);
}

static bool run(const char *x_path, const char *w_path, const char *y_path, layer *l) {
  failure why;
  double seconds = 0;
  if (!check_out(x_path, w_path, y_path) || !load_x(x_path, l)) return false;
  if (!npy_read(w_path, MAX_FILE_BYTES, &l->w, &why) || !check_w(l, &why)) {
    return complain(w_path, NULL, &why);
  }
  if (!compute(l, &seconds, &why)) return complain(x_path, NULL, &why);
  const size_t dims[] = {l->x.rows, l->blocks * l->m};
  if (!npy_write(y_path, l->w.header.type, 2, dims, l->y, &why)) {
    return complain(y_path, NULL, &why);
  }
  printf("X  %zu x %zu, %zu entries\nW  %zu x %zu\nY  %zu x %zu in %.3f ms\n", l->x.rows, l->x.cols,
         l->x.nnz, l->m, l->n, dims[0], dims[1], 1e3 * seconds);
  if (fflush(stdout) == 0 && !ferror(stdout)) return true;
  fprintf(stderr, "sparse_layer: cannot write to standard output: %s\n", strerror(errno));
  return false;
}

static const char HELP[] =
    "Usage: sparse_layer X W.npy Y.npy\n"
    "Y[r] = (I_k (x) W) X[r]; X is a .npz of scipy.sparse.save_npz, or a folder of its parts.\n"
    "\n"
    "  --help     this text\n"
    "  --version  the version\n";

/* --help and --version stand alone; everything else is a name. */
static bool print_about(const char *option) {
  if (strcmp(option, "--help") == 0) return fputs(HELP, stdout) >= 0;
  return strcmp(option, "--version") == 0 &&
         printf("sparse_layer (kron_eye) %s\n", kron_eye_version()) >= 0;
}

int main(int argc, char **argv) {
  if (argc == 2 && print_about(argv[1])) {
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] == '-' && argv[i][1] == '-') {
      fprintf(stderr, "sparse_layer: unrecognized option '%s'; see --help\n", argv[i]);
      return EXIT_FAILURE;
    }
  }
  if (argc != 4) {
    fprintf(stderr, "sparse_layer: takes three names, X W.npy Y.npy, not %d; see --help\n",
            argc - 1);
    return EXIT_FAILURE;
  }
  atomic_file_handle_signals();
  layer l = {.y = NULL};
  const bool done = run(argv[1], argv[2], argv[3], &l);
  free_layer(&l);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
