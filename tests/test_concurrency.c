/*
 * test_concurrency.c - one plan shared by many threads, a race on the very first use, calls inside
 * the caller's own parallel region, and children after fork: all give the bits of the serial call,
 * and none hangs (an alarm kills a child that does).
 */
#include "check.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <kron_eye.h>

#include "calls.h"
#include "random.h"

/* Enough multiply-adds that a plan would start threads of its own. */
enum { BATCH = 120, LEFT = 4, M = 30, N = 500, THREADS = 8, CALLS = 40, SECONDS = 60 };
enum { ROW_X = LEFT * N, ROW_Y = LEFT * M };

static float w[M * N], x[BATCH * ROW_X], expected[BATCH * ROW_Y];

static kron_eye_plan *plan_create(size_t threads) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = LEFT;
  shape.m = M;
  shape.n = N;
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  options.threads = threads;
  kron_eye_plan *plan = NULL;
  return kron_eye_plan_create_f32(&plan, &shape, w, N, &options) == 0 ? plan : NULL;
}

/* Applies to rows [first, first + batch) and compares: no assertions here, since cmocka allows them
 * in the main thread only. */
static bool gives_expected(const kron_eye_plan *plan, size_t first, size_t batch) {
  float *y = malloc(batch * ROW_Y * sizeof *y);
  if (y == NULL || plan == NULL) {
    free(y);
    return false;
  }
  const int status = kron_eye_apply_f32(plan, batch, 1, x + first * ROW_X, ROW_X, 0, y, ROW_Y);
  const bool same =
      status == 0 && memcmp(y, expected + first * ROW_Y, batch * ROW_Y * sizeof *y) == 0;
  free(y);
  return same;
}

typedef struct worker {
  pthread_barrier_t *start;
  const kron_eye_plan *plan; /* NULL: each worker makes its own, at the same time as all others */
  uint64_t seed;
  float *y;                /* where the racing workers write their whole result */
  const whole_call *calls; /* with their results on one thread */
  void *const *results;
  size_t call_count;
  size_t good;
} worker;

/* The process's first calls of the library, from all threads at once. */
static void *race_for_the_first_use(void *argument) {
  worker *self = argument;
  pthread_barrier_wait(self->start);
  kron_eye_plan *plan = plan_create(0);
  if (plan == NULL) return NULL;
  self->good = kron_eye_apply_f32(plan, BATCH, 1, x, ROW_X, 0, self->y, ROW_Y) == 0 &&
               kron_eye_isa() != NULL;
  kron_eye_plan_destroy(plan);
  return NULL;
}

static void *apply_many_times(void *argument) {
  worker *self = argument;
  rng r = rng_seeded(self->seed);
  pthread_barrier_wait(self->start);
  for (size_t call = 0; call < CALLS; call++) {
    const size_t first = rng_below(&r, BATCH), batch = 1 + rng_below(&r, BATCH - first);
    self->good += gives_expected(self->plan, first, batch);
  }
  return NULL;
}

static void run_workers(worker workers[THREADS], void *(*work)(void *)) {
  pthread_barrier_t start;
  pthread_t threads[THREADS];
  assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
  for (size_t t = 0; t < THREADS; t++) {
    workers[t].start = &start;
    assert_int_equal(pthread_create(&threads[t], NULL, work, &workers[t]), 0);
  }
  for (size_t t = 0; t < THREADS; t++) assert_int_equal(pthread_join(threads[t], NULL), 0);
  pthread_barrier_destroy(&start);
}

/* Products with right > 1, gradients and chains, all at once: plans and chains are shared, each
 * worker has its own workspaces. */
static void *run_every_call(void *argument) {
  worker *self = argument;
  pthread_barrier_wait(self->start);
  for (size_t turn = 0; turn < self->call_count; turn++) {
    const size_t k = (turn + self->seed) % self->call_count;
    whole_call mine = self->calls[k];
    void *result = malloc(mine.bytes);
    mine.workspace = malloc(mine.workspace_bytes + 1);
    if (result != NULL && mine.workspace != NULL && call_run(&mine, result) == 0)
      self->good += memcmp(result, self->results[k], mine.bytes) == 0;
    free(result);
    free(mine.workspace);
  }
  return NULL;
}

/* Runs first, in a process that has not called the library yet; its result, once compared with that
 * of one thread, is what all later tests expect. */
static void first_use_is_raced(void **state) {
  (void)state;
  rng r = rng_start("concurrency");
  for (size_t i = 0; i < M * N; i++) w[i] = (float)rng_normal(&r);
  for (size_t i = 0; i < BATCH * ROW_X; i++)
    x[i] = rng_below(&r, 3) != 0 ? 0 : (float)rng_normal(&r);
  worker workers[THREADS] = {{0}};
  for (size_t t = 0; t < THREADS; t++) {
    workers[t].y = calloc(BATCH * ROW_Y, sizeof(float));
    assert_non_null(workers[t].y);
  }
  run_workers(workers, race_for_the_first_use);

  kron_eye_plan *plan = plan_create(1);
  assert_int_equal(kron_eye_apply_f32(plan, BATCH, 1, x, ROW_X, 0, expected, ROW_Y), 0);
  kron_eye_plan_destroy(plan);
  for (size_t t = 0; t < THREADS; t++) {
    assert_int_equal(workers[t].good, 1);
    assert_memory_equal(workers[t].y, expected, sizeof expected);
    free(workers[t].y);
  }
}

