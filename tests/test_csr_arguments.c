/*
 * test_csr_arguments.c - both the check and the apply find every malformed matrix, with its kind
 * and position, and the apply then leaves y untouched; every other bad argument has its status; the
 * conversion from dense checks its arguments, and converting back gives the same array. All arrays
 * touch inaccessible pages.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "sparse.h"

enum { BATCH = 4, LEFT = 3, M = 5, N = 40, ROWS = BATCH * LEFT, CANARY = 0x5a };

/* One small product, whose matrix may be changed. */
typedef struct product {
  operands o;
  kron_eye_plan *plan;
  sparse x;
  guarded y;
} product;

static product product_create(const plan_types *t, int index_type, rng *r) {
  product p = {.o = operands_create(t, BATCH, LEFT, M, N, ZEROS_SCATTERED, r)};
  p.plan = operands_plan(&p.o, 0, NULL);
  sparse made = sparse_create(&p.o, BATCH, true, index_type, SPARSE_SHUFFLED, GUARDED_END, r);
  p.x = made;
  p.x.indptr = guarded_create(made.indptr.bytes, GUARDED_END);
  p.x.indices = guarded_create(made.indices.bytes, GUARDED_END);
  memcpy(p.x.indptr.data, made.indptr.data, made.indptr.bytes);
  memcpy(p.x.indices.data, made.indices.data, made.indices.bytes);
  guarded_destroy(&made.indptr);
  guarded_destroy(&made.indices);
  p.x.view.indptr = p.x.indptr.data;
  p.x.view.indices = p.x.indices.data;
  p.y = guarded_create((size_t)BATCH * LEFT * M * element_size(t->y), GUARDED_END);
  memset(p.y.data, CANARY, p.y.bytes);
  return p;
}

static void product_destroy(product *p) {
  sparse_destroy(&p->x);
  guarded_destroy(&p->y);
  kron_eye_plan_destroy(p->plan);
  operands_destroy(&p->o);
}

static int product_apply(const product *p, double alpha, const kron_eye_csr *x) {
  return sparse_apply(p->o.t, p->plan, BATCH, alpha, x, 1, p->y.data, (size_t)LEFT * M);
}

static void y_is_untouched(const product *p) {
  for (size_t b = 0; b < p->y.bytes; b++) assert_int_equal(((unsigned char *)p->y.data)[b], CANARY);
}

/* Expects exactly this fault from the check, and from the apply if it looks for it. */
static void expect_fault(const product *p, const kron_eye_csr *x, int kind, size_t position) {
  kron_eye_csr_fault fault = {-1, 12345};
  assert_int_equal(kron_eye_csr_check(x, &fault), -1);
  assert_int_equal(fault.kind, kind);
  assert_int_equal(fault.position, position);
  assert_int_equal(kron_eye_csr_check(x, NULL), -1);
  assert_int_equal(product_apply(p, 1, x), -4);
  y_is_untouched(p);
}

/* Faults of the struct, whether or not x is trusted, and for alpha = 0 too. */
static void faults_of_the_struct(void **state) {
  (void)state;
  rng r = rng_start("struct faults");
  size_t cases = 0;
  for (size_t t = 0; t < 3; t++) {
    product p = product_create(&all_plan_types[t], (int)t % 2, &r);
    for (int trusted = 0; trusted <= 1; trusted++) {
      p.x.view.trusted = trusted;
      const kron_eye_csr good = p.x.view;
      struct {
        kron_eye_csr view;
        char tail;
      } longer = {good, 0};
      kron_eye_csr bad[12];
      for (size_t i = 0; i < 12; i++) bad[i] = good;
      const int kinds[12] = {
          KRON_EYE_CSR_BAD_STRUCT, KRON_EYE_CSR_BAD_STRUCT, KRON_EYE_CSR_BAD_STRUCT,
          KRON_EYE_CSR_BAD_STRUCT, KRON_EYE_CSR_BAD_STRUCT, KRON_EYE_CSR_BAD_STRUCT,
          KRON_EYE_CSR_TOO_LARGE,  KRON_EYE_CSR_TOO_LARGE,  KRON_EYE_CSR_TOO_LARGE,
          KRON_EYE_CSR_NO_INDPTR,  KRON_EYE_CSR_NO_INDICES, KRON_EYE_CSR_NO_VALUES};
      bad[0].size = 0;
      bad[1].size = sizeof bad[1] - 1;
      bad[2].index_type = 2;
      bad[3].value_type = -1;
      bad[4].trusted = 2;
      bad[5].reserved = 1;
      bad[6].rows = SIZE_MAX;
      bad[7].rows = PTRDIFF_MAX / 4;
      bad[8].nnz = PTRDIFF_MAX / 2;
      bad[9].indptr = NULL;
      bad[10].indices = NULL;
      bad[11].values = NULL;
      for (size_t i = 0; i < 12; i++, cases++) {
        expect_fault(&p, &bad[i], kinds[i], 0);
        assert_int_equal(product_apply(&p, 0, &bad[i]), -4);
      }
      longer.view.size = sizeof longer;
      memset((char *)&longer + sizeof good, 0, sizeof longer - sizeof good);
      assert_int_equal(kron_eye_csr_check(&longer.view, NULL), 0);
      longer.tail = 1;
      expect_fault(&p, &longer.view, KRON_EYE_CSR_BAD_STRUCT, 0);
      expect_fault(&p, NULL, KRON_EYE_CSR_BAD_STRUCT, 0);
      y_is_untouched(&p);
    }
    product_destroy(&p);
  }
  check_cases("struct faults", cases, 3 * 2 * 12);
}

