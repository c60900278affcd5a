#include "mpi/matrix.h"

#include <stdint.h>
#include <string.h>

/* *sum = (count - 1) * stride + length, where that is at most `most`. */
static bool extent(size_t count, size_t stride, size_t length, size_t most, size_t *sum) {
  if (length > most || (count > 1 && stride > (most - length) / (count - 1))) return false;
  *sum = (count - 1) * stride + length;
  return true;
}

bool kron_eye_mpi_matrix(const kron_eye_shape *shape, size_t ldw, size_t element,
                         struct kron_eye_mpi_matrix *matrix) {
  const bool transposed = shape->op == KRON_EYE_TRANSPOSE;
  const size_t rows = transposed ? shape->n : shape->m, columns = transposed ? shape->m : shape->n;
  const size_t blocks = shape->stridew == 0 ? 1 : shape->left;
  const size_t most = (size_t)PTRDIFF_MAX / element;
  *matrix = (struct kron_eye_mpi_matrix){.element = element,
                                         .blocks = blocks,
                                         .rows = rows,
                                         .columns = columns,
                                         .block_stride = blocks > 1 ? shape->stridew : 0,
                                         .row_stride = rows > 1 ? ldw : columns};
  if (blocks == 0 || rows == 0 || columns == 0) return true;
  size_t one, all;
  return matrix->row_stride >= columns && extent(rows, matrix->row_stride, columns, most, &one) &&
         extent(blocks, matrix->block_stride, one, most, &all);
}

size_t kron_eye_mpi_packed_bytes(const struct kron_eye_mpi_matrix *matrix) {
  const size_t block = matrix->rows * matrix->columns * matrix->element; /* the shape is sound */
  if (block != 0 && matrix->blocks > (size_t)PTRDIFF_MAX / block) return SIZE_MAX;
  return matrix->blocks * block;
}

size_t kron_eye_mpi_stored_bytes(const struct kron_eye_mpi_matrix *matrix) {
  const size_t elements = (matrix->blocks - 1) * matrix->block_stride +
                          (matrix->rows - 1) * matrix->row_stride + matrix->columns;
  return elements * matrix->element;
}

kron_eye_shape kron_eye_mpi_packed_shape(const kron_eye_shape *shape,
                                         const struct kron_eye_mpi_matrix *matrix) {
  kron_eye_shape packed = *shape;
  if (matrix->blocks > 1) packed.stridew = matrix->rows * matrix->columns;
  return packed;
}

void kron_eye_mpi_pack(const struct kron_eye_mpi_matrix *matrix, const void *stored, void *packed) {
  const size_t row = matrix->columns * matrix->element;
  char *to = packed;
  for (size_t a = 0; a < matrix->blocks; a++)
    for (size_t i = 0; i < matrix->rows; i++, to += row) {
      const size_t start = a * matrix->block_stride + i * matrix->row_stride;
      memcpy(to, (const char *)stored + start * matrix->element, row);
    }
}
