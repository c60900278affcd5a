/* fuzz_input.c - bytes, arrays and files out of a fuzz input. */
#define _GNU_SOURCE /* memfd_create */
#include "fuzz_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

_Noreturn void fuzz_broken(const char *promise, const char *file, int line) {
  fprintf(stderr, "%s:%d: broken: %s\n", file, line, promise);
  abort();
}

uint8_t fuzz_byte(fuzz_input *in) {
  if (in->size == 0) return 0;
  in->size--;
  return *in->data++;
}

size_t fuzz_below(fuzz_input *in, size_t limit) {
  return fuzz_byte(in) % limit;
}

void *fuzz_array(fuzz_input *in, size_t bytes) {
  const size_t given = bytes < in->size ? bytes : in->size;
  uint8_t *array = malloc(bytes != 0 ? bytes : 1);
  FUZZ_REQUIRE(array != NULL);
  memset(array, 0, bytes);
  if (given == 0) return array;
  memcpy(array, in->data, given);
  in->data += given;
  in->size -= given;
  return array;
}

const char *fuzz_file(const uint8_t *data, size_t size) {
  static int file = -1;
  static char path[64];
  if (file < 0) {
    file = memfd_create("fuzz", 0);
    FUZZ_REQUIRE(file >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  }
  FUZZ_REQUIRE(ftruncate(file, 0) == 0);
  FUZZ_REQUIRE(pwrite(file, data, size, 0) == (ssize_t)size);
  return path;
}