/* Changes every integer of indptr in every invalid way, one at a time. */
static void faults_of_indptr(void **state) {
  (void)state;
  rng r = rng_start("indptr faults");
  size_t cases = 0;
  for (size_t t = 0; t < 3; t++)
    for (int index_type = 0; index_type <= 1; index_type++) {
      product p = product_create(&all_plan_types[t], index_type, &r);
      const kron_eye_csr *x = &p.x.view;
      const int64_t most = index_type ? INT64_MAX : INT32_MAX,
                    least = index_type ? INT64_MIN : INT32_MIN;
      for (size_t i = 0; i <= ROWS; i++) {
        const int64_t right = sparse_integer(x, x->indptr, i);
        const int64_t wrong[] = {-1, least, most, (int64_t)x->nnz + 1};
        for (size_t v = 0; v < 4; v++, cases++) {
          sparse_integer_set(x, p.x.indptr.data, i, wrong[v]);
          const bool falls = wrong[v] < 0;
          if (i == 0)
            expect_fault(&p, x, KRON_EYE_CSR_BAD_START, 0);
          else if (falls)
            expect_fault(&p, x, KRON_EYE_CSR_DECREASING, i);
          else if (i < ROWS)
            expect_fault(&p, x, KRON_EYE_CSR_DECREASING, i + 1);
          else
            expect_fault(&p, x, KRON_EYE_CSR_BAD_END, ROWS);
        }
        sparse_integer_set(x, p.x.indptr.data, i, right);
      }
      kron_eye_csr shorter = *x;
      shorter.nnz--;
      expect_fault(&p, &shorter, KRON_EYE_CSR_BAD_END, ROWS);
      assert_int_equal(kron_eye_csr_check(x, NULL), 0);
      product_destroy(&p);
    }
  check_cases("indptr faults", cases, 3 * 2 * (ROWS + 1) * 4);
}

/* Changes every index in every invalid way; of two faults the first is reported. */
static void faults_of_indices(void **state) {
  (void)state;
  rng r = rng_start("index faults");
  size_t cases = 0, entries = 0;
  for (size_t t = 0; t < 3; t++)
    for (int index_type = 0; index_type <= 1; index_type++) {
      product p = product_create(&all_plan_types[t], index_type, &r);
      const kron_eye_csr *x = &p.x.view;
      const int64_t wrong[] = {-1, N, index_type ? INT64_MIN : INT32_MIN,
                               index_type ? INT64_MAX : INT32_MAX};
      for (size_t e = 0; e < x->nnz; e++) {
        const int64_t right = sparse_integer(x, x->indices, e);
        const size_t second = e + rng_below(&r, x->nnz - e);
        const int64_t right_second = sparse_integer(x, x->indices, second);
        for (size_t v = 0; v < 4; v++, cases++) {
          sparse_integer_set(x, p.x.indices.data, second, wrong[3 - v]);
          sparse_integer_set(x, p.x.indices.data, e, wrong[v]);
          expect_fault(&p, x, KRON_EYE_CSR_INDEX_OUTSIDE, e);
        }
        sparse_integer_set(x, p.x.indices.data, second, right_second);
        sparse_integer_set(x, p.x.indices.data, e, right);
      }
      entries += x->nnz;
      assert_int_equal(kron_eye_csr_check(x, NULL), 0);
      product_destroy(&p);
    }
  check_cases("index faults", cases, 4 * entries);
}

/* A fault far into arrays that several threads check. */
static void faults_in_long_arrays(void **state) {
  (void)state;
  enum { COUNT = 3000000 };
  int32_t *indices = calloc(COUNT, sizeof *indices);
  float *values = calloc(COUNT, sizeof *values);
  assert_true(indices != NULL && values != NULL);
  const int32_t starts[] = {0, COUNT};
  kron_eye_csr x = KRON_EYE_CSR_INIT;
  x.rows = 1;
  x.cols = 1;
  x.nnz = COUNT;
  x.indptr = starts;
  x.indices = indices;
  x.values = values;
  rng r = rng_start("long arrays");
  size_t cases = 0;
  assert_int_equal(kron_eye_csr_check(&x, NULL), 0);
  for (; cases < 50; cases++) {
    const size_t e = cases == 0 ? COUNT - 1 : rng_below(&r, COUNT);
    kron_eye_csr_fault fault;
    indices[e] = 1;
    assert_int_equal(kron_eye_csr_check(&x, &fault), -1);
    assert_int_equal(fault.kind, KRON_EYE_CSR_INDEX_OUTSIDE);
    assert_int_equal(fault.position, e);
    indices[e] = 0;
  }
  free(indices);
  free(values);
  check_cases("places in long arrays", cases, 50);
}

