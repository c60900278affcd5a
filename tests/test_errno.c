/*
 * test_errno.c - errno is left as it was, by the very first call that starts threads, by every
 * success and by every failure. test_memory.c has the failures of small allocations.
 */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "calls.h"
#include "types.h"

enum { ODD = 1234 }; /* no errno of any system */

#define EXPECT_KEPT(expected, call)                                                                \
  do {                                                                                             \
    errno = ODD;                                                                                   \
    const int status = (call);                                                                     \
    const int error = errno;                                                                       \
    assert_int_equal(status, expected);                                                            \
    assert_int_equal(error, ODD);                                                                  \
  } while (0)

enum { BATCH = 300, M = 30, N = 784 }; /* worth all threads */
static float w[M * N], x[BATCH * N], y[BATCH * M];

static kron_eye_shape shape_of(size_t m, size_t n) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = m;
  shape.n = n;
  return shape;
}

/* Before anything else in this process has started a thread. */
static void the_first_calls(void **state) {
  (void)state;
  const kron_eye_shape shape = shape_of(M, N);
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  kron_eye_plan *plan = NULL;
  EXPECT_KEPT(0, kron_eye_plan_create_f32(&plan, &shape, w, N, &options));
  EXPECT_KEPT(0, kron_eye_apply_f32(plan, BATCH, 1, x, N, 0, y, M));
  EXPECT_KEPT(0, kron_eye_apply_f32(plan, BATCH, 1, x, N, 0, y, M));
  kron_eye_plan_destroy(plan);
}

/* W of 2^62 bytes, whose memory is refused before W is read; on either route. */
static void a_huge_shape(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (int route = KRON_EYE_ROUTE_AUTO; route <= KRON_EYE_ROUTE_BLAS; route++) {
      if (route == KRON_EYE_ROUTE_BLAS && all_plan_types[t].x != all_plan_types[t].y) continue;
      const size_t n = ((size_t)1 << 62) / 16 / element_size(all_plan_types[t].y);
      const kron_eye_shape shape = shape_of(16, n);
      kron_eye_options options = KRON_EYE_OPTIONS_INIT;
      options.route = route;
      kron_eye_plan *plan = (kron_eye_plan *)w;
      EXPECT_KEPT(KRON_EYE_NO_MEMORY, all_plan_types[t].create(&plan, &shape, w, n, &options));
      assert_null(plan);
      cases++;
    }
  check_cases("huge shapes", cases, 3 + 3 + 2 + 2);
}

/* The other functions, once each; and statuses of bad arguments. */
static void everything_else(void **state) {
  (void)state;
  static int32_t starts[BATCH + 1], indices[BATCH * N];
  static float values[BATCH * N];
  for (size_t e = 0; e < BATCH * N; e += 5) x[e] = 1;
  size_t count = 0;
  EXPECT_KEPT(0, kron_eye_count_nonzeros_f32(BATCH, N, x, N, &count));
  EXPECT_KEPT(0, kron_eye_csr_count_f32(BATCH, N, x, N, KRON_EYE_INDEX_INT32, starts));
  EXPECT_KEPT(0, kron_eye_csr_fill_f32(BATCH, N, x, N, KRON_EYE_INDEX_INT32, starts, count, indices,
                                       values));
  EXPECT_KEPT(0, kron_eye_csr_convert_f32(BATCH, N, x, N, KRON_EYE_INDEX_INT32, starts, BATCH * N,
                                          indices, values));
  kron_eye_csr csr = KRON_EYE_CSR_INIT;
  csr.rows = BATCH;
  csr.cols = N;
  csr.nnz = count;
  csr.indptr = starts;
  csr.indices = indices;
  csr.values = values;
  EXPECT_KEPT(0, kron_eye_csr_check(&csr, NULL));
  const kron_eye_shape shape = shape_of(M, N);
  kron_eye_plan *plan = NULL;
  EXPECT_KEPT(0, kron_eye_plan_create_f32(&plan, &shape, w, N, NULL));
  EXPECT_KEPT(0, kron_eye_apply_csr_f32(plan, BATCH, 1, &csr, 0, y, M));
  EXPECT_KEPT(-7, kron_eye_apply_f32(plan, BATCH, 1, x, N, 0, x, M));
  EXPECT_KEPT(-1, kron_eye_apply_f32(NULL, BATCH, 1, x, N, 0, y, M));
  char text[200];
  EXPECT_KEPT(1, kron_eye_plan_describe(plan, text, sizeof text) > 0);
  errno = ODD;
  kron_eye_plan_destroy(plan);
  assert_int_equal(errno, ODD);
  EXPECT_KEPT(-2, kron_eye_plan_create_f32(&plan, NULL, w, N, NULL));
  EXPECT_KEPT(0, kron_eye_matvec_batch(BATCH, 1, M, N, w, x, y)); /* through a plan */
}

/* Products with right > 1, one call, gradients, chains: success, and the last status of each. */
static void the_whole_operator(void **state) {
  (void)state;
  rng r = rng_start("errno");
  size_t cases = 0;
  for (int kind = 0; kind < CALL_KINDS; kind++)
    for (size_t t = 0; t < CALL_TYPES_HERE; t++, cases++) {
      errno = ODD;
      whole_call c = call_create((call_kind)kind, t == 0 ? ELEMENT_F32 : ELEMENT_F64, 0, 1, &r);
      void *result = malloc(c.bytes);
      assert_non_null(result);
      EXPECT_KEPT(0, call_run(&c, result));
      c.shape.reserved = 1;
      free(c.x);
      c.x = NULL;
      if (c.kind == CALL_TUPLE || c.kind == CALL_LANE)
        EXPECT_KEPT(-4, call_run(&c, result));
      else if (c.kind == CALL_CHAIN || c.kind == CALL_CHAIN_ROW)
        EXPECT_KEPT(-4, call_run(&c, result));
      else
        EXPECT_KEPT(-1, call_run(&c, result));
      free(result);
      errno = ODD;
      call_destroy(&c);
      assert_int_equal(errno, ODD);
    }
  kron_eye_shape shape = shape_of(M, N);
  EXPECT_KEPT(0, kron_eye_shape_adjoint(&shape, &shape));
  EXPECT_KEPT(-2, kron_eye_shape_adjoint(&shape, NULL));
  EXPECT_KEPT(0, kron_eye_relu_backward_f32(BATCH, M, y, M, x, M, x, M));
  check_cases("calls", cases, CALL_KINDS * CALL_TYPES_HERE);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_calls),
      cmocka_unit_test(a_huge_shape),
      cmocka_unit_test(everything_else),
      cmocka_unit_test(the_whole_operator),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
