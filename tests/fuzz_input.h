/*
 * fuzz_input.h - what the fuzz targets share. A target is a fuzz_NAME.c that defines
 * LLVMFuzzerTestOneInput; it is linked with libFuzzer (preset fuzz) or with fuzz_replay.c, which
 * runs it on the files of corpus/NAME (every build). Inputs and working memory are small, so that
 * millions of runs are cheap. Arrays have exactly the bytes that they need, so that an address
 * sanitizer sees every access outside.
 */
#ifndef TESTS_FUZZ_INPUT_H
#define TESTS_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** What is left of an input; reading beyond its end gives zeros. */
typedef struct fuzz_input {
  const uint8_t *data;
  size_t size;
} fuzz_input;

uint8_t fuzz_byte(fuzz_input *in);

/** The next byte modulo limit. */
size_t fuzz_below(fuzz_input *in, size_t limit);

/** A new array of exactly `bytes` bytes of the input; never NULL; for free(). */
void *fuzz_array(fuzz_input *in, size_t bytes);

/** The path of a file with this content, valid until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);

/** Ends the program if a promise is broken. */
#define FUZZ_REQUIRE(promise) ((promise) ? (void)0 : fuzz_broken(#promise, __FILE__, __LINE__))
_Noreturn void fuzz_broken(const char *promise, const char *file, int line);

#endif
