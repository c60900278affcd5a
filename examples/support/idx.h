/*
 * idx.h - reading the IDX format of the MNIST files, plain or compressed by gzip.
 *
 * An IDX file is: two zero bytes, the element type, the number of dimensions, one 32-bit big-endian
 * size per dimension, then the elements, the last dimension fastest. Only unsigned bytes (type
 * 0x08) in 1 to 3 dimensions are read: images are count x height x width, labels are count. The
 * file is not trusted: no memory is allocated for data that the header merely claims.
 */
#ifndef KRON_EYE_EXAMPLES_IDX_H
#define KRON_EYE_EXAMPLES_IDX_H

#include "support/failure.h"

#include <stddef.h>
#include <stdint.h>

enum {
  IDX_MAX_DIMS = 3,
  IDX_MAX_HEADER = 4 + 4 * IDX_MAX_DIMS, /**< bytes of the longest header */
};

typedef struct idx_header {
  size_t ndim;
  size_t dims[IDX_MAX_DIMS]; /**< 1 beyond ndim */
  size_t data_offset;        /**< bytes of the header: 4 + 4*ndim */
  size_t data_bytes;         /**< the product of dims */
} idx_header;

typedef struct idx_array {
  idx_header header;
  uint8_t *values; /**< header.data_bytes elements, freed by idx_free() */
} idx_array;

/** Reads a header from the first `size` bytes of a file; does not check the data after it. */
bool idx_parse_header(const void *data, size_t size, idx_header *header, failure *why);

/**
 * Reads a whole file. Its data must be exactly as long as the header claims, and at most max_bytes
 * (a small compressed file can expand to a very large one). Bytes after the end of a gzip stream
 * that do not start another one are ignored, as by gzip itself. If it returns false, there is
 * nothing to free.
 */
bool idx_read(const char *path, size_t max_bytes, idx_array *array, failure *why);

/** Frees the values; an array of zero bytes is accepted. */
void idx_free(idx_array *array);

#endif
