/* test_npy_apply.c - the installed program, run as a user would on small files made here. */
#include "check.h"
#include "support_scratch.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/npy.h"

/* W is 2 x 3, X 4 rows of 2 blocks. Small integers: every type holds every result exactly. */
enum { ROWS = 4, K = 2, M = 2, N = 3, ALL = 1 << 30 };

static const char PROGRAM[] = KRON_EYE_NPY_APPLY;
static const double weights[M * N] = {1, 2, 3, 4, 5, -6};

static double x_value(size_t i) {
  return (double)(i * 5 % 17);
}

static void set(void *values, npy_type type, size_t i, double value) {
  if (type == NPY_UINT8) ((unsigned char *)values)[i] = (unsigned char)(int)value;
  if (type == NPY_FLOAT32) ((float *)values)[i] = (float)value;
  if (type == NPY_FLOAT64) ((double *)values)[i] = value;
}

static double get(const npy_array *array, size_t i) {
  return array->header.type == NPY_FLOAT32 ? (double)((const float *)array->values)[i]
                                           : ((const double *)array->values)[i];
}

static void write_weights(scratch *s, const char *name, npy_type type) {
  double values[M * N]; /* large enough for the widest type */
  const size_t dims[2] = {M, N};
  failure why;
  for (size_t i = 0; i < M * N; i++) set(values, type, i, weights[i]);
  assert_true(npy_write(scratch_path(s, name), type, 2, dims, values, &why));
}

static void write_data(scratch *s, const char *name, npy_type type, size_t ndim,
                       const size_t *dims) {
  double values[ROWS * K * N];
  failure why;
  for (size_t i = 0; i < ROWS * K * N; i++) set(values, type, i, x_value(i));
  assert_true(npy_write(scratch_path(s, name), type, ndim, dims, values, &why));
}

static const size_t flat[] = {ROWS, K *N};
static const size_t deep[] = {ROWS, K, N};

/* The directory of every test: wT.npy and xT.npy for each type, x4deep.npy. */
static int setup(void **state) {
  if (scratch_setup(state) != 0) return -1;
  write_weights(*state, "w1.npy", NPY_UINT8);
  write_weights(*state, "w4.npy", NPY_FLOAT32);
  write_weights(*state, "w8.npy", NPY_FLOAT64);
  write_data(*state, "x1.npy", NPY_UINT8, 2, flat);
  write_data(*state, "x4.npy", NPY_FLOAT32, 2, flat);
  write_data(*state, "x8.npy", NPY_FLOAT64, 2, flat);
  write_data(*state, "x4deep.npy", NPY_FLOAT32, 3, deep);
  return 0;
}

enum { SETUP_FILES = 7, MOST_ARGUMENTS = 20 };