/* Which indices are valid if the number of columns is near 0 or near the limit of the index type.
 * If there are more columns than the type can hold, all its non-negative values are valid. */
static void columns_at_the_limits(void **state) {
  (void)state;
  const size_t columns[] = {0,
                            1,
                            2,
                            INT32_MAX - 1,
                            INT32_MAX,
                            (size_t)INT32_MAX + 1,
                            (size_t)INT32_MAX + 2,
                            UINT32_MAX,
                            (size_t)UINT32_MAX + 1,
                            (size_t)UINT32_MAX + 2,
                            PTRDIFF_MAX - 1,
                            PTRDIFF_MAX,
                            (size_t)PTRDIFF_MAX + 1,
                            (size_t)PTRDIFF_MAX + 2,
                            SIZE_MAX};
  const int64_t indices[] = {0,
                             1,
                             2,
                             INT32_MAX - 1,
                             INT32_MAX,
                             (int64_t)INT32_MAX + 1,
                             INT64_MAX,
                             INT64_MIN,
                             -1,
                             INT32_MIN,
                             UINT32_MAX,
                             (int64_t)UINT32_MAX + 1,
                             INT64_MAX - 1};
  enum { COLUMNS = sizeof columns / sizeof *columns, INDICES = sizeof indices / sizeof *indices };
  const int64_t starts64[] = {0, 1};
  const int32_t starts32[] = {0, 1};
  const double value = 1;
  size_t cases = 0, outside = 0;
  for (int index_type = 0; index_type <= 1; index_type++)
    for (size_t c = 0; c < COLUMNS; c++)
      for (size_t i = 0; i < INDICES; i++) {
        const bool narrow = index_type == KRON_EYE_INDEX_INT32;
        if (narrow && (indices[i] < INT32_MIN || indices[i] > INT32_MAX)) continue;
        const int32_t index32 = narrow ? (int32_t)indices[i] : 0;
        kron_eye_csr x = KRON_EYE_CSR_INIT;
        x.rows = x.nnz = 1;
        x.cols = columns[c];
        x.index_type = index_type;
        x.value_type = KRON_EYE_VALUE_DOUBLE;
        x.indptr = narrow ? (const void *)starts32 : starts64;
        x.indices = narrow ? (const void *)&index32 : &indices[i];
        x.values = &value;
        const bool inside = indices[i] >= 0 && (size_t)indices[i] < columns[c];
        kron_eye_csr_fault fault = {-1, 12345};
        if (kron_eye_csr_check(&x, &fault) != (inside ? 0 : -1))
          fail_msg("%s: index %lld of %zu columns is not found to be %s",
                   narrow ? "int32" : "int64", (long long)indices[i], columns[c],
                   inside ? "inside" : "outside");
        assert_int_equal(fault.kind, inside ? KRON_EYE_CSR_NO_FAULT : KRON_EYE_CSR_INDEX_OUTSIDE);
        assert_int_equal(fault.position, 0);
        outside += !inside;
        cases++;
      }
  assert_in_range(outside, cases / 4, cases - cases / 4);
  check_cases("columns and indices at their limits", cases, COLUMNS * (INDICES + 7));
}

/* Sizes at the limit, to the byte: the largest arrays that fit are not too large, whatever else is
 * wrong. */
static void sizes_at_the_limits(void **state) {
  (void)state;
  size_t cases = 0;
  for (int index_type = 0; index_type <= 1; index_type++)
    for (int value_type = 0; value_type <= 1; value_type++, cases++) {
      const size_t index = index_type ? 8 : 4, value = value_type ? 8 : 4;
      const size_t most_rows = PTRDIFF_MAX / index - 1;
      const size_t most_entries = PTRDIFF_MAX / (index > value ? index : value);
      kron_eye_csr x = KRON_EYE_CSR_INIT;
      x.index_type = index_type;
      x.value_type = value_type;
      kron_eye_csr_fault fault;
      for (size_t over = 0; over <= 1; over++) {
        x.rows = most_rows + over;
        x.nnz = most_entries;
        kron_eye_csr_check(&x, &fault);
        assert_int_equal(fault.kind, over ? KRON_EYE_CSR_TOO_LARGE : KRON_EYE_CSR_NO_INDPTR);
        x.rows = 0;
        x.nnz = most_entries + over;
        kron_eye_csr_check(&x, &fault);
        assert_int_equal(fault.kind, over ? KRON_EYE_CSR_TOO_LARGE : KRON_EYE_CSR_NO_INDPTR);
      }
    }
  check_cases("types of a matrix", cases, 4);
}

