/*
 * test_csr_edges.c - where a search of a CSR matrix is cut into pieces, where an array ends, where
 * an index is as large as its type allows, and which sum an entry goes to.
 */
#include "check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "guarded.h"
#include "operands.h"
#include "sparse.h"

/* ---------------------------------------------------------------- pieces of a check */

static size_t integer_size(int index_type) {
  return index_type == KRON_EYE_INDEX_INT64 ? sizeof(int64_t) : sizeof(int32_t);
}

/* The matrix with integer `at` of one array changed has this fault there, and none without. */
static void expect_fault(kron_eye_csr *x, void *array, size_t at, int64_t value, int kind) {
  kron_eye_csr_fault fault;
  const int64_t was = sparse_integer(x, array, at);
  sparse_integer_set(x, array, at, value);
  assert_int_equal(kron_eye_csr_check(x, &fault), -1);
  sparse_integer_set(x, array, at, was);
  if (fault.kind != kind || fault.position != at)
    fail_msg("index type %d: fault %d at %zu, not %d at %zu", x->index_type, fault.kind,
             fault.position, kind, at);
}

/* One bad integer at each place around the powers of two, and the first and last. */
static void one_bad_integer(void **state) {
  (void)state;
  enum { ROWS = 70000, COLS = 100 };
  size_t cases = 0;
  for (int index_type = KRON_EYE_INDEX_INT32; index_type <= KRON_EYE_INDEX_INT64; index_type++) {
    kron_eye_csr x = KRON_EYE_CSR_INIT;
    void *indptr = calloc(ROWS + 1, integer_size(index_type)),
         *indices = calloc(ROWS, integer_size(index_type));
    float *values = calloc(ROWS, sizeof *values);
    assert_true(indptr != NULL && indices != NULL && values != NULL);
    x.rows = x.nnz = ROWS;
    x.cols = COLS;
    x.index_type = index_type;
    x.indptr = indptr;
    x.indices = indices;
    x.values = values;
    for (size_t r = 0; r <= ROWS; r++) sparse_integer_set(&x, indptr, r, (int64_t)r);
    for (size_t e = 0; e < ROWS; e++) sparse_integer_set(&x, indices, e, (int64_t)(e % COLS));
    assert_int_equal(kron_eye_csr_check(&x, NULL), 0);
    for (size_t at = 1; at <= ROWS; at++) {
      const size_t near = at % 1024;
      if (near > 3 && near < 1021 && at > 40 && at < ROWS - 3) continue;
      expect_fault(&x, indptr, at, (int64_t)at - 2, KRON_EYE_CSR_DECREASING);
      expect_fault(&x, indices, at - 1, COLS, KRON_EYE_CSR_INDEX_OUTSIDE);
      expect_fault(&x, indices, at - 1, -1, KRON_EYE_CSR_INDEX_OUTSIDE);
      cases++;
    }
    free(indptr);
    free(indices);
    free(values);
  }
  check_cases("places", cases, 2 * (37 + 3 + 68 * 7 + 4));
}

/* Arrays of any small length that touch inaccessible pages, with one bad integer anywhere. */
static void short_arrays(void **state) {
  (void)state;
  enum { MOST = 140, COLS = 7 };
  size_t cases = 0;
  static const float values[MOST];
  for (int index_type = KRON_EYE_INDEX_INT32; index_type <= KRON_EYE_INDEX_INT64; index_type++)
    for (size_t rows = 0; rows <= MOST; rows++) {
      const guarded_edge edge = rows % 2 != 0 ? GUARDED_START : GUARDED_END;
      guarded indptr = guarded_create((rows + 1) * integer_size(index_type), edge),
              indices = guarded_create(rows * integer_size(index_type), edge);
      kron_eye_csr x = KRON_EYE_CSR_INIT;
      x.rows = x.nnz = rows;
      x.cols = COLS;
      x.index_type = index_type;
      x.indptr = indptr.data;
      x.indices = indices.data;
      x.values = values;
      for (size_t r = 0; r <= rows; r++) sparse_integer_set(&x, indptr.data, r, (int64_t)r);
      for (size_t e = 0; e < rows; e++)
        sparse_integer_set(&x, indices.data, e, (int64_t)(e * 5 % COLS));
      assert_int_equal(kron_eye_csr_check(&x, NULL), 0);
      for (size_t at = 1; at <= rows; at++, cases++) {
        expect_fault(&x, indptr.data, at, (int64_t)at - 2, KRON_EYE_CSR_DECREASING);
        expect_fault(&x, indices.data, at - 1, COLS, KRON_EYE_CSR_INDEX_OUTSIDE);
        expect_fault(&x, indices.data, at - 1, -1, KRON_EYE_CSR_INDEX_OUTSIDE);
      }
      guarded_destroy(&indptr);
      guarded_destroy(&indices);
    }
  check_cases("places in short arrays", cases, 2 * MOST * (MOST + 1) / 2);
}