static void run(scratch *s, const char *const *words, size_t file_limit, outcome *result) {
  const char *arguments[MOST_ARGUMENTS] = {PROGRAM};
  for (size_t i = 0; words[i] != NULL; i++) {
    assert_true(i + 2 < MOST_ARGUMENTS);
    arguments[i + 1] = words[i];
  }
  scratch_run(s, arguments, file_limit, result);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define FILES(w, x) "--weights", w, "--data", x, "--out", "y.npy"

static void check_contains(const char *text, const char *expected) {
  if (strstr(text, expected) == NULL) fail_msg("'%s' is not in:\n%s", expected, text);
}

/* Success is silent. */
static void check_success(const outcome *result) {
  if (result->status != 0) fail_msg("status %d: %s", result->status, result->err);
  assert_string_equal(result->err, "");
  assert_string_equal(result->out, "");
}

/* Checks that y.npy is exactly as defined, and removes it. */
static void check_result(scratch *s, npy_type type, const size_t *dims, size_t ndim, double scale) {
  npy_array y;
  failure why;
  if (!npy_read(scratch_path(s, "y.npy"), ALL, &y, &why)) fail_msg("%s", why.text);
  assert_int_equal(y.header.type, type);
  assert_int_equal(y.header.ndim, ndim);
  for (size_t d = 0; d < ndim; d++) assert_int_equal(y.header.dims[d], dims[d]);
  for (size_t block = 0; block < ROWS * K; block++)
    for (size_t i = 0; i < M; i++) {
      double sum = 0;
      for (size_t j = 0; j < N; j++) sum += weights[i * N + j] * x_value(block * N + j);
      assert_true(get(&y, block * M + i) == scale * sum);
    }
  npy_free(&y);
  assert_int_equal(remove(s->path), 0);
}

static const size_t flat_result[] = {ROWS, K *M};
static const size_t deep_result[] = {ROWS, K, M};

static void every_mixture_is_right(void **state) {
  scratch *s = *state;
  static const struct {
    const char *w, *x;
    npy_type y;
  } runs[] = {{"w4.npy", "x4.npy", NPY_FLOAT32},
              {"w8.npy", "x8.npy", NPY_FLOAT64},
              {"w8.npy", "x4.npy", NPY_FLOAT64},
              {"w4.npy", "x1.npy", NPY_FLOAT32}};
  static const char *const scales[] = {"1", "0.5", "-2e0", "1/4"};
  static const double factors[] = {1, 0.5, -2, 0.25};
  size_t cases = 0;
  outcome result;
  for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
    for (size_t c = 0; c < sizeof scales / sizeof *scales; c++, cases++) {
      run(s, WORDS(FILES(runs[i].w, runs[i].x), "--scale", scales[c], "--threads", "2"), 0,
          &result);
      check_success(&result);
      check_result(s, runs[i].y, flat_result, 2, factors[c]);
    }
  run(s, WORDS(FILES("w4.npy", "x4deep.npy"), "--blocks", "2"), 0, &result);
  check_success(&result);
  check_result(s, NPY_FLOAT32, deep_result, 3, 1);
  assert_int_equal(scratch_count(s), SETUP_FILES);
  check_cases("mixtures", cases, 16);
}

/* Checks that y.npy has X's dimensions but M at `axis`, and the values of I (x) W (x) I_right. */
static void check_along(scratch *s, size_t ndim, const size_t *dims, size_t axis, size_t right) {
  npy_array y;
  failure why;
  if (!npy_read(scratch_path(s, "y.npy"), ALL, &y, &why)) fail_msg("%s", why.text);
  assert_int_equal(y.header.ndim, ndim);
  for (size_t d = 0; d < ndim; d++)
    assert_int_equal(y.header.dims[d], d == axis ? dims[d] / N * M : dims[d]);
  for (size_t unit = 0; unit < ROWS * K / right; unit++)
    for (size_t i = 0; i < M; i++)
      for (size_t c = 0; c < right; c++) {
        double sum = 0;
        for (size_t j = 0; j < N; j++)
          sum += weights[i * N + j] * x_value((unit * N + j) * right + c);
        assert_true(get(&y, (unit * M + i) * right + c) == sum);
      }
  npy_free(&y);
  assert_int_equal(remove(s->path), 0);
}

/* The same 24 elements as arrays of several shapes, along an axis or with an identity on the right;
 * W as it is, and W^T with --transpose. */
static void axes_and_transposes(void **state) {
  scratch *s = *state;
  static const struct {
    const char *option, *value;
    size_t ndim, dims[7], axis, right;
  } runs[] = {
      {"--axis", "1", 3, {2, N, 4}, 1, 4},
      {"--axis", "0", 2, {N, 8}, 0, 8},
      {"--axis", "-2", 2, {N, 8}, 0, 8},
      {"--axis", "-1", 5, {2, 1, 2, 2, N}, 4, 1},
      {"--axis", "4", 7, {1, 2, 2, 1, N, 1, 2}, 4, 2},
      {"--axis", "2", 3, {4, 2, N}, 2, 1},
      {"--right", "2", 2, {2, 2 * N * 2}, 1, 2},
      {"--right", "4", 4, {1, 2, N, 4}, 2, 4},
      {"--right", "1", 4, {2, 4, N, 1}, 2, 1},
  };
  float turned[N * M];
  const size_t dims[2] = {N, M};
  failure why;
  outcome result;
  size_t cases = 0;
  for (size_t i = 0; i < M * N; i++) turned[i % N * M + i / N] = (float)weights[i];
  assert_true(npy_write(scratch_path(s, "t4.npy"), NPY_FLOAT32, 2, dims, turned, &why));
  for (size_t i = 0; i < sizeof runs / sizeof *runs; i++, cases++) {
    write_data(s, "x.npy", NPY_FLOAT32, runs[i].ndim, runs[i].dims);
    run(s, WORDS(FILES("w4.npy", "x.npy"), runs[i].option, runs[i].value), 0, &result);
    check_success(&result);
    check_along(s, runs[i].ndim, runs[i].dims, runs[i].axis, runs[i].right);
    run(s,
        WORDS("--weights", "t4.npy", "--transpose", "--data", "x.npy", "--out", "y.npy",
              runs[i].option, runs[i].value),
        0, &result);
    check_success(&result);
    check_along(s, runs[i].ndim, runs[i].dims, runs[i].axis, runs[i].right);
  }
  check_cases("axes and transposes", cases, 9);
}

/* -------------------------------------------------------------------- several factors */

enum { MOST_FACTORS = 4 };

/* A factor as stored: rows x columns; without values, an identity. */
typedef struct factor {
  size_t rows, columns;
  const double *values;
  bool transpose;
} factor;

static const double a_values[5 * 2] = {2, 3, -1, 4, 1, -2, 5, -3, 0, 7};
static const double b_values[4 * 7] = {1, 0, 2, -3, 1, 4, -1, 2,  2, -1, 0, 5, -2, 1,
                                       3, 1, 1, 0,  2, 1, -4, -1, 3, 2,  1, 1, -5, 2};

#define FACTOR_W                                                                                   \
  { M, N, weights, false }
#define FACTOR_W_TURNED                                                                            \
  { M, N, weights, true }
#define FACTOR_A                                                                                   \
  { 5, 2, a_values, false }
#define FACTOR_B_TURNED                                                                            \
  { 4, 7, b_values, true }
#define FACTOR_IDENTITY(n)                                                                         \
  { n, n, NULL, false }

/* How X and Y are divided: units of n x right and m x right, which are all along `axis`. */
typedef struct chain_case {
  factor factors[MOST_FACTORS];
  const char *options[4];
  size_t ndim, dims[4], axis, right;
  double scale;
} chain_case;

static size_t chain_rows(const factor *f) {
  return f->transpose ? f->columns : f->rows;
}

static size_t chain_columns(const factor *f) {
  return f->transpose ? f->rows : f->columns;
}

/* An element of the formed product of all factors. */
static double chain_element(const factor *factors, size_t i, size_t j) {
  double product = 1;
  for (size_t f = MOST_FACTORS; f-- > 0;) {
    const factor *one = &factors[f];
    if (one->rows == 0) continue; /* there are not so many */
    const size_t row = i % chain_rows(one), column = j % chain_columns(one);
    const size_t at = one->transpose ? column * one->columns + row : row * one->columns + column;
    product *= one->values != NULL ? one->values[at] : row == column;
    i /= chain_rows(one);
    j /= chain_columns(one);
  }
  return product;
}

/* Checks that y.npy is the formed product's result, and removes it. */
static void check_chain(scratch *s, const chain_case *c, npy_type type) {
  npy_array y;
  failure why;
  size_t m = 1, n = 1;
  for (const factor *f = c->factors; f < c->factors + MOST_FACTORS && f->rows != 0; f++) {
    m *= chain_rows(f);
    n *= chain_columns(f);
  }
  if (!npy_read(scratch_path(s, "y.npy"), ALL, &y, &why)) fail_msg("%s", why.text);
  assert_int_equal(y.header.type, type);
  assert_int_equal(y.header.ndim, c->ndim);
  for (size_t d = 0; d < c->ndim; d++)
    assert_int_equal(y.header.dims[d], d == c->axis ? c->dims[d] / n * m : c->dims[d]);
  for (size_t unit = 0; unit < ROWS * K * N / n / c->right; unit++)
    for (size_t i = 0; i < m; i++)
      for (size_t e = 0; e < c->right; e++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
          sum += chain_element(c->factors, i, j) * x_value((unit * n + j) * c->right + e);
        assert_true(get(&y, (unit * m + i) * c->right + e) == c->scale * sum);
      }
  npy_free(&y);
  assert_int_equal(remove(s->path), 0);
}

/* The words for a case: its factors, files and options. Files have the element's size in their
 * names. */
static void run_chain(scratch *s, const chain_case *c, char size, outcome *result) {
  static const char data[] = "x.npy", out[] = "y.npy";
  char names[MOST_FACTORS][32];
  const char *words[MOST_ARGUMENTS] = {"--data", data, "--out", out};
  size_t count = 4;
  for (size_t f = 0; f < MOST_FACTORS && c->factors[f].rows != 0; f++) {
    const factor *one = &c->factors[f];
    const char letter = one->values == weights ? 'w' : one->values == a_values ? 'a' : 'b';
    snprintf(names[f], sizeof names[f], "%c%c.npy", letter, size);
    if (one->values == NULL) snprintf(names[f], sizeof names[f], "%zu", one->rows);
    words[count++] = one->values == NULL ? "--identity" : "--weights";
    words[count++] = names[f];
    if (one->transpose) words[count++] = "--transpose";
  }
  for (size_t i = 0; i < 4 && c->options[i] != NULL; i++) words[count++] = c->options[i];
  run(s, words, 0, result);
}

static void write_matrix(scratch *s, const char *name, npy_type type, size_t m, size_t n,
                         const double *from) {
  double values[64];
  const size_t dims[2] = {m, n};
  failure why;
  assert_true(m * n <= 64);
  for (size_t i = 0; i < m * n; i++) set(values, type, i, from[i]);
  assert_true(npy_write(scratch_path(s, name), type, 2, dims, values, &why));
}

/* The same 24 elements, multiplied by chains of distinct sizes, identities in every place. */
static void several_factors_are_a_chain(void **state) {
  scratch *s = *state;
  static const chain_case runs[] = {
      {{FACTOR_A, FACTOR_W}, {NULL}, 2, {4, 6}, 1, 1, 1},
      {{FACTOR_W, FACTOR_A}, {NULL}, 2, {2, 12}, 1, 1, 1},
      {{FACTOR_A, FACTOR_IDENTITY(2), FACTOR_W}, {NULL}, 2, {2, 12}, 1, 1, 1},
      {{FACTOR_IDENTITY(2), FACTOR_A, FACTOR_W}, {NULL}, 3, {1, 2, 12}, 2, 1, 1},
      {{FACTOR_A, FACTOR_W, FACTOR_IDENTITY(4)}, {NULL}, 2, {1, 24}, 1, 1, 1},
      {{FACTOR_B_TURNED, FACTOR_A, FACTOR_W}, {NULL}, 2, {1, 24}, 1, 1, 1},
      {{FACTOR_W, FACTOR_B_TURNED}, {"--axis", "1"}, 3, {1, 12, 2}, 1, 2, 1},
      {{FACTOR_IDENTITY(3), FACTOR_W_TURNED}, {"--right", "2"}, 2, {2, 12}, 1, 2, 1},
      {{FACTOR_W_TURNED, FACTOR_A}, {"--right", "3"}, 4, {2, 1, 4, 3}, 2, 3, 1},
      {{FACTOR_B_TURNED, FACTOR_IDENTITY(3)}, {"--axis", "-1"}, 3, {2, 1, 12}, 2, 1, 1},
      {{FACTOR_W_TURNED, FACTOR_IDENTITY(1), FACTOR_A, FACTOR_IDENTITY(3)},
       {"--scale", "1/2", "--blocks", "2"},
       2,
       {1, 24},
       1,
       1,
       0.5},
      {{FACTOR_W}, {"--threads", "1"}, 2, {4, 6}, 1, 1, 1},
  };
  static const npy_type types[] = {NPY_FLOAT32, NPY_FLOAT64};
  size_t cases = 0;
  for (size_t t = 0; t < 2; t++) {
    const char size = t == 0 ? '4' : '8';
    write_matrix(s, t == 0 ? "a4.npy" : "a8.npy", types[t], 5, 2, a_values);
    write_matrix(s, t == 0 ? "b4.npy" : "b8.npy", types[t], 4, 7, b_values);
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++, cases++) {
      outcome result;
      write_data(s, "x.npy", types[t], runs[i].ndim, runs[i].dims);
      run_chain(s, &runs[i], size, &result);
      check_success(&result);
      check_chain(s, &runs[i], types[t]);
    }
  }
  check_cases("chains", cases, 24);
}

