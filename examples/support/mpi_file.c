#include "support/mpi_file.h"

#include <string.h>

/* Most bytes of one call: its count is int. */
#ifndef MPI_FILE_MOST_BYTES
#define MPI_FILE_MOST_BYTES ((size_t)1 << 30)
#endif

/* The first line of what MPI says of its own error, after `what`. */
static bool explain_error(failure *why, const char *what, int error) {
  char text[MPI_MAX_ERROR_STRING] = "";
  int class = MPI_ERR_OTHER;
  int length = 0;
  MPI_Error_class(error, &class);
  MPI_Error_string(class, text, &length);
  text[strcspn(text, "\n")] = '\0';
  return explain(why, "%s: %.180s", what, text);
}

bool mpi_file_open(const char *path, int mode, MPI_File *file, failure *why) {
  const int error = MPI_File_open(MPI_COMM_SELF, path, mode, MPI_INFO_NULL, file);
  return error == MPI_SUCCESS || explain_error(why, "cannot be opened", error);
}

bool mpi_file_read(MPI_File file, size_t offset, void *data, size_t size, failure *why) {
  char *at = data;
  for (size_t step; size > 0; at += step, offset += step, size -= step) {
    MPI_Status status;
    int got = 0;
    step = size < MPI_FILE_MOST_BYTES ? size : MPI_FILE_MOST_BYTES;
    const int error = MPI_File_read_at(file, (MPI_Offset)offset, at, (int)step, MPI_BYTE, &status);
    if (error != MPI_SUCCESS) return explain_error(why, "cannot be read", error);
    MPI_Get_count(&status, MPI_BYTE, &got);
    if (got != (int)step) return explain(why, "became shorter while it was read");
  }
  return true;
}

bool mpi_file_write(MPI_File file, size_t offset, const void *data, size_t size, failure *why) {
  const char *at = data;
  for (size_t step; size > 0; at += step, offset += step, size -= step) {
    MPI_Status status;
    int put = 0;
    step = size < MPI_FILE_MOST_BYTES ? size : MPI_FILE_MOST_BYTES;
    const int error = MPI_File_write_at(file, (MPI_Offset)offset, at, (int)step, MPI_BYTE, &status);
    if (error != MPI_SUCCESS) return explain_error(why, "cannot be written", error);
    MPI_Get_count(&status, MPI_BYTE, &put);
    if (put != (int)step) return explain(why, "cannot be written: is there space?");
  }
  return true;
}

bool mpi_file_sync(MPI_File file, failure *why) {
  const int error = MPI_File_sync(file);
  return error == MPI_SUCCESS || explain_error(why, "cannot be written", error);
}

bool mpi_file_close(MPI_File *file, failure *why) {
  const int error = MPI_File_close(file);
  return error == MPI_SUCCESS || explain_error(why, "cannot be closed", error);
}
