/*
 * test_csr.c - sparse x, compared with the oracle: both shapes, both index types, sorted or not,
 * with duplicates and stored zeros; the same bits for any number of threads; stored entries
 * multiply and others do not. The matrix's arrays are always read-only and touch inaccessible
 * pages.
 */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "sparse.h"

/* The plan_types whose x may be sparse: all except bytes. */
enum { SPARSE_TYPES = 3, PAD_BYTE = 0xa5, MOST_THREADS = 4 };

static const double factors[] = {0, 1, -1, 0x1.010102p-8};
enum { FACTORS = sizeof factors / sizeof *factors };
static const layout tight = {0, 0, false, GUARDED_END, 0};

static kron_eye_options options_of(int route, size_t threads) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = route;
  options.threads = threads;
  return options;
}

static bool route_exists(const plan_types *t, int route) {
  return route != KRON_EYE_ROUTE_BLAS || t->x == t->y;
}

/* Applies to rows of y that are `pad` elements longer than needed; the gaps must stay unchanged.
 * The result, batch x (left*m) without gaps, must be freed by the caller. */
static void *apply(const operands *o, const kron_eye_plan *plan, const kron_eye_csr *x,
                   size_t batch, size_t pad, double alpha, double beta) {
  const size_t size = element_size(o->t->y), row = o->left * o->m * size;
  const size_t stride = row + pad * size;
  const guarded_edge edge = pad % 2 != 0 ? GUARDED_START : GUARDED_END;
  guarded y = guarded_create(batch == 0 ? 0 : (batch - 1) * stride + row, edge);
  memset(y.data, beta == 0 ? 0xff : PAD_BYTE, y.bytes); /* 0xff is NaN, to be overwritten */
  const unsigned char gap = beta == 0 ? 0xff : PAD_BYTE;
  for (size_t r = 0; r < batch && beta != 0; r++)
    memcpy((char *)y.data + r * stride, (char *)o->y + r * row, row);
  const int status = sparse_apply(o->t, plan, batch, alpha, x, beta, y.data, stride / size);
  if (status != 0)
    fail_msg("%s batch=%zu left=%zu m=%zu n=%zu: apply gives %d", o->t->name, batch, o->left, o->m,
             o->n, status);
  char *result = calloc(batch * row + 1, 1);
  assert_non_null(result);
  for (size_t r = 0; r < batch; r++) {
    const unsigned char *from = (unsigned char *)y.data + r * stride;
    memcpy(result + r * row, from, row);
    for (size_t b = row; b < stride && r + 1 < batch; b++) assert_int_equal(from[b], gap);
  }
  guarded_destroy(&y);
  return result;
}

/* Compares one product in one form with the oracle. */
static void compare(operands *o, const kron_eye_plan *plan, bool of_blocks, int disorders,
                    size_t pad, double alpha, double beta, rng *r) {
  const int index_type = (int)rng_below(r, 2);
  const guarded_edge edge = rng_below(r, 2) != 0 ? GUARDED_START : GUARDED_END;
  sparse x = sparse_create(o, o->batch, of_blocks, index_type, disorders, edge, r);
  x.view.trusted = (int)rng_below(r, 2);
  void *y = apply(o, plan, &x.view, o->batch, pad, alpha, beta);
  operands_check(o, 0, o->batch, &tight, alpha, beta, y);
  free(y);
  sparse_destroy(&x);
}

static void every_small_shape(void **state) {
  (void)state;
  enum { MOST_M = 70, MOST_N = 40 };
  rng r = rng_start("sparse shapes");
  size_t cases = 0;
  for (size_t t = 0; t < SPARSE_TYPES; t++)
    for (size_t m = 0; m <= MOST_M; m++)
      for (size_t n = 0; n <= MOST_N; n++, cases++) {
        operands o = operands_create(&all_plan_types[t], rng_below(&r, 6), 1 + rng_below(&r, 4), m,
                                     n, ZEROS_SCATTERED, &r);
        const kron_eye_options options = options_of(KRON_EYE_ROUTE_KERNEL, rng_below(&r, 4));
        kron_eye_plan *plan = operands_plan(&o, 0, &options);
        compare(&o, plan, rng_below(&r, 2) != 0, (int)rng_below(&r, SPARSE_DISORDERS),
                rng_below(&r, 3), factors[rng_below(&r, FACTORS)], factors[rng_below(&r, FACTORS)],
                &r);
        kron_eye_plan_destroy(plan);
        operands_destroy(&o);
      }
  check_cases("m in 0..70, n in 0..40", cases, SPARSE_TYPES * (MOST_M + 1) * (MOST_N + 1));
}