/* A chain without columns gives 0, one without rows nothing. */
static void empty_factors(void **state) {
  scratch *s = *state;
  static const struct {
    size_t w[2], x[2], y[2];
  } runs[] = {{{5, 0}, {4, 0}, {4, 4 * 5 * M}}, {{0, 5}, {4, 2 * 5 * N}, {4, 0}}};
  size_t cases = 0;
  for (; cases < sizeof runs / sizeof *runs; cases++) {
    outcome result;
    npy_array y;
    failure why;
    static const float nothing[4 * 2 * 5 * N];
    write_matrix(s, "e4.npy", NPY_FLOAT32, runs[cases].w[0], runs[cases].w[1], weights);
    assert_true(npy_write(scratch_path(s, "x.npy"), NPY_FLOAT32, 2, runs[cases].x, nothing, &why));
    const char *blocks = runs[cases].w[1] == 0 ? "--blocks" : NULL;
    run(s, WORDS("--weights", "e4.npy", FILES("w4.npy", "x.npy"), blocks, "4"), 0, &result);
    check_success(&result);
    if (!npy_read(scratch_path(s, "y.npy"), ALL, &y, &why)) fail_msg("%s", why.text);
    for (size_t d = 0; d < 2; d++) assert_int_equal(y.header.dims[d], runs[cases].y[d]);
    for (size_t i = 0; i < runs[cases].y[0] * runs[cases].y[1]; i++) assert_true(get(&y, i) == 0);
    npy_free(&y);
  }
  check_cases("empty factors", cases, 2);
}

