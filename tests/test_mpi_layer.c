/* test_mpi_layer.c - the example under mpirun: the parts of all ranks are the layer's result by its
   definition, and the same bits on any number of ranks; its step of training is the one by
   definition, up to rounding. */
#include "check.h"
#include "mpi_run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/npy.h"
#include "support/random.h"

enum { K = 30, M = 30, HEIGHT = 3, WIDTH = 5, N = HEIGHT * WIDTH, ROWS = 5, LEFT_OVER = 7 };
enum { IMAGES = ROWS * K + LEFT_OVER, ALL = 1 << 30 };

static unsigned char pixels[IMAGES * N];

static void write_images(scratch *s) {
  unsigned char file[16 + sizeof pixels] = {0, 0, 8, 3,      0, 0, 0, IMAGES,
                                            0, 0, 0, HEIGHT, 0, 0, 0, WIDTH};
  for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)(i * 37 % 251);
  memcpy(file + 16, pixels, sizeof pixels);
  scratch_write(s, "images", file, sizeof file);
}

/* The images that fill no row have labels too, which must not matter. */
static unsigned char label_of(size_t image) {
  return (unsigned char)(image < ROWS * K ? image * 7 % 11 : M - 1);
}

static void write_labels(scratch *s, const char *name, size_t count, unsigned char last) {
  unsigned char file[8 + IMAGES + 1] = {0, 0, 8, 1, 0, 0, 0, (unsigned char)count};
  for (size_t i = 0; i < count; i++) file[8 + i] = label_of(i);
  file[7 + count] = last;
  scratch_write(s, name, file, 8 + count);
}

/* Y from its parts, which then go; each part has the rows that its rank should have. */
static void read_parts(scratch *s, size_t ranks, float y[ROWS * K * M]) {
  size_t rows = 0;
  for (size_t rank = 0; rank < ranks; rank++) {
    char name[32];
    npy_array part;
    failure why;
    snprintf(name, sizeof name, "part.%zu.npy", rank);
    if (!npy_read(scratch_path(s, name), ALL, &part, &why)) fail_msg("%s: %s", name, why.text);
    assert_int_equal(part.header.dims[0], ROWS / ranks + (rank < ROWS % ranks));
    assert_int_equal(part.header.dims[1], K * M);
    if (part.header.data_bytes > 0) memcpy(y + rows * K * M, part.values, part.header.data_bytes);
    rows += part.header.dims[0];
    npy_free(&part);
    assert_int_equal(remove(scratch_path(s, name)), 0);
  }
  assert_int_equal(rows, ROWS);
}

static void check_result(const float *y) {
  float w[M * N];
  random_normal(1, w, sizeof w / sizeof *w);
  for (size_t block = 0; block < ROWS * K; block++)
    for (size_t i = 0; i < M; i++) {
      double sum = 0, magnitude = 0;
      for (size_t j = 0; j < N; j++) {
        const double product = (double)w[i * N + j] * pixels[block * N + j] / 255;
        sum += product;
        magnitude += fabs(product);
      }
      const double bound = (N + 5) * 0x1p-24 * magnitude + 1e-40;
      assert_true(fabs((double)y[block * M + i] - sum) <= bound);
    }
}

/* One step by its definition: W, and beside it the sums of absolute terms that rounding is measured
   by. Returns the cost before. */
static double take_step(double w[M * N], double scale[M * N]) {
  const double rate = 0.01 / (ROWS * K);
  float begin[M * N];
  double cost = 0;
  random_normal(1, begin, M * N);
  for (size_t e = 0; e < M * N; e++) scale[e] = fabs(w[e] = (double)begin[e]);
  for (size_t image = 0; image < ROWS * K; image++)
    for (size_t i = 0; i < M; i++) {
      const unsigned char *x = pixels + image * N;
      double error = label_of(image) == i ? -1 : 0, magnitude = 1;
      for (size_t j = 0; j < N; j++) {
        error += (double)begin[i * N + j] * x[j] / 255;
        magnitude += fabs((double)begin[i * N + j]) * x[j] / 255;
      }
      cost += error * error / 2 / (ROWS * K);
      for (size_t j = 0; j < N; j++) {
        w[i * N + j] -= rate * error * x[j] / 255;
        scale[i * N + j] += rate * magnitude * x[j] / 255;
      }
    }
  return cost;
}

