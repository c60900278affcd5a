/* test_train_mnist.c - the training program, on images so easy that any network that learns at all
 * learns them: ten classes, each with two bright pixels of its own in noise. Also its evaluation,
 * compared with the equations. */
#include "check.h"
#include "support_scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/npy.h"
#include "support/random.h"

enum { CLASSES = 10, HEIGHT = 4, WIDTH = 5, N = HEIGHT * WIDTH, IMAGES = 1003, TESTED = 200 };

static const char PROGRAM[] = KRON_EYE_TRAIN_MNIST;

static unsigned char clamp(float value) {
  return value < 0 ? 0 : value > 255 ? 255 : (unsigned char)value;
}

static void big_endian(unsigned char *bytes, size_t value) {
  for (size_t i = 0; i < 4; i++) bytes[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* Image i of an endless sequence; returns its label. */
static unsigned char draw_image(size_t i, unsigned char pixels[N]) {
  const size_t label = i * 7 % CLASSES;
  float noise[N];
  random_normal(i, noise, N);
  for (size_t j = 0; j < N; j++) pixels[j] = clamp(40 * noise[j] + (j / 2 == label ? 200 : 20));
  return (unsigned char)label;
}

/* Writes the images [first, first + count) and their labels, or the given labels. */
static void write_pair(scratch *s, const char *images, const char *labels, size_t first,
                       size_t count, const unsigned char *other_labels) {
  unsigned char *pixels = malloc(16 + count * N);
  unsigned char *classes = malloc(8 + count);
  assert_true(pixels != NULL && classes != NULL);
  memcpy(pixels, "\0\0\x08\x03", 4);
  memcpy(classes, "\0\0\x08\x01", 4);
  big_endian(pixels + 4, count);
  big_endian(pixels + 8, HEIGHT);
  big_endian(pixels + 12, WIDTH);
  big_endian(classes + 4, count);
  for (size_t i = 0; i < count; i++) {
    const unsigned char label = draw_image(first + i, pixels + 16 + i * N);
    classes[8 + i] = other_labels != NULL ? other_labels[i] : label;
  }
  scratch_write(s, images, pixels, 16 + count * N);
  scratch_write_gzip(s, labels, classes, 8 + count);
  free(pixels);
  free(classes);
}

static int setup(void **state) {
  if (scratch_setup(state) != 0) return -1;
  write_pair(*state, "images", "labels.gz", 0, IMAGES, NULL);
  write_pair(*state, "test-images", "test-labels.gz", IMAGES, TESTED, NULL);
  return 0;
}

enum { SETUP_FILES = 4, MOST_ARGUMENTS = 24 };

#define TRAIN "--images", "images", "--labels", "labels.gz"
#define TEST_FILES "--test-images", "test-images", "--test-labels", "test-labels.gz"
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void run(scratch *s, const char *const *words, size_t file_limit, outcome *result) {
  const char *arguments[MOST_ARGUMENTS] = {PROGRAM};
  for (size_t i = 0; words[i] != NULL; i++) {
    assert_true(i + 2 < MOST_ARGUMENTS);
    arguments[i + 1] = words[i];
  }
  scratch_run(s, arguments, file_limit, result);
}

static void check_contains(const char *text, const char *expected) {
  if (strstr(text, expected) == NULL) fail_msg("'%s' is not in:\n%s", expected, text);
}

/* The number of images, of TESTED, that a line of the report calls right. */
static size_t right_after(const outcome *result, const char *line) {
  const char *at = strstr(result->out, line);
  if (at == NULL) fail_msg("'%s' is not in:\n%s", line, result->out);
  char *end = NULL;
  const unsigned long right = strtoul(at + strlen(line), &end, 10);
  assert_memory_equal(end, " of 200 right, ", 15);
  return right;
}

/* Guessing gives 20 of 200, and so does a network that only learns which classes are frequent. */
static void easy_images_are_learnt(void **state) {
  scratch *s = *state;
  static const char *const costs[] = {"cross-entropy", "quadratic"};
  static const char *const batches[] = {"10", "16"}; /* 1003 images: the last one is short */
  size_t cases = 0;
  outcome result;
  for (size_t c = 0; c < 2; c++)
    for (size_t b = 0; b < 2; b++, cases++) {
      run(s, WORDS(TRAIN, TEST_FILES, "--cost", costs[c], "--batch", batches[b], "--epochs", "8"),
          0, &result);
      if (result.status != 0) fail_msg("status %d: %s", result.status, result.err);
      assert_string_equal(result.err, ""); /* no bar without a terminal */
      const size_t before = right_after(&result, "before     ");
      const size_t after = right_after(&result, "epoch   8  ");
      printf("# %s, mini-batches of %s: %zu of 200 right before, %zu after\n", costs[c], batches[b],
             before, after);
      assert_true(before <= 60);
      assert_true(after >= 190);
    }
  check_cases("ways to learn", cases, 4);
}

/* ---------------------------------------------------------------- evaluation, apart from training
 */

enum { HIDDEN = 30, SEED = 4 };

/* A network as the program starts with it: W1, b1, W2, b2 are drawn from four consecutive seeds,
 * and the weights divided by the square root of the number of inputs. */
typedef struct network {
  float w1[HIDDEN * N], b1[HIDDEN], w2[CLASSES * HIDDEN], b2[CLASSES];
} network;

static void draw_network(network *net) {
  const uint64_t first = (uint64_t)SEED << 32;
  random_normal(first, net->w1, HIDDEN * N);
  random_normal(first + 1, net->b1, HIDDEN);
  random_normal(first + 2, net->w2, CLASSES * HIDDEN);
  random_normal(first + 3, net->b2, CLASSES);
  for (size_t i = 0; i < HIDDEN * N; i++) net->w1[i] /= sqrtf(N);
  for (size_t i = 0; i < CLASSES * HIDDEN; i++) net->w2[i] /= sqrtf(HIDDEN);
}

/* The class whose neuron has the largest input, by the equations, in double; b1 and b2 times the
 * factors. */
static unsigned char answer(const network *net, const unsigned char pixels[N], double b1_factor,
                            double b2_factor) {
  double a1[HIDDEN], z2[CLASSES];
  for (size_t i = 0; i < HIDDEN; i++) {
    double z = b1_factor * (double)net->b1[i];
    for (size_t j = 0; j < N; j++) z += (double)net->w1[i * N + j] * pixels[j] / 255;
    a1[i] = 1 / (1 + exp(-z));
  }
  size_t best = 0;
  for (size_t i = 0; i < CLASSES; i++) {
    z2[i] = b2_factor * (double)net->b2[i];
    for (size_t j = 0; j < HIDDEN; j++) z2[i] += (double)net->w2[i * HIDDEN + j] * a1[j];
    best = z2[i] > z2[best] ? i : best;
  }
  for (size_t i = 0; i < CLASSES; i++) /* rounding cannot change it */
    assert_true(i == best || z2[i] < z2[best] - 1e-5);
  return (unsigned char)best;
}

/* The labels are the answers of the initial network, so all are right before it has learnt
 * anything. This covers both weights, both biases, the scale of the pixels and the sigmoid. */
static void evaluation_is_the_equations(void **state) {
  scratch *s = *state;
  static network net;
  draw_network(&net);
  unsigned char answers[TESTED];
  size_t without_b1 = 0, without_b2 = 0;
  for (size_t i = 0; i < TESTED; i++) {
    unsigned char pixels[N];
    draw_image(IMAGES + i, pixels);
    answers[i] = answer(&net, pixels, 1, 1);
    without_b1 += answer(&net, pixels, 0, 1) == answers[i];
    without_b2 += answer(&net, pixels, 1, 0) == answers[i];
  }
  printf("# %zu of 200 would be right without b1, %zu without b2\n", without_b1, without_b2);
  assert_true(without_b1 <= 150 && without_b2 <= 150);
  write_pair(s, "answered", "answers.gz", IMAGES, TESTED, answers);
  outcome result;
  run(s,
      WORDS(TRAIN, "--test-images", "answered", "--test-labels", "answers.gz", "--seed", "4",
            "--epochs", "1"),
      0, &result);
  if (result.status != 0) fail_msg("status %d: %s", result.status, result.err);
  assert_int_equal(right_after(&result, "before     "), TESTED);
}

static void held_out_images_are_the_last(void **state) {
  scratch *s = *state;
  outcome result;
  run(s, WORDS(TRAIN, "--held-out", "200", "--epochs", "8", "--hidden", "12", "--seed", "5"), 0,
      &result);
  assert_int_equal(result.status, 0);
  check_contains(result.out, "network  [20, 12, 10], cross-entropy cost, rate 0.5, ");
  check_contains(result.out, "images   803 to train on, 200 to test on\n");
  assert_true(right_after(&result, "epoch   8  ") >= 190);
}

/* The saved weights are the trained ones: each class's two pixels have moved in the same direction.
 */
static void weights_are_kept(void **state) {
  scratch *s = *state;
  outcome result;
  npy_array w;
  failure why;
  run(s, WORDS(TRAIN, TEST_FILES, "--epochs", "4", "--out", "w.npy"), 0, &result);
  assert_int_equal(result.status, 0);
  check_contains(result.out, "wrote    w.npy, 30 x 20\n");
  if (!npy_read(scratch_path(s, "w.npy"), 1 << 20, &w, &why)) fail_msg("%s", why.text);
  assert_int_equal(w.header.type, NPY_FLOAT32);
  assert_int_equal(w.header.dims[0], 30);
  assert_int_equal(w.header.dims[1], N);
  double product = 0;
  double squares = 0;
  for (size_t i = 0; i < 30 * N; i += 2) {
    const double a = (double)((const float *)w.values)[i];
    const double b = (double)((const float *)w.values)[i + 1];
    product += a * b;
    squares += (a * a + b * b) / 2;
  }
  npy_free(&w);
  printf("# correlation of twin pixels' weights: %.2f\n", product / squares);
  assert_true(product > 0.5 * squares);
}

static void help_is_help(void **state) {
  scratch *s = *state;
  outcome result;
  run(s, WORDS("--help"), 0, &result);
  assert_int_equal(result.status, 0);
  static const char *const options[] = {"--images",   "--labels", "--test-images", "--test-labels",
                                        "--held-out", "--hidden", "--epochs",      "--batch",
                                        "--cost",     "--rate",   "--seed",        "--out",
                                        "--help",     "--version"};
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    check_contains(result.out, options[i]);
  run(s, WORDS("--version"), 0, &result);
  assert_int_equal(result.status, 0);
  assert_string_equal(result.out, "train_mnist (kron_eye) " KRON_EYE_TEST_PROJECT_VERSION "\n");
}

static void bad_input_gives_one_line(void **state) {
  scratch *s = *state;
  outcome result;
  scratch_write(s, "eleven", "\0\0\x08\x01\0\0\0\1\x0a", 9);
  scratch_write(s, "one", "\0\0\x08\x03\0\0\0\1\0\0\0\1\0\0\0\1x", 17);
  scratch_write(s, "zero", "\0\0\x08\x01\0\0\0\1\0", 9);
  const size_t files = scratch_count(s);
  const struct {
    const char *const *words;
    const char *expected;
  } runs[] = {
      {WORDS("--images", "absent", "--labels", "labels.gz"), " absent: cannot be opened"},
      {WORDS("--images", "images", "--labels", "absent"), " absent: cannot be opened"},
      {WORDS("--images", "labels.gz", "--labels", "labels.gz"), "does not hold images"},
      {WORDS("--images", "images", "--labels", "images"), "one label for each of 1003 images"},
      {WORDS("--images", "images", "--labels", "test-labels.gz"), "one label for each of 1003"},
      {WORDS("--images", "one", "--labels", "eleven"), " eleven: has the label 10 at 0"},
      {WORDS(TRAIN, "--test-images", "one", "--test-labels", "zero"), "images of another size"},
      {WORDS(TRAIN, "--held-out", "1003"), " --held-out: leaves no images to train on"},
      {WORDS(TRAIN, "--held-out", "0"),
       " --held-out: '0' is not a whole number from 1 to 1073741824"},
      {WORDS("--hidden", "0"), " --hidden: '0' is not a whole number from 1 to 1048576"},
      {WORDS("--hidden", "9999999"),
       " --hidden: '9999999' is not a whole number from 1 to 1048576"},
      {WORDS("--batch", "x"), " --batch: 'x' is not a whole number from 1 to 1048576"},
      {WORDS("--epochs", "-1"), " --epochs: '-1' is not a whole number from 1 to 1073741824"},
      {WORDS("--rate", "0"), " --rate: '0' is not greater than 0"},
      {WORDS("--rate", "nan"), " --rate: 'nan' is not a finite number"},
      {WORDS("--cost", "linear"), " --cost: 'linear' is neither cross-entropy nor quadratic"},
      {WORDS("more"), " more: is not an option"},
      {WORDS(TRAIN, "--out", "labels.gz"), " labels.gz: cannot be written: it is the input"},
      {WORDS(TRAIN, "--out", "-"), " -: is no name for an output"},
      {WORDS("--blob"), "unrecognized option '--blob'; see --help"},
      {WORDS("--seed"), "option '--seed' requires an argument; see --help"},
  };
  size_t cases = 0;
  for (; cases < sizeof runs / sizeof *runs; cases++) {
    run(s, runs[cases].words, 0, &result);
    assert_int_equal(result.status, 1);
    check_contains(result.err, runs[cases].expected);
    check_contains(result.err, "train_mnist: ");
    const char *newline = strchr(result.err, '\n');
    assert_non_null(newline);
    assert_int_equal(newline[1], '\0');
    assert_int_equal(scratch_count(s), files);
  }
  run(s, WORDS(TRAIN, TEST_FILES, "--epochs", "1", "--out", "no/w.npy"), 0, &result);
  assert_int_equal(result.status, 1);
  check_contains(result.err, "train_mnist: no/w.npy: cannot be written");
  assert_string_equal(result.out, ""); /* before any work */
  check_cases("bad inputs", cases + 1, 22);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
      TEST(easy_images_are_learnt),
      TEST(evaluation_is_the_equations),
      TEST(held_out_images_are_the_last),
      TEST(weights_are_kept),
      TEST(help_is_help),
      TEST(bad_input_gives_one_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
