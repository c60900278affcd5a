/*
 * test_large.c - more than 2^31 elements in one call: x, y, strides and CSR entries, identities of
 * order 2^16 on both sides, gradients whose sums have 2^32 terms and more, a chain whose rows have
 * 2^32 elements. This needs little memory: an array is one small file mapped repeatedly, so that
 * its blocks, and therefore the results, repeat with a period. The values are integers, so that
 * every result is exact.
 */
#define _GNU_SOURCE /* memfd_create, MAP_ANONYMOUS */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <kron_eye.h>

enum {
  PERIOD_BYTES = 1 << 22,
  N = 4096,
  MOST_M = 20,
  PERIOD = 256, /* blocks of N after which every array here repeats, or a multiple of that */
  BLOCKS = (1 << 19) + 77 /* of N: a little more than 2^31 elements */
};

typedef struct mapping {
  char *data;
  size_t bytes;
} mapping;

/* `bytes` bytes, rounded up, which repeat PERIOD_BYTES of content. */
static mapping mapping_create(size_t bytes, const void *content) {
  mapping m = {NULL, (bytes + PERIOD_BYTES - 1) / PERIOD_BYTES * PERIOD_BYTES};
  const int file = memfd_create("period", 0);
  assert_true(file >= 0 && ftruncate(file, PERIOD_BYTES) == 0);
  assert_int_equal(pwrite(file, content, PERIOD_BYTES, 0), PERIOD_BYTES);
  m.data = mmap(NULL, m.bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  assert_true(m.data != MAP_FAILED);
  for (size_t at = 0; at < m.bytes; at += PERIOD_BYTES)
    assert_true(mmap(m.data + at, PERIOD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                     file, 0) != MAP_FAILED);
  close(file);
  return m;
}

static void mapping_destroy(mapping *m) {
  assert_int_equal(munmap(m->data, m->bytes), 0);
}

static int x_at(size_t i) {
  return (int)(i * 7 % 11 + i / N % 5); /* 0..14, which bytes can hold too */
}

static float w_at(size_t i, size_t j) {
  return (float)((i * 5 + j) % 7) - 3;
}

static float w[MOST_M * N], expected[PERIOD * MOST_M];
static union {
  float f[PERIOD_BYTES / sizeof(float)];
  uint8_t u[PERIOD_BYTES];
  int64_t i[PERIOD_BYTES / sizeof(int64_t)];
} content;

/* W m x N, and the results of the first PERIOD blocks of x_at, of which every PERIOD_BYTES of
 * floats hold PERIOD and of bytes four times that. */
static kron_eye_plan *prepare(size_t m, bool bytes, int route) {
  for (size_t i = 0; i < m * N; i++) w[i] = w_at(i / N, i % N);
  for (size_t b = 0; b < PERIOD; b++)
    for (size_t i = 0; i < m; i++) {
      int sum = 0;
      for (size_t j = 0; j < N; j++) sum += (int)w[i * N + j] * x_at(b * N + j);
      expected[b * m + i] = (float)sum;
    }
  for (size_t i = 0; bytes && i < PERIOD_BYTES; i++) content.u[i] = (uint8_t)x_at(i % (PERIOD * N));
  for (size_t i = 0; !bytes && i < PERIOD * N; i++) content.f[i] = (float)x_at(i);
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = m;
  shape.n = N;
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = route;
  kron_eye_plan *plan = NULL;
  assert_int_equal(bytes ? kron_eye_plan_create_u8_f32(&plan, &shape, w, N, &options)
                         : kron_eye_plan_create_f32(&plan, &shape, w, N, &options),
                   0);
  return plan;
}

static float *results(size_t m) {
  float *y = malloc((size_t)BLOCKS * m * sizeof *y);
  assert_non_null(y);
  memset(y, 0xff, (size_t)BLOCKS * m * sizeof *y);
  return y;
}

static void check_periodic(float *y, size_t m) {
  for (size_t b = 0; b < BLOCKS; b++)
    if (memcmp(y + b * m, expected + b % PERIOD * m, m * sizeof *y) != 0)
      fail_msg("m=%zu: block %zu differs from block %zu", m, b, b % PERIOD);
  free(y);
}

static void dense_floats(void **state) {
  (void)state;
  const size_t ms[] = {1, MOST_M};
  for (size_t s = 0; s < 2; s++)
    for (int route = KRON_EYE_ROUTE_KERNEL; route <= KRON_EYE_ROUTE_BLAS; route++) {
      kron_eye_plan *plan = prepare(ms[s], false, route);
      mapping x = mapping_create((size_t)BLOCKS * N * sizeof(float), &content);
      float *y = results(ms[s]);
      assert_int_equal(kron_eye_apply_f32(plan, BLOCKS, 1, (const float *)x.data, N, 0, y, ms[s]),
                       0);
      check_periodic(y, ms[s]);
      mapping_destroy(&x);
      kron_eye_plan_destroy(plan);
    }
}

static void one_call(void **state) {
  (void)state;
  kron_eye_plan_destroy(prepare(3, false, KRON_EYE_ROUTE_AUTO));
  mapping x = mapping_create((size_t)BLOCKS * N * sizeof(float), &content);
  float *y = results(3);
  assert_int_equal(kron_eye_matvec(BLOCKS, 3, N, w, (const float *)x.data, y), 0);
  check_periodic(y, 3);
  y = results(3);
  assert_int_equal(kron_eye_matvec_batch(BLOCKS, 1, 3, N, w, (const float *)x.data, y), 0);
  check_periodic(y, 3);
  mapping_destroy(&x);
}

static void dense_bytes(void **state) {
  (void)state;
  kron_eye_plan *plan = prepare(MOST_M, true, KRON_EYE_ROUTE_KERNEL);
  mapping x = mapping_create((size_t)BLOCKS * N, &content);
  float *y = results(MOST_M);
  assert_int_equal(kron_eye_apply_u8_f32(plan, BLOCKS, 1, (const uint8_t *)x.data, N, 0, y, MOST_M),
                   0);
  check_periodic(y, MOST_M);
  mapping_destroy(&x);
  kron_eye_plan_destroy(plan);
}

/* A few rows, each more than 2^31 elements from the next, on pages of their own. */
static void wide_strides(void **state) {
  (void)state;
  enum { ROWS = 3 };
  const size_t stride = ((size_t)1 << 31) + 8191, bytes = (ROWS * stride + N) * sizeof(float);
  float *arrays[2];
  for (size_t a = 0; a < 2; a++) {
    arrays[a] = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(arrays[a] != MAP_FAILED);
  }
  for (int route = KRON_EYE_ROUTE_KERNEL; route <= KRON_EYE_ROUTE_BLAS; route++) {
    kron_eye_plan *plan = prepare(MOST_M, false, route);
    for (size_t r = 0; r < ROWS; r++)
      memcpy(arrays[0] + r * stride, content.f + r * N, N * sizeof(float));
    assert_int_equal(kron_eye_apply_f32(plan, ROWS, 1, arrays[0], stride, 0, arrays[1], stride), 0);
    for (size_t r = 0; r < ROWS; r++)
      assert_memory_equal(arrays[1] + r * stride, expected + r * MOST_M, MOST_M * sizeof(float));
    kron_eye_plan_destroy(plan);
  }
  for (size_t a = 0; a < 2; a++) assert_int_equal(munmap(arrays[a], bytes), 0);
}

/* y = 1 * W for every block, all written to the same pages; memory after the last block is
 * unchanged. */
static void large_y(void **state) {
  (void)state;
  enum { M = 1024, COUNT = (1 << 21) + 3 };
  static float column[M];
  for (size_t i = 0; i < M; i++) column[i] = (float)i - 500;
  uint8_t *ones = malloc(COUNT);
  assert_non_null(ones);
  memset(ones, 1, COUNT);
  memset(&content, 0xa5, sizeof content);
  mapping y = mapping_create((size_t)COUNT * M * sizeof(float), &content);
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = M;
  shape.n = 1;
  shape.left = COUNT;
  kron_eye_plan *plan = NULL;
  assert_int_equal(kron_eye_plan_create_u8_f32(&plan, &shape, column, 1, NULL), 0);
  assert_int_equal(kron_eye_apply_u8_f32(plan, 1, 1, ones, 1, 0, (float *)y.data, M), 0);
  for (size_t at = 0; at < PERIOD_BYTES; at += sizeof column)
    assert_memory_equal(y.data + at, column, sizeof column);
  kron_eye_plan_destroy(plan);
  mapping_destroy(&y);
  free(ones);
}

/* Rows of N entries, at every column. */
static void sparse_entries(void **state) {
  (void)state;
  kron_eye_plan *plan = prepare(MOST_M, false, KRON_EYE_ROUTE_KERNEL);
  mapping values = mapping_create((size_t)BLOCKS * N * sizeof(float), &content);
  for (size_t i = 0; i < PERIOD_BYTES / sizeof(int64_t); i++) content.i[i] = (int64_t)(i % N);
  mapping indices = mapping_create((size_t)BLOCKS * N * sizeof(int64_t), &content);
  int64_t *starts = malloc(((size_t)BLOCKS + 1) * sizeof *starts);
  assert_non_null(starts);
  for (size_t b = 0; b <= BLOCKS; b++) starts[b] = (int64_t)(b * N);
  kron_eye_csr x = KRON_EYE_CSR_INIT;
  x.rows = BLOCKS;
  x.cols = N;
  x.nnz = (size_t)BLOCKS * N;
  x.index_type = KRON_EYE_INDEX_INT64;
  x.indptr = starts;
  x.indices = indices.data;
  x.values = values.data;
  float *y = results(MOST_M);
  assert_int_equal(kron_eye_apply_csr_f32(plan, BLOCKS, 1, &x, 0, y, MOST_M), 0);
  check_periodic(y, MOST_M);
  free(starts);
  mapping_destroy(&values);
  mapping_destroy(&indices);
  kron_eye_plan_destroy(plan);
}

/* One entry more than an int32 can count, and exactly as many as it can: 2^31 elements, none of
 * them 0, then one of them 0. */
static void entries_that_an_int32_can_count(void **state) {
  (void)state;
  enum { COLS = PERIOD_BYTES / sizeof(float), ROWS = (1 << 30) / COLS * 2 };
  for (size_t i = 0; i < COLS; i++) content.f[i] = 1;
  mapping x = mapping_create((size_t)ROWS * COLS * sizeof(float), &content);
  const float *values = (const float *)x.data;
  int32_t *starts = malloc((ROWS + 1) * sizeof *starts);
  assert_non_null(starts);
  memset(starts, 0xa5, (ROWS + 1) * sizeof *starts);
  assert_int_equal(kron_eye_csr_count_f32(ROWS, COLS, values, COLS, KRON_EYE_INDEX_INT32, starts),
                   -5);
  for (size_t i = 0; i <= ROWS; i++) assert_int_equal(starts[i], (int32_t)0xa5a5a5a5);
  /* the last row gets pages of its own */
  char *last = x.data + x.bytes - PERIOD_BYTES;
  assert_true(mmap(last, PERIOD_BYTES, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED);
  content.f[77] = 0;
  memcpy(last, &content, PERIOD_BYTES);
  assert_int_equal(kron_eye_csr_count_f32(ROWS, COLS, values, COLS, KRON_EYE_INDEX_INT32, starts),
                   0);
  assert_int_equal(starts[ROWS - 1], INT32_MAX - COLS + 1);
  assert_int_equal(starts[ROWS], INT32_MAX);
  free(starts);
  mapping_destroy(&x);
}

/* ------------------------------------------------------------------ left = right = 2^16 */

enum { SIDE = 1 << 16 };

/* `bytes` bytes of the mapping get pages of their own, a copy of what is there. */
static void own_pages(const mapping *m, size_t from, size_t bytes) {
  char *copy = malloc(bytes);
  assert_non_null(copy);
  memcpy(copy, m->data + from, bytes);
  assert_true(mmap(m->data + from, bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED);
  memcpy(m->data + from, copy, bytes);
  free(copy);
}

/* I_65536 (x) W (x) I_65536, W 2 x 4: 2^34 elements of x, 2^33 of y, which repeat every eight
 * blocks. The last blocks of x and y have pages of their own and other values, so that a place
 * taken modulo 2^32 is seen. */
static void both_identities_of_order_65536(void **state) {
  (void)state;
  enum { M = 2, COLUMNS = 4, X_BLOCK = COLUMNS * SIDE, Y_BLOCK = M * SIDE, REPEATS = 8, OWN = 16 };
  static const float small[M * COLUMNS] = {1, -2, 3, 4, -5, 6, 7, -8};
  for (size_t i = 0; i < PERIOD_BYTES; i++)
    content.u[i] = (uint8_t)((i % (REPEATS * X_BLOCK) / SIDE * 7 + i % SIDE * 5) % 11);
  mapping x = mapping_create((size_t)SIDE * X_BLOCK, &content);
  memset(&content, 0xa5, sizeof content);
  mapping y = mapping_create((size_t)SIDE * Y_BLOCK * sizeof(float), &content);
  const size_t last = SIDE - OWN; /* a block */
  own_pages(&x, last * X_BLOCK, (size_t)OWN * X_BLOCK);
  own_pages(&y, last * Y_BLOCK * sizeof(float), (size_t)OWN * Y_BLOCK * sizeof(float));
  for (size_t i = 0; i < (size_t)OWN * X_BLOCK; i++) x.data[last * X_BLOCK + i] += 3;
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = SIDE;
  shape.m = M;
  shape.n = COLUMNS;
  shape.right = SIDE;
  kron_eye_plan *plan = NULL;
  assert_int_equal(kron_eye_plan_create_u8_f32(&plan, &shape, small, COLUMNS, NULL), 0);
  assert_int_equal(
      kron_eye_apply_u8_f32(plan, 1, 1, (const uint8_t *)x.data, 0, 0, (float *)y.data, 0), 0);
  const size_t blocks[] = {0, 1, REPEATS - 1, last - 1, last, SIDE - 1};
  for (size_t b = 0; b < sizeof blocks / sizeof *blocks; b++)
    for (size_t i = 0; i < M; i++)
      for (size_t c = 0; c < SIDE; c++) {
        float sum = 0;
        for (size_t j = 0; j < COLUMNS; j++)
          sum +=
              small[i * COLUMNS + j] * (float)(uint8_t)x.data[blocks[b] * X_BLOCK + j * SIDE + c];
        assert_true(((const float *)y.data)[blocks[b] * Y_BLOCK + i * SIDE + c] == sum);
      }
  kron_eye_plan_destroy(plan);
  mapping_destroy(&x);
  mapping_destroy(&y);
}

/* The gradient of a W of 1 x 2 between such identities is a sum of 2^32 terms: all 6, but for the
 * last ones. */
static void gradient_of_more_terms_than_32_bits_count(void **state) {
  (void)state;
  const size_t terms = (size_t)SIDE * SIDE, bytes = terms * sizeof(double);
  double *const values = (double *)(void *)&content;
  const size_t count = PERIOD_BYTES / sizeof(double);
  for (size_t i = 0; i < count; i++) values[i] = 2;
  mapping dy = mapping_create(bytes, &content);
  for (size_t i = 0; i < count; i++) values[i] = i / SIDE % 2 == 0 ? 3 : -1; /* j = 0, j = 1 */
  mapping x = mapping_create(2 * bytes, &content);
  own_pages(&x, 2 * bytes - PERIOD_BYTES, PERIOD_BYTES);
  ((double *)(void *)x.data)[2 * terms - 1] = 100;
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = SIDE;
  shape.m = 1;
  shape.n = 2;
  shape.right = SIDE;
  double dw[2] = {5, 7};
  assert_int_equal(kron_eye_gradient_f64(&shape, 1, 1, (const double *)(const void *)x.data, 0,
                                         (const double *)(const void *)dy.data, 0, 1, dw, 2, NULL),
                   0);
  assert_true(dw[0] == 6 * (double)terms + 5);
  assert_true(dw[1] == -2 * (double)terms + 2 * 101 + 7);
  mapping_destroy(&x);
  mapping_destroy(&dy);
}

/* I_16384 (x) A (x) B (x) I_8192, A 4 x 8 and B 4 x 4: 2^32 elements of x, 2^31 of y, which repeat
 * every four blocks, and the last ones by themselves. */
static void chain_of_long_rows(void **state) {
  (void)state;
  enum { LEFT = 1 << 14, RIGHT = 1 << 13, INPUTS = 32, OUTPUTS = 16, REPEATS = 4 };
  float a[4 * 8], b[4 * 4], both[OUTPUTS * INPUTS];
  for (size_t i = 0; i < 32; i++) a[i] = (float)(i * 5 % 7) - 3;
  for (size_t i = 0; i < 16; i++) b[i] = (float)(i * 3 % 5) - 1;
  for (size_t i = 0; i < OUTPUTS; i++)
    for (size_t j = 0; j < INPUTS; j++)
      both[i * INPUTS + j] = a[i / 4 * 8 + j / 4] * b[i % 4 * 4 + j % 4];
  const size_t x_block = INPUTS * RIGHT, y_block = OUTPUTS * RIGHT;
  for (size_t i = 0; i < PERIOD_BYTES / sizeof(float); i++)
    content.f[i] = (float)((i / RIGHT * 7 + i % RIGHT * 5) % 11) - 4;
  mapping x = mapping_create(LEFT * x_block * sizeof(float), &content);
  memset(&content, 0xff, sizeof content);
  mapping y = mapping_create(LEFT * y_block * sizeof(float), &content);
  const float *from = (const float *)(const void *)x.data;
  const float *made = (const float *)(const void *)y.data;
  const size_t last = LEFT - 2 * REPEATS; /* a block: a period of y, two of x */
  own_pages(&x, last * x_block * sizeof(float), 2 * (size_t)PERIOD_BYTES);
  own_pages(&y, last * y_block * sizeof(float), PERIOD_BYTES);
  for (size_t i = last * x_block; i < LEFT * x_block; i++) ((float *)(void *)x.data)[i] += 3;
  const kron_eye_factor factors[] = {
      kron_eye_factor_identity(LEFT), kron_eye_factor_f32(4, 8, KRON_EYE_NO_TRANSPOSE, a, 8),
      kron_eye_factor_f32(4, 4, KRON_EYE_NO_TRANSPOSE, b, 4), kron_eye_factor_identity(RIGHT)};
  kron_eye_chain *chain = NULL;
  assert_int_equal(kron_eye_chain_create_f32(&chain, 4, factors, NULL), 0);
  assert_true(kron_eye_chain_workspace(chain) < (size_t)1 << 26); /* not a row */
  assert_int_equal(
      kron_eye_chain_apply_f32(chain, 1, 1, from, 0, 0, (float *)(void *)y.data, 0, NULL, 0), 0);
  const size_t blocks[] = {0, 1, REPEATS - 1, last - 1, last, LEFT - 1};
  for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++)
    for (size_t i = 0; i < OUTPUTS; i++)
      for (size_t c = 0; c < RIGHT; c++) {
        float sum = 0;
        for (size_t j = 0; j < INPUTS; j++)
          sum += both[i * INPUTS + j] * from[blocks[k] * x_block + j * RIGHT + c];
        assert_true(made[blocks[k] * y_block + i * RIGHT + c] == sum);
      }
  kron_eye_chain_destroy(chain);
  mapping_destroy(&x);
  mapping_destroy(&y);
}

/* One row of x and one of dy again and again, by a stride of 0: more than 2^32 terms too. And so
 * the gradient of a bias. */
static void gradient_of_a_row_that_repeats(void **state) {
  (void)state;
  enum { RIGHT = 1 << 12 };
  const size_t batch = ((size_t)1 << 20) + 3, terms = batch * RIGHT;
  static double x[2 * RIGHT], dy[RIGHT];
  for (size_t c = 0; c < RIGHT; c++) {
    x[c] = 3;
    x[RIGHT + c] = -1;
    dy[c] = 2;
  }
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = 1;
  shape.n = 2;
  shape.right = RIGHT;
  double dw[2] = {5, 7}, db[1] = {-4};
  assert_int_equal(kron_eye_gradient_f64(&shape, batch, 1, x, 0, dy, 0, 1, dw, 2, NULL), 0);
  assert_true(dw[0] == 6 * (double)terms + 5);
  assert_true(dw[1] == -2 * (double)terms + 7);
  assert_int_equal(kron_eye_bias_gradient_f64(&shape, batch, 1, dy, 0, 1, db, 0), 0);
  assert_true(db[0] == 2 * (double)terms - 4);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(dense_floats),
      cmocka_unit_test(one_call),
      cmocka_unit_test(dense_bytes),
      cmocka_unit_test(wide_strides),
      cmocka_unit_test(large_y),
      cmocka_unit_test(sparse_entries),
      cmocka_unit_test(entries_that_an_int32_can_count),
      cmocka_unit_test(both_identities_of_order_65536),
      cmocka_unit_test(gradient_of_more_terms_than_32_bits_count),
      cmocka_unit_test(gradient_of_a_row_that_repeats),
      cmocka_unit_test(chain_of_long_rows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
