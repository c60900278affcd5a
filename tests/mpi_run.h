/* mpi_run.h - programs under mpirun, in a scratch folder. */
#ifndef TESTS_MPI_RUN_H
#define TESTS_MPI_RUN_H

#include "support_scratch.h"

enum { MPI_RUN_MOST_ARGUMENTS = 64 };

/** Puts "mpirun -n RANKS WORDS... NULL" together; words end with NULL. */
void mpi_run_arguments(const char *arguments[MPI_RUN_MOST_ARGUMENTS], const char *ranks,
                       const char *const *words);

/** Runs that in the folder; file_limit as in scratch_run(). */
void mpi_run(scratch *s, const char *ranks, const char *const *words, size_t file_limit,
             outcome *result);

/** How often `text` holds `part`: mpirun has lines of its own between those of the program. */
size_t mpi_run_count(const char *text, const char *part);

#endif