/* A Y of more than one slab (16 MiB), and not a whole number of slabs. */
static void several_slabs_make_one_result(void **state) {
  scratch *s = *state;
  enum { LONG = 2500001 /* rows of one block */ };
  const size_t dims[2] = {LONG, N};
  unsigned char *x = malloc(dims[0] * N);
  assert_non_null(x);
  for (size_t i = 0; i < dims[0] * N; i++) x[i] = (unsigned char)x_value(i);
  outcome result;
  npy_array y;
  failure why;
  assert_true(npy_write(scratch_path(s, "x.npy"), NPY_UINT8, 2, dims, x, &why));
  run(s, WORDS(FILES("w4.npy", "x.npy")), 0, &result);
  check_success(&result);
  if (!npy_read(scratch_path(s, "y.npy"), ALL, &y, &why)) fail_msg("%s", why.text);
  assert_int_equal(y.header.dims[0], LONG);
  size_t wrong = 0;
  for (size_t r = 0; r < dims[0]; r++)
    for (size_t i = 0; i < M; i++) {
      double sum = 0;
      for (size_t j = 0; j < N; j++) sum += weights[i * N + j] * x[r * N + j];
      wrong += get(&y, r * M + i) != sum;
    }
  assert_int_equal(wrong, 0);
  npy_free(&y);
  free(x);
}

