#include "check.h"

#include "oracle.h"
#include "util.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Multiply-adds to spend on one form: the oracle does about 5e8 per second. */
static const double affordable = 1e7;

void check_poison(const struct task *task) {
  /* all bits set is a NaN in both types */
  memset(task->y, 0xFF, task->rows * task->blocks * task->m * y_size(task->type));
}

/* Values of any type as doubles, which hold each of them exactly. */
static void widen(size_t element_size, bool bytes, const void *values, size_t first, size_t count,
                  double *wide) {
  for (size_t i = 0; i < count; ++i)
    wide[i] = bytes               ? ((const uint8_t *)values)[first + i]
              : element_size == 4 ? (double)((const float *)values)[first + i]
                                  : ((const double *)values)[first + i];
}

static double y_value(const struct form *form, const struct task *task, size_t row, size_t a,
                      size_t i) {
  size_t vectors = task->rows * task->blocks, vector = row * task->blocks + a;
  size_t index = form->transposed ? i * vectors + vector : vector * task->m + i;
  return y_size(task->type) == 4 ? (double)((const float *)task->y)[index]
                                 : ((const double *)task->y)[index];
}

static bool check_row(const struct form *form, const struct task *task, size_t row, const double *w,
                      char text[NOTE_SIZE]) {
  size_t blocks = task->blocks, m = task->m, n = task->n;
  double *x = allocate(blocks * n, sizeof *x);
  long double *product = allocate(blocks * m, sizeof *product);
  long double *magnitude = allocate(blocks * m, sizeof *magnitude);
  widen(x_size(task->type), task->type == TYPE_U8_F32, task->x, row * blocks * n, blocks * n, x);
  oracle_blocks(blocks, m, n, w, x, product, magnitude);
  const oracle_format *format = y_size(task->type) == 4 ? &oracle_float : &oracle_double;
  bool good = true;
  for (size_t output = 0; output < blocks * m && good; ++output) {
    double got = y_value(form, task, row, output / m, output % m);
    double want = (double)((long double)task->alpha * product[output]);
    long double bound = oracle_bound(format, n, task->alpha, magnitude[output], 0, 0);
    good = fabsl((long double)got - (long double)task->alpha * product[output]) <= bound;
    if (!good)
      snprintf(text, NOTE_SIZE, "row %zu, block %zu, output %zu is %.9g, should be %.9g +- %.1Lg",
               row, output / m, output % m, got, want, bound);
  }
  free(x);
  free(product);
  free(magnitude);
  return good;
}

bool check_result(const struct form *form, const struct task *task, char text[NOTE_SIZE]) {
  double *w = allocate(task->m * task->n, sizeof *w);
  widen(y_size(task->type), false, task->w, 0, task->m * task->n, w);
  double row_products = (double)task->blocks * (double)task->m * (double)task->n;
  size_t checks = affordable < 2 * row_products ? 2 : (size_t)(affordable / row_products);
  if (checks > task->rows) checks = task->rows;
  bool good = true;
  for (size_t i = 0; i < checks && good; ++i) {
    size_t row = checks < 2 ? 0 : i * (task->rows - 1) / (checks - 1);
    good = check_row(form, task, row, w, text);
  }
  free(w);
  return good;
}
