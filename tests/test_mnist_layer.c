/* test_mnist_layer.c - the example program, run as a user would on small files made here. */
#include "check.h"
#include "support_scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/npy.h"
#include "support/random.h"

/* 17 images of 2 x 3 pixels: with 4 to a row, 4 rows and one image left over. W is 5 x 6. */
enum { IMAGES = 17, N = 6, K = 4, ROWS = 4, M = 5, ALL = 1 << 30 };

static const char PROGRAM[] = KRON_EYE_MNIST_LAYER;

/* Every third pixel is zero. */
static unsigned char pixel(size_t i) {
  return i % 3 == 0 ? 0 : (unsigned char)(1 + (i * 37 + i / 7) % 255);
}

static size_t make_images(unsigned char *bytes, size_t count, size_t height, size_t width) {
  const unsigned char header[16] = {0,
                                    0,
                                    8,
                                    3,
                                    0,
                                    0,
                                    (unsigned char)(count >> 8),
                                    (unsigned char)count,
                                    0,
                                    0,
                                    0,
                                    (unsigned char)height,
                                    0,
                                    0,
                                    0,
                                    (unsigned char)width};
  memcpy(bytes, header, sizeof header);
  for (size_t i = 0; i < count * height * width; i++) bytes[16 + i] = pixel(i);
  return 16 + count * height * width;
}

static void make_weights(scratch *s) {
  const size_t dims[2] = {M, N};
  float narrow[M * N];
  double wide[M * N];
  failure why;
  random_normal(7, narrow, M * N);
  for (size_t i = 0; i < M * N; i++) wide[i] = (double)narrow[i];
  assert_true(npy_write(scratch_path(s, "w4.npy"), NPY_FLOAT32, 2, dims, narrow, &why));
  assert_true(npy_write(scratch_path(s, "w8.npy"), NPY_FLOAT64, 2, dims, wide, &why));
}

/* The directory of every test: plain and compressed images, weights in both types. */
static int setup(void **state) {
  if (scratch_setup(state) != 0) return -1;
  unsigned char bytes[16 + IMAGES * N];
  const size_t size = make_images(bytes, IMAGES, 2, 3);
  scratch_write(*state, "images", bytes, size);
  scratch_write_gzip(*state, "images.gz", bytes, size);
  make_weights(*state);
  return 0;
}

enum { SETUP_FILES = 4, MOST_ARGUMENTS = 16 };

