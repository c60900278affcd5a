#include "support/ranks.h"

#include <mpi.h>
#include <sched.h>
#include <stdio.h>

int ranks_own(void) {
  int rank;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  return rank;
}

int ranks_count(void) {
  int count;
  MPI_Comm_size(MPI_COMM_WORLD, &count);
  return count;
}

bool ranks_agree(bool done, failure *why) {
  const int own = ranks_own();
  const int count = ranks_count();
  const int failed = done ? count : own;
  int lowest;
  MPI_Allreduce(&failed, &lowest, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  if (lowest == count) return true;
  failure text;
  if (own == lowest) {
    if (own == 0) {
      text = *why;
    } else { /* the text may be cut, the number may not */
      explain(&text, "%.*s (rank %d of %d)", (int)(sizeof text.text - 40), why->text, own, count);
    }
  }
  MPI_Bcast(&text, (int)sizeof text, MPI_BYTE, lowest, MPI_COMM_WORLD);
  *why = text;
  return false;
}

void ranks_broadcast(void *data, size_t bytes) {
  const size_t longest = (size_t)1 << 30; /* bytes of a message: counts are int */
  char *at = data;
  for (size_t step; bytes > 0; at += step, bytes -= step) {
    step = bytes < longest ? bytes : longest;
    MPI_Bcast(at, (int)step, MPI_BYTE, 0, MPI_COMM_WORLD);
  }
}

size_t ranks_threads(void) {
  MPI_Comm node;
  int neighbours = 1;
  cpu_set_t own;
  cpu_set_t all;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
  MPI_Comm_size(node, &neighbours);
  CPU_ZERO(&own);
  const bool known = sched_getaffinity(0, sizeof own, &own) == 0; /* not with over 1024 cores */
  /* Ranks that mpirun has bound see their own cores only: together they have those of the node. */
  MPI_Allreduce(&own, &all, (int)sizeof own, MPI_BYTE, MPI_BOR, node);
  MPI_Comm_free(&node);
  const size_t share = (size_t)CPU_COUNT(&all) / (size_t)neighbours;
  const size_t most = (size_t)CPU_COUNT(&own);
  const size_t threads = share < most ? share : most;
  return known && threads > 0 ? threads : 1;
}
