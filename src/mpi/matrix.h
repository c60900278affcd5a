/* W or dW as the caller stores it, and packed for a message. */
#ifndef KRON_EYE_MPI_MATRIX_H
#define KRON_EYE_MPI_MATRIX_H

#include <kron_eye.h>

#include <stdbool.h>
#include <stddef.h>

/* `blocks` matrices, each of rows of `columns` elements. Packed, there are no gaps anywhere. */
struct kron_eye_mpi_matrix {
  size_t element; /* bytes of one */
  size_t blocks, rows, columns;
  size_t block_stride, row_stride; /* elements; 0 and `columns` where there is but one */
};

/* The matrix of a shape that the library has found sound. False: ldw is less than a row, or the
   extent does not fit in PTRDIFF_MAX bytes. */
bool kron_eye_mpi_matrix(const kron_eye_shape *shape, size_t ldw, size_t element,
                         struct kron_eye_mpi_matrix *matrix);

/* Bytes of the packed form; SIZE_MAX, which nobody can allocate, where Ws overlap so much that it
   does not fit. */
size_t kron_eye_mpi_packed_bytes(const struct kron_eye_mpi_matrix *matrix);

/* Bytes from the first element to the last as the caller stores them, gaps included; not for an
   empty matrix. */
size_t kron_eye_mpi_stored_bytes(const struct kron_eye_mpi_matrix *matrix);

/* The shape with the matrix packed: ldw is then matrix->columns. */
kron_eye_shape kron_eye_mpi_packed_shape(const kron_eye_shape *shape,
                                         const struct kron_eye_mpi_matrix *matrix);

/* Packs what the caller stores; reads no gap. */
void kron_eye_mpi_pack(const struct kron_eye_mpi_matrix *matrix, const void *stored, void *packed);

#endif