/* Runs the program with up to MOST_ARGUMENTS - 2 arguments. */
static void run(scratch *s, const char *const *words, size_t file_limit, outcome *result) {
  const char *arguments[MOST_ARGUMENTS] = {PROGRAM};
  for (size_t i = 0; words[i] != NULL; i++) {
    assert_true(i + 2 < MOST_ARGUMENTS);
    arguments[i + 1] = words[i];
  }
  scratch_run(s, arguments, file_limit, result);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void check_contains(const char *text, const char *expected) {
  if (strstr(text, expected) == NULL) fail_msg("'%s' is not in:\n%s", expected, text);
}

static void check_success(const outcome *result) {
  if (result->status != 0) fail_msg("status %d: %s", result->status, result->err);
  assert_string_equal(result->err, "");
}

/* Compares Y with its definition, pixel by pixel, within the rounding of N float32 additions. */
static void check_layer(scratch *s, const char *name, uint64_t seed, size_t m) {
  float w[30 * N];
  npy_array y;
  failure why;
  random_normal(seed, w, m * N);
  assert_true(npy_read(scratch_path(s, name), ALL, &y, &why));
  assert_int_equal(y.header.type, NPY_FLOAT32);
  assert_int_equal(y.header.ndim, 2);
  assert_int_equal(y.header.dims[0], ROWS);
  assert_int_equal(y.header.dims[1], K * m);
  for (size_t image = 0; image < ROWS * K; image++)
    for (size_t i = 0; i < m; i++) {
      double sum = 0;
      double magnitude = 0;
      for (size_t j = 0; j < N; j++) {
        const double product = (double)w[i * N + j] * pixel(image * N + j) / 255;
        sum += product;
        magnitude += fabs(product);
      }
      const double found = (double)((const float *)y.values)[image * m + i];
      assert_true(fabs(found - sum) <= (N + 4) * 0x1p-24 * magnitude);
    }
  npy_free(&y);
}

static void layer_is_right(void **state) {
  scratch *s = *state;
  outcome result;
  static const char *const images[] = {"images", "images.gz"};
  static const char *const weights[] = {"w4.npy", "w8.npy"};
  size_t cases = 0;
  for (size_t i = 0; i < 2; i++)
    for (size_t w = 0; w < 2; w++, cases++) {
      run(s,
          WORDS("--images", images[i], "--weights", weights[w], "--blocks", "4", "--out", "y.npy"),
          0, &result);
      check_success(&result);
      check_layer(s, "y.npy", 7, M);
      assert_int_equal(remove(scratch_path(s, "y.npy")), 0);
    }
  assert_int_equal(scratch_count(s), SETUP_FILES);
  check_cases("images and weights", cases, 4);
}

/* Without --weights: 30 outputs from the seed; without --out: hidden.npy. */
static void weights_come_from_the_seed(void **state) {
  scratch *s = *state;
  outcome result;
  run(s, WORDS("--images", "images", "--blocks=4"), 0, &result);
  check_success(&result);
  check_layer(s, "hidden.npy", 1, 30);
  run(s, WORDS("--images", "images", "--blocks=4", "--seed=12345678901234"), 0, &result);
  check_success(&result);
  check_layer(s, "hidden.npy", UINT64_C(12345678901234), 30);
  assert_int_equal(scratch_count(s), SETUP_FILES + 1);
}

static void report_says_what_was_done(void **state) {
  scratch *s = *state;
  outcome result;
  run(s, WORDS("--images", "images.gz", "--weights", "w8.npy", "--blocks", "4"), 0, &result);
  check_success(&result);
  static const char *const lines[] = {"Y[r] = (I_4 (x) W) X[r]\n",
                                      "images.gz\n",
                                      " 17 of 2 x 3 pixels, 16 used, 1 left over\n",
                                      " 4 x 24 float32, 4 images a row, 66.7 % non-zero\n",
                                      " 5 x 6 float32, from w8.npy (float64, rounded)\n",
                                      " 4 x 20 float32\n",
                                      "would be 20 x 24: 1920 bytes, never formed; W takes 120\n",
                                      " ms, best of 5 runs (the first: ",
                                      " GFLOP/s, zeros counted as work\n",
                                      " 4 of 4 rows against a float64 loop: largest difference ",
                                      "wrote   hidden.npy\n"};
  size_t cases = 0;
  for (; cases < sizeof lines / sizeof *lines; cases++) check_contains(result.out, lines[cases]);
  check_cases("lines", cases, 11);
}

/* 50,041 images of one pixel fill 1668 rows of 30; the published job takes 1666. */
static void published_rows_are_the_default(void **state) {
  scratch *s = *state;
  outcome result;
  const size_t count = 50041;
  unsigned char *bytes = malloc(16 + count);
  assert_non_null(bytes);
  const size_t size = make_images(bytes, count, 1, 1);
  scratch_write(s, "many", bytes, size);
  free(bytes);
  run(s, WORDS("--images", "many"), 0, &result);
  check_success(&result);
  check_contains(result.out, " 50041 of 1 x 1 pixels, 49980 used, 61 left over\n");
  check_contains(result.out, " 1666 x 900 float32\n");
  run(s, WORDS("--images", "many", "--rows", "1668"), 0, &result);
  check_success(&result);
  check_contains(result.out, " 1668 x 30 float32, 30 images a row");
  run(s, WORDS("--images", "many", "--rows", "1"), 0, &result);
  check_success(&result);
  check_contains(result.out, " 30 used, 50011 left over\n");
  check_contains(result.out, " 1 of 1 rows against");
}

static void help_is_help(void **state) {
  scratch *s = *state;
  outcome result;
  run(s, WORDS("--help"), 0, &result);
  check_success(&result);
  static const char *const options[] = {"--images", "--weights", "--seed", "--blocks",
                                        "--rows",   "--out",     "--help", "--version"};
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    check_contains(result.out, options[i]);
  assert_int_equal(scratch_count(s), SETUP_FILES);
}

/* A failed run: one line with the name of the program and the text `expected`, status 1, no output
 * file. */
static void check_failure(scratch *s, const outcome *result, const char *expected, size_t files) {
  assert_int_equal(result->status, 1);
  check_contains(result->err, expected);
  check_contains(result->err, "mnist_layer: ");
  const char *newline = strchr(result->err, '\n');
  assert_non_null(newline);
  assert_int_equal(newline[1], '\0');
  assert_null(strstr(result->out, "wrote"));
  assert_int_equal(scratch_count(s), files);
}

/* Files that are valid but wrong for this job, and files that are invalid. */
static size_t make_bad_files(scratch *s) {
  unsigned char bytes[16 + IMAGES * N + 1];
  const size_t size = make_images(bytes, IMAGES, 2, 3);
  bytes[size] = 1;
  scratch_write(s, "short", bytes, size - 1);
  scratch_write(s, "long", bytes, size + 1);
  unsigned char packed[1024];
  const size_t packed_size = scratch_read(s, "images.gz", packed, sizeof packed);
  scratch_write(s, "short.gz", packed, packed_size - 9);
  packed[packed_size - 6] ^= 1; /* in the checksum */
  scratch_write(s, "damaged.gz", packed, packed_size);
  scratch_write(s, "none", bytes, make_images(bytes, 0, 2, 3));
  scratch_write(s, "pointless", bytes, make_images(bytes, IMAGES, 0, 3));
  scratch_write(s, "labels", "\0\0\x08\x01\0\0\0\1x", 9);
  scratch_write(s, "huge", "\0\0\x08\x03\xff\xff\xff\xff\0\0\0\x10\0\0\0\x10 pixels", 23);
  scratch_write(s, "text", "not a picture\n", 14);
  assert_int_equal(symlink("/dev/full", scratch_path(s, "full")), 0);

  const size_t shapes[][2] = {{M, N + 1}, {0, N}, {M, N}};
  float values[M * (N + 1)] = {0};
  double wide[M * N] = {0};
  failure why;
  assert_true(npy_write(scratch_path(s, "wide.npy"), NPY_FLOAT32, 2, shapes[0], values, &why));
  assert_true(npy_write(scratch_path(s, "empty.npy"), NPY_FLOAT32, 2, shapes[1], values, &why));
  assert_true(npy_write(scratch_path(s, "vector.npy"), NPY_FLOAT32, 1, shapes[2], values, &why));
  assert_true(npy_write(scratch_path(s, "bytes.npy"), NPY_UINT8, 2, shapes[2], values, &why));
  values[8] = NAN;
  assert_true(npy_write(scratch_path(s, "nan.npy"), NPY_FLOAT32, 2, shapes[2], values, &why));
  wide[29] = 1e39; /* infinite in float32 */
  assert_true(npy_write(scratch_path(s, "large.npy"), NPY_FLOAT64, 2, shapes[2], wide, &why));
  for (size_t i = 0; i < M * N; i++) values[i] = 3e38F; /* finite, but their sums are not */
  assert_true(npy_write(scratch_path(s, "sums.npy"), NPY_FLOAT32, 2, shapes[2], values, &why));
  char text[256];
  const size_t text_size = scratch_read(s, "w4.npy", text, sizeof text);
  scratch_write(s, "cut.npy", text, text_size - 1);
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
      {WORDS("--images", "absent"), " absent: cannot be opened: No such file"},
      {WORDS("--images", "."), " .: cannot be read: Is a directory"},
      {WORDS("--images", "text"), " text: is not an IDX file"},
      {WORDS("--images", "short"), " short: claims 102 bytes of data but ends after 101"},
      {WORDS("--images", "long"), " long: has more data than the 102 bytes"},
      {WORDS("--images", "short.gz"), " short.gz: is cut short inside its compressed data"},
      {WORDS("--images", "damaged.gz"), " damaged.gz: has damaged compressed data"},
      {WORDS("--images", "huge"), " huge: claims 1099511627520 bytes of data, more than"},
      {WORDS("--images", "none"), " none: holds no images"},
      {WORDS("--images", "pointless"), " pointless: holds no images"},
      {WORDS("--images", "labels"), " labels: does not hold images"},
      {WORDS("--images", "images"), " images: holds 17 images, fewer than one row of 30"},
      {WORDS("--images", "images", "--blocks", "4", "--rows", "5"), "fewer than 5 rows of 4"},
      {WORDS("--images", "images", "--blocks", "4", "--weights", "absent"), " absent: cannot be"},
      {WORDS("--images", "images", "--blocks", "4", "--weights", "text"), " text: is not a .npy"},
      {WORDS("--images", "images", "--blocks", "4", "--weights", "cut.npy"),
       " cut.npy: claims 120 bytes of data but holds 119"},
      {WORDS("--images", "images", "--blocks", "4", "--weights", "wide.npy"),
       " wide.npy: has 7 columns, but an image has 6 pixels"},
      {WORDS("--images", "images", "--blocks", "4", "--weights", "empty.npy"), "m x n"},
      {WORDS("--images", "images", "--blocks", "4", "--weights", "vector.npy"), "m x n"},
      {WORDS("--images", "images", "--blocks", "4", "--weights", "bytes.npy"), "m x n"},
      {WORDS("--images", "images", "--blocks", "4", "--weights", "nan.npy"), "at [1, 2]"},
      {WORDS("--images", "images", "--blocks", "4", "--weights", "large.npy"), "at [4, 5]"},
      {WORDS("--images", "images", "--blocks", "4", "--weights", "sums.npy"),
       "differs from a float64 loop by more than rounding can explain"},
      {WORDS("--images", "images", "--blocks", "4", "--out", "full"), "not a regular file"},
      {WORDS("--images", "images", "--blocks", "4", "--out", "."), "not a regular file"},
      {WORDS("--images", "images", "--blocks", "4", "--out", "no/y.npy"), "No such file"},
      {WORDS("--images", "images", "--blocks", "4", "--out", ""), "the name is empty"},
      {WORDS("--blocks", "0"), "--blocks: '0' is not a whole number from 1 to "},
      {WORDS("--blocks", "9223372036854775808"), " to 9223372036854775807"},
      {WORDS("--rows", "-1"), "--rows: '-1' is not a whole number from 1 to "},
      {WORDS("--rows", "1x"), "--rows: '1x' is not a whole number from 1 to "},
      {WORDS("--seed", ""), "--seed: '' is not a whole number from 0 to "},
      {WORDS("--seed", "99999999999999999999999"), "is not a whole number"},
      {WORDS("--images", "images", "--out", "images"), " images: cannot be written: it is the inp"},
      {WORDS("--images", "images", "--out", "-"), " -: is no name for an output"},
      {WORDS("--blob"), "unrecognized option '--blob'; see --help"},
      {WORDS("--out"), "requires an argument; see --help"},
      {WORDS("images"), "'images' is not an option"},
  };
  size_t cases = 0;
  for (; cases < sizeof runs / sizeof *runs; cases++) {
    run(s, runs[cases].words, 0, &result);
    check_failure(s, &result, runs[cases].expected, files);
  }
  check_cases("bad inputs", cases, 38);
}