/* Every disorder in both shapes on every route and packing: panels, several panels, few outputs
 * (the dot family), the BLAS's copy. */
static void every_form_and_route(void **state) {
  (void)state;
  const size_t ms[] = {1, 3, 4, 30, 64, 150};
  enum { MS = sizeof ms / sizeof *ms };
  rng r = rng_start("sparse forms");
  size_t cases = 0;
  for (size_t t = 0; t < SPARSE_TYPES; t++)
    for (int route = KRON_EYE_ROUTE_AUTO; route <= KRON_EYE_ROUTE_BLAS; route++)
      for (size_t s = 0; s < MS; s++) {
        if (!route_exists(&all_plan_types[t], route)) continue;
        operands o = operands_create(&all_plan_types[t], 5, 3, ms[s], 100, ZEROS_SCATTERED, &r);
        const kron_eye_options options = options_of(route, 0);
        kron_eye_plan *plan = operands_plan(&o, 0, &options);
        for (int disorders = 0; disorders < SPARSE_DISORDERS; disorders++)
          for (int of_blocks = 0; of_blocks <= 1; of_blocks++)
            for (size_t pad = 0; pad <= 2; pad++, cases++)
              compare(&o, plan, of_blocks != 0, disorders, pad, 1, factors[rng_below(&r, FACTORS)],
                      &r);
        kron_eye_plan_destroy(plan);
        operands_destroy(&o);
      }
  check_cases("forms and routes", cases, (3 + 3 + 2) * MS * SPARSE_DISORDERS * 2 * 3);
}

/* Row HEAVY holds most of the entries, about 4n, and the next row none; the blocks of other rows
 * differ. */
enum { HEAVY = 2 };

static operands uneven_operands(const plan_types *t, size_t m, size_t n, rng *r) {
  enum { BATCH = 9, LEFT = 5 };
  operands o = operands_create(t, BATCH, LEFT, m, n, ZEROS_NONE, r);
  const size_t row = LEFT * n;
  for (size_t i = 0; i < BATCH * row; i++) {
    const size_t b = i / row, a = i % row / n;
    const bool stored = b == HEAVY ? a != 1 : b != HEAVY + 1 && rng_below(r, 100) < a;
    if (!stored) element_set(t->x, o.x, i, 0);
  }
  return o;
}

/* Checks the two unusual rows with the oracle on one thread; any number of threads must give the
 * same bits. */
static void expect_same_on_threads(operands *o, int route, bool of_blocks, int disorders, rng *r) {
  const size_t row = o->left * o->m * element_size(o->t->y), bytes = o->batch * row;
  sparse x = sparse_create(o, o->batch, of_blocks, disorders % 2, disorders, GUARDED_END, r);
  void *expected = NULL;
  for (size_t threads = 1; threads <= MOST_THREADS; threads++) {
    const kron_eye_options options = options_of(route, threads);
    kron_eye_plan *plan = operands_plan(o, 0, &options);
    void *y = apply(o, plan, &x.view, o->batch, threads, 1, 1);
    if (threads == 1) operands_check(o, HEAVY, 2, &tight, 1, 1, (char *)y + HEAVY * row);
    if (expected == NULL) expected = y;
    assert_memory_equal(y, expected, bytes);
    if (y != expected) free(y);
    kron_eye_plan_destroy(plan);
  }
  free(expected);
  sparse_destroy(&x);
}

static void threads_do_not_show(void **state) {
  (void)state;
  const size_t ms[] = {3, 30, 150};
  rng r = rng_start("sparse threads");
  size_t cases = 0;
  for (size_t t = 0; t < SPARSE_TYPES; t++)
    for (size_t s = 0; s < 3; s++) {
      operands o = uneven_operands(&all_plan_types[t], ms[s], 1500, &r);
      for (int of_blocks = 0; of_blocks <= 1; of_blocks++)
        for (int disorders = 0; disorders < SPARSE_DISORDERS; disorders++, cases++)
          expect_same_on_threads(&o, KRON_EYE_ROUTE_KERNEL, of_blocks != 0, disorders, &r);
      operands_destroy(&o);
    }
  check_cases("matrices on 1 to 4 threads", cases, SPARSE_TYPES * 3 * 2 * SPARSE_DISORDERS);
}

