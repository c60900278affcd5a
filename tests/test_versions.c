/*
 * test_versions.c - structs of callers compiled with another header. One that ends sooner is read
 * no further than its size says: it lies against an inaccessible page. A size that is no size of a
 * struct is refused, and the memory behind the struct not searched.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "guarded.h"

/* What the first header had. */
enum {
  FIRST_SHAPE = offsetof(kron_eye_shape, reserved) + sizeof(int),
  FIRST_OPTIONS = offsetof(kron_eye_options, route) + sizeof(int),
  FIRST_CSR = offsetof(kron_eye_csr, reserved) + sizeof(int)
};

enum { M = 3, N = 5, BATCH = 2 };
static const float w[M * N] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* The first `size` bytes of a struct, saying so, up to an inaccessible page. */
static guarded cut(const void *whole, size_t size) {
  guarded part = guarded_create(size < sizeof size ? sizeof size : size, GUARDED_END);
  memcpy(part.data, whole, size);
  memcpy(part.data, &size, sizeof size);
  guarded_read_only(&part);
  return part;
}

static kron_eye_shape a_shape(void) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = M;
  shape.n = N;
  return shape;
}

/* The status of create with this struct in the place of one of its two. */
static int create(const void *shape, const void *options) {
  const kron_eye_shape usual = a_shape();
  kron_eye_plan *plan = NULL;
  const int status =
      kron_eye_plan_create_f32(&plan, shape != NULL ? (const kron_eye_shape *)shape : &usual, w, N,
                               (const kron_eye_options *)options);
  assert_int_equal(status == 0, plan != NULL);
  if (status == 0) { /* and the plan is that of the sizes given */
    const float x[BATCH * N] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    float y[BATCH * M];
    assert_int_equal(kron_eye_apply_f32(plan, BATCH, 1, x, N, 0, y, M), 0);
    for (size_t i = 0; i < M; i++) {
      assert_true(y[i] == w[i * N]);
      assert_true(y[M + i] == w[i * N + N - 1]);
    }
  }
  kron_eye_plan_destroy(plan);
  return status;
}

static int shape_status(const void *shape) {
  return create(shape, NULL);
}

static int options_status(const void *options) {
  return create(NULL, options);
}

static const int32_t starts[] = {0, 1, 2}, indices[] = {0, 4};
static const float values[] = {1, 1};

static kron_eye_csr a_csr(void) {
  kron_eye_csr x = KRON_EYE_CSR_INIT;
  x.rows = BATCH;
  x.cols = N;
  x.nnz = 2;
  x.indptr = starts;
  x.indices = indices;
  x.values = values;
  return x;
}

static int csr_status(const void *x) {
  const kron_eye_shape shape = a_shape();
  kron_eye_plan *plan = NULL;
  assert_int_equal(kron_eye_plan_create_f32(&plan, &shape, w, N, NULL), 0);
  float y[BATCH * M] = {-1};
  const int status = kron_eye_apply_csr_f32(plan, BATCH, 1, (const kron_eye_csr *)x, 0, y, M);
  kron_eye_csr_fault fault;
  assert_int_equal(kron_eye_csr_check((const kron_eye_csr *)x, &fault), status == 0 ? 0 : -1);
  assert_int_equal(fault.kind, status == 0 ? KRON_EYE_CSR_NO_FAULT : KRON_EYE_CSR_BAD_STRUCT);
  assert_true(y[0] == (status == 0 ? w[0] : -1));
  kron_eye_plan_destroy(plan);
  return status;
}

static const kron_eye_options all_options = {sizeof(kron_eye_options), 1, KRON_EYE_ZEROS_SKIP,
                                             KRON_EYE_ROUTE_KERNEL};

/* Every length up to today's: those of a header that was are taken, those of none refused. */
static void expect_cuts(const void *whole, size_t first, size_t today, int (*status)(const void *),
                        int refused) {
  for (size_t size = 0; size <= today; size++) {
    guarded part = cut(whole, size);
    const int given = status(part.data);
    if (size == first || size == today)
      assert_int_equal(given, 0);
    else if (size < first)
      assert_int_equal(given, refused);
    else
      assert_true(given == 0 || given == refused);
    guarded_destroy(&part);
  }
}

static void shorter_structs(void **state) {
  (void)state;
  const kron_eye_shape shape = a_shape();
  const kron_eye_csr csr = a_csr();
  expect_cuts(&shape, FIRST_SHAPE, sizeof shape, shape_status, -2);
  expect_cuts(&all_options, FIRST_OPTIONS, sizeof all_options, options_status, -5);
  expect_cuts(&csr, FIRST_CSR, sizeof csr, csr_status, -4);
}

/* A size that no struct has, in a struct with an inaccessible page behind it. The first one beyond
   it that is searched ends the program. */
static void sizes_of_no_struct(void **state) {
  (void)state;
  const size_t sizes[] = {SIZE_MAX,        SIZE_MAX - 7,    SIZE_MAX / 2, PTRDIFF_MAX,
                          (size_t)1 << 32, (size_t)1 << 20, 1 << 16};
  const kron_eye_shape shape = a_shape();
  const kron_eye_csr csr = a_csr();
  const struct {
    const void *whole;
    size_t bytes;
    int (*status)(const void *);
    int refused;
  } structs[] = {{&shape, sizeof shape, shape_status, -2},
                 {&all_options, sizeof all_options, options_status, -5},
                 {&csr, sizeof csr, csr_status, -4}};
  size_t cases = 0;
  for (size_t s = 0; s < sizeof structs / sizeof *structs; s++)
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++, cases++) {
      guarded part = guarded_create(structs[s].bytes, GUARDED_END);
      memcpy(part.data, structs[s].whole, structs[s].bytes);
      memcpy(part.data, &sizes[i], sizeof sizes[i]);
      assert_int_equal(structs[s].status(part.data), structs[s].refused);
      guarded_destroy(&part);
    }
  check_cases("sizes of no struct", cases, 3 * 7);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shorter_structs),
      cmocka_unit_test(sizes_of_no_struct),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
