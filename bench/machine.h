/* The machine and the libraries: printed at the head of the table and in the JSON's context. */
#ifndef KRON_EYE_BENCH_MACHINE_H
#define KRON_EYE_BENCH_MACHINE_H

#include <stddef.h>

struct cache {
  int level;
  char type[16]; /* "Data", "Instruction", "Unified" */
  size_t bytes;
  int sharing; /* number of CPUs that share one such cache */
};

struct machine {
  char cpu[128];
  size_t cpus;    /* that this process may use */
  double mhz;     /* the current value in /proc/cpuinfo; 0: unknown */
  double load[3]; /* averages of 1, 5, 15 minutes */
  size_t cache_count;
  struct cache caches[8];
  char host[64];
};

void machine_describe(struct machine *machine);

#endif