/* ---------------------------------------------------------------- the ends of arrays */

/* Rows of x with their true indptr, and with one that promises fewer or more entries. Both arrays
   end at an inaccessible page after `capacity` elements. */
static void fill_to_the_brim(void **state) {
  (void)state;
  enum { MOST_COLS = 70, TRIALS = 4000 };
  rng r = rng_start("conversion");
  size_t cases = 0, refused = 0;
  for (; cases < TRIALS; cases++) {
    const size_t rows = 1 + rng_below(&r, 3), cols = 1 + rng_below(&r, MOST_COLS);
    const int index_type = rng_below(&r, 2) != 0 ? KRON_EYE_INDEX_INT64 : KRON_EYE_INDEX_INT32;
    float x[3 * MOST_COLS];
    for (size_t e = 0; e < rows * cols; e++) x[e] = rng_below(&r, 6) != 0 ? (float)(e + 1) : 0;
    for (size_t e = rows * cols - rng_below(&r, cols + 1); e < rows * cols; e++) x[e] = 0;
    int64_t starts[4];
    kron_eye_csr view = KRON_EYE_CSR_INIT;
    view.index_type = index_type;
    assert_int_equal(kron_eye_csr_count_f32(rows, cols, x, cols, index_type, starts), 0);
    const size_t last = (size_t)sparse_integer(&view, starts, rows);
    const size_t least = (size_t)sparse_integer(&view, starts, rows - 1);
    size_t capacity = last;
    if (cases % 2 == 0) capacity = least + rng_below(&r, last - least + 4);
    sparse_integer_set(&view, starts, rows, (int64_t)capacity);
    guarded indices = guarded_create(capacity * integer_size(index_type), GUARDED_END),
            values = guarded_create(capacity * sizeof(float), GUARDED_END);
    const int status = kron_eye_csr_fill_f32(rows, cols, x, cols, index_type, starts, capacity,
                                             indices.data, values.data);
    assert_int_equal(status, capacity == last ? 0 : -6);
    refused += capacity != last;
    for (size_t row = 0, k = 0; status == 0 && row < rows; row++)
      for (size_t j = 0; j < cols; j++)
        if (x[row * cols + j] != 0) {
          assert_int_equal(sparse_integer(&view, indices.data, k), j);
          assert_true(((float *)values.data)[k++] == x[row * cols + j]);
        }
    guarded_destroy(&indices);
    guarded_destroy(&values);
  }
  assert_true(refused > TRIALS / 4);
  check_cases("conversions", cases, TRIALS);
}

/* ---------------------------------------------------------------- overlap */

enum { ROOM = 4096 };