/* The other arguments, one invalid at a time. */
static void statuses_of_apply(void **state) {
  (void)state;
  rng r = rng_start("csr statuses");
  size_t cases = 0;
  for (size_t t = 0; t < 3; t++) {
    product p = product_create(&all_plan_types[t], 0, &r), other;
    other = product_create(&all_plan_types[(t + 1) % 3], 0, &r);
    const plan_types *types = p.o.t;
    const kron_eye_csr *x = &p.x.view;
    const size_t row = (size_t)LEFT * M, size = element_size(types->y);
    void *y = p.y.data;
    assert_int_equal(sparse_apply(types, NULL, BATCH, 1, x, 1, y, row), -1);
    assert_int_equal(sparse_apply(types, other.plan, BATCH, 1, x, 1, y, row), -1);
    assert_int_equal(sparse_apply(types, p.plan, BATCH, 1, x, 1, y, SIZE_MAX / size), -2);
    assert_int_equal(sparse_apply(types, p.plan, BATCH + 1, 1, x, 1, y, row), -4);
    assert_int_equal(sparse_apply(types, p.plan, ROWS, 1, x, 1, y, row), -4);
    kron_eye_csr wrong = *x;
    wrong.value_type = !wrong.value_type;
    assert_int_equal(product_apply(&p, 1, &wrong), -4);
    wrong = *x;
    wrong.cols = N + 1;
    assert_int_equal(product_apply(&p, 1, &wrong), -4);
    wrong.cols = LEFT * N; /* the rows belong to the other shape */
    assert_int_equal(product_apply(&p, 1, &wrong), -4);
    assert_int_equal(sparse_apply(types, p.plan, BATCH, 1, x, 1, NULL, row), -6);
    assert_int_equal(sparse_apply(types, p.plan, BATCH, 1, x, 1, y, row - 1), -7);
    y_is_untouched(&p);
    /* y overlapping each array in turn: an array larger than y, checked by its own size in bytes.
     */
    void *const arrays[] = {p.x.indptr.data, p.x.indices.data};
    for (size_t a = 0; a < 2; a++) {
      char *copy = malloc(p.x.indptr.bytes);
      assert_non_null(copy);
      memcpy(copy, arrays[a], p.x.indptr.bytes);
      assert_int_equal(
          sparse_apply(types, p.plan, BATCH, 1, x, 1, (char *)arrays[a] - p.y.bytes + 1, row), -6);
      assert_memory_equal(copy, arrays[a], p.x.indptr.bytes);
      free(copy);
    }
    assert_int_equal(sparse_apply(types, p.plan, BATCH, 1, x, 1, (void *)x->values, row), -6);
    /* alpha = 0 reads no array, so an invalid one does no harm. */
    sparse_integer_set(x, p.x.indices.data, 0, -1);
    assert_int_equal(product_apply(&p, 1, x), -4);
    y_is_untouched(&p);
    assert_int_equal(product_apply(&p, 0, x), 0);
    product_destroy(&p);
    product_destroy(&other);
    cases++;
  }
  check_cases("types", cases, 3);
}

static void every_kind_has_a_text(void **state) {
  (void)state;
  size_t pairs = 0;
  for (int a = -1; a <= KRON_EYE_CSR_INDEX_OUTSIDE; a++)
    for (int b = a + 1; b <= KRON_EYE_CSR_INDEX_OUTSIDE; b++, pairs++)
      assert_string_not_equal(kron_eye_csr_fault_text(a), kron_eye_csr_fault_text(b));
  assert_string_equal(kron_eye_csr_fault_text(-1), kron_eye_csr_fault_text(1000));
  check_cases("pairs of texts", pairs, 55);
}

/* ------------------------------------------------------------------ dense to CSR */

static int count_nonzeros(bool f64, size_t rows, size_t cols, const void *x, size_t ldx,
                          size_t *count) {
  return f64 ? kron_eye_count_nonzeros_f64(rows, cols, x, ldx, count)
             : kron_eye_count_nonzeros_f32(rows, cols, x, ldx, count);
}

static int csr_count(bool f64, size_t rows, size_t cols, const void *x, size_t ldx, int index_type,
                     void *indptr) {
  return f64 ? kron_eye_csr_count_f64(rows, cols, x, ldx, index_type, indptr)
             : kron_eye_csr_count_f32(rows, cols, x, ldx, index_type, indptr);
}

static int csr_fill(bool f64, size_t rows, size_t cols, const void *x, size_t ldx, int index_type,
                    const void *indptr, size_t capacity, void *indices, void *values) {
  return f64 ? kron_eye_csr_fill_f64(rows, cols, x, ldx, index_type, indptr, capacity, indices,
                                     values)
             : kron_eye_csr_fill_f32(rows, cols, x, ldx, index_type, indptr, capacity, indices,
                                     values);
}

static int csr_convert(bool f64, size_t rows, size_t cols, const void *x, size_t ldx,
                       int index_type, void *indptr, size_t capacity, void *indices, void *values) {
  return f64 ? kron_eye_csr_convert_f64(rows, cols, x, ldx, index_type, indptr, capacity, indices,
                                        values)
             : kron_eye_csr_convert_f32(rows, cols, x, ldx, index_type, indptr, capacity, indices,
                                        values);
}

/* The conversion in one step, in arrays that have room for rows*cols elements and none more, gives
   what the two steps gave. */
