/*
 * fuzz_csr.c - arbitrary arrays as a CSR matrix. The check reads no element outside them, and every
 * fault that it reports is real. The apply rejects exactly what the check rejects, and otherwise
 * gives the exact product of small integers, in both shapes, for plans that pack W in panels and by
 * rows. Arbitrary bits as dense floats become the same entries in two steps, in one and in a loop.
 */
#include "fuzz_input.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

enum { MOST = 6, MOST_OUTPUTS = 40 };

static int64_t integer(const kron_eye_csr *x, const void *array, size_t i) {
  return x->index_type == KRON_EYE_INDEX_INT64 ? ((const int64_t *)array)[i]
                                               : ((const int32_t *)array)[i];
}

/* The first fault, in the order of the header's definitions. */
static kron_eye_csr_fault expected_fault(const kron_eye_csr *x) {
  if (integer(x, x->indptr, 0) != 0) return (kron_eye_csr_fault){KRON_EYE_CSR_BAD_START, 0};
  for (size_t r = 1; r <= x->rows; r++)
    if (integer(x, x->indptr, r) < integer(x, x->indptr, r - 1))
      return (kron_eye_csr_fault){KRON_EYE_CSR_DECREASING, r};
  if ((uint64_t)integer(x, x->indptr, x->rows) != x->nnz)
    return (kron_eye_csr_fault){KRON_EYE_CSR_BAD_END, x->rows};
  for (size_t e = 0; e < x->nnz; e++)
    if ((uint64_t)integer(x, x->indices, e) >= x->cols)
      return (kron_eye_csr_fault){KRON_EYE_CSR_INDEX_OUTSIDE, e};
  return (kron_eye_csr_fault){KRON_EYE_CSR_NO_FAULT, 0};
}

static float weight(size_t i, size_t j) {
  return (float)((i * 7 + j * 5) % 13) - 6;
}

/* y = 2 (I_left (x) W) x - y on a y of 3. Both shapes map row r and column c to the same block. */
static void check_apply(const kron_eye_csr *x, size_t batch, size_t left, size_t m, size_t n,
                        bool good) {
  float w[MOST_OUTPUTS * MOST];
  for (size_t i = 0; i < m * n; i++) w[i] = weight(i / n, i % n);
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = left;
  shape.m = m;
  shape.n = n;
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  kron_eye_plan *plan = NULL;
  FUZZ_REQUIRE(kron_eye_plan_create_f32(&plan, &shape, w, n, &options) == 0);
  const size_t outputs = batch * left * m;
  float *y = malloc((outputs + 1) * sizeof *y), *expected = malloc((outputs + 1) * sizeof *y);
  FUZZ_REQUIRE(y != NULL && expected != NULL);
  for (size_t i = 0; i < outputs; i++) {
    y[i] = 3;
    expected[i] = good ? -3 : 3;
  }
  for (size_t r = 0; good && r < x->rows; r++)
    for (int64_t e = integer(x, x->indptr, r); e < integer(x, x->indptr, r + 1); e++) {
      const size_t column = r * x->cols + (size_t)integer(x, x->indices, (size_t)e);
      for (size_t i = 0; i < m; i++)
        expected[column / n * m + i] += 2 * weight(i, column % n) * ((const float *)x->values)[e];
    }
  const int status = kron_eye_apply_csr_f32(plan, batch, 2, x, -1, y, left * m);
  FUZZ_REQUIRE(status == (good ? 0 : -4));
  for (size_t i = 0; i < outputs; i++) FUZZ_REQUIRE(y[i] == expected[i]);
  free(y);
  free(expected);
  kron_eye_plan_destroy(plan);
}

/* x dense, of arbitrary bits; the arrays of one step have room for all of them, those of two steps
   for the non-zeros. */