/* y shares one byte with the first or the last element of one array of x, or just does not. */
static void y_meets_an_array(void **state) {
  (void)state;
  enum { ROWS = 3, N = 4, M = 2, NNZ = 5 };
  static const int32_t starts[ROWS + 1] = {0, 2, 3, NNZ}, columns[NNZ] = {0, 3, 1, 2, 3};
  static const float w[M * N] = {1, 2, 3, 4, 5, 6, 7, 8}, values[NNZ] = {1, 2, 3, 4, 5};
  const void *sources[] = {starts, columns, values};
  const size_t sizes[] = {sizeof starts, sizeof columns, sizeof values};
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = M;
  shape.n = N;
  kron_eye_plan *plan = NULL;
  assert_int_equal(kron_eye_plan_create_f32(&plan, &shape, w, N, NULL), 0);
  size_t cases = 0;
  for (int array = 0; array < 3; array++)
    for (int end = 0; end <= 1; end++)
      for (int apart = 0; apart <= 1; apart++, cases++) {
        _Alignas(64) char room[ROOM] = {0};
        char *const place = room + ROOM / 2;
        memcpy(place, sources[array], sizes[array]);
        kron_eye_csr x = KRON_EYE_CSR_INIT;
        x.rows = ROWS;
        x.cols = N;
        x.nnz = NNZ;
        x.indptr = array == 0 ? (void *)place : starts;
        x.indices = array == 1 ? (void *)place : columns;
        x.values = array == 2 ? (void *)place : values;
        /* behind the array's end, or its own end before the array's start; one element nearer
           where they are to meet */
        char *y = end != 0 ? place + sizes[array] - (apart != 0 ? 0 : sizeof(float))
                           : place - ROWS * M * sizeof(float) + (apart != 0 ? 0 : sizeof(float));
        char before[ROOM];
        memcpy(before, room, ROOM);
        const int status = kron_eye_apply_csr_f32(plan, ROWS, 1, &x, 0, (float *)(void *)y, M);
        if (status != (apart != 0 ? 0 : -6))
          fail_msg("array %d, %s, %s: %d", array, end != 0 ? "end" : "start",
                   apart != 0 ? "apart" : "one element shared", status);
        if (apart == 0) assert_memory_equal(room, before, ROOM);
      }
  kron_eye_plan_destroy(plan);
  check_cases("places of y", cases, 3 * 2 * 2);
}

/* Of x, indptr, indices and values, two share an element at one end, or just do not. The others lie
   elsewhere. The status names the later one. */
static void arrays_of_a_conversion_meet(void **state) {
  (void)state;
  enum { ROWS = 3, COLS = 4, NNZ = 5, ARRAYS = 4 };
  static const float dense[ROWS * COLS] = {1, 0, 0, 2, 0, 3, 0, 0, 0, 0, 4, 5};
  static const int32_t starts[ROWS + 1] = {0, 2, 3, NNZ};
  const size_t sizes[ARRAYS] = {sizeof dense, sizeof starts, NNZ * sizeof(int32_t),
                                NNZ * sizeof(float)};
  const int statuses[ARRAYS] = {0, 0, -8, -9};
  size_t cases = 0;
  for (int a = 0; a < ARRAYS; a++)
    for (int b = a + 1; b < ARRAYS; b++)
      for (int end = 0; end <= 1; end++)
        for (int apart = 0; apart <= 1; apart++) {
          if (statuses[b] == 0) continue; /* both are read only */
          _Alignas(64) char rooms[ARRAYS][ROOM] = {{0}};
          char *at[ARRAYS];
          for (int i = 0; i < ARRAYS; i++) at[i] = rooms[i] + ROOM / 2;
          memcpy(at[0], dense, sizeof dense);
          memcpy(at[1], starts, sizeof starts);
          at[b] = end != 0 ? at[a] + sizes[a] - (apart != 0 ? 0 : sizeof(float))
                           : at[a] - sizes[b] + (apart != 0 ? 0 : sizeof(float));
          char before[ARRAYS][ROOM];
          memcpy(before, rooms, sizeof rooms);
          const int status = kron_eye_csr_fill_f32(ROWS, COLS, (const float *)(void *)at[0], COLS,
                                                   KRON_EYE_INDEX_INT32, at[1], NNZ, at[2],
                                                   (float *)(void *)at[3]);
          if (status != (apart != 0 ? 0 : statuses[b]))
            fail_msg("arrays %d and %d, %s, %s: %d", a, b, end != 0 ? "end" : "start",
                     apart != 0 ? "apart" : "one element shared", status);
          if (apart == 0) assert_memory_equal(rooms, before, sizeof rooms);
          cases++;
        }
  check_cases("pairs of arrays", cases, 5 * 2 * 2);
}