static void expect_in_one_step(bool f64, size_t rows, size_t cols, const void *x, size_t ldx,
                               int index_type, const guarded *indptr, const guarded *indices,
                               const guarded *values) {
  const size_t size = f64 ? 8 : 4, integer = index_type ? 8 : 4;
  guarded starts = guarded_create((rows + 1) * integer, GUARDED_END),
          columns = guarded_create(rows * cols * integer, GUARDED_END),
          entries = guarded_create(rows * cols * size, GUARDED_END);
  memset(starts.data, 0x77, starts.bytes);
  assert_int_equal(csr_convert(f64, rows, cols, x, ldx, index_type, starts.data, rows * cols,
                               columns.data, entries.data),
                   0);
  assert_memory_equal(starts.data, indptr->data, indptr->bytes);
  if (indices->bytes != 0) {
    assert_memory_equal(columns.data, indices->data, indices->bytes);
    assert_memory_equal(entries.data, values->data, values->bytes);
  }
  guarded_destroy(&starts);
  guarded_destroy(&columns);
  guarded_destroy(&entries);
}

/* Dense to CSR in arrays that are just long enough, compared with a simple loop: the bits of the
 * values, ascending indices, gaps of x not read (they hold NaN, which would count as non-zero). */
static void conversion_stores_the_nonzeros(void **state) {
  (void)state;
  rng r = rng_start("conversion");
  size_t cases = 0;
  for (int f64 = 0; f64 <= 1; f64++)
    for (int index_type = 0; index_type <= 1; index_type++)
      for (size_t round = 0; round < 400; round++, cases++) {
        const element type = f64 ? ELEMENT_F64 : ELEMENT_F32;
        const size_t size = element_size(type), integer = index_type ? 8 : 4;
        const size_t rows = rng_below(&r, 6), cols = rng_below(&r, 300),
                     ldx = cols + rng_below(&r, 3);
        const size_t density = rng_below(&r, 11);
        guarded x = guarded_create(rows == 0 ? 0 : ((rows - 1) * ldx + cols) * size, GUARDED_END);
        memset(x.data, 0xff, x.bytes);
        size_t nonzeros = 0;
        for (size_t i = 0; i < rows; i++)
          for (size_t j = 0; j < cols; j++) {
            const double kinds[] = {rng_normal(&r), INFINITY, NAN, 0x1p-149};
            const double zero = rng_below(&r, 2) != 0 ? -0.0 : 0.0;
            const bool stored = rng_below(&r, 10) < density;
            element_set(type, x.data, i * ldx + j, stored ? kinds[rng_below(&r, 4)] : zero);
            nonzeros += stored;
          }
        guarded_read_only(&x);
        size_t counted = SIZE_MAX;
        assert_int_equal(count_nonzeros(f64, rows, cols, x.data, ldx, &counted), 0);
        assert_int_equal(counted, nonzeros);
        kron_eye_csr view = KRON_EYE_CSR_INIT;
        view.index_type = index_type;
        guarded indptr = guarded_create((rows + 1) * integer, GUARDED_END);
        assert_int_equal(csr_count(f64, rows, cols, x.data, ldx, index_type, indptr.data), 0);
        assert_int_equal(sparse_integer(&view, indptr.data, rows), nonzeros);
        guarded_read_only(&indptr);
        guarded indices = guarded_create(nonzeros * integer, GUARDED_END);
        guarded values = guarded_create(nonzeros * size, GUARDED_END);
        assert_int_equal(csr_fill(f64, rows, cols, x.data, ldx, index_type, indptr.data, nonzeros,
                                  indices.data, values.data),
                         0);
        size_t k = 0;
        for (size_t i = 0; i < rows; i++) {
          assert_int_equal(sparse_integer(&view, indptr.data, i), k);
          for (size_t j = 0; j < cols; j++) {
            if (element_get(type, x.data, i * ldx + j) == 0) continue;
            assert_int_equal(sparse_integer(&view, indices.data, k), j);
            assert_memory_equal((char *)values.data + k * size,
                                (char *)x.data + (i * ldx + j) * size, size);
            k++;
          }
        }
        assert_int_equal(k, nonzeros);
        expect_in_one_step(f64, rows, cols, x.data, ldx, index_type, &indptr, &indices, &values);
        guarded_destroy(&x);
        guarded_destroy(&indptr);
        guarded_destroy(&indices);
        guarded_destroy(&values);
      }
  check_cases("conversions", cases, 2 * 2 * 400);
}

/* Arrays of many rows on four threads, with and without gaps: pieces in the right places, nothing
   written behind the entries by the two steps, any row's entries as if it were alone. */
