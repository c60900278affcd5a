/*
 * fuzz_replay.c - runs a fuzz target without a fuzzer, on every file of the given directories and
 * on each of its prefixes up to 300 bytes. Fails if there are fewer files than expected.
 *
 *   fuzz_replay_NAME LEAST-FILES DIRECTORY...
 */
#include "check.h"
#include "fuzz_input.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 16, BEGINNINGS = 300 };

/* From a copy of exactly its length, so that reading beyond the input is detected. */
static void run(const uint8_t *bytes, size_t size) {
  fuzz_input in = {bytes, size};
  uint8_t *copy = fuzz_array(&in, size);
  LLVMFuzzerTestOneInput(copy, size);
  free(copy);
}

static size_t replay_file(const char *path) {
  static uint8_t bytes[MOST_BYTES];
  FILE *file = fopen(path, "rb");
  FUZZ_REQUIRE(file != NULL);
  const size_t size = fread(bytes, 1, sizeof bytes, file);
  FUZZ_REQUIRE(size < sizeof bytes && ferror(file) == 0);
  fclose(file);
  run(bytes, size);
  size_t length = 0;
  for (; length < size && length < BEGINNINGS; length++) run(bytes, length);
  return 1 + length;
}

int main(int count, char **arguments) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  FUZZ_REQUIRE(count > 2);
  size_t files = 0, runs = 0;
  for (int a = 2; a < count; a++) {
    DIR *folder = opendir(arguments[a]);
    FUZZ_REQUIRE(folder != NULL);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
      if (entry->d_name[0] == '.') continue;
      char path[4096];
      snprintf(path, sizeof path, "%s/%s", arguments[a], entry->d_name);
      runs += replay_file(path);
      files++;
    }
    closedir(folder);
  }
  printf("# %zu inputs from %zu files\n", runs, files);
  FUZZ_REQUIRE(files >= strtoul(arguments[1], NULL, 10));
  return 0;
}
