/* The ranks of a communicator, and what they agree on. */
#ifndef KRON_EYE_MPI_RANKS_H
#define KRON_EYE_MPI_RANKS_H

#include <mpi.h>
#include <stddef.h>

struct kron_eye_mpi_ranks {
  MPI_Comm comm;
  int rank;  /* this one; -1 where comm is bad */
  int size;  /* INT_MAX where comm is bad */
  int fault; /* the status that says that comm is bad: the negative position of that argument */
};

/* Most bytes of one message: counts are int, and so may be sums of them inside an MPI. */
#ifndef KRON_EYE_MPI_MOST_BYTES
#define KRON_EYE_MPI_MOST_BYTES ((size_t)1 << 30)
#endif

/* 0, or `fault` where collective calls cannot use the communicator. Local. */
int kron_eye_mpi_look(MPI_Comm comm, int fault, struct kron_eye_mpi_ranks *ranks);

/* On all ranks the status of the lowest rank whose own is not 0. Collective. */
int kron_eye_mpi_agree(const struct kron_eye_mpi_ranks *ranks, int status);

/* `bytes` from root to all ranks, in messages that int counts; 0 or the fault. Collective. */
int kron_eye_mpi_broadcast(const struct kron_eye_mpi_ranks *ranks, int root, void *data,
                           size_t bytes);

#endif