static void pieces_are_in_order(void **state) {
  (void)state;
  enum { TRIALS = 6 };
  rng r = rng_start("pieces");
  size_t cases = 0;
  for (int f64 = 0; f64 <= 1; f64++)
    for (int index_type = 0; index_type <= 1; index_type++)
      for (size_t trial = 0; trial < TRIALS; trial++, cases++) {
        const element type = f64 ? ELEMENT_F64 : ELEMENT_F32;
        const size_t size = f64 ? 8 : 4, integer = index_type ? 8 : 4;
        const size_t cols = trial == 0 ? 200000 : 1 + rng_below(&r, 2000);
        const size_t rows = 8000000 / cols, ldx = cols + trial % 2 * 3;
        char *x = calloc(rows * ldx, size);
        void *starts = calloc(rows + 1, integer), *one = calloc(rows + 1, integer);
        assert_true(x != NULL && starts != NULL && one != NULL);
        size_t nonzeros = 0;
        for (size_t i = 0; i < rows; i++)
          for (size_t j = 0; j < cols; j++)
            if (rng_below(&r, 16) < i % 17) {
              element_set(type, x, i * ldx + j, (double)(1 + (i + j) % 1000));
              nonzeros++;
            }
        kron_eye_csr view = KRON_EYE_CSR_INIT;
        view.index_type = index_type;
        assert_int_equal(csr_count(f64, rows, cols, x, ldx, index_type, starts), 0);
        assert_int_equal(sparse_integer(&view, starts, rows), nonzeros);
        const size_t behind = 100, capacity = rows * cols;
        char *indices = malloc((nonzeros + behind) * integer),
             *values = malloc((nonzeros + behind) * size);
        void *columns = malloc(capacity * integer), *entries = malloc(capacity * size);
        assert_true(indices != NULL && values != NULL && columns != NULL && entries != NULL);
        memset(indices, CANARY, (nonzeros + behind) * integer);
        memset(values, CANARY, (nonzeros + behind) * size);
        assert_int_equal(csr_fill(f64, rows, cols, x, ldx, index_type, starts, nonzeros + behind,
                                  indices, values),
                         0);
        for (size_t b = nonzeros * integer; b < (nonzeros + behind) * integer; b++)
          assert_int_equal(indices[b], CANARY);
        for (size_t b = nonzeros * size; b < (nonzeros + behind) * size; b++)
          assert_int_equal(values[b], CANARY);
        size_t k = 0, wrong = 0;
        for (size_t i = 0; i < rows; i++) {
          for (size_t j = 0; j < cols; j++) {
            const double v = element_get(type, x, i * ldx + j);
            if (v == 0) continue;
            wrong += sparse_integer(&view, indices, k) != (int64_t)j ||
                     element_get(type, values, k) != v;
            k++;
          }
          wrong += sparse_integer(&view, starts, i + 1) != (int64_t)k;
        }
        assert_int_equal(wrong, 0);
        assert_int_equal(
            csr_convert(f64, rows, cols, x, ldx, index_type, one, capacity, columns, entries), 0);
        assert_memory_equal(one, starts, (rows + 1) * integer);
        assert_memory_equal(columns, indices, nonzeros * integer);
        assert_memory_equal(entries, values, nonzeros * size);
        free(x);
        free(starts);
        free(one);
        free(indices);
        free(values);
        free(columns);
        free(entries);
      }
  check_cases("arrays of many pieces", cases, 2 * 2 * TRIALS);
}

/* Rows longer than what the library counts at a time, and around its multiples. Only some elements
 * of each are non-zero, including the last. */
static void long_rows_are_counted(void **state) {
  (void)state;
  enum { ROWS_OF_X = 2, ENTRIES = 4 };
  const size_t lengths[] = {4095, 4096,  4097,  5000,    8191,   8192,
                            8193, 12289, 40000, 1048575, 1048577};
  enum { LENGTHS = sizeof lengths / sizeof *lengths };
  rng r = rng_start("long rows");
  size_t cases = 0;
  for (int f64 = 0; f64 <= 1; f64++)
    for (size_t l = 0; l < LENGTHS; l++, cases++) {
      const size_t cols = lengths[l], size = f64 ? 8 : 4;
      const element type = f64 ? ELEMENT_F64 : ELEMENT_F32;
      guarded x = guarded_create(ROWS_OF_X * cols * size, GUARDED_END);
      memset(x.data, 0, x.bytes);
      size_t at[ROWS_OF_X][ENTRIES];
      for (size_t i = 0; i < ROWS_OF_X; i++)
        for (size_t e = 0; e < ENTRIES; e++) {
          at[i][e] = e == ENTRIES - 1 ? cols - 1 : e * 1300 + rng_below(&r, 1300);
          element_set(type, x.data, i * cols + at[i][e], (double)(e + 1));
        }
      guarded_read_only(&x);
      size_t count = 0;
      assert_int_equal(count_nonzeros(f64, ROWS_OF_X, cols, x.data, cols, &count), 0);
      assert_int_equal(count, ROWS_OF_X * ENTRIES);
      int64_t starts[ROWS_OF_X + 1] = {9, 9, 9}, indices[ROWS_OF_X * ENTRIES] = {0};
      double values[ROWS_OF_X * ENTRIES] = {0};
      assert_int_equal(csr_count(f64, ROWS_OF_X, cols, x.data, cols, 1, starts), 0);
      for (size_t i = 0; i <= ROWS_OF_X; i++) assert_int_equal(starts[i], i * ENTRIES);
      assert_int_equal(csr_fill(f64, ROWS_OF_X, cols, x.data, cols, 1, starts, ROWS_OF_X * ENTRIES,
                                indices, values),
                       0);
      for (size_t i = 0; i < ROWS_OF_X * ENTRIES; i++) {
        assert_int_equal(indices[i], at[i / ENTRIES][i % ENTRIES]);
        assert_true(element_get(type, values, i) == (double)(i % ENTRIES + 1));
      }
      guarded_destroy(&x);
    }
  check_cases("long rows", cases, 2 * LENGTHS);
}