/* ---------------------------------------------------------------- entries of a block */

/* A row's entries come in any order of its blocks. Each block's own entries, in their order, give
   the bits that they give as a row of the matrix by themselves. */
static void blocks_in_any_order(void **state) {
  (void)state;
  enum { BATCH = 4, LEFT = 3, N = 20, ENTRIES = 31, ORDERS = 40 };
  const size_t ms[] = {1, 2, 5, 16, 33, 70};
  rng r = rng_start("orders of blocks");
  size_t cases = 0;
  for (size_t s = 0; s < 6; s++)
    for (int route = KRON_EYE_ROUTE_KERNEL; route <= KRON_EYE_ROUTE_BLAS; route++)
      for (int order = 0; order < ORDERS; order++, cases++) {
        operands o = operands_create(&all_plan_types[0], BATCH, LEFT, ms[s], N, ZEROS_NONE, &r);
        int32_t row_starts[BATCH + 1] = {0}, row_indices[BATCH * ENTRIES],
                                   block_starts[BATCH * LEFT + 1] = {0},
                                   block_indices[BATCH * ENTRIES];
        float row_values[BATCH * ENTRIES], block_values[BATCH * ENTRIES];
        for (size_t b = 0, k = 0; b < BATCH; b++) {
          for (size_t e = b * ENTRIES; e < (b + 1) * ENTRIES; e++) {
            row_indices[e] = (int32_t)rng_below(&r, LEFT * N);
            row_values[e] = (float)rng_normal(&r);
          }
          row_starts[b + 1] = (int32_t)((b + 1) * ENTRIES);
          for (size_t a = 0; a < LEFT; a++) {
            for (size_t e = b * ENTRIES; e < (b + 1) * ENTRIES; e++)
              if ((size_t)row_indices[e] / N == a) {
                block_indices[k] = row_indices[e] % N;
                block_values[k++] = row_values[e];
              }
            block_starts[b * LEFT + a + 1] = (int32_t)k;
          }
        }
        kron_eye_csr rows = KRON_EYE_CSR_INIT, blocks = KRON_EYE_CSR_INIT;
        rows.rows = BATCH;
        rows.cols = LEFT * N;
        blocks.rows = BATCH * LEFT;
        blocks.cols = N;
        rows.nnz = blocks.nnz = BATCH * ENTRIES;
        rows.indptr = row_starts;
        rows.indices = row_indices;
        rows.values = row_values;
        blocks.indptr = block_starts;
        blocks.indices = block_indices;
        blocks.values = block_values;
        kron_eye_options options = KRON_EYE_OPTIONS_INIT;
        options.route = route;
        kron_eye_plan *plan = operands_plan(&o, 0, &options);
        const size_t row = LEFT * o.m, bytes = BATCH * row * sizeof(float);
        float *by_rows = malloc(bytes), *by_blocks = malloc(bytes);
        assert_true(by_rows != NULL && by_blocks != NULL);
        assert_int_equal(kron_eye_apply_csr_f32(plan, BATCH, 1, &rows, 0, by_rows, row), 0);
        assert_int_equal(kron_eye_apply_csr_f32(plan, BATCH, 1, &blocks, 0, by_blocks, row), 0);
        assert_memory_equal(by_rows, by_blocks, bytes);
        free(by_rows);
        free(by_blocks);
        kron_eye_plan_destroy(plan);
        operands_destroy(&o);
      }
  check_cases("orders", cases, 6 * 2 * ORDERS);
}

/* Rows of so many blocks that not all of their ends are remembered at a time, in order or not, some
   blocks empty; each block as if it were a row of the matrix. On four threads a heavy row is cut by
   its blocks. */