/* The disk becomes full halfway (a file-size limit has the same effect): the old result remains. */
static void failed_write_keeps_the_old_result(void **state) {
  scratch *s = *state;
  outcome result;
  char content[8] = "";
  const char *const *words = WORDS("--images", "images", "--blocks", "4");
  run(s, words, 200, &result);
  check_failure(s, &result, " hidden.npy: cannot be written: File too large", SETUP_FILES);
  scratch_write(s, "hidden.npy", "old", 3);
  run(s, words, 200, &result);
  check_failure(s, &result, " hidden.npy: cannot be written: File too large", SETUP_FILES + 1);
  assert_int_equal(scratch_read(s, "hidden.npy", content, sizeof content), 3);
  assert_memory_equal(content, "old", 3);
}

/* An output that cannot be written is found before the work: nothing is reported. */
static void bad_output_costs_no_work(void **state) {
  scratch *s = *state;
  outcome result;
  run(s, WORDS("--images", "images", "--blocks", "4", "--out", "no/y.npy"), 0, &result);
  check_failure(s, &result, " no/y.npy: cannot be written: No such file", SETUP_FILES);
  assert_string_equal(result.out, "");
}

/* Into one file: the report so far, then the error. */
static void output_comes_in_order(void **state) {
  scratch *s = *state;
  outcome result;
  char line[SCRATCH_TEXT];
  const size_t files = make_bad_files(s);
  snprintf(line, sizeof line, "'%s' --images images --blocks 4 --weights sums.npy 2>&1", PROGRAM);
  const char *const arguments[] = {"/bin/sh", "-c", line, NULL};
  scratch_run(s, arguments, 0, &result);
  assert_int_equal(result.status, 1);
  const char *report = strstr(result.out, "Y[r] = ");
  const char *error = strstr(result.out, "mnist_layer: the result differs");
  assert_true(report != NULL && error != NULL && report < error);
  assert_int_equal(scratch_count(s), files);
}