static void statuses_of_the_conversion(void **state) {
  (void)state;
  size_t cases = 0;
  for (int f64 = 0; f64 <= 1; f64++, cases++) {
    double memory[20] = {1, 1, 0, 1, 1, 1}; /* as floats, every other one is 0, or non-zero */
    const void *x = memory;
    const size_t huge = PTRDIFF_MAX / 4;
    size_t count = 77;
    assert_int_equal(count_nonzeros(f64, huge, 3, x, 3, &count), -1);
    assert_int_equal(count_nonzeros(f64, 2, 3, NULL, 3, &count), -3);
    assert_int_equal(count_nonzeros(f64, 2, 3, x, 2, &count), -4);
    assert_int_equal(count_nonzeros(f64, 2, 3, x, SIZE_MAX, &count), -4);
    assert_int_equal(count_nonzeros(f64, 2, 3, x, 3, NULL), -5);
    assert_int_equal(count, 77);
    const size_t any_stride[] = {0, 2, SIZE_MAX}; /* ignored if there is at most one row */
    for (size_t i = 0; i < 3; i++) {
      assert_int_equal(count_nonzeros(f64, 1, 3, x, any_stride[i], &count), 0);
      assert_int_equal(count, 2 - (f64 ? 0 : 1));
      assert_int_equal(count_nonzeros(f64, 0, 3, x, any_stride[i], &count), 0);
      assert_int_equal(count, 0);
    }
    int32_t starts[3] = {55, 55, 55};
    assert_int_equal(csr_count(f64, huge, 3, x, 3, 0, starts), -1);
    assert_int_equal(csr_count(f64, 2, 3, NULL, 3, 0, starts), -3);
    assert_int_equal(csr_count(f64, 2, 3, x, 2, 0, starts), -4);
    assert_int_equal(csr_count(f64, 2, 3, x, 3, 2, starts), -5);
    assert_int_equal(csr_count(f64, 0, (size_t)INT32_MAX + 2, x, SIZE_MAX, 0, starts), -5);
    int64_t wide_start = 55; /* columns that fit the index type, or do not */
    assert_int_equal(csr_count(f64, 0, (size_t)INT32_MAX + 2, x, 0, 1, &wide_start), 0);
    assert_int_equal(wide_start, 0);
    int32_t start = 55;
    assert_int_equal(csr_count(f64, 0, (size_t)INT32_MAX + 1, x, 0, 0, &start), 0);
    assert_int_equal(start, 0);
    assert_int_equal(csr_count(f64, 2, 3, x, 3, 0, NULL), -6);
    assert_int_equal(csr_count(f64, 2, 3, x, 3, 0, memory + 2), -6);
    for (size_t i = 0; i < 3; i++) assert_int_equal(starts[i], 55);
    assert_int_equal(csr_count(f64, 2, 3, x, 3, 0, starts), 0);
    const size_t nnz = (size_t)starts[2];
    int32_t indices[6] = {9, 9, 9, 9, 9, 9};
    double values[6] = {7, 7, 7, 7, 7, 7};
    const int32_t falling[3] = {0, 2, 1}, late[3] = {1, 2, 3};
    assert_int_equal(csr_fill(f64, huge, 3, x, 3, 0, starts, 6, indices, values), -1);
    assert_int_equal(csr_fill(f64, 2, 3, NULL, 3, 0, starts, 6, indices, values), -3);
    assert_int_equal(csr_fill(f64, 2, 3, x, 2, 0, starts, 6, indices, values), -4);
    assert_int_equal(csr_fill(f64, 2, 3, x, 3, 9, starts, 6, indices, values), -5);
    assert_int_equal(csr_fill(f64, 2, 3, x, 3, 0, NULL, 6, indices, values), -6);
    assert_int_equal(csr_fill(f64, 2, 3, x, 3, 0, falling, 6, indices, values), -6);
    assert_int_equal(csr_fill(f64, 2, 3, x, 3, 0, late, 6, indices, values), -6);
    assert_int_equal(csr_fill(f64, 2, 3, x, 3, 0, starts, nnz - 1, indices, values), -7);
    assert_int_equal(csr_fill(f64, 2, 3, x, 3, 0, starts, SIZE_MAX, indices, values), -7);
    assert_int_equal(csr_fill(f64, 2, 3, x, 3, 0, starts, 6, NULL, values), -8);
    assert_int_equal(csr_fill(f64, 2, 3, x, 3, 0, starts, nnz, starts, values), -8);
    assert_int_equal(csr_fill(f64, 2, 3, x, 3, 0, starts, 6, indices, NULL), -9);
    assert_int_equal(csr_fill(f64, 2, 3, x, 3, 0, starts, nnz, indices, memory), -9);
    assert_int_equal(csr_fill(f64, 2, 3, x, 3, 0, starts, nnz, indices, indices), -9);
    int32_t one[3] = {55, 55, 55};
    assert_int_equal(csr_convert(f64, huge, 3, x, 3, 0, one, 6, indices, values), -1);
    assert_int_equal(csr_convert(f64, 2, 3, NULL, 3, 0, one, 6, indices, values), -3);
    assert_int_equal(csr_convert(f64, 2, 3, x, 2, 0, one, 6, indices, values), -4);
    assert_int_equal(csr_convert(f64, 2, 3, x, 3, 2, one, 6, indices, values), -5);
    assert_int_equal(csr_convert(f64, 2, 3, x, 3, 0, NULL, 6, indices, values), -6);
    assert_int_equal(csr_convert(f64, 2, 3, x, 3, 0, memory + 2, 6, indices, values), -6);
    assert_int_equal(csr_convert(f64, 2, 3, x, 3, 0, one, 5, indices, values), -7);
    assert_int_equal(csr_convert(f64, 2, 3, x, 3, 0, one, SIZE_MAX, indices, values), -7);
    assert_int_equal(csr_convert(f64, 2, 3, x, 3, 0, one, 6, NULL, values), -8);
    assert_int_equal(csr_convert(f64, 2, 3, x, 3, 0, one, 6, one, values), -8);
    assert_int_equal(csr_convert(f64, 2, 3, x, 3, 0, one, 6, memory, values), -8);
    assert_int_equal(csr_convert(f64, 2, 3, x, 3, 0, one, 6, indices, NULL), -9);
    assert_int_equal(csr_convert(f64, 2, 3, x, 3, 0, one, 6, indices, one), -9);
    assert_int_equal(csr_convert(f64, 2, 3, x, 3, 0, one, 6, indices, memory), -9);
    assert_int_equal(csr_convert(f64, 2, 3, x, 3, 0, one, 6, indices, indices), -9);
    for (size_t i = 0; i < 3; i++) assert_int_equal(one[i], 55);
    for (size_t i = 0; i < 6; i++) assert_true(indices[i] == 9 && values[i] == 7);
    assert_int_equal(csr_convert(f64, 0, 3, NULL, 3, 0, one, 0, NULL, NULL), 0);
    assert_int_equal(one[0], 0);
    assert_int_equal(csr_convert(f64, 2, 0, NULL, 3, 0, one, 0, NULL, NULL), 0);
    assert_true(one[1] == 0 && one[2] == 0);
    assert_int_equal(csr_convert(f64, 2, 3, x, 3, 0, one, 6, indices, values), 0);
    assert_memory_equal(one, starts, sizeof starts);
  }
  check_cases("types of conversions", cases, 2);
}

