#include "base/threads.h"

#include <sched.h>

static void serial(size_t pieces, kron_eye_piece *piece, void *context) {
  for (size_t p = 0; p < pieces; p++) piece(context, p);
}

#if defined(_OPENMP)

#include "base/thresholds.h"

#include <errno.h>
#include <fenv.h>
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

/* What OpenMP would use here. clang's library starts with the first question, and sets errno. */
static int available(void) {
  const int saved = errno;
  const int threads = omp_in_parallel() ? 1 : omp_get_max_threads();
  errno = saved;
  return threads;
}

int kron_eye_base_threads(size_t limit, double multiply_adds) {
  const double busy = multiply_adds / KRON_EYE_THREAD_WORK;
  if (busy < 2 || limit == 1) return 1;
  if (atomic_load_explicit(&in_child, memory_order_relaxed)) return 1;
  int threads = available();
  if (limit != 0 && limit < (size_t)threads) threads = (int)limit;
  /* clang converts before it compares: never a number beyond int, which raises FE_INVALID. */
  const double most = threads;
  return (int)(busy < most ? busy : most);
}

bool kron_eye_base_has_threads(void) {
  return true;
}

void kron_eye_base_parallel(int threads, size_t pieces, kron_eye_piece *piece, void *context) {
  if (threads <= 1 || pieces <= 1) {
    serial(pieces, piece, context);
    return;
  }
  const int saved = errno;
  const ptrdiff_t count = (ptrdiff_t)pieces;
  const int before = fetestexcept(FE_ALL_EXCEPT);
  fenv_t caller;
  fegetenv(&caller);
  int raised = 0;
#pragma omp parallel num_threads(threads) reduction(| : raised)
  {
    fenv_t own;
    fegetenv(&own);
    fesetenv(&caller);
#pragma omp for schedule(dynamic)
    for (ptrdiff_t p = 0; p < count; p++) piece(context, (size_t)p);
    raised = fetestexcept(FE_ALL_EXCEPT);
    fesetenv(&own);
  }
  feraiseexcept(raised & ~before);
  errno = saved;
}

#else

int kron_eye_base_threads(size_t limit, double multiply_adds) {
  (void)limit;
  (void)multiply_adds;
  return 1;
}

bool kron_eye_base_has_threads(void) {
  return false;
}

void kron_eye_base_parallel(int threads, size_t pieces, kron_eye_piece *piece, void *context) {
  (void)threads;
  serial(pieces, piece, context);
}

#endif

void kron_eye_base_await(atomic_size_t *counter, size_t value) {
  enum { SPINS = 1000 }; /* before the core is left to a thread that may have none */
  for (size_t spins = 0; atomic_load(counter) != value; spins++)
    if (spins >= SPINS) sched_yield();
}
