/*
 * test_threads.c - the number of threads for a task: never more than the caller's limit or OpenMP's
 * setting, one inside a parallel region and in a child after fork, and no more than the task can
 * use. Also, rows divided among an odd number of threads are all computed.
 */
#include "check.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <kron_eye.h>

#include "base/threads.h"
#include "base/thresholds.h"

#if defined(_OPENMP)
#include <omp.h>
enum { WITH_OPENMP = 1 };
#else
enum { WITH_OPENMP = 0 };
static void omp_set_num_threads(int threads) {
  (void)threads;
}
#endif

enum { MOST_THREADS = 6 };
static const double enough = 1e30; /* enough work for any number of threads */

static int smaller(int a, int b) {
  return a < b ? a : b;
}

/* Every setting with every limit, with just enough work for every number of threads and with a
 * little less. */
static void the_least_of_all_limits(void **state) {
  (void)state;
  size_t cases = 0;
  for (int setting = 1; setting <= MOST_THREADS; setting++)
    for (int limit = 0; limit <= MOST_THREADS + 2; limit++)
      for (int busy = 0; busy <= MOST_THREADS + 2; busy++)
        for (int less = 0; less <= 1; less++, cases++) {
          omp_set_num_threads(setting);
          const double work = busy * (double)KRON_EYE_THREAD_WORK - less;
          const int kept_busy = busy - less < 1 ? 1 : busy - less;
          const int allowed = limit == 0 ? setting : smaller(setting, limit);
          const int expected = WITH_OPENMP ? smaller(allowed, kept_busy) : 1;
          const int threads = kron_eye_base_threads((size_t)limit, work);
          if (threads != expected)
            fail_msg("OpenMP has %d threads, the limit is %d, work for %d%s: %d threads, not %d",
                     setting, limit, busy, less ? " less 1" : "", threads, expected);
        }
  check_cases("limits", cases, (size_t)MOST_THREADS * (MOST_THREADS + 3) * (MOST_THREADS + 3) * 2);
  omp_set_num_threads(MOST_THREADS);
  assert_int_equal(kron_eye_base_threads(0, enough), WITH_OPENMP ? MOST_THREADS : 1);
  assert_int_equal(kron_eye_base_threads(SIZE_MAX, enough), WITH_OPENMP ? MOST_THREADS : 1);
}

/* Inside a parallel region, the caller's threads already use the processors. */
static void one_inside_a_parallel_region(void **state) {
  (void)state;
  int calls = 0, wrong = 0;
#if defined(_OPENMP)
#pragma omp parallel num_threads(3) reduction(+ : calls, wrong)
#endif
  {
    calls++;
    wrong += WITH_OPENMP && kron_eye_base_threads(0, enough) != 1;
  }
  assert_int_equal(wrong, 0);
  check_cases("threads of a region", (size_t)calls, WITH_OPENMP ? 3 : 1);
}

/* The parent's threads do not exist in the child: waiting for them would never end. */
static void one_in_a_child(void **state) {
  (void)state;
  omp_set_num_threads(MOST_THREADS);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) _exit(kron_eye_base_threads(0, enough) == 1 ? 17 : 1);
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 17);
  assert_int_equal(kron_eye_base_threads(0, enough), WITH_OPENMP ? MOST_THREADS : 1);
}

/* The rows of a matrix are divided by the number of their entries, computed in double. The shares
 * of seven threads do not add up exactly to the whole, so the last row is easily lost. */
static void no_row_is_lost(void **state) {
  (void)state;
  enum { ROWS = 1000, M = 32, N = 64, EACH = 250, MOST_MORE = 60 };
  static float w[M * N], values[ROWS * EACH + MOST_MORE], y[ROWS * M];
  static int32_t starts[ROWS + 1], indices[ROWS * EACH + MOST_MORE];
  for (size_t i = 0; i < M * N; i++) w[i] = 1;
  for (size_t e = 0; e < ROWS * EACH + MOST_MORE; e++) {
    values[e] = 1;
    indices[e] = (int32_t)(e % N);
  }
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = M;
  shape.n = N;
  kron_eye_plan *plan = NULL;
  assert_int_equal(kron_eye_plan_create_f32(&plan, &shape, w, N, NULL), 0);
  omp_set_num_threads(7);
  size_t cases = 0;
  for (size_t more = 0; more < MOST_MORE; more++, cases++) {
    for (size_t r = 1; r <= ROWS; r++) starts[r] = (int32_t)(r * EACH + more);
    kron_eye_csr x = KRON_EYE_CSR_INIT;
    x.rows = ROWS;
    x.cols = N;
    x.nnz = ROWS * EACH + more;
    x.indptr = starts;
    x.indices = indices;
    x.values = values;
    memset(y, 0xff, sizeof y);
    assert_int_equal(kron_eye_apply_csr_f32(plan, ROWS, 1, &x, 0, y, M), 0);
    for (size_t i = 0; i < ROWS * M; i++)
      if (y[i] != (float)(i < M ? EACH + more : EACH))
        fail_msg("%zu entries: y[%zu, %zu] is %g", x.nnz, i / M, i % M, (double)y[i]);
  }
  kron_eye_plan_destroy(plan);
  check_cases("numbers of entries", cases, MOST_MORE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_least_of_all_limits),
      cmocka_unit_test(one_inside_a_parallel_region),
      cmocka_unit_test(one_in_a_child),
      cmocka_unit_test(no_row_is_lost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
