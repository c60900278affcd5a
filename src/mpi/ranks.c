#include "mpi/ranks.h"

#include <limits.h>
#include <stdbool.h>

static bool usable(MPI_Comm comm) {
  int begun = 0, ended = 0, between_groups = 0;
  if (MPI_Initialized(&begun) != MPI_SUCCESS || !begun) return false;
  if (MPI_Finalized(&ended) != MPI_SUCCESS || ended) return false;
  if (comm == MPI_COMM_NULL) return false;
  return MPI_Comm_test_inter(comm, &between_groups) == MPI_SUCCESS && !between_groups;
}

int kron_eye_mpi_look(MPI_Comm comm, int fault, struct kron_eye_mpi_ranks *ranks) {
  *ranks = (struct kron_eye_mpi_ranks){comm, -1, INT_MAX, fault};
  int rank, size;
  if (!usable(comm) || MPI_Comm_rank(comm, &rank) != MPI_SUCCESS ||
      MPI_Comm_size(comm, &size) != MPI_SUCCESS)
    return fault;
  ranks->rank = rank;
  ranks->size = size;
  return 0;
}

int kron_eye_mpi_agree(const struct kron_eye_mpi_ranks *ranks, int status) {
  /* The least first number decides, and its second number comes along. */
  const int own[2] = {status != 0 ? ranks->rank : ranks->size, status};
  int lowest[2];
  if (MPI_Allreduce(own, lowest, 1, MPI_2INT, MPI_MINLOC, ranks->comm) != MPI_SUCCESS)
    return ranks->fault;
  return lowest[1];
}

int kron_eye_mpi_broadcast(const struct kron_eye_mpi_ranks *ranks, int root, void *data,
                           size_t bytes) {
  for (size_t done = 0; done < bytes;) {
    const size_t left = bytes - done;
    const size_t step = left < KRON_EYE_MPI_MOST_BYTES ? left : KRON_EYE_MPI_MOST_BYTES;
    if (MPI_Bcast((char *)data + done, (int)step, MPI_BYTE, root, ranks->comm) != MPI_SUCCESS)
      return ranks->fault;
    done += step;
  }
  return 0;
}