/* A header of odd length: the elements are not aligned in the mapping. */
static void unaligned_data_is_read(void **state) {
  scratch *s = *state;
  char file[512];
  const size_t size = scratch_read(s, "x4.npy", file, sizeof file);
  const size_t data = ROWS * K * N * sizeof(float);
  const size_t start = size - data;
  size_t cases = 0;
  for (; cases < 8; cases++) {
    char padded[520];
    const size_t length = start - 10 + cases; /* of the header's text */
    memcpy(padded, file, start - 1);
    memset(padded + start - 1, ' ', cases);
    padded[start - 1 + cases] = '\n';
    padded[8] = (char)length;
    memcpy(padded + start + cases, file + start, data);
    scratch_write(s, "padded.npy", padded, size + cases);
    outcome result;
    run(s, WORDS(FILES("w8.npy", "padded.npy")), 0, &result);
    check_success(&result);
    check_result(s, NPY_FLOAT64, flat_result, 2, 1);
  }
  check_cases("paddings", cases, 8);
}

static void check_shape(scratch *s, size_t ndim, const size_t *dims, double value) {
  npy_array y;
  failure why;
  if (!npy_read(scratch_path(s, "y.npy"), ALL, &y, &why)) fail_msg("%s", why.text);
  assert_int_equal(y.header.ndim, ndim);
  for (size_t d = 0; d < ndim; d++) assert_int_equal(y.header.dims[d], dims[d]);
  for (size_t i = 0; i * sizeof(float) < y.header.data_bytes; i++) assert_true(get(&y, i) == value);
  npy_free(&y);
}

/* No rows, no blocks, no rows of W, no columns of W. */
static void empty_arrays_have_their_shapes(void **state) {
  scratch *s = *state;
  static const struct {
    size_t w[2], x_ndim, x[3], y[3];
    const char *blocks;
  } runs[] = {
      {{2, 3}, 2, {0, 6}, {0, 4}, "2"},        {{2, 3}, 2, {5, 0}, {5, 0}, NULL},
      {{2, 3}, 3, {5, 0, 3}, {5, 0, 2}, NULL}, {{2, 3}, 3, {0, 7, 3}, {0, 7, 2}, "7"},
      {{0, 3}, 2, {0, 6}, {0, 0}, NULL},       {{2, 0}, 3, {5, 4, 0}, {5, 4, 2}, NULL},
      {{2, 0}, 2, {5, 0}, {5, 8}, "4"},
  };
  size_t cases = 0;
  for (; cases < sizeof runs / sizeof *runs; cases++) {
    failure why;
    outcome result;
    assert_true(npy_write(scratch_path(s, "w.npy"), NPY_FLOAT32, 2, runs[cases].w, weights, &why));
    assert_true(npy_write(scratch_path(s, "x.npy"), NPY_FLOAT32, runs[cases].x_ndim, runs[cases].x,
                          weights, &why));
    const char *blocks = runs[cases].blocks == NULL ? NULL : "--blocks";
    run(s, WORDS(FILES("w.npy", "x.npy"), blocks, runs[cases].blocks), 0, &result);
    check_success(&result);
    check_shape(s, runs[cases].x_ndim, runs[cases].y, 0);
  }
  check_cases("empty arrays", cases, 7);
}

static void help_and_version(void **state) {
  scratch *s = *state;
  outcome result;
  run(s, WORDS("--help"), 0, &result);
  assert_int_equal(result.status, 0);
  static const char *const options[] = {"--weights", "--data",    "--out",       "--blocks",
                                        "--scale",   "--threads", "--help",      "--version",
                                        "--right",   "--axis",    "--transpose", "--identity"};
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    check_contains(result.out, options[i]);
  run(s, WORDS("--version"), 0, &result);
  assert_int_equal(result.status, 0);
  assert_string_equal(result.out, "npy_apply (kron_eye) " KRON_EYE_TEST_PROJECT_VERSION "\n");
}

static void check_failure(scratch *s, const outcome *result, const char *expected, size_t files) {
  assert_int_equal(result->status, 1);
  check_contains(result->err, expected);
  check_contains(result->err, "npy_apply: ");
  const char *newline = strchr(result->err, '\n');
  assert_non_null(newline);
  assert_int_equal(newline[1], '\0');
  assert_string_equal(result->out, "");
  assert_int_equal(scratch_count(s), files);
}

static size_t make_bad_files(scratch *s) {
  char file[512];
  const size_t size = scratch_read(s, "x4.npy", file, sizeof file);
  scratch_write(s, "cut.npy", file, size - 1);
  scratch_write(s, "header.npy", file, 40);
  scratch_write(s, "empty.npy", file, 0);
  scratch_write(s, "text.npy", "not an array\n", 13);
  char *order = strstr(file + 10, "False");
  assert_non_null(order);
  memcpy(order, "True ", 5);
  scratch_write(s, "fortran.npy", file, size);
  const size_t vector[] = {ROWS * K * N}, seven[] = {ROWS * K * N / 8, 8};
  const size_t narrow[] = {ROWS, N, K};
  const size_t nothing[] = {5, 0};
  write_data(s, "vector.npy", NPY_FLOAT32, 1, vector);
  write_data(s, "eight.npy", NPY_FLOAT32, 2, seven);
  write_data(s, "narrow.npy", NPY_FLOAT32, 3, narrow);
  write_data(s, "nothing.npy", NPY_FLOAT32, 2, nothing);
  write_matrix(s, "e4.npy", NPY_FLOAT32, 4, 1, a_values);
  assert_int_equal(symlink("/dev/full", scratch_path(s, "full")), 0);
  assert_int_equal(mkfifo(scratch_path(s, "pipe"), 0600), 0);
  assert_int_equal(symlink("x4.npy", scratch_path(s, "soft")), 0);
  assert_int_equal(symlink("nothing", scratch_path(s, "astray")), 0);
  char weights_path[SCRATCH_TEXT];
  snprintf(weights_path, sizeof weights_path, "%s/w4.npy", s->folder);
  assert_int_equal(link(weights_path, scratch_path(s, "hard")), 0);
  return scratch_count(s);
}

