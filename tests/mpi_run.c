#include "mpi_run.h"

#include "check.h"

#include <string.h>

void mpi_run_arguments(const char *arguments[MPI_RUN_MOST_ARGUMENTS], const char *ranks,
                       const char *const *words) {
  size_t count = 0;
  arguments[count++] = KRON_EYE_MPIEXEC;
  arguments[count++] = KRON_EYE_MPIEXEC_NUMPROC_FLAG;
  arguments[count++] = ranks;
  for (; *words != NULL; words++) {
    assert_true(count + 1 < MPI_RUN_MOST_ARGUMENTS);
    arguments[count++] = *words;
  }
  arguments[count] = NULL;
}

void mpi_run(scratch *s, const char *ranks, const char *const *words, size_t file_limit,
             outcome *result) {
  const char *arguments[MPI_RUN_MOST_ARGUMENTS];
  mpi_run_arguments(arguments, ranks, words);
  scratch_run(s, arguments, file_limit, result);
}

size_t mpi_run_count(const char *text, const char *part) {
  size_t count = 0;
  for (; (text = strstr(text, part)) != NULL; text++) count++;
  return count;
}