static void many_blocks_a_row(void **state) {
  (void)state;
  enum { N = 3, M = 2, MOST_LEFT = 300, REPEATS = 4 };
  static const float w[M * N] = {1, -2, 3, 5, 7, -11};
  const size_t lefts[] = {2, 63, 64, 65, 127, 128, 129, MOST_LEFT};
  enum { LEFTS = sizeof lefts / sizeof *lefts };
  rng r = rng_start("many blocks");
  size_t cases = 0;
  for (size_t l = 0; l < LEFTS; l++)
    for (int repeat = 0; repeat < REPEATS; repeat++, cases++) {
      const size_t left = lefts[l];
      static int32_t indices[MOST_LEFT * N];
      static float values[MOST_LEFT * N], y[MOST_LEFT * M], expected[MOST_LEFT * M];
      size_t nnz = 0;
      for (size_t i = 0; i < MOST_LEFT * M; i++) y[i] = expected[i] = (float)(i % 5);
      for (size_t c = 0; c < left * N; c++) {
        if (rng_below(&r, 3) == 0 || c / N % 4 == 1) continue;
        indices[nnz] = (int32_t)c;
        values[nnz] = (float)(1 + c % 7);
        for (size_t i = 0; i < M; i++) expected[c / N * M + i] += w[i * N + c % N] * values[nnz];
        nnz++;
      }
      if (repeat % 2 != 0 && nnz > 1) { /* the last entry moves to the front */
        const int32_t index = indices[nnz - 1];
        const float value = values[nnz - 1];
        memmove(indices + 1, indices, (nnz - 1) * sizeof *indices);
        memmove(values + 1, values, (nnz - 1) * sizeof *values);
        indices[0] = index;
        values[0] = value;
      }
      const int32_t starts[] = {0, (int32_t)nnz};
      kron_eye_csr x = KRON_EYE_CSR_INIT;
      x.rows = 1;
      x.cols = left * N;
      x.nnz = nnz;
      x.indptr = starts;
      x.indices = indices;
      x.values = values;
      kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
      shape.left = left;
      shape.m = M;
      shape.n = N;
      kron_eye_options options = KRON_EYE_OPTIONS_INIT;
      options.route = KRON_EYE_ROUTE_KERNEL;
      kron_eye_plan *plan = NULL;
      assert_int_equal(kron_eye_plan_create_f32(&plan, &shape, w, N, &options), 0);
      assert_int_equal(kron_eye_apply_csr_f32(plan, 1, 1, &x, 1, y, left * M), 0);
      for (size_t i = 0; i < left * M; i++) assert_true(y[i] == expected[i]);
      kron_eye_plan_destroy(plan);
    }
  check_cases("rows of many blocks", cases, LEFTS * REPEATS);
}

/* More columns than the type of the indices can count: blocks that no entry can reach are empty.
   The first columns of some of them are those of others, but for bits that the type lacks. */
static void more_columns_than_indices(void **state) {
  (void)state;
  enum { N = 1 << 17, LEFT = (1 << 15) + 3 };
  static float w[N], y[LEFT];
  for (size_t j = 0; j < N; j++) w[j] = (float)(j % 5) + 1;
  /* The last entry of a row ends the search for its blocks. */
  static const int32_t starts[] = {0, 3}, orders[][3] = {{1, N + 2, INT32_MAX},
                                                         {N + 2, 1, INT32_MAX},
                                                         {INT32_MAX, N + 2, 1},
                                                         {N + 2, INT32_MAX, 1},
                                                         {N + 2, INT32_MAX, N + 1}};
  static const float values[] = {1, 10, 100};
  enum { ORDERS = sizeof orders / sizeof *orders };
  kron_eye_csr x = KRON_EYE_CSR_INIT;
  x.rows = 1;
  x.cols = (size_t)LEFT * N;
  x.nnz = 3;
  x.indptr = starts;
  x.values = values;
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = LEFT;
  shape.m = 1;
  shape.n = N;
  kron_eye_plan *plan = NULL;
  assert_int_equal(kron_eye_plan_create_f32(&plan, &shape, w, N, NULL), 0);
  size_t cases = 0;
  for (; cases < ORDERS; cases++) {
    x.indices = orders[cases];
    memset(y, 0xff, sizeof y);
    assert_int_equal(kron_eye_apply_csr_f32(plan, 1, 1, &x, 0, y, LEFT), 0);
    for (size_t a = 0; a < LEFT; a++) {
      float expected = 0;
      for (size_t e = 0; e < 3; e++) {
        const size_t column = (size_t)orders[cases][e];
        if (column / N == a) expected += values[e] * w[column % N];
      }
      assert_true(y[a] == expected);
    }
  }
  kron_eye_plan_destroy(plan);
  check_cases("orders of entries", cases, ORDERS);
}

