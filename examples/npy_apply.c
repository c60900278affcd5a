/*
 * npy_apply - Y[r] = alpha (I_k (x) W) X[r] for arrays in NumPy's .npy files.
 *
 * X is mapped and Y written as it is computed, a slab at a time, so neither has to fit in memory.
 * What a slab is multiplied by, support/npy_product.h says.
 */
#include "support/atomic_file.h"
#include "support/failure.h"
#include "support/npy.h"
#include "support/npy_options.h"
#include "support/npy_product.h"
#include "support/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLAB_BYTES = 1 << 24 /* of X or of Y, whichever is longer */ };

static const npy_program PROGRAM = {
    .name = "npy_apply",
    .summary = "Multiplies every block of every row of X by W: Y[r] = S (I_k (x) W) X[r].\n",
    .more = "  --threads T     maximum number of threads (default: OpenMP's)\n"};

static bool complain(const char *what, const failure *why) {
  return npy_complain(&PROGRAM, what, why->text);
}

/* X as stored in its file. */
typedef struct mapping {
  npy_header header;
  char *file; /* the whole file, mapped; NULL: not yet */
  size_t size;
} mapping;

/* The whole job; free_job() frees it. */
typedef struct job {
  npy_array w[NPY_MOST_FACTORS]; /* empty where the factor is an identity */
  mapping x;
  npy_product product;
  size_t units;      /* of all rows together */
  size_t slab_units; /* that are read, multiplied and written at once */
  void *x_slab;      /* NULL if the mapping is aligned for its type */
  void *y_slab;
} job;

static void free_job(job *j) {
  npy_product_free(&j->product);
  if (j->x.file != NULL) munmap(j->x.file, j->x.size);
  for (size_t f = 0; f < NPY_MOST_FACTORS; ++f) npy_free(&j->w[f]);
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

static bool load_factor(const npy_options *chosen, size_t f, job *j, failure *why) {
  const char *path = chosen->factors[f].weights;
  return (path == NULL || npy_read(path, PTRDIFF_MAX, &j->w[f], why)) &&
         npy_product_add_factor(chosen, f, &j->w[f].header, &j->product, why);
}

static bool load(const npy_options *chosen, job *j) {
  failure why;
  for (size_t f = 0; f < chosen->factor_count; ++f) {
    if (!load_factor(chosen, f, j, &why))
      return complain(npy_factor_name(&chosen->factors[f]), &why);
  }
  if (!map_data(chosen->data, &j->x, &why) ||
      !npy_product_check_data(chosen, &j->x.header, &j->product, &why)) {
    return complain(chosen->data, &why);
  }
  const char *inputs[NPY_MOST_FACTORS + 1];
  const size_t count = npy_options_inputs(chosen, inputs);
  return atomic_file_check(chosen->out, inputs, count, &why) || complain(chosen->out, &why);
}

static bool prepare(const npy_options *chosen, job *j) {
  failure why;
  if (!npy_product_make(chosen, j->w, &j->product, &why)) {
    return complain("W", &why);
  }

  const size_t most = npy_product_units(&j->product, SLAB_BYTES);
  j->units = j->product.rows * j->product.row_units;
  j->slab_units = most < j->units ? most : j->units;
  /* A slab is small, one unit fits in memory; one byte more, so that no size is 0. */
  const bool aligned = j->x.header.data_offset % j->product.x_align == 0;
  if (!aligned) j->x_slab = malloc(j->slab_units * j->product.x_bytes + 1);
  j->y_slab = malloc(j->slab_units * j->product.y_bytes + 1);
  if (j->y_slab != NULL && (aligned || j->x_slab != NULL)) return true;
  explain(&why, "not enough for one block");
  return complain("memory", &why);
}

/* Units [first, first + count) of X to the slab of Y. */
static bool multiply(const job *j, size_t first, size_t count, failure *why) {
  const size_t unit = j->product.x_bytes;
  const char *x = j->x.file + j->x.header.data_offset + first * unit;
  const void *aligned = x;
  if (j->x_slab != NULL) aligned = memcpy(j->x_slab, x, count * unit);
  return npy_product_apply(&j->product, count, aligned, j->y_slab, why);
}

static bool write_units(const job *j, atomic_file *out, failure *why) {
  progress bar = progress_begin(PROGRAM.name);
  bool done = true;
  for (size_t first = 0; done && first < j->units; first += j->slab_units) {
    const size_t left = j->units - first;
    const size_t count = left < j->slab_units ? left : j->slab_units;
    done = multiply(j, first, count, why) &&
           atomic_file_write(out, j->y_slab, count * j->product.y_bytes, why);
    progress_show(&bar, (double)(first + count) / (double)j->units);
  }
  progress_clear();
  return done;
}

static bool write_result(const npy_options *chosen, const job *j) {
  failure why;
  atomic_file out;
  char header[NPY_FORMATTED];
  const npy_product *product = &j->product;
  const size_t size = npy_format_header(header, product->y_type, product->y_ndim, product->y_dims);
  if (!atomic_file_begin(&out, chosen->out, &why)) return complain(chosen->out, &why);
  if (atomic_file_write(&out, header, size, &why) && write_units(j, &out, &why)) {
    return atomic_file_commit(&out, &why) || complain(chosen->out, &why);
  }
  atomic_file_abandon(&out);
  return complain(chosen->out, &why);
}

int main(int argc, char **argv) {
  npy_options chosen;
  const npy_request request = npy_options_parse(argc, argv, &PROGRAM, &chosen);
  if (request != NPY_REQUEST_APPLY) {
    return request == NPY_REQUEST_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  atomic_file_handle_signals();
  job j = {0};
  const bool done = load(&chosen, &j) && prepare(&chosen, &j) && write_result(&chosen, &j);
  free_job(&j);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
