#include "run/threads.h"

#if defined(_OPENMP)

#include "plan/thresholds.h"

#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

static atomic_bool in_child;

static void note_child(void) {
  atomic_store_explicit(&in_child, true, memory_order_relaxed);
}

/* When the program or library is loaded, so that no fork is missed. */
__attribute__((constructor)) static void watch_forks(void) {
  pthread_atfork(NULL, NULL, note_child);
}

int kron_eye_run_threads(size_t limit, double multiply_adds) {
  const double busy = multiply_adds / KRON_EYE_THREAD_WORK;
  if (busy < 2 || limit == 1) return 1;
  if (atomic_load_explicit(&in_child, memory_order_relaxed) || omp_in_parallel()) return 1;
  int threads = omp_get_max_threads();
  if (limit != 0 && limit < (size_t)threads) threads = (int)limit;
  return busy < threads ? (int)busy : threads;
}

#else

int kron_eye_run_threads(size_t limit, double multiply_adds) {
  (void)limit;
  (void)multiply_adds;
  return 1;
}

#endif
