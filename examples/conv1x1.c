/*
 * conv1x1 - a 1 x 1 convolution of N x C x H x W images, with bias and ReLU, on real images.
 *
 *     y[n,k,h,w] = max(0, sum_c weights[k,c] * x[n,c,h,w] / 255 + bias[k])
 *
 * is the operator weights (x) I_(H*W) on each image: right = H*W, and nothing is transposed or
 * copied. The images are those of a file in MNIST's format, of which CHANNELS in a row serve as the
 * channels of one. Bytes are multiplied as they are; alpha = 1/255 scales them.
 */
#include "support/idx.h"
#include "support/random.h"
#include "support/stopwatch.h"

#include <kron_eye.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 12, OUTPUTS = 8, IMAGES_CHECKED = 50 };

static const char IMAGES[] = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz";

static bool complain(const char *what, const char *text) {
  fprintf(stderr, "conv1x1: %s: %s\n", what, text);
  return false;
}

typedef struct layer {
  float weights[OUTPUTS * CHANNELS];
  float bias[OUTPUTS];
} layer;

/* y = max(0, (weights (x) I_pixels) x / 255 + bias) on `count` images. */
static int convolve(const layer *l, size_t count, size_t pixels, const uint8_t *x, float *y) {
  kron_eye_plan *plan = NULL;
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = OUTPUTS;
  shape.n = CHANNELS;
  shape.right = pixels;
  kron_eye_epilogue epilogue = KRON_EYE_EPILOGUE_INIT;
  epilogue.bias = l->bias;
  epilogue.activation = KRON_EYE_ACTIVATION_RELU;
  int status = kron_eye_plan_create_u8_f32(&plan, &shape, l->weights, CHANNELS, NULL);
  if (status == KRON_EYE_OK) {
    status = kron_eye_apply_fused_u8_f32(plan, count, 1 / 255.F, x, CHANNELS * pixels, 0, y,
                                         OUTPUTS * pixels, &epilogue);
  }
  kron_eye_plan_destroy(plan);
  return status;
}

/* The largest difference of an image of y from its definition in double. */
static double difference(const layer *l, size_t pixels, const uint8_t *x, const float *y) {
  double largest = 0;
  for (size_t k = 0; k < OUTPUTS; ++k) {
    for (size_t p = 0; p < pixels; ++p) {
      double sum = 0;
      for (size_t c = 0; c < CHANNELS; ++c) {
        sum += (double)l->weights[k * CHANNELS + c] * x[c * pixels + p];
      }
      const double expected = fmax(0, sum / 255 + (double)l->bias[k]);
      largest = fmax(largest, fabs(expected - (double)y[k * pixels + p]));
    }
  }
  return largest;
}

/* Convolves the images and checks some of them. */
static bool run(const idx_array *images) {
  const size_t pixels = images->header.dims[1] * images->header.dims[2];
  const size_t count = images->header.dims[0] / CHANNELS;
  layer l;
  random_normal(1, l.weights, (size_t)OUTPUTS * CHANNELS);
  random_normal(2, l.bias, OUTPUTS);
  const size_t outputs = count * OUTPUTS * pixels;
  float *y = malloc((outputs + 1) * sizeof *y);
  if (y == NULL) return complain("memory", "not enough for the result");
  memset(y, 0, outputs * sizeof *y); /* so that the pages exist before the time is taken */

  const double start = stopwatch_seconds();
  const int status = convolve(&l, count, pixels, images->values, y);
  const double seconds = stopwatch_seconds() - start;
  double largest = 0;
  const size_t step = count / IMAGES_CHECKED + 1;
  for (size_t n = 0; status == KRON_EYE_OK && n < count; n += step) {
    largest = fmax(largest, difference(&l, pixels, images->values + n * CHANNELS * pixels,
                                       y + n * OUTPUTS * pixels));
  }
  free(y);
  if (status != KRON_EYE_OK) return complain("kron_eye", kron_eye_status_text(status));
  printf("%zu images of %d channels, %zu x %zu pixels, to %d channels: %.1f ms\n", count, CHANNELS,
         images->header.dims[1], images->header.dims[2], OUTPUTS, 1e3 * seconds);
  printf("largest difference from a float64 loop: %.1e\n", largest);
  return largest <= 1e-5 || complain("result", "differs too much");
}

int main(int argc, char **argv) {
  if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
    fputs("Usage: conv1x1 [IMAGES]\nIMAGES: a file in MNIST's format, plain or gzip\n", stderr);
    return EXIT_FAILURE;
  }
  const char *path = argc == 2 ? argv[1] : IMAGES;
  idx_array images;
  failure why;
  if (!idx_read(path, (size_t)1 << 30, &images, &why)) {
    complain(path, why.text);
    return EXIT_FAILURE;
  }
  const bool usable = images.header.ndim == 3 && images.header.dims[0] >= CHANNELS;
  const bool done = usable ? run(&images) : complain(path, "does not hold enough images");
  idx_free(&images);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
