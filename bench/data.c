#include "data.h"

#include "support/idx.h"
#include "util.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char fashion_path[] = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz";

const char data_names[] = "digits|fashion|dense|random50|random20|random1|mixture|published";

/* Each fills x[0..count). */

static void fill_images(float *x, size_t count, const char *path) {
  const size_t most_bytes = (size_t)1 << 30;
  failure why;
  idx_array images;
  if (!idx_read(path, most_bytes, &images, &why)) die("%s: %s", path, why.text);
  size_t pixels = images.header.data_bytes;
  if (pixels == 0) die("%s: no pixels", path);
  for (size_t i = 0; i < count; ++i) x[i] = (float)images.values[i % pixels] / 255.0F;
  idx_free(&images);
}

/* The fraction `share` of non-zeros at random places, each uniform in (0, 1]. */
static void fill_random(float *x, size_t count, double share) {
  uint64_t state = 1;
  for (size_t i = 0; i < count; ++i) {
    float value = (float)(1 - random_uniform(&state));
    x[i] = share >= 1 || random_uniform(&state) < share ? value : 0.0F;
  }
}

/* The generator that the published benchmark uses: maximum(uniform(-100, 1), 0). */
static void fill_published(float *x, size_t count) {
  uint64_t state = 1;
  for (size_t i = 0; i < count; ++i) {
    double value = 101 * random_uniform(&state) - 100;
    x[i] = value > 0 ? (float)value : 0.0F;
  }
}

/* The first half dense, the second half 1 % non-zero. */
static void fill_mixture(float *x, size_t count) {
  fill_random(x, count / 2, 1);
  fill_random(x + count / 2, count - count / 2, 0.01);
}

static void fill(struct dataset *data, size_t count, const char *name, const char *images) {
  char *text = data->description;
  size_t capacity = sizeof data->description;
  double percent;
  int end = 0;
  if (strcmp(name, "digits") == 0 || strcmp(name, "fashion") == 0) {
    bool digits = strcmp(name, "digits") == 0;
    if (digits && !images) die("--data digits needs --images FILE");
    const char *path = images ? images : fashion_path, *slash = strrchr(path, '/');
    fill_images(data->x_f32, count, path);
    snprintf(text, capacity, "%s (%.80s)", name, slash ? slash + 1 : path);
  } else if (strcmp(name, "dense") == 0) {
    fill_random(data->x_f32, count, 1);
    snprintf(text, capacity, "uniform random, dense");
  } else if (sscanf(name, "random%lf%n", &percent, &end) == 1 && name[end] == '\0') {
    fill_random(data->x_f32, count, percent / 100);
    snprintf(text, capacity, "uniform random, %g %% at random places", percent);
  } else if (strcmp(name, "mixture") == 0) {
    fill_mixture(data->x_f32, count);
    snprintf(text, capacity, "half of the rows dense, then 1 %% at random places");
  } else if (strcmp(name, "published") == 0) {
    fill_published(data->x_f32, count);
    snprintf(text, capacity, "maximum(uniform(-100, 1), 0)");
  } else {
    die("--data must be one of %s", data_names);
  }
}

/* Standard normal by Box and Muller. */
static void fill_w(double *w, size_t count) {
  uint64_t state = 2;
  for (size_t i = 0; i < count; ++i) {
    double radius = sqrt(-2 * log(1 - random_uniform(&state)));
    w[i] = radius * cos(6.283185307179586 * random_uniform(&state));
  }
}

static size_t product(size_t a, size_t b) {
  if (b != 0 && a > PTRDIFF_MAX / b) die("the case is too large");
  return a * b;
}

void data_create(struct dataset *data, const char *name, const char *images, struct dimensions size,
                 unsigned types) {
  *data = (struct dataset){.size = size};
  size_t vectors = product(size.rows, size.blocks);
  size_t x_count = product(vectors, size.n), w_count = product(size.m, size.n);
  data->x_f32 = allocate(x_count, sizeof(float));
  fill(data, x_count, name, images);
  if (types & SET_F64) data->x_f64 = allocate(x_count, sizeof(double));
  if (types & SET_U8_F32) data->x_u8 = allocate(x_count, 1);
  size_t nonzeros = 0;
  for (size_t i = 0; i < x_count; ++i) {
    nonzeros += data->x_f32[i] != 0;
    if (data->x_f64) data->x_f64[i] = data->x_f32[i];
    if (data->x_u8) data->x_u8[i] = (uint8_t)ceilf(255 * data->x_f32[i] - 0.001F);
  }
  data->nonzero = x_count ? (double)nonzeros / (double)x_count : 0;
  data->w_f64 = allocate(w_count, sizeof(double));
  data->w_f32 = allocate(w_count, sizeof(float));
  fill_w(data->w_f64, w_count);
  for (size_t i = 0; i < w_count; ++i) data->w_f32[i] = (float)data->w_f64[i];
  bool wide = types & (SET_F64 | SET_F32_F64);
  data->y = allocate(product(vectors, size.m), wide ? sizeof(double) : sizeof(float));
}

void data_destroy(struct dataset *data) {
  free(data->x_f32);
  free(data->x_f64);
  free(data->x_u8);
  free(data->w_f32);
  free(data->w_f64);
  free(data->y);
}

bool data_has_fashion(void) {
  return access(fashion_path, R_OK) == 0;
}

struct task data_task(const struct dataset *data, enum type type, size_t threads) {
  const struct dimensions *size = &data->size;
  struct task task = {.type = type,
                      .rows = size->rows,
                      .blocks = size->blocks,
                      .m = size->m,
                      .n = size->n,
                      .y = data->y,
                      .alpha = type == TYPE_U8_F32 ? 1 / 255.0F : 1,
                      .threads = threads};
  task.w = y_size(type) == sizeof(double) ? (const void *)data->w_f64 : (const void *)data->w_f32;
  task.x = type == TYPE_F64      ? (const void *)data->x_f64
           : type == TYPE_U8_F32 ? (const void *)data->x_u8
                                 : (const void *)data->x_f32;
  return task;
}
