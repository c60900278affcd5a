#define _DEFAULT_SOURCE /* madvise */
#include "util.h"

#include "support/splitmix64.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __linux__
#include <sys/mman.h>
#endif
#ifdef _OPENMP
#include <omp.h>
#endif

void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("kron_eye_bench: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(EXIT_FAILURE);
}

static bool huge_pages;

void allocate_huge_pages(void) {
  huge_pages = true;
}

bool allocates_huge_pages(void) {
  return huge_pages;
}

void *allocate(size_t count, size_t size) {
  const size_t line = 64, page = (size_t)1 << 21;
  const bool huge = huge_pages && size != 0 && count >= page / size;
  const size_t boundary = huge ? page : line;
  if (size != 0 && count > (PTRDIFF_MAX - boundary) / size)
    die("an array of %zu elements is too large", count);
  size_t bytes = (count * size + boundary - 1) / boundary * boundary;
  void *memory = aligned_alloc(boundary, bytes ? bytes : boundary);
  if (!memory) die("no memory for %zu bytes", bytes);
#ifdef MADV_HUGEPAGE
  if (huge && madvise(memory, bytes, MADV_HUGEPAGE) != 0)
    die("--huge-pages: this kernel gives no large pages");
#else
  if (huge) die("--huge-pages: only on Linux");
#endif
  return memory;
}

void sleep_seconds(double seconds) {
  struct timespec time = {.tv_sec = (time_t)seconds};
  time.tv_nsec = (long)(1e9 * (seconds - (double)time.tv_sec));
  nanosleep(&time, NULL);
}

size_t all_threads(void) {
#ifdef _OPENMP
  static size_t threads; /* read before any limit is set */
  if (!threads) threads = (size_t)omp_get_max_threads();
  return threads;
#else
  return 1;
#endif
}

void limit_threads(size_t threads) {
  (void)all_threads();
#ifdef _OPENMP
  omp_set_num_threads((int)threads);
#else
  (void)threads;
#endif
}

double random_uniform(uint64_t *state) {
  return (double)(splitmix64(state) >> 11) * 0x1p-53;
}

void shuffle(size_t count, size_t *order, uint64_t *state) {
  for (size_t i = count; i > 1; --i) {
    size_t j = (size_t)(splitmix64(state) % i), swapped = order[i - 1];
    order[i - 1] = order[j];
    order[j] = swapped;
  }
}

bool starts_with(const char *text, const char *starts) {
  for (const char *start = starts, *end; *start; start = *end ? end + 1 : end) {
    end = start + strcspn(start, "|");
    if (strncmp(text, start, (size_t)(end - start)) == 0) return true;
  }
  return false;
}