/* indptr between the rows of x, which have 3 elements and are 8 apart: in a gap, and by one integer
 * over each end.
 */
static void conversion_overlaps_to_the_byte(void **state) {
  (void)state;
  size_t cases = 0;
  for (int f64 = 0; f64 <= 1; f64++) {
    const size_t size = f64 ? 8 : 4, integer = sizeof(int32_t);
    const struct {
      size_t at;
      int status;
    } places[] = {
        {0, -6},
        {3 * size - integer, -6}, /* the first row's last bytes */
        {3 * size, 0},
        {8 * size - 3 * integer, 0},
        {8 * size - 2 * integer, -6}, /* the second row's first */
        {11 * size - integer, -6},
        {11 * size, 0},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++, cases++) {
      double memory[20] = {0};
      const int status =
          csr_count(f64, 2, 3, memory, 8, KRON_EYE_INDEX_INT32, (char *)memory + places[i].at);
      if (status != places[i].status)
        fail_msg("indptr %zu bytes from x: status %d, not %d", places[i].at, status,
                 places[i].status);
    }
  }
  check_cases("places of indptr", cases, 2 * 7);
}

/* x changed between the two steps: this is detected, and nothing is written outside the arrays. */
static void a_changed_array_is_found(void **state) {
  (void)state;
  enum { COLS = 50 };
  float x[2 * COLS] = {0};
  size_t cases = 0;
  for (size_t more = 0; more < 2 * COLS; more++, cases++) {
    memset(x, 0, sizeof x);
    x[3] = x[COLS + 20] = 1;
    int32_t starts[3];
    assert_int_equal(kron_eye_csr_count_f32(2, COLS, x, COLS, 0, starts), 0);
    for (size_t i = 0; i <= more; i++) x[i] = 1;
    if (more == 0) x[3] = x[COLS + 20] = 0;
    guarded indices = guarded_create(2 * sizeof(int32_t), GUARDED_END);
    guarded values = guarded_create(2 * sizeof(float), GUARDED_END);
    const int status =
        kron_eye_csr_fill_f32(2, COLS, x, COLS, 0, starts, 2, indices.data, values.data);
    assert_int_equal(status, -6);
    guarded_destroy(&indices);
    guarded_destroy(&values);
  }
  check_cases("changed arrays", cases, 2 * COLS);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(faults_of_the_struct),
      cmocka_unit_test(faults_of_indptr),
      cmocka_unit_test(faults_of_indices),
      cmocka_unit_test(faults_in_long_arrays),
      cmocka_unit_test(columns_at_the_limits),
      cmocka_unit_test(sizes_at_the_limits),
      cmocka_unit_test(statuses_of_apply),
      cmocka_unit_test(every_kind_has_a_text),
      cmocka_unit_test(conversion_stores_the_nonzeros),
      cmocka_unit_test(pieces_are_in_order),
      cmocka_unit_test(long_rows_are_counted),
      cmocka_unit_test(statuses_of_the_conversion),
      cmocka_unit_test(conversion_overlaps_to_the_byte),
      cmocka_unit_test(a_changed_array_is_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
