/* Rung 1: a batch in one call, through a passing plan or the BLAS. */
#include "plan/plan.h"
#include "plan/thresholds.h"
#include "problem/problem.h"
#include "run/blas.h"
#include "run/run.h"
#include "run/scale.h"

#include <kron_eye.h>

/* Does packing W cost less than it gains? */
static bool packing_pays(const struct kron_eye_operator *op, size_t batch) {
  const double rows = (double)batch * (double)op->left, w = (double)op->m * (double)op->n;
  return (rows - KRON_EYE_PACK_LEAST_ROWS) * w + rows * KRON_EYE_PACK_ROW_WORK >=
         KRON_EYE_PACK_LEAST_WORK;
}

/* A plan for this one call where packing W pays and memory is there, else NULL. */
static struct kron_eye_plan *worthwhile_plan(const struct kron_eye_operator *op, size_t batch) {
  const kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  if (!packing_pays(op, batch) || kron_eye_plan_prefers_blas(op, &options)) return NULL;
  return kron_eye_plan_build(op, &options);
}

static int matvec_batch(enum kron_eye_types types, size_t batch, size_t k, size_t m, size_t n,
                        const void *w, const void *x, void *y) {
  struct kron_eye_operator op;
  struct kron_eye_operands operands;
  const int status = kron_eye_problem_from_batch(types, batch, k, m, n, w, x, y, &op, &operands);
  if (status != KRON_EYE_OK || batch == 0 || k == 0 || m == 0) return status;
  if (n == 0) {
    kron_eye_run_scale(&op, &operands);
    return KRON_EYE_OK;
  }
  struct kron_eye_plan *plan = worthwhile_plan(&op, batch);
  if (plan)
    kron_eye_run(plan, &operands);
  else
    kron_eye_run_blas(&op, &operands, KRON_EYE_BLAS_LIMIT);
  kron_eye_plan_free(plan);
  return KRON_EYE_OK;
}

int kron_eye_matvec_batch(size_t batch, size_t k, size_t m, size_t n, const float *w,
                          const float *x, float *y) {
  return matvec_batch(KRON_EYE_F32, batch, k, m, n, w, x, y);
}

int kron_eye_matvec_batch_f64(size_t batch, size_t k, size_t m, size_t n, const double *w,
                              const double *x, double *y) {
  return matvec_batch(KRON_EYE_F64, batch, k, m, n, w, x, y);
}
