/*
 * atomic_file.h - a file that appears under its name complete, or not at all.
 *
 * Data are written to a temporary file in the same directory, flushed to disk, and the file is then
 * renamed. Until atomic_file_commit() returns true, a file that already has the name stays
 * unchanged. Only one such file can be open at a time, because a signal handler must be able to
 * find its temporary name. Where the name is a
 * symbolic link, the link stays, and the file that it points to is replaced.
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

/** Creates the temporary file. If it returns false, there is nothing to abandon. */
bool atomic_file_begin(atomic_file *file, const char *path, failure *why);

/** The name of the temporary file, for whoever else writes to it; valid until the file is finished.
 */
const char *atomic_file_temporary(void);

/**
 * In another process that writes to the temporary file of this name: a signal that ends that
 * process removes the file too (where one ends several processes, the first may never be told).
 * NULL: the file is finished.
 */
void atomic_file_guard(const char *name);

/** Appends `size` bytes. After it returns false, call only atomic_file_abandon(). */
bool atomic_file_write(atomic_file *file, const void *data, size_t size, failure *why);

/** Makes the file appear under its name. The struct cannot be used afterwards, whatever the result.
 */
bool atomic_file_commit(atomic_file *file, failure *why);

/** Removes the temporary file. */
void atomic_file_abandon(atomic_file *file);

/**
 * To be called once by main(). Afterwards SIGINT, SIGTERM, SIGHUP and SIGBUS remove the temporary
 * file before they end the process (unless they are already ignored), and exceeding a file-size
 * limit is an error of atomic_file_write() instead of a signal.
 */
void atomic_file_handle_signals(void);

#endif