static double cost_of(const double w[M * N]) {
  double cost = 0;
  for (size_t image = 0; image < ROWS * K; image++)
    for (size_t i = 0; i < M; i++) {
      double error = label_of(image) == i ? -1 : 0;
      for (size_t j = 0; j < N; j++) error += w[i * N + j] * pixels[image * N + j] / 255;
      cost += error * error / 2 / (ROWS * K);
    }
  return cost;
}

/* The file of W and the line of costs are those of the definition. */
static void check_step(scratch *s, const char *text) {
  double w[M * N], scale[M * N], before = 0, after = 0;
  npy_array read;
  failure why;
  const double cost = take_step(w, scale);
  if (!npy_read(scratch_path(s, "part.w.npy"), ALL, &read, &why)) fail_msg("%s", why.text);
  assert_int_equal(read.header.type, NPY_FLOAT32);
  assert_int_equal(read.header.dims[0], M);
  assert_int_equal(read.header.dims[1], N);
  for (size_t e = 0; e < M * N; e++) {
    const double bound = (ROWS * K + N + 20) * 0x1p-24 * scale[e];
    assert_true(fabs((double)((const float *)read.values)[e] - w[e]) <= bound);
  }
  npy_free(&read);
  assert_int_equal(remove(s->path), 0);
  const char *line = strstr(text, "one step of training: ");
  assert_non_null(line);
  assert_int_equal(sscanf(line, "one step of training: cost %lf, then %lf;", &before, &after), 2);
  assert_true(fabs(before - cost) <= 1e-5 * cost);
  assert_true(fabs(after - cost_of(w)) <= 1e-5 * cost);
  assert_true(after < 0.99 * before);
}

#define FILES "--images", "images", "--labels", "labels"

static void parts_make_the_result(void **state) {
  scratch *s = *state;
  static const char *const numbers[] = {"1", "2", "3", "7"};
  static float first[ROWS * K * M], y[ROWS * K * M];
  size_t cases = 0;
  write_images(s);
  write_labels(s, "labels", IMAGES, M - 1);
  for (; cases < sizeof numbers / sizeof *numbers; cases++) {
    outcome result;
    const char *const words[] = {KRON_EYE_MPI_LAYER, FILES, "--out", "part", NULL};
    mpi_run(s, numbers[cases], words, 0, &result);
    if (result.status != 0) fail_msg("status %d: %s", result.status, result.err);
    assert_int_equal(mpi_run_count(result.out, "150 images on "), 1);
    read_parts(s, (size_t)atoi(numbers[cases]), cases == 0 ? first : y);
    if (cases == 0) check_result(first);
    if (cases != 0) assert_memory_equal(y, first, sizeof y);
    check_step(s, result.out);
  }
  check_cases("numbers of ranks", cases, 4);
}

static void bad_input_gives_one_line(void **state) {
  scratch *s = *state;
  outcome result;
  write_images(s);
  write_labels(s, "labels", IMAGES, M - 1);
  write_labels(s, "few", IMAGES - 1, 0);
  write_labels(s, "high", IMAGES, M);
  static const struct {
    const char *const words[8];
    const char *expected;
  } runs[] = {
      {{KRON_EYE_MPI_LAYER, "--images", "absent"}, "mpi_layer: absent: cannot be opened"},
      {{KRON_EYE_MPI_LAYER, FILES, "--out", "no/part"}, "mpi_layer: no/part: "},
      {{KRON_EYE_MPI_LAYER, FILES, "--labels", "absent"}, "mpi_layer: absent: cannot be opened"},
      {{KRON_EYE_MPI_LAYER, FILES, "--labels", "few"}, "mpi_layer: few: does not hold one label"},
      {{KRON_EYE_MPI_LAYER, FILES, "--labels", "high"}, "mpi_layer: high: has the label 30 at 156"},
      {{KRON_EYE_MPI_LAYER, FILES, "--labels", "images"}, "mpi_layer: images: does not hold one"},
      {{KRON_EYE_MPI_LAYER, "more"}, "mpi_layer: command line: has a word that is no option"},
  };
  size_t cases = 0;
  for (; cases < sizeof runs / sizeof *runs; cases++) {
    mpi_run(s, "2", runs[cases].words, 0, &result);
    assert_int_not_equal(result.status, 0);
    if (mpi_run_count(result.err, runs[cases].expected) != 1) fail_msg("%s", result.err);
    assert_int_equal(mpi_run_count(result.err, "mpi_layer: "), 1);
    assert_int_equal(scratch_count(s), 4);
  }
  check_cases("bad inputs", cases, 7);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {TEST(parts_make_the_result), TEST(bad_input_gives_one_line)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
