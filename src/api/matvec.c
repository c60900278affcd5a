/* Rung 1: one call, through the BLAS. */
#include "problem/problem.h"
#include "run/blas.h"
#include "run/scale.h"

#include <kron_eye.h>

static int matvec(enum kron_eye_types types, size_t k, size_t m, size_t n, const void *w,
                  const void *x, void *y) {
  struct kron_eye_operator op;
  struct kron_eye_operands operands;
  const int status = kron_eye_problem_from_matvec(types, k, m, n, w, x, y, &op, &operands);
  if (status != KRON_EYE_OK || k == 0 || m == 0) return status;
  if (n == 0)
    kron_eye_run_scale(&op, &operands);
  else
    kron_eye_run_blas(&op, &operands, KRON_EYE_BLAS_LIMIT);
  return KRON_EYE_OK;
}

int kron_eye_matvec(size_t k, size_t m, size_t n, const float *w, const float *x, float *y) {
  return matvec(KRON_EYE_F32, k, m, n, w, x, y);
}

int kron_eye_matvec_f64(size_t k, size_t m, size_t n, const double *w, const double *x, double *y) {
  return matvec(KRON_EYE_F64, k, m, n, w, x, y);
}
