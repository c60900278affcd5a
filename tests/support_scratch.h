/*
 * support_scratch.h - a new directory for one test, files in it, and programs that run on them.
 */
#ifndef TESTS_SUPPORT_SCRATCH_H
#define TESTS_SUPPORT_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

enum { SCRATCH_TEXT = 4096 /* bytes of a path or of a program's output, with the NUL */ };

typedef struct scratch {
  char folder[64];
  char path[SCRATCH_TEXT]; /**< the latest result of scratch_path() */
} scratch;

/** cmocka's set-up and tear-down: *state becomes a scratch; the directory is removed with all its
 * files. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/** DIRECTORY/name; valid until the next call. */
const char *scratch_path(scratch *s, const char *name);

/** Writes a file; returns its path as scratch_path() does. */
const char *scratch_write(scratch *s, const char *name, const void *data, size_t size);

/** The same, compressed by gzip. */
const char *scratch_write_gzip(scratch *s, const char *name, const void *data, size_t size);

/** Reads at most `capacity` bytes of a file; returns how many. Fails the test if the file is
 * missing. */
size_t scratch_read(scratch *s, const char *name, void *data, size_t capacity);

/** The number of entries in the directory. */
size_t scratch_count(const scratch *s);

/** The outcome of a program. */
typedef struct outcome {
  int status; /**< exit status, or 128 + signal as in a shell */
  char out[SCRATCH_TEXT];
  char err[SCRATCH_TEXT];
} outcome;

/**
 * Runs arguments[0] with arguments (NULL-terminated) in the directory. file_limit is the size in
 * bytes of the largest file that it may write, or 0 for no limit.
 */
void scratch_run(scratch *s, const char *const *arguments, size_t file_limit, outcome *result);

#endif