/* Four times 2^20 multiply-adds, so that four threads get work: rows, blocks and outputs are
 * divided, for packed panels and for the copy for the BLAS. */
static void many_entries_on_threads(void **state) {
  (void)state;
  const size_t shapes[][2] = {{30, 36000}, {150, 7200}}; /* m, n */
  rng r = rng_start("many entries");
  size_t cases = 0;
  for (size_t t = 0; t < SPARSE_TYPES; t++)
    for (size_t s = 0; s < 2; s++) {
      operands o = uneven_operands(&all_plan_types[t], shapes[s][0], shapes[s][1], &r);
      for (int of_blocks = 0; of_blocks <= 1; of_blocks++)
        for (int route = KRON_EYE_ROUTE_KERNEL; route <= KRON_EYE_ROUTE_BLAS; route++) {
          if (!route_exists(o.t, route)) continue;
          expect_same_on_threads(&o, route, of_blocks != 0, SPARSE_SORTED, &r);
          cases++;
        }
      operands_destroy(&o);
    }
  check_cases("large matrices on 1 to 4 threads", cases, (2 + 2 + 1) * 2 * 2);
}

/* A row's bits depend neither on the shape nor on the index type nor on the other rows. */
static void shape_and_batch_do_not_show(void **state) {
  (void)state;
  rng r = rng_start("sparse invariance");
  size_t cases = 0;
  for (size_t t = 0; t < SPARSE_TYPES; t++)
    for (size_t m = 1; m <= 40; m += 13) {
      operands o = operands_create(&all_plan_types[t], 12, 3, m, 90, ZEROS_CLUSTERED, &r);
      const size_t row = o.left * o.m * element_size(o.t->y);
      kron_eye_plan *plan = operands_plan(&o, 0, NULL);
      void *expected = NULL;
      for (int form = 0; form < 4; form++)
        for (size_t batch = 12; batch >= 1; batch -= 1, cases++) {
          sparse x =
              sparse_create(&o, batch, form % 2 != 0, form / 2, SPARSE_SORTED, GUARDED_END, &r);
          void *y = apply(&o, plan, &x.view, batch, 0, -1, 1);
          if (expected == NULL) expected = y;
          assert_memory_equal(y, expected, batch * row);
          if (y != expected) free(y);
          sparse_destroy(&x);
        }
      free(expected);
      kron_eye_plan_destroy(plan);
      operands_destroy(&o);
    }
  check_cases("shapes and batches", cases, SPARSE_TYPES * 4 * 4 * 12);
}

/* A stored zero times an Inf in W gives NaN; a zero that is not stored does not. An Inf in x
 * affects only its block. */
static void only_stored_entries_multiply(void **state) {
  (void)state;
  enum { LEFT = 2, M = 5, N = 70 };
  static float w[M * N];
  for (size_t i = 0; i < M * N; i++) w[i] = 1;
  for (size_t i = 0; i < M; i++) w[i * N + 7] = INFINITY;
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = LEFT;
  shape.m = M;
  shape.n = N;
  size_t cases = 0;
  for (int route = KRON_EYE_ROUTE_KERNEL; route <= KRON_EYE_ROUTE_BLAS; route++)
    for (int of_blocks = 0; of_blocks <= 1; of_blocks++, cases++) {
      const kron_eye_options options = options_of(route, 0);
      kron_eye_plan *plan = NULL;
      assert_int_equal(kron_eye_plan_create_f32(&plan, &shape, w, N, &options), 0);
      const int32_t starts[2][4] = {{0, 4}, {0, 2, 4}};
      const int32_t columns[2][4] = {{3, 7, N + 6, N + 8}, {3, 7, 6, 8}};
      const float values[] = {2, 0, 3, -INFINITY};
      kron_eye_csr x = KRON_EYE_CSR_INIT;
      x.rows = of_blocks ? LEFT : 1;
      x.cols = of_blocks ? N : LEFT * N;
      x.nnz = 4;
      x.indptr = starts[of_blocks];
      x.indices = columns[of_blocks];
      x.values = values;
      float y[LEFT * M];
      assert_int_equal(kron_eye_apply_csr_f32(plan, 1, 1, &x, 0, y, 0), 0);
      for (size_t i = 0; i < M; i++) {
        assert_true(isnan(y[i]));
        assert_true(isinf(y[M + i]) && y[M + i] < 0);
      }
      kron_eye_plan_destroy(plan);
    }
  check_cases("special values", cases, 4);
}