static void bad_input_gives_one_line(void **state) {
  scratch *s = *state;
  outcome result;
  const size_t files = make_bad_files(s);
  const struct {
    const char *const *words;
    const char *expected;
  } runs[] = {
      {WORDS(FILES("w4.npy", "absent")), " absent: cannot be opened: No such file"},
      {WORDS(FILES("absent", "x4.npy")), " absent: cannot be opened: No such file"},
      {WORDS(FILES("w4.npy", ".")), " .: is not a regular file"},
      {WORDS(FILES("w4.npy", "pipe")), " pipe: is not a regular file"},
      {WORDS(FILES("w4.npy", "empty.npy")), " empty.npy: is empty"},
      {WORDS(FILES("w4.npy", "text.npy")), " text.npy: is not a .npy file"},
      {WORDS(FILES("text.npy", "x4.npy")), " text.npy: is not a .npy file"},
      {WORDS(FILES("w4.npy", "header.npy")), " header.npy: ends inside its .npy header"},
      {WORDS(FILES("w4.npy", "cut.npy")), " cut.npy: claims 96 bytes of data but holds 95"},
      {WORDS(FILES("w4.npy", "fortran.npy")), " fortran.npy: is in Fortran order"},
      {WORDS(FILES("w4.npy", "vector.npy")), " vector.npy: has 1 dimension, not 2 or 3"},
      {WORDS(FILES("w4.npy", "x4deep.npy"), "--right", "2"), "has 3 dimensions, not 2 or 4"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--right", "5"), "has rows of 6 elements, which no blocks"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--right", "0"), " --right: '0' is not a whole number"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--right", "9223372036854775807"), "has smaller rows"},
      {WORDS(FILES("w4.npy", "x4deep.npy"), "--axis", "1"), "has 2 elements along the axis, not 3"},
      {WORDS(FILES("w4.npy", "x4deep.npy"), "--axis", "3"), "has 3 dimensions and no axis 3"},
      {WORDS(FILES("w4.npy", "x4deep.npy"), "--axis", "-4"), "has 3 dimensions and no axis -4"},
      {WORDS(FILES("w4.npy", "x4deep.npy"), "--axis", "-0"), " --axis: '0' is not a whole number"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--axis", "1", "--right", "1"), "excludes --blocks and"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--blocks", "2", "--axis", "1"), "excludes --blocks and"},
      {WORDS("--transpose", FILES("w4.npy", "x4.npy")), " --transpose: comes after the --weights"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--identity", "2", "--transpose"), "comes after the --w"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--transpose", "--transpose"), " --transpose: comes twice"},
      {WORDS("--identity", "3", "--data", "x4.npy", "--out", "y.npy"), ": --weights is missing"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--identity", "0"), " --identity: '0' is not a whole"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--identity", "5"), "which no blocks of 15 (columns of W)"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--identity", "4000000000", "--identity", "4000000000"),
       " --identity: makes the product of all factors too large"},
      {WORDS("--identity", "9000000000000000000", FILES("w4.npy", "x4.npy")),
       " w4.npy: makes the product of all factors too large"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--weights", "w8.npy"),
       " w8.npy: holds float64, but the weights before it are float32"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--identity", "2", "--weights", "w1.npy"),
       " w1.npy: holds uint8, but the weights before it are float32"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--weights", "x4deep.npy"), " x4deep.npy: has 3 dim"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--weights", "absent"), " absent: cannot be opened: No"},
      {WORDS(FILES("w4.npy", "x1.npy"), "--identity", "2"), " x1.npy: holds uint8, which does not"
                                                            " go with several factors in float32"},
      {WORDS(FILES("w8.npy", "x4.npy"), "--identity", "2"), " x4.npy: holds float32, which does"
                                                            " not go with several factors in"},
      {WORDS("--weights", "w4.npy", "--identity", "2", "--weights", "w8.npy", "--data", "x4.npy",
             "--out", "y.npy"),
       " w8.npy: holds float64, but the"},
      {WORDS("--weights", "w8.npy", "--identity", "2", "--data", "x8.npy", "--out", "w8.npy"),
       "is the input w8.npy"},
      {WORDS("--weights", "w4.npy", "--weights", "e4.npy", "--data", "x4.npy", "--out", "e4.npy"),
       "is the input e4.npy"},
      {WORDS(FILES("w4.npy", "x4deep.npy"), "--transpose"), "which no blocks of 2 (columns of W)"},
      {WORDS(FILES("vector.npy", "x4.npy")), " vector.npy: has 1 dimensions, not 2"},
      {WORDS(FILES("x4deep.npy", "x4.npy")), " x4deep.npy: has 3 dimensions, not 2"},
      {WORDS(FILES("w4.npy", "eight.npy")), " eight.npy: has rows of 8 elements, which no"},
      {WORDS(FILES("w4.npy", "narrow.npy")), " narrow.npy: has rows of 2 elements, which no"},
      {WORDS(FILES("nothing.npy", "nothing.npy")), "--blocks must say how many"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--blocks", "3"), " x4.npy: has 2 blocks a row, not 3"},
      {WORDS(FILES("w4.npy", "x4deep.npy"), "--blocks", "1"), "has 2 blocks a row, not 1"},
      {WORDS(FILES("w4.npy", "x8.npy")), " x8.npy: holds float64, which does not go with"},
      {WORDS(FILES("w8.npy", "x1.npy")), " x1.npy: holds uint8, which does not go with"},
      {WORDS(FILES("w1.npy", "x1.npy")), " x1.npy: holds uint8, which does not go with"},
      {WORDS("--weights", "w4.npy", "--data", "x4.npy", "--out", "full"), "not a regular file"},
      {WORDS("--weights", "w4.npy", "--data", "x4.npy", "--out", "no/y.npy"), "No such file"},
      {WORDS("--weights", "w4.npy", "--data", "x4.npy", "--out", "w4.npy"), "is the input w4.npy"},
      {WORDS("--weights", "w4.npy", "--data", "x4.npy", "--out", "x4.npy"), "is the input x4.npy"},
      {WORDS("--weights", "w4.npy", "--data", "x4.npy", "--out", "./x4.npy"), "the input x4.npy"},
      {WORDS("--weights", "w4.npy", "--data", "x4.npy", "--out", "hard"), "is the input w4.npy"},
      {WORDS("--weights", "w4.npy", "--data", "x4.npy", "--out", "soft"), "is the input x4.npy"},
      {WORDS("--weights", "w4.npy", "--data", "x4.npy", "--out", "-"), " -: is no name for an"},
      {WORDS("--weights", "w4.npy", "--data", "x4.npy", "--out", "astray"), "leads nowhere"},
      {WORDS("--weights", "w4.npy", "--data", "x4.npy"), ": --out is missing; see --help"},
      {WORDS("--weights", "w4.npy", "--out", "y.npy"), ": --data is missing; see --help"},
      {WORDS("--data", "x4.npy", "--out", "y.npy"), ": --weights is missing; see --help"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--blocks", "0"),
       " --blocks: '0' is not a whole number from 1 to "},
      {WORDS(FILES("w4.npy", "x4.npy"), "--threads", "-1"), " --threads: '-1' is not a whole"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--scale", "1/0"), " --scale: '1/0' is not a finite"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--scale", "1/"), " --scale: '1/' is not a finite"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--scale", "/255"), " --scale: '/255' is not a finite"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--scale", "1/2/3"), " --scale: '1/2/3' is not a finite"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--scale", "inf"), " --scale: 'inf' is not a finite"},
      {WORDS(FILES("w4.npy", "x4.npy"), "--scale", ""), " --scale: '' is not a finite"},
      {WORDS(FILES("w4.npy", "x4.npy"), "more"), " more: is not an option"},
      {WORDS("--blob"), "unrecognized option '--blob'; see --help"},
      {WORDS("--out"), "option '--out' requires an argument; see --help"},
      {WORDS("--help=3"), "option '--help=3' takes no argument; see --help"},
  };
  size_t cases = 0;
  for (; cases < sizeof runs / sizeof *runs; cases++) {
    run(s, runs[cases].words, 0, &result);
    check_failure(s, &result, runs[cases].expected, files);
  }
  check_cases("bad inputs", cases, 73);
}

