/* oracle.c - the dense Kronecker product, formed; the block loop; the promised error bound. */
#include "oracle.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

const oracle_format oracle_float = {0x1p-24L, 0x1p-149L};
const oracle_format oracle_double = {0x1p-53L, 0x1p-1074L};

/* Zeroed storage for rows x columns doubles, or NULL. */
static double *matrix_zeros(size_t rows, size_t columns) {
  if (columns != 0 && rows > SIZE_MAX / columns) return NULL;
  const size_t count = rows * columns;
  return calloc(count != 0 ? count : 1, sizeof(double));
}

double *oracle_kron_identity(size_t k, size_t m, size_t n, const double *w) {
  if ((m != 0 && k > SIZE_MAX / m) || (n != 0 && k > SIZE_MAX / n)) return NULL;
  double *kron = matrix_zeros(k * m, k * n);
  if (kron == NULL) return NULL;
  for (size_t a = 0; a < k; a++)
    for (size_t i = 0; i < m; i++)
      for (size_t j = 0; j < n; j++) kron[(a * m + i) * (k * n) + a * n + j] = w[i * n + j];
  return kron;
}

void oracle_apply(size_t rows, size_t columns, const double *a, const double *x,
                  long double *product, long double *magnitude) {
  for (size_t i = 0; i < rows; i++) {
    long double sum = 0, size = 0;
    for (size_t j = 0; j < columns; j++) {
      const long double term = (long double)a[i * columns + j] * x[j];
      sum += term;
      size += fabsl(term);
    }
    product[i] = sum;
    if (magnitude != NULL) magnitude[i] = size;
  }
}

void oracle_blocks(size_t k, size_t m, size_t n, const double *w, const double *x,
                   long double *product, long double *magnitude) {
  for (size_t a = 0; a < k; a++)
    oracle_apply(m, n, w, x + a * n, product + a * m, magnitude != NULL ? magnitude + a * m : NULL);
}

long double oracle_bound(const oracle_format *format, size_t n, double alpha, long double magnitude,
                         double beta, double y) {
  const long double terms = (long double)n;
  const long double scale = fabsl((long double)alpha) * magnitude + fabsl((long double)beta * y);
  return (terms + 3) * format->u * scale +
         (terms * fmaxl(1, fabsl((long double)alpha)) + 3) * format->eta;
}
