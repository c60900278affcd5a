/*
 * test_stack.c - every way of applying a plan, in a thread with a small stack: 64 KiB besides what
 * the C library itself wants. Each has the result that the main thread gets.
 */
#include "check.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kron_eye.h>

#include "calls.h"
#include "operands.h"
#include "sparse.h"

enum { STACK = 64 * 1024 };

/* One apply, and its status. */
typedef struct apply_call {
  const operands *o;
  const kron_eye_plan *plan;
  const kron_eye_csr *x; /* or NULL: dense */
  void *y;
  int status;
} apply_call;

static void *apply(void *argument) {
  apply_call *c = argument;
  const operands *o = c->o;
  const size_t row = o->left * o->m;
  c->status = c->x != NULL ? sparse_apply(o->t, c->plan, o->batch, 1, c->x, 0, c->y, row)
                           : o->t->apply(c->plan, o->batch, 1, o->x, o->left * o->n, 0, c->y, row);
  return NULL;
}

static void in_small_thread(void *(*work)(void *), void *argument) {
  pthread_attr_t attributes;
  pthread_t thread;
  assert_int_equal(pthread_attr_init(&attributes), 0);
  const size_t least = (size_t)sysconf(_SC_THREAD_STACK_MIN);
  assert_int_equal(pthread_attr_setstacksize(&attributes, STACK + least), 0);
  assert_int_equal(pthread_create(&thread, &attributes, work, argument), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(pthread_attr_destroy(&attributes), 0);
}

/* Dense, then as a CSR matrix where the types have one. */
static size_t expect_same(const operands *o, const kron_eye_options *options, rng *r) {
  const size_t bytes = o->batch * o->left * o->m * element_size(o->t->y);
  const bool has_sparse = o->t->x != ELEMENT_U8;
  sparse x = has_sparse ? sparse_create(o, o->batch, false, KRON_EYE_INDEX_INT32, SPARSE_SHUFFLED,
                                        GUARDED_END, r)
                        : (sparse){.view = KRON_EYE_CSR_INIT};
  kron_eye_plan *plan = operands_plan(o, 0, options);
  for (int by_csr = 0; by_csr <= (has_sparse ? 1 : 0); by_csr++) {
    apply_call small = {o, plan, by_csr != 0 ? &x.view : NULL, malloc(bytes), -1}, usual = small;
    usual.y = malloc(bytes);
    assert_true(small.y != NULL && usual.y != NULL);
    in_small_thread(apply, &small);
    apply(&usual);
    assert_int_equal(small.status, 0);
    assert_int_equal(usual.status, 0);
    assert_memory_equal(small.y, usual.y, bytes);
    free(small.y);
    free(usual.y);
  }
  kron_eye_plan_destroy(plan);
  if (has_sparse) sparse_destroy(&x);
  return has_sparse ? 2 : 1;
}

static void small_stacks(void **state) {
  (void)state;
  const size_t ms[] = {1, 2, 4, 9, 20, 33, 64};
  rng r = rng_start("small stacks");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < 7; s++)
      for (int pattern = 0; pattern < ZEROS_PATTERNS; pattern++)
        for (int zeros = KRON_EYE_ZEROS_AUTO; zeros <= KRON_EYE_ZEROS_MULTIPLY; zeros++) {
          operands o =
              operands_create(&all_plan_types[t], 90, 2, ms[s], 300, (zeros_in_x)pattern, &r);
          kron_eye_options options = KRON_EYE_OPTIONS_INIT;
          options.route = KRON_EYE_ROUTE_KERNEL;
          options.zeros = zeros;
          options.threads = 1;
          cases += expect_same(&o, &options, &r);
          operands_destroy(&o);
        }
  check_cases("applies in small threads", cases, (3 * 2 + 1) * 7 * ZEROS_PATTERNS * 3);
}

/* One of the other calls, and its status. */
typedef struct other_call {
  const whole_call *c;
  void *result;
  int status;
} other_call;

static void *run(void *argument) {
  other_call *o = argument;
  o->status = call_run(o->c, o->result);
  return NULL;
}

/* Products with right > 1, gradients, chains. (The BLAS, which one call may take, wants more.) */
static void small_stacks_for_other_calls(void **state) {
  (void)state;
  rng r = rng_start("small stacks for other calls");
  size_t cases = 0;
  for (int kind = 0; kind < CALL_KINDS; kind++)
    for (size_t t = 0; t < CALL_TYPES_HERE; t++) {
      if (kind == CALL_PRODUCT) continue;
      whole_call c = call_create((call_kind)kind, t == 0 ? ELEMENT_F32 : ELEMENT_F64, 1, 1, &r);
      other_call small = {&c, malloc(c.bytes), -1}, usual = {&c, malloc(c.bytes), -1};
      assert_true(small.result != NULL && usual.result != NULL);
      in_small_thread(run, &small);
      run(&usual);
      assert_int_equal(small.status, 0);
      assert_int_equal(usual.status, 0);
      assert_memory_equal(small.result, usual.result, c.bytes);
      free(small.result);
      free(usual.result);
      call_destroy(&c);
      cases++;
    }
  check_cases("other calls in small threads", cases, (CALL_KINDS - 1) * CALL_TYPES_HERE);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(small_stacks),
      cmocka_unit_test(small_stacks_for_other_calls),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