static void check_conversion(fuzz_input *in, int index_type) {
  const size_t rows = fuzz_below(in, 4), cols = fuzz_below(in, 200), all = rows * cols;
  const size_t integer_bytes = index_type == KRON_EYE_INDEX_INT64 ? 8 : 4;
  uint32_t *bits = fuzz_array(in, all * sizeof *bits);
  const float *x = (const float *)(const void *)bits;
  int64_t starts[8] = {0}, one[8] = {0};
  FUZZ_REQUIRE(kron_eye_csr_count_f32(rows, cols, x, cols, index_type, starts) == 0);
  kron_eye_csr view = KRON_EYE_CSR_INIT;
  view.index_type = index_type;
  const size_t nnz = (size_t)integer(&view, starts, rows);
  FUZZ_REQUIRE(nnz <= all);
  void *indices = malloc(nnz * integer_bytes + 1), *columns = malloc(all * integer_bytes + 1);
  uint32_t *values = malloc(nnz * sizeof *values + 1), *entries = malloc(all * sizeof *values + 1);
  FUZZ_REQUIRE(indices != NULL && columns != NULL && values != NULL && entries != NULL);
  FUZZ_REQUIRE(kron_eye_csr_fill_f32(rows, cols, x, cols, index_type, starts, nnz, indices,
                                     (float *)(void *)values) == 0);
  FUZZ_REQUIRE(kron_eye_csr_convert_f32(rows, cols, x, cols, index_type, one, all, columns,
                                        (float *)(void *)entries) == 0);
  FUZZ_REQUIRE(memcmp(one, starts, (rows + 1) * integer_bytes) == 0);
  size_t k = 0;
  for (size_t i = 0; i < all; i++) {
    if (i % cols == 0) FUZZ_REQUIRE((size_t)integer(&view, starts, i / cols) == k);
    if (bits[i] << 1 == 0) continue;
    FUZZ_REQUIRE(k < nnz && values[k] == bits[i] && entries[k] == bits[i]);
    FUZZ_REQUIRE((size_t)integer(&view, indices, k) == i % cols);
    FUZZ_REQUIRE((size_t)integer(&view, columns, k) == i % cols);
    k++;
  }
  FUZZ_REQUIRE(k == nnz);
  free(bits);
  free(indices);
  free(columns);
  free(values);
  free(entries);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  const size_t batch = fuzz_below(&in, MOST), left = fuzz_below(&in, 4),
               m = fuzz_below(&in, MOST_OUTPUTS), n = 1 + fuzz_below(&in, MOST - 1);
  const uint8_t flags = fuzz_byte(&in);
  kron_eye_csr x = KRON_EYE_CSR_INIT;
  x.rows = (flags & 1) != 0 ? batch * left : batch;
  x.cols = (flags & 1) != 0 ? n : left * n;
  x.nnz = fuzz_below(&in, 40);
  x.index_type = (flags & 2) != 0 ? KRON_EYE_INDEX_INT64 : KRON_EYE_INDEX_INT32;
  const size_t integer_bytes = (flags & 2) != 0 ? sizeof(int64_t) : sizeof(int32_t);
  signed char *small = fuzz_array(&in, x.nnz);
  float *values = malloc((x.nnz != 0 ? x.nnz : 1) * sizeof *values);
  FUZZ_REQUIRE(values != NULL);
  for (size_t e = 0; e < x.nnz; e++) values[e] = small[e];
  void *indptr = fuzz_array(&in, (x.rows + 1) * integer_bytes);
  void *indices = fuzz_array(&in, x.nnz * integer_bytes);
  x.indptr = indptr;
  x.indices = indices;
  x.values = values;

  const kron_eye_csr_fault expected = expected_fault(&x);
  kron_eye_csr_fault fault;
  FUZZ_REQUIRE(kron_eye_csr_check(&x, &fault) == (expected.kind == 0 ? 0 : -1));
  FUZZ_REQUIRE(fault.kind == expected.kind && fault.position == expected.position);
  check_apply(&x, batch, left, m, n, expected.kind == 0);
  free(small);
  free(values);
  free(indptr);
  free(indices);
  check_conversion(&in, x.index_type);
  return 0;
}
