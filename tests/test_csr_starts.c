/*
 * test_csr_starts.c - the second step from dense to CSR is given an indptr that does not ascend
 * from 0: the status names it, and nothing is written.
 */
#include "check.h"

#include <kron_eye.h>

#include "sparse.h"

/* What starts that do not ascend from 0 are told: argument 6, whatever else they would mean. */
static void starts_that_do_not_ascend(void **state) {
  (void)state;
  const int64_t bad[][3] = {{0, 2, -1}, {0, -5, -1}, {0, -1, 2},          {1, 1, 2},
                            {-1, 0, 2}, {0, 2, 1},   {0, 3, -2147483647}, {-2, -1, 0}};
  const float x[] = {1, 0, 0, 0, 0, 2};
  size_t cases = 0;
  for (size_t b = 0; b < 8; b++)
    for (int index_type = KRON_EYE_INDEX_INT32; index_type <= KRON_EYE_INDEX_INT64; index_type++)
      for (size_t capacity = 0; capacity <= 4; capacity += 2, cases++) {
        kron_eye_csr view = KRON_EYE_CSR_INIT;
        view.index_type = index_type;
        int64_t starts[3], indices[4] = {-7, -7, -7, -7};
        float values[4] = {-7, -7, -7, -7};
        for (size_t r = 0; r < 3; r++) sparse_integer_set(&view, starts, r, bad[b][r]);
        assert_int_equal(
            kron_eye_csr_fill_f32(2, 3, x, 3, index_type, starts, capacity, indices, values), -6);
        for (size_t e = 0; e < 4; e++) {
          assert_int_equal(indices[e], -7);
          assert_true(values[e] == -7);
        }
      }
  check_cases("bad starts", cases, 8 * 2 * 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(starts_that_do_not_ascend),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
