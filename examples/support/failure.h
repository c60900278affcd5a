/*
 * failure.h - what went wrong, in words.
 *
 * Every function of the support library that can fail returns bool and takes a failure: on false,
 * its text completes the sentence "FILE ..." or "FILE: ..." in one line, without the file's name
 * and without a newline. Bytes from a file never reach the text unless they are printable.
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
/** Writes the text, cut at the buffer's end. Returns false, so that `return explain(...)` reads well. */
bool explain(failure *why, const char *format, ...);

#endif