/* An empty sum is +0, whatever alpha's sign: the +0 is added before alpha multiplies. */
static void empty_rows_give_zero(void **state) {
  (void)state;
  const float w[4] = {1, 2, 3, 4};
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = shape.n = 2;
  kron_eye_plan *plan = NULL;
  assert_int_equal(kron_eye_plan_create_f32(&plan, &shape, w, 2, NULL), 0);
  const int64_t starts[4] = {0};
  kron_eye_csr x = KRON_EYE_CSR_INIT;
  x.rows = 3;
  x.cols = 2;
  x.indptr = starts;
  x.index_type = KRON_EYE_INDEX_INT64;
  float y[6] = {NAN, NAN, NAN, NAN, NAN, NAN};
  assert_int_equal(kron_eye_apply_csr_f32(plan, 3, 1, &x, 0, y, 2), 0);
  for (size_t i = 0; i < 6; i++) assert_true(y[i] == 0 && !signbit(y[i]));
  for (size_t i = 0; i < 6; i++) y[i] = (float)i;
  assert_int_equal(kron_eye_apply_csr_f32(plan, 3, 1, &x, 2, y, 2), 0);
  for (size_t i = 0; i < 6; i++) assert_true(y[i] == 2 * (float)i);
  kron_eye_plan_destroy(plan);
}

/* A plan for W, one for a W of its own for each block, which packs it in another way, and one for
 * the BLAS, which copies it: the same bits on sparse x. */
static void packing_does_not_show(void **state) {
  (void)state;
  enum { LEFT = 4, BATCH = 5, NS = 2 };
  static const size_t ms[] = {1, 2, 3, 5, 9, 17, 30, 70}, ns[NS] = {7, 26};
  enum { MS = sizeof ms / sizeof *ms };
  rng r = rng_start("packings of W");
  size_t cases = 0;
  for (size_t t = 0; t < SPARSE_TYPES; t++)
    for (size_t k = 0; k < MS * (size_t)NS; k++, cases++) {
      const size_t m = ms[k / NS], n = ns[k % NS];
      operands o = operands_create(&all_plan_types[t], BATCH, LEFT, m, n, ZEROS_SCATTERED, &r);
      const size_t w_bytes = m * n * element_size(o.t->y),
                   y_bytes = LEFT * m * element_size(o.t->y);
      char *ws = malloc(LEFT * w_bytes);
      assert_non_null(ws);
      for (size_t a = 0; a < LEFT; a++) memcpy(ws + a * w_bytes, o.w, w_bytes);
      kron_eye_shape shape = {sizeof shape, LEFT, m, n, 1, KRON_EYE_NO_TRANSPOSE, 0, m * n};
      const kron_eye_options kernels = options_of(KRON_EYE_ROUTE_KERNEL, 1),
                             blas = options_of(KRON_EYE_ROUTE_BLAS, 1);
      kron_eye_plan *one = operands_plan(&o, 0, &kernels), *each = NULL, *copy = NULL;
      assert_int_equal(o.t->create(&each, &shape, ws, n, &kernels), 0);
      if (route_exists(o.t, KRON_EYE_ROUTE_BLAS)) copy = operands_plan(&o, 0, &blas);
      sparse x = sparse_create(&o, BATCH, false, (int)rng_below(&r, 2), 0, GUARDED_END, &r);
      const double beta = factors[rng_below(&r, FACTORS)];
      char *expected = apply(&o, one, &x.view, BATCH, 0, 1, beta);
      char *y = apply(&o, each, &x.view, BATCH, 0, 1, beta);
      assert_memory_equal(y, expected, BATCH * y_bytes);
      free(y);
      if (copy) {
        y = apply(&o, copy, &x.view, BATCH, 0, 1, beta);
        assert_memory_equal(y, expected, BATCH * y_bytes);
        free(y);
      }
      free(expected);
      free(ws);
      sparse_destroy(&x);
      kron_eye_plan_destroy(one);
      kron_eye_plan_destroy(each);
      kron_eye_plan_destroy(copy);
      operands_destroy(&o);
    }
  check_cases("shapes", cases, SPARSE_TYPES * MS * (size_t)NS);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_small_shape),           cmocka_unit_test(every_form_and_route),
      cmocka_unit_test(threads_do_not_show),         cmocka_unit_test(many_entries_on_threads),
      cmocka_unit_test(shape_and_batch_do_not_show), cmocka_unit_test(only_stored_entries_multiply),
      cmocka_unit_test(empty_rows_give_zero),        cmocka_unit_test(packing_does_not_show),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
