/*
 * failure.h - the reason for a failure, as text.
 *
 * Every function of the support library that can fail returns bool and takes a failure. If it
 * returns false, the text completes the sentence "FILE ..." or "FILE: ..." in one line, without the
 * file's name and without a newline. Only printable bytes of a file are copied to the text.
 */
#ifndef KRON_EYE_EXAMPLES_FAILURE_H
#define KRON_EYE_EXAMPLES_FAILURE_H

#include <stdbool.h>

typedef struct failure {
  char text[256];
} failure;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
/** Writes the text, truncated to the buffer. Returns false, to allow `return explain(...)`. */
bool explain(failure *why, const char *format, ...);

#endif
