#include "product.h"

#include "oracle.h"
#include "util.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void set(const struct product *p, void *array, size_t i, double value) {
  if (p->type == TYPE_F64)
    ((double *)array)[i] = value;
  else
    ((float *)array)[i] = (float)value;
}

static void *random_array(const struct product *p, size_t count, uint64_t *state) {
  void *array = allocate(count, y_size(p->type));
  for (size_t i = 0; i < count; i++) set(p, array, i, 2 * random_uniform(state) - 1);
  return array;
}

void product_create(struct product *p) {
  uint64_t state = 1;
  p->w = random_array(p, product_all_w(p), &state);
  p->x = random_array(p, product_x(p), &state);
  p->y = random_array(p, product_y(p), &state);
}

void product_destroy(struct product *p) {
  free(p->w);
  free(p->x);
  free(p->y);
}

/* op(W_a)[i,j] */
static double w_at(const struct product *p, size_t a, size_t i, size_t j) {
  const size_t first = p->each ? a * product_w(p) : 0;
  return product_get(p, p->w, first + (p->transposed ? j * p->m + i : i * p->n + j));
}

void *product_pack(const struct product *p, bool transposed) {
  void *packed = allocate(product_all_w(p), y_size(p->type));
  for (size_t a = 0; a < (p->each ? p->left : 1); a++)
    for (size_t i = 0; i < p->m; i++)
      for (size_t j = 0; j < p->n; j++)
        set(p, packed, a * product_w(p) + (transposed ? j * p->m + i : i * p->n + j),
            w_at(p, a, i, j));
  return packed;
}

/* Fibre (ra, c): ra counts blocks of all rows. */
static void check_fibre(const struct product *p, size_t ra, size_t c, const char *name) {
  const oracle_format *format = p->type == TYPE_F32 ? &oracle_float : &oracle_double;
  for (size_t i = 0; i < p->m; i++) {
    long double sum = 0, magnitude = 0;
    for (size_t j = 0; j < p->n; j++) {
      const double x = product_get(p, p->x, (ra * p->n + j) * p->right + c);
      const long double term = (long double)w_at(p, ra % p->left, i, j) * x;
      sum += term;
      magnitude += fabsl(term);
    }
    const double got = product_get(p, p->y, (ra * p->m + i) * p->right + c);
    if (!(fabsl(got - sum) <= oracle_bound(format, p->n, 1, magnitude, 0, 0)))
      die("%s is wrong: block %zu, output %zu, column %zu is %.9g, should be %.9Lg", name, ra, i, c,
          got, sum);
  }
}

void product_check(const struct product *p, const struct way *way) {
  const size_t affordable = 2000000, fibres = p->batch * p->left * p->right;
  size_t checks = affordable / product_w(p) + 2;
  if (checks > fibres) checks = fibres;
  memset(p->y, 0xFF, product_y(p) * y_size(p->type)); /* NaN */
  way->run(way->state);
  for (size_t k = 0; k < checks; k++) {
    const size_t fibre = checks < 2 ? 0 : k * (fibres - 1) / (checks - 1);
    check_fibre(p, fibre / p->right, fibre % p->right, way->name);
  }
}
