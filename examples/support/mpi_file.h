/*
 * mpi_file.h - a file of one rank by MPI-IO, at explicit offsets. Each rank opens for itself
 * (MPI_COMM_SELF): no call here waits for another rank, so none can hang where another has failed.
 */
#ifndef KRON_EYE_EXAMPLES_MPI_FILE_H
#define KRON_EYE_EXAMPLES_MPI_FILE_H

#include "support/failure.h"

#include <mpi.h>
#include <stddef.h>

/** mode: MPI_MODE_RDONLY or MPI_MODE_WRONLY, for a file that exists. On false it is not open. */
bool mpi_file_open(const char *path, int mode, MPI_File *file, failure *why);

/** Reads exactly `size` bytes from `offset` on. */
bool mpi_file_read(MPI_File file, size_t offset, void *data, size_t size, failure *why);

/** Writes exactly `size` bytes from `offset` on. */
bool mpi_file_write(MPI_File file, size_t offset, const void *data, size_t size, failure *why);

/** What has been written reaches the disk. */
bool mpi_file_sync(MPI_File file, failure *why);

/** Closes what mpi_file_open() has opened. */
bool mpi_file_close(MPI_File *file, failure *why);

#endif