static void threads_share_a_plan(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t limit = 0; limit <= 2; limit++) {
    kron_eye_plan *plan = plan_create(limit);
    worker workers[THREADS] = {{0}};
    for (size_t t = 0; t < THREADS; t++) {
      workers[t].plan = plan;
      workers[t].seed = 1000 * limit + t;
    }
    run_workers(workers, apply_many_times);
    for (size_t t = 0; t < THREADS; t++) cases += workers[t].good;
    kron_eye_plan_destroy(plan);
  }
  check_cases("concurrent applies", cases, 3 * THREADS * CALLS);
}

static void threads_share_every_call(void **state) {
  (void)state;
  enum { CASES = CALL_KINDS * CALL_TYPES_HERE };
  rng r = rng_start("concurrent calls");
  size_t cases = 0;
  for (size_t limit = 0; limit <= 2; limit++) {
    whole_call calls[CASES];
    void *results[CASES];
    worker workers[THREADS] = {{0}};
    for (size_t k = 0; k < CASES; k++) {
      calls[k] = call_create((call_kind)(k % CALL_KINDS),
                             k < CALL_KINDS ? ELEMENT_F32 : ELEMENT_F64, limit, 1, &r);
      whole_call alone = call_with_threads(&calls[k], 1);
      results[k] = malloc(calls[k].bytes);
      assert_non_null(results[k]);
      assert_int_equal(call_run(&alone, results[k]), 0);
      call_release(&alone);
    }
    for (size_t t = 0; t < THREADS; t++)
      workers[t] = (worker){.seed = t, .calls = calls, .results = results, .call_count = CASES};
    run_workers(workers, run_every_call);
    for (size_t t = 0; t < THREADS; t++) cases += workers[t].good;
    for (size_t k = 0; k < CASES; k++) {
      call_destroy(&calls[k]);
      free(results[k]);
    }
  }
  check_cases("concurrent calls", cases, 3 * THREADS * CASES);
}

/* Without OpenMP the region has one thread, and the test still holds. */
static void calls_from_a_parallel_region(void **state) {
  (void)state;
  kron_eye_plan *plan = plan_create(0);
  size_t good = 0;
#if defined(_OPENMP)
#pragma omp parallel for reduction(+ : good) num_threads(4)
#endif
  for (int call = 0; call < CALLS; call++)
    good += gives_expected(plan, (size_t)call, BATCH - (size_t)call);
  kron_eye_plan_destroy(plan);
  check_cases("applies in a parallel region", good, CALLS);
}

/* Forks. The child checks one product, forks again `depth` times, and reports success by its exit
 * status. */
static bool child_gives_expected(const kron_eye_plan *plan, int depth) {
  fflush(NULL);
  const pid_t child = fork();
  if (child == 0) {
    alarm(SECONDS);
    const bool good = gives_expected(plan, 0, BATCH) &&
                      (depth == 0 || child_gives_expected(plan, depth - 1)) &&
                      gives_expected(plan, 1, BATCH - 1);
    _exit(good ? 0 : 1);
  }
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

/* Whether a child process gets the same results as its parent. */
static bool child_gives_results(const whole_call *c, const void *result) {
  fflush(NULL);
  const pid_t child = fork();
  if (child == 0) {
    alarm(SECONDS);
    void *mine = malloc(c->bytes);
    _exit(mine != NULL && call_run(c, mine) == 0 && memcmp(mine, result, c->bytes) == 0 ? 0 : 1);
  }
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

static void children_make_every_call(void **state) {
  (void)state;
  rng r = rng_start("calls after fork");
  size_t cases = 0;
  for (int kind = 0; kind < CALL_KINDS; kind++)
    for (int round = 0; round < 2; round++, cases++) {
      whole_call c = call_create((call_kind)kind, round == 0 ? ELEMENT_F32 : ELEMENT_F64, 0, 1, &r);
      void *result = malloc(c.bytes);
      assert_non_null(result);
      assert_int_equal(call_run(&c, result), 0); /* the parent's threads are awake */
      assert_true(child_gives_results(&c, result));
      free(result);
      call_destroy(&c);
    }
  check_cases("calls after fork", cases, CALL_KINDS * 2);
}

static void children_after_fork(void **state) {
  (void)state;
  enum { ROUNDS = 20 };
  kron_eye_plan *plan = plan_create(0);
  size_t cases = 0;
  for (int round = 0; round < ROUNDS; round++, cases++) {
    assert_true(gives_expected(plan, 0, BATCH)); /* the parent's threads are awake */
    assert_true(child_gives_expected(plan, round % 3));
    assert_true(gives_expected(plan, 0, BATCH));
  }
  kron_eye_plan_destroy(plan);
  check_cases("forks", cases, ROUNDS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(first_use_is_raced),       cmocka_unit_test(threads_share_a_plan),
      cmocka_unit_test(threads_share_every_call), cmocka_unit_test(calls_from_a_parallel_region),
      cmocka_unit_test(children_after_fork),      cmocka_unit_test(children_make_every_call),
  };
  const int failures = cmocka_run_group_tests(tests, NULL, NULL);
  const int path = check_isa_path(); /* last, because the first test is about the first use */
  return failures != 0 ? failures : path;
}
