/*
 * atomic_file.h - a file that appears whole under its name, or not at all.
 *
 * Data goes to a temporary file beside the final name, reaches the disk, and is then renamed.
 * Until atomic_file_commit() returns true, whatever was under the name stays as it was. One such
 * file can be open at a time: its temporary name is where a signal handler can find it.
 */
#ifndef KRON_EYE_EXAMPLES_ATOMIC_FILE_H
#define KRON_EYE_EXAMPLES_ATOMIC_FILE_H

#include "support/failure.h"

#include <stddef.h>

typedef struct atomic_file {
  const char *path; /**< the final name, the caller's; must outlive the struct */
  int descriptor;   /**< of the temporary file */
} atomic_file;

/** Creates the temporary file. On false there is nothing to abandon. */
bool atomic_file_begin(atomic_file *file, const char *path, failure *why);

/** Appends `size` bytes. After false only atomic_file_abandon() makes sense. */
bool atomic_file_write(atomic_file *file, const void *data, size_t size, failure *why);

/** Makes the file appear under its name. The struct is finished with, true or false. */
bool atomic_file_commit(atomic_file *file, failure *why);

/** Removes the temporary file. */
void atomic_file_abandon(atomic_file *file);

/**
 * For main() to call once: SIGINT, SIGTERM, SIGHUP and SIGBUS remove the temporary file before they
 * end the process (unless they are ignored already), and a file-size limit becomes an error of
 * atomic_file_write() instead of a signal.
 */
void atomic_file_handle_signals(void);

#endif