static void version_is_the_librarys(void **state) {
  scratch *s = *state;
  outcome result;
  run(s, WORDS("--version"), 0, &result);
  check_success(&result);
  assert_string_equal(result.out, "mnist_layer (kron_eye) " KRON_EYE_TEST_PROJECT_VERSION "\n");
}

/* A report that cannot be written is a failure too. */
static void full_standard_output_is_an_error(void **state) {
  scratch *s = *state;
  outcome result;
  char line[SCRATCH_TEXT];
  snprintf(line, sizeof line, "'%s' --images images --blocks 4 > /dev/full", PROGRAM);
  const char *const arguments[] = {"/bin/sh", "-c", line, NULL};
  scratch_run(s, arguments, 0, &result);
  assert_int_equal(result.status, 1);
  check_contains(result.err, "cannot write to standard output");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
      TEST(layer_is_right),
      TEST(weights_come_from_the_seed),
      TEST(report_says_what_was_done),
      TEST(published_rows_are_the_default),
      TEST(help_is_help),
      TEST(bad_input_gives_one_line),
      TEST(failed_write_keeps_the_old_result),
      TEST(full_standard_output_is_an_error),
      TEST(bad_output_costs_no_work),
      TEST(output_comes_in_order),
      TEST(version_is_the_librarys),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
