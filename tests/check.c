/* check.c - counted cases, and the path of this run. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

void check_cases(const char *what, size_t counted, size_t expected) {
  printf("# %zu cases: %s\n", counted, what);
  assert_int_equal(counted, expected);
}

bool check_full(void) {
  const char *full = getenv("KRON_EYE_TEST_FULL");
  return full != NULL && strcmp(full, "1") == 0;
}

/* The paths, best first. */
static const char *const paths[] = {"avx512", "avx2", "portable"};
enum { PATHS = sizeof paths / sizeof *paths };

static bool machine_has(const char *path) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (strcmp(path, "avx512") == 0)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (strcmp(path, "avx2") == 0)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt");
#endif
  return strcmp(path, "portable") == 0;
}

const char *check_isa_expected(void) {
  const char *cap = getenv("KRON_EYE_ISA");
  for (size_t p = 0; p < PATHS && cap != NULL; p++)
    if (strcmp(cap, paths[p]) == 0) return machine_has(cap) ? paths[p] : NULL;
  for (size_t p = 0; p < PATHS; p++)
    if (machine_has(paths[p])) return paths[p];
  return NULL;
}

int check_isa_path(void) {
  const char *expected = check_isa_expected();
  if (expected == NULL) {
    printf("# this machine lacks %s: skipped\n", getenv("KRON_EYE_ISA"));
    return CHECK_SKIPPED;
  }
  printf("# path: %s\n", kron_eye_isa());
  if (strcmp(kron_eye_isa(), expected) == 0) return 0;
  fprintf(stderr, "the machine has %s, but the library uses %s\n", expected, kron_eye_isa());
  return EXIT_FAILURE;
}
