/*
 * mpi_check.h - assertions for a test that runs on several ranks: where one fails on a rank, that
 * rank says so and ends them all, since cmocka's would leave the others in a collective call.
 */
#ifndef TESTS_MPI_CHECK_H
#define TESTS_MPI_CHECK_H

#include <mpi.h>
#include <stdio.h>

static inline int mpi_rank(MPI_Comm comm) {
  int rank;
  MPI_Comm_rank(comm, &rank);
  return rank;
}

static inline int mpi_size(MPI_Comm comm) {
  int size;
  MPI_Comm_size(comm, &size);
  return size;
}

static inline void mpi_require(int holds, const char *text, const char *file, int line) {
  if (holds) return;
  fprintf(stderr, "%s:%d: rank %d of %d: %s\n", file, line, mpi_rank(MPI_COMM_WORLD),
          mpi_size(MPI_COMM_WORLD), text);
  fflush(NULL);
  MPI_Abort(MPI_COMM_WORLD, 1);
}

#define REQUIRE(condition) mpi_require(condition, #condition, __FILE__, __LINE__)

/* REQUIRE(status == expected), saying both. */
#define REQUIRE_STATUS(status, expected)                                                           \
  do {                                                                                             \
    char text_[80];                                                                                \
    const int status_ = (status), expected_ = (expected);                                          \
    snprintf(text_, sizeof text_, "status %d, not %d", status_, expected_);                        \
    mpi_require(status_ == expected_, text_, __FILE__, __LINE__);                                  \
  } while (0)

#endif
