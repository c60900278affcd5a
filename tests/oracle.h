/*
 * oracle.h - the reference results. Two oracles, deliberately separate:
 *
 *   oracle_kron_identity + oracle_apply   really form I_k (x) W, then multiply: no index trick that
 *                                         the library might share. For small sizes.
 *   oracle_blocks                         the plain block loop, forming nothing. For large sizes;
 *                                         itself checked against the first.
 *
 * Inputs are double, which holds every float and byte exactly; sums are long double, so that the
 * oracle's own error is far below the rounding of a double.
 */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include <stddef.h>

/**
 * np.kron(np.eye(k), W) as a dense row-major (k*m) x (k*n) matrix; w is m x n, row-major. The
 * caller frees it. NULL if there is no memory for it (never NULL for an empty matrix).
 */
double *oracle_kron_identity(size_t k, size_t m, size_t n, const double *w);

/**
 * product = a x and magnitude = |a||x| for a dense row-major a, rows x columns; x holds `columns`
 * elements, product and magnitude `rows` each. magnitude may be NULL.
 */
void oracle_apply(size_t rows, size_t columns, const double *a, const double *x,
                  long double *product, long double *magnitude);

/** The same product and magnitude for a = I_k (x) W, as k small products, without forming a. */
void oracle_blocks(size_t k, size_t m, size_t n, const double *w, const double *x,
                   long double *product, long double *magnitude);

/** Unit roundoff u and smallest subnormal eta of the type that y has. */
typedef struct oracle_format {
  long double u;
  long double eta;
} oracle_format;

extern const oracle_format oracle_float;  /**< u = 2^-24, eta = 2^-149 */
extern const oracle_format oracle_double; /**< u = 2^-53, eta = 2^-1074 */

/**
 * The promised componentwise bound on the error of  alpha (Wx)_i + beta y_i :
 *
 *     (n+3) u (|alpha| (|W||x|)_i + |beta||y_i|) + (n max(1,|alpha|) + 3) eta
 *
 * with magnitude = (|W||x|)_i and y the old value.
 */
long double oracle_bound(const oracle_format *format, size_t n, double alpha, long double magnitude,
                         double beta, double y);

#endif
