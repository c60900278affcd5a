/* The command line. */
#ifndef KRON_EYE_BENCH_OPTIONS_H
#define KRON_EYE_BENCH_OPTIONS_H

#include "data.h"

#include <stdbool.h>

enum { MOST_BLAS = 8, MOST_THREAD_COUNTS = 8, MOST_WITH = 4 };

struct options {
  const char *case_name;
  struct dimensions size;
  const char *data, *images;
  unsigned types;
  size_t thread_count;
  size_t threads[MOST_THREAD_COUNTS];
  size_t rounds; /* 0: not given */
  double seconds, sample_seconds, settle_seconds;
  const char *forms, *against, *json;
  size_t blas_count;
  const char *blas[MOST_BLAS];
  size_t with_count;
  const char *with[MOST_WITH];
  bool sweep;
  struct dimensions only;             /* --rows, --m, --n as given, else 0: they restrict a sweep */
  double sweep_bytes, sweep_products; /* most bytes of x and most multiply-adds of one shape */
};

/** Reads the arguments; --help prints the usage and exits; dies on anything unknown. */
void options_read(struct options *options, int count, char **arguments);

#endif
