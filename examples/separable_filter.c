/*
 * separable_filter - blurs images with one chain: a filter that is a product of one along columns
 * and one along rows is (C (x) R) on the image as a vector, with C height x height and R width x
 * width. Every second row and column of the result is kept, so C and R have half as many rows.
 *
 *     separable_filter IMAGES.idx     images of MNIST's format, plain or gzip
 *
 * Prints the first image before and after, the time, and the largest difference from the filter
 * written as four loops.
 */
#include "support/idx.h"
#include "support/stopwatch.h"

#include <kron_eye.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The binomial filter 1 4 6 4 1 by 16. */
enum { TAPS = 5, STEP = 2 };
static const float taps[TAPS] = {1 / 16.f, 4 / 16.f, 6 / 16.f, 4 / 16.f, 1 / 16.f};

static size_t kept(size_t size) {
  return (size + STEP - 1) / STEP;
}

/* What is outside the image is 0. */
static float weight(size_t output, size_t input) {
  const size_t tap = input + TAPS / 2 - STEP * output; /* wraps to a large number below 0 */
  return tap < TAPS ? taps[tap] : 0;
}

/* The filter along one dimension as a matrix, kept(size) x size. */
static float *filter_matrix(size_t size) {
  float *w = malloc(kept(size) * size * sizeof *w + 1);
  for (size_t i = 0; w != NULL && i < kept(size); ++i) {
    for (size_t j = 0; j < size; ++j) w[i * size + j] = weight(i, j);
  }
  return w;
}

static bool filter(size_t count, size_t height, size_t width, const float *x, float *y) {
  float *columns = filter_matrix(height);
  float *rows = filter_matrix(width);
  kron_eye_chain *chain = NULL;
  int status = KRON_EYE_NO_MEMORY;
  if (columns != NULL && rows != NULL) {
    const kron_eye_factor factors[] = {
        kron_eye_factor_f32(kept(height), height, KRON_EYE_NO_TRANSPOSE, columns, height),
        kron_eye_factor_f32(kept(width), width, KRON_EYE_NO_TRANSPOSE, rows, width)};
    status = kron_eye_chain_create_f32(&chain, 2, factors, NULL);
  }
  free(columns); /* the chain has copies */
  free(rows);
  if (status == KRON_EYE_OK) {
    char text[512];
    kron_eye_chain_describe(chain, text, sizeof text);
    printf("%s\n", text);
    const double start = stopwatch_seconds();
    status = kron_eye_chain_apply_f32(chain, count, 1, x, height * width, 0, y,
                                      kept(height) * kept(width), NULL, 0);
    printf("%zu images in %.2f ms\n", count, 1e3 * (stopwatch_seconds() - start));
  }
  kron_eye_chain_destroy(chain);
  if (status != KRON_EYE_OK)
    fprintf(stderr, "separable_filter: %s\n", kron_eye_status_text(status));
  return status == KRON_EYE_OK;
}

/* One output by the definition. */
static double direct(size_t height, size_t width, const float *image, size_t row, size_t column) {
  double sum = 0;
  for (size_t i = 0; i < height; ++i) {
    const double vertical = (double)weight(row, i);
    for (size_t j = 0; j < width && vertical != 0; ++j) {
      sum += vertical * (double)weight(column, j) * (double)image[i * width + j];
    }
  }
  return sum;
}

static double largest_difference(size_t count, size_t height, size_t width, const float *x,
                                 const float *y) {
  double largest = 0;
  for (size_t r = 0; r < count; ++r, x += height * width) {
    for (size_t i = 0; i < kept(height); ++i) {
      for (size_t j = 0; j < kept(width); ++j, ++y) {
        largest = fmax(largest, fabs((double)*y - direct(height, width, x, i, j)));
      }
    }
  }
  return largest;
}

/* Brightness from 0 to 255 in characters. */
static void print_image(size_t height, size_t width, const float *image) {
  static const char shades[] = " .:-=+*#%@";
  for (size_t i = 0; i < height; ++i) {
    for (size_t j = 0; j < width; ++j) {
      putchar(shades[(int)(image[i * width + j] * 9.99f / 255)]);
    }
    putchar('\n');
  }
}

static bool run(const idx_header *header, const uint8_t *pixels) {
  const size_t count = header->dims[0], height = header->dims[1], width = header->dims[2];
  const size_t inputs = count * height * width, outputs = count * kept(height) * kept(width);
  float *x = malloc(inputs * sizeof *x);
  float *y = malloc(outputs * sizeof *y);
  bool done = x != NULL && y != NULL;
  for (size_t i = 0; done && i < inputs; ++i) x[i] = (float)pixels[i];
  done = done && filter(count, height, width, x, y);
  if (done) {
    print_image(height, width, x);
    print_image(kept(height), kept(width), y);
    const double difference = largest_difference(count, height, width, x, y);
    printf("largest difference from the loops: %.1e of 255\n", difference);
    done = difference < 1e-3;
  }
  free(x);
  free(y);
  return done;
}

int main(int argc, char **argv) {
  idx_array images;
  failure why;
  if (argc != 2) {
    fprintf(stderr, "usage: separable_filter IMAGES.idx\n");
    return EXIT_FAILURE;
  }
  if (!idx_read(argv[1], 1u << 30, &images, &why)) {
    fprintf(stderr, "separable_filter: %s: %s\n", argv[1], why.text);
    return EXIT_FAILURE;
  }
  const bool pictures = images.header.ndim == 3 && images.header.data_bytes > 0;
  if (!pictures) fprintf(stderr, "separable_filter: %s: holds no images\n", argv[1]);
  const bool done = pictures && run(&images.header, images.values);
  idx_free(&images);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
