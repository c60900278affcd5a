/* Which rows are whose. */
#include "mpi/ranks.h"

#include <kron_eye_mpi.h>

int kron_eye_mpi_local_rows(size_t rows, MPI_Comm comm, size_t *first, size_t *count) {
  struct kron_eye_mpi_ranks ranks;
  const int status = kron_eye_mpi_look(comm, -2, &ranks);
  if (status != 0) return status;
  if (!first) return -3;
  if (!count) return -4;
  const size_t rank = (size_t)ranks.rank, each = rows / (size_t)ranks.size;
  const size_t longer = rows % (size_t)ranks.size; /* ranks that have one row more */
  *first = rank * each + (rank < longer ? rank : longer);
  *count = each + (rank < longer);
  return KRON_EYE_OK;
}
