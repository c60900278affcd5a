/*
 * atomic_file.h - a file that appears whole under its name, or not at all.
 *
 * Data goes to a temporary file beside the final name, reaches the disk, and is then renamed. Where
 * the name is a symbolic link, it stays one, and the file that it points to is replaced.
 * Until atomic_file_commit() returns true, whatever was under the name stays as it was. One such
 * file can be open at a time: its temporary name is where a signal handler can find it.
 */
#ifndef KRON_EYE_EXAMPLES_ATOMIC_FILE_H
#define KRON_EYE_EXAMPLES_ATOMIC_FILE_H

#include "support/failure.h"

#include <stddef.h>

typedef struct atomic_file {
  int descriptor; /**< of the temporary file */
} atomic_file;

/**
 * Whether a file can appear under this name, tried before the work that makes its content: its
 * folder takes a file, it is none of inputs[0..count), whatever name they have, and not "-".
 */
bool atomic_file_check(const char *path, const char *const *inputs, size_t count, failure *why);

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
