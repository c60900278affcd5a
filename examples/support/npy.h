/*
 * npy.h - reading and writing NumPy's .npy format, versions 1.0 to 3.0.
 *
 * A .npy file is: the magic string, a version, the header's length, the header (a Python dictionary
 * in text: element type, memory order, shape), then the elements. Read and written here: float32,
 * float64, uint8, int32 and int64 in the machine's byte order, C order, 1 to 64 dimensions, as many
 * as NumPy has; a matrix in Fortran order can be read too and is converted to C order. The header
 * is matched against the few valid forms, never evaluated, and its sizes are not trusted until the
 * size of the file confirms them.
 */
#ifndef KRON_EYE_EXAMPLES_NPY_H
#define KRON_EYE_EXAMPLES_NPY_H

#include "support/failure.h"

#include <stdbool.h>
#include <stddef.h>

enum {
  NPY_MAX_DIMS = 64,
  NPY_MAX_HEADER =
      12 + 10000,       /**< the most bytes before the data, from NumPy's own limit on the text */
  NPY_FORMATTED = 1472, /**< the most bytes that npy_format_header() needs */
};

typedef enum npy_type { NPY_UINT8, NPY_FLOAT32, NPY_FLOAT64, NPY_INT32, NPY_INT64 } npy_type;

typedef struct npy_header {
  npy_type type;
  bool fortran_order; /**< the first dimension varies fastest in the file */
  size_t ndim;
  size_t dims[NPY_MAX_DIMS]; /**< 1 beyond ndim */
  size_t data_offset;        /**< bytes before the data; not necessarily a multiple of anything */
  size_t data_bytes;         /**< the product of dims times the element's size */
} npy_header;

typedef struct npy_array {
  npy_header header;
  void *values; /**< header.data_bytes bytes in C order, aligned for any type, see npy_free() */
} npy_array;

/** Bytes of one element. */
size_t npy_type_size(npy_type type);

/**
 * Reads a header from the first `size` bytes of a file; NPY_MAX_HEADER bytes always suffice. Does
 * not check the data after it: see npy_check_file_size().
 */
bool npy_parse_header(const void *data, size_t size, npy_header *header, failure *why);

/** True if a file of file_size bytes is exactly this header and its data. */
bool npy_check_file_size(const npy_header *header, size_t file_size, failure *why);

/** Reads the header of a regular file, and checks the file's size against it. */
bool npy_read_header(const char *path, npy_header *header, failure *why);

/**
 * Reads a whole regular file whose data is at most max_bytes. Fortran order is converted to C order
 * in up to 2 dimensions and refused in more. If it returns false, there is nothing to free.
 */
bool npy_read(const char *path, size_t max_bytes, npy_array *array, failure *why);

/** Frees the values; an array of zero bytes is accepted. */
void npy_free(npy_array *array);

/**
 * Writes the header of an array of `type` and dims[0..ndim), ndim from 1 to NPY_MAX_DIMS, as
 * NumPy would: version 1.0, padded so that the data starts at a multiple of 64 bytes.
 * Returns its length in bytes.
 */
size_t npy_format_header(char text[NPY_FORMATTED], npy_type type, size_t ndim, const size_t *dims);

/** Writes an array; the file appears complete or not at all (atomic_file.h). */
bool npy_write(const char *path, npy_type type, size_t ndim, const size_t *dims, const void *values,
               failure *why);

#endif
