/* Level 1: I_k (x) W in one call. One row goes to the BLAS; a batch takes the faster way. */
#include "api/once.h"
#include "run/run.h"

#include <kron_eye.h>

static int matvec(enum kron_eye_types types, size_t k, size_t m, size_t n, const void *w,
                  const void *x, void *y) {
  struct kron_eye_operator op;
  struct kron_eye_operands operands;
  const int status = kron_eye_problem_from_matvec(types, k, m, n, w, x, y, &op, &operands);
  if (status == KRON_EYE_OK) kron_eye_run_unplanned(&op, &operands);
  return status;
}

static int matvec_batch(enum kron_eye_types types, size_t batch, size_t k, size_t m, size_t n,
                        const void *w, const void *x, void *y) {
  struct kron_eye_operator op;
  struct kron_eye_operands operands;
  const int status = kron_eye_problem_from_batch(types, batch, k, m, n, w, x, y, &op, &operands);
  if (status == KRON_EYE_OK) kron_eye_api_once(&op, &operands);
  return status;
}

int kron_eye_matvec(size_t k, size_t m, size_t n, const float *w, const float *x, float *y) {
  return matvec(KRON_EYE_F32, k, m, n, w, x, y);
}

int kron_eye_matvec_f64(size_t k, size_t m, size_t n, const double *w, const double *x, double *y) {
  return matvec(KRON_EYE_F64, k, m, n, w, x, y);
}

int kron_eye_matvec_batch(size_t batch, size_t k, size_t m, size_t n, const float *w,
                          const float *x, float *y) {
  return matvec_batch(KRON_EYE_F32, batch, k, m, n, w, x, y);
}

int kron_eye_matvec_batch_f64(size_t batch, size_t k, size_t m, size_t n, const double *w,
                              const double *x, double *y) {
  return matvec_batch(KRON_EYE_F64, batch, k, m, n, w, x, y);
}
