/* test_mpi_layer.c - the example under mpirun: the parts of all ranks are the layer's result by its
   definition, and the same bits on any number of ranks. */
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

static void parts_make_the_result(void **state) {
  scratch *s = *state;
  static const char *const numbers[] = {"1", "2", "3", "7"};
  static float first[ROWS * K * M], y[ROWS * K * M];
  size_t cases = 0;
  write_images(s);
  for (; cases < sizeof numbers / sizeof *numbers; cases++) {
    outcome result;
    const char *const words[] = {KRON_EYE_MPI_LAYER, "--images", "images", "--out", "part", NULL};
    mpi_run(s, numbers[cases], words, 0, &result);
    if (result.status != 0) fail_msg("status %d: %s", result.status, result.err);
    assert_int_equal(mpi_run_count(result.out, "150 images on "), 1);
    read_parts(s, (size_t)atoi(numbers[cases]), cases == 0 ? first : y);
    if (cases == 0) check_result(first);
    if (cases != 0) assert_memory_equal(y, first, sizeof y);
  }
  check_cases("numbers of ranks", cases, 4);
}

static void bad_input_gives_one_line(void **state) {
  scratch *s = *state;
  outcome result;
  write_images(s);
  static const struct {
    const char *const words[6];
    const char *expected;
  } runs[] = {
      {{KRON_EYE_MPI_LAYER, "--images", "absent"}, "mpi_layer: absent: cannot be opened"},
      {{KRON_EYE_MPI_LAYER, "--images", "images", "--out", "no/part"}, "mpi_layer: no/part: "},
      {{KRON_EYE_MPI_LAYER, "more"}, "mpi_layer: command line: has a word that is no option"},
  };
  size_t cases = 0;
  for (; cases < sizeof runs / sizeof *runs; cases++) {
    mpi_run(s, "2", runs[cases].words, 0, &result);
    assert_int_not_equal(result.status, 0);
    if (mpi_run_count(result.err, runs[cases].expected) != 1) fail_msg("%s", result.err);
    assert_int_equal(mpi_run_count(result.err, "mpi_layer: "), 1);
    assert_int_equal(scratch_count(s), 1);
  }
  check_cases("bad inputs", cases, 3);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {TEST(parts_make_the_result), TEST(bad_input_gives_one_line)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