/* The disk becomes full halfway (a file-size limit has the same effect): the old result remains. */
static void full_disk_keeps_the_old_result(void **state) {
  scratch *s = *state;
  outcome result;
  char content[8] = "";
  /* The result has more bytes than the limit, which leaves space for what clang's OpenMP and its
     thread sanitizer write. */
  enum { LIMIT = 1 << 20, LONG = 200000 };
  static const unsigned char x[LONG * N];
  const size_t dims[2] = {LONG, N};
  failure why;
  assert_true(npy_write(scratch_path(s, "long.npy"), NPY_UINT8, 2, dims, x, &why));
  run(s, WORDS(FILES("w4.npy", "long.npy")), LIMIT, &result);
  check_failure(s, &result, " y.npy: cannot be written: File too large", SETUP_FILES + 1);
  scratch_write(s, "y.npy", "old", 3);
  run(s, WORDS(FILES("w4.npy", "long.npy")), LIMIT, &result);
  check_failure(s, &result, " y.npy: cannot be written: File too large", SETUP_FILES + 2);
  assert_int_equal(scratch_read(s, "y.npy", content, sizeof content), 3);
  assert_memory_equal(content, "old", 3);
}

/* One factor more than there may be. */
static void too_many_factors(void **state) {
  scratch *s = *state;
  enum { MOST = 64 };
  const char *arguments[2 * MOST + 10] = {PROGRAM, FILES("w4.npy", "x4.npy")};
  outcome result;
  size_t count = 7;
  for (size_t f = 1; f < MOST; f++) {
    arguments[count++] = "--identity";
    arguments[count++] = "1";
  }
  scratch_run(s, arguments, 0, &result);
  check_success(&result);
  check_result(s, NPY_FLOAT32, flat_result, 2, 1);
  arguments[count++] = "--identity";
  arguments[count++] = "1";
  scratch_run(s, arguments, 0, &result);
  check_failure(s, &result, " --identity: is one factor too many: 64 are possible", SETUP_FILES);
}