/* ---------------------------------------------------------------- every share of non-zeros */

enum { SHARE_ROWS = 5, SHARE_COLS = 203 };

/* Is element (r, j) a non-zero? Of each 64 columns, the last one alone in row 0, and beside `share`
   others in the rows that follow. */
static bool nonzero_at(size_t r, size_t j, size_t share) {
  const size_t column = j % 64;
  return column == 63 || (r > 0 && (column * 37 + r) % 64 < share);
}

static double value_at(size_t r, size_t j) {
  return (double)(r * SHARE_COLS + j + 1);
}

/* Converts in one step and compares every entry; returns their number. */
static size_t convert_share(size_t share, int index_type, bool wide) {
  static double x64[SHARE_ROWS * SHARE_COLS], values64[SHARE_ROWS * SHARE_COLS];
  static float x32[SHARE_ROWS * SHARE_COLS], values32[SHARE_ROWS * SHARE_COLS];
  static int64_t starts[SHARE_ROWS + 1], indices[SHARE_ROWS * SHARE_COLS];
  const size_t all = SHARE_ROWS * SHARE_COLS;
  const kron_eye_csr m = {.index_type = index_type}; /* for sparse_integer() */
  for (size_t i = 0; i < all; i++) {
    const size_t r = i / SHARE_COLS, j = i % SHARE_COLS;
    x64[i] = nonzero_at(r, j, share) ? value_at(r, j) : 0;
    x32[i] = (float)x64[i];
  }
  const int status = wide ? kron_eye_csr_convert_f64(SHARE_ROWS, SHARE_COLS, x64, SHARE_COLS,
                                                     index_type, starts, all, indices, values64)
                          : kron_eye_csr_convert_f32(SHARE_ROWS, SHARE_COLS, x32, SHARE_COLS,
                                                     index_type, starts, all, indices, values32);
  assert_int_equal(status, 0);
  size_t k = 0;
  for (size_t r = 0; r < SHARE_ROWS; r++) {
    assert_int_equal(sparse_integer(&m, starts, r), k);
    for (size_t j = 0; j < SHARE_COLS; j++) {
      if (!nonzero_at(r, j, share)) continue;
      const double value = wide ? values64[k] : (double)values32[k];
      if (sparse_integer(&m, indices, k) != (int64_t)j || value != value_at(r, j))
        fail_msg("share %zu, row %zu: entry %zu is %g in column %lld, not %g in %zu", share, r, k,
                 value, (long long)sparse_integer(&m, indices, k), value_at(r, j), j);
      k++;
    }
  }
  assert_int_equal(sparse_integer(&m, starts, SHARE_ROWS), k);
  return k;
}

static void every_share_of_nonzeros(void **state) {
  (void)state;
  size_t entries = 0;
  for (size_t share = 0; share <= 64; share++)
    for (int wide = 0; wide < 2; wide++) {
      entries += convert_share(share, KRON_EYE_INDEX_INT32, wide != 0);
      entries += convert_share(share, KRON_EYE_INDEX_INT64, wide != 0);
    }
  assert_true(entries > 100000);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_bad_integer),           cmocka_unit_test(short_arrays),
      cmocka_unit_test(fill_to_the_brim),          cmocka_unit_test(every_share_of_nonzeros),
      cmocka_unit_test(y_meets_an_array),          cmocka_unit_test(arrays_of_a_conversion_meet),
      cmocka_unit_test(blocks_in_any_order),       cmocka_unit_test(many_blocks_a_row),
      cmocka_unit_test(more_columns_than_indices),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