/* -------------------------------------------------------------------- long runs, on a terminal */

enum { LONG_N = 1 << 10, LONG_ROWS = 1 << 26 /* 64 GiB of bytes, all of them holes */ };

static void make_long_job(scratch *s) {
  static float w[LONG_N];
  char header[NPY_FORMATTED];
  failure why;
  const size_t w_dims[2] = {1, LONG_N}, x_dims[2] = {LONG_ROWS, LONG_N};
  assert_true(npy_write(scratch_path(s, "w.npy"), NPY_FLOAT32, 2, w_dims, w, &why));
  const size_t size = npy_format_header(header, NPY_UINT8, 2, x_dims);
  const char *path = scratch_write(s, "x.npy", header, size);
  assert_int_equal(truncate(path, (off_t)(size + (size_t)LONG_ROWS * LONG_N)), 0);
}

/* Starts the long job with a terminal as its standard error; *master is our end of the terminal. */
static pid_t start_long_job(const scratch *s, int *master) {
  *master = posix_openpt(O_RDWR | O_NOCTTY);
  if (*master < 0) {
    print_message("# skipped: this machine gives no pseudo-terminals (is /dev/pts mounted?)\n");
    skip();
  }
  assert_int_equal(grantpt(*master), 0);
  assert_int_equal(unlockpt(*master), 0);
  const int terminal = open(ptsname(*master), O_RDWR | O_NOCTTY);
  assert_true(terminal >= 0);
  fflush(NULL);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    if (chdir(s->folder) != 0 || dup2(terminal, STDERR_FILENO) < 0) _exit(126);
    execl(PROGRAM, PROGRAM, FILES("w.npy", "x.npy"), (char *)NULL);
    _exit(127);
  }
  close(terminal);
  return child;
}

/* The first output on the terminal, or "" if there is none within a minute. */
static void await_bar(int master, char text[256]) {
  struct pollfd input = {.fd = master, .events = POLLIN};
  const ssize_t got = poll(&input, 1, 60 * 1000) == 1 ? read(master, text, 255) : 0;
  text[got > 0 ? got : 0] = '\0';
}

/* The bar is drawn while data larger than memory are processed. When the program is then ended, it
 * leaves no file behind and the old result unchanged. */
static void a_long_run_can_be_ended(void **state) {
  scratch *s = *state;
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
  make_long_job(s);
  scratch_write(s, "y.npy", "old", 3);
  size_t cases = 0;
  for (; cases < sizeof signals / sizeof *signals; cases++) {
    int master = -1;
    int status = 0;
    char text[256];
    const pid_t child = start_long_job(s, &master);
    await_bar(master, text);
    const size_t files = scratch_count(s);
    kill(child, signals[cases]);
    assert_int_equal(waitpid(child, &status, 0), child);
    close(master);
    check_contains(text, "npy_apply [");
    assert_int_equal(files, SETUP_FILES + 4); /* w, x, y and what becomes y */
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), signals[cases]);
    assert_int_equal(scratch_count(s), SETUP_FILES + 3);
    assert_int_equal(scratch_read(s, "y.npy", text, sizeof text), 3);
    assert_memory_equal(text, "old", 3);
  }
  check_cases("signals", cases, 3);
}

/* The mapped file is truncated while it is read. */
static void shrinking_data_leave_nothing(void **state) {
  scratch *s = *state;
  int master = -1;
  int status = 0;
  char text[256];
  make_long_job(s);
  const pid_t child = start_long_job(s, &master);
  await_bar(master, text);
  assert_int_equal(truncate(scratch_path(s, "x.npy"), 128), 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  close(master);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGBUS);
  assert_int_equal(scratch_count(s), SETUP_FILES + 2);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
      TEST(every_mixture_is_right),
      TEST(axes_and_transposes),
      TEST(several_factors_are_a_chain),
      TEST(empty_factors),
      TEST(too_many_factors),
      TEST(several_slabs_make_one_result),
      TEST(unaligned_data_is_read),
      TEST(empty_arrays_have_their_shapes),
      TEST(help_and_version),
      TEST(bad_input_gives_one_line),
      TEST(full_disk_keeps_the_old_result),
      TEST(a_long_run_can_be_ended),
      TEST(shrinking_data_leave_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
