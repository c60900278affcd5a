/* Level 3: sparse input. */
#include "problem/from_csr.h"
#include "run/sparse.h"
#include "sparse/check.h"
#include "sparse/convert.h"

#include <kron_eye.h>

static const char *const fault_text[] = {
    [KRON_EYE_CSR_NO_FAULT] = "no fault",
    [KRON_EYE_CSR_BAD_STRUCT] = "the kron_eye_csr is NULL or one of its fields is bad",
    [KRON_EYE_CSR_TOO_LARGE] = "the sizes do not fit in memory",
    [KRON_EYE_CSR_NO_INDPTR] = "indptr is NULL",
    [KRON_EYE_CSR_NO_INDICES] = "indices is NULL",
    [KRON_EYE_CSR_NO_VALUES] = "values is NULL",
    [KRON_EYE_CSR_BAD_START] = "indptr does not start at 0",
    [KRON_EYE_CSR_DECREASING] = "indptr decreases",
    [KRON_EYE_CSR_BAD_END] = "indptr does not end at nnz",
    [KRON_EYE_CSR_INDEX_OUTSIDE] = "an index is not a column of the matrix",
};

const char *kron_eye_csr_fault_text(int kind) {
  const int kinds = sizeof fault_text / sizeof *fault_text;
  return kind >= 0 && kind < kinds ? fault_text[kind] : "unknown fault";
}

int kron_eye_csr_check(const kron_eye_csr *x, kron_eye_csr_fault *fault) {
  const kron_eye_csr_fault found = kron_eye_sparse_check(x, 0);
  if (fault) *fault = found;
  return found.kind == KRON_EYE_CSR_NO_FAULT ? KRON_EYE_OK : -1;
}

static int apply(const kron_eye_plan *plan, enum kron_eye_types types,
                 const struct kron_eye_sparse_operands *operands) {
  if (!plan || plan->op.types != types) return -1;
  const struct kron_eye_operator *op = &plan->op;
  const kron_eye_csr *x = operands->x;
  int status = kron_eye_problem_from_csr(op, operands->batch, x, operands->ldy);
  if (status != KRON_EYE_OK) return status;
  if (!x->trusted && operands->finish.alpha != 0 &&
      kron_eye_sparse_check(x, plan->options.threads).kind != KRON_EYE_CSR_NO_FAULT)
    return -4;
  status = kron_eye_problem_from_csr_y(op, operands->batch, x, operands->y, operands->ldy);
  if (status != KRON_EYE_OK) return status;
  if (op->right != 1) return KRON_EYE_UNSUPPORTED;
  kron_eye_run_csr(plan, operands);
  return KRON_EYE_OK;
}

int kron_eye_apply_csr_f32(const kron_eye_plan *plan, size_t batch, float alpha,
                           const kron_eye_csr *x, float beta, float *y, size_t ldy) {
  const struct kron_eye_sparse_operands operands = {batch, x, y, ldy,
                                                    kron_eye_finish_plain(alpha, beta)};
  return apply(plan, KRON_EYE_F32, &operands);
}

int kron_eye_apply_csr_f64(const kron_eye_plan *plan, size_t batch, double alpha,
                           const kron_eye_csr *x, double beta, double *y, size_t ldy) {
  const struct kron_eye_sparse_operands operands = {batch, x, y, ldy,
                                                    kron_eye_finish_plain(alpha, beta)};
  return apply(plan, KRON_EYE_F64, &operands);
}

int kron_eye_apply_csr_f32_f64(const kron_eye_plan *plan, size_t batch, double alpha,
                               const kron_eye_csr *x, double beta, double *y, size_t ldy) {
  const struct kron_eye_sparse_operands operands = {batch, x, y, ldy,
                                                    kron_eye_finish_plain(alpha, beta)};
  return apply(plan, KRON_EYE_F32_F64, &operands);
}

static int count_nonzeros(struct kron_eye_conversion c, size_t *count) {
  const int status = kron_eye_problem_from_dense(&c);
  if (status != KRON_EYE_OK) return status;
  if (!count) return -5;
  *count = kron_eye_sparse_nonzeros(&c);
  return KRON_EYE_OK;
}

static int csr_count(struct kron_eye_conversion c) {
  const int status = kron_eye_problem_from_count(&c);
  if (status != KRON_EYE_OK) return status;
  return kron_eye_sparse_count(&c) ? KRON_EYE_OK : -5;
}

static int csr_fill(struct kron_eye_conversion c) {
  int status = kron_eye_problem_from_steps(&c);
  if (status == KRON_EYE_OK && !kron_eye_sparse_ordered(&c)) status = -6;
  if (status == KRON_EYE_OK) status = kron_eye_problem_from_fill(&c);
  if (status != KRON_EYE_OK) return status;
  return kron_eye_sparse_fill(&c) ? KRON_EYE_OK : -6;
}

static int csr_convert(struct kron_eye_conversion c) {
  const int status = kron_eye_problem_from_convert(&c);
  if (status != KRON_EYE_OK) return status;
  return kron_eye_sparse_convert(&c) ? KRON_EYE_OK : -5;
}

int kron_eye_count_nonzeros_f32(size_t rows, size_t cols, const float *x, size_t ldx,
                                size_t *count) {
  const struct kron_eye_conversion c = {KRON_EYE_F32, rows, cols, x, ldx, .capacity = 0};
  return count_nonzeros(c, count);
}

int kron_eye_count_nonzeros_f64(size_t rows, size_t cols, const double *x, size_t ldx,
                                size_t *count) {
  const struct kron_eye_conversion c = {KRON_EYE_F64, rows, cols, x, ldx, .capacity = 0};
  return count_nonzeros(c, count);
}

int kron_eye_csr_count_f32(size_t rows, size_t cols, const float *x, size_t ldx, int index_type,
                           void *indptr) {
  const struct kron_eye_conversion c = {KRON_EYE_F32, rows,   cols, x,    ldx,
                                        index_type,   indptr, 0,    NULL, NULL};
  return csr_count(c);
}

int kron_eye_csr_count_f64(size_t rows, size_t cols, const double *x, size_t ldx, int index_type,
                           void *indptr) {
  const struct kron_eye_conversion c = {KRON_EYE_F64, rows,   cols, x,    ldx,
                                        index_type,   indptr, 0,    NULL, NULL};
  return csr_count(c);
}

int kron_eye_csr_fill_f32(size_t rows, size_t cols, const float *x, size_t ldx, int index_type,
                          const void *indptr, size_t capacity, void *indices, float *values) {
  const struct kron_eye_conversion c = {KRON_EYE_F32, rows,           cols,     x,       ldx,
                                        index_type,   (void *)indptr, capacity, indices, values};
  return csr_fill(c);
}

int kron_eye_csr_fill_f64(size_t rows, size_t cols, const double *x, size_t ldx, int index_type,
                          const void *indptr, size_t capacity, void *indices, double *values) {
  const struct kron_eye_conversion c = {KRON_EYE_F64, rows,           cols,     x,       ldx,
                                        index_type,   (void *)indptr, capacity, indices, values};
  return csr_fill(c);
}

int kron_eye_csr_convert_f32(size_t rows, size_t cols, const float *x, size_t ldx, int index_type,
                             void *indptr, size_t capacity, void *indices, float *values) {
  const struct kron_eye_conversion c = {KRON_EYE_F32, rows,   cols,     x,       ldx,
                                        index_type,   indptr, capacity, indices, values};
  return csr_convert(c);
}

int kron_eye_csr_convert_f64(size_t rows, size_t cols, const double *x, size_t ldx, int index_type,
                             void *indptr, size_t capacity, void *indices, double *values) {
  const struct kron_eye_conversion c = {KRON_EYE_F64, rows,   cols,     x,       ldx,
                                        index_type,   indptr, capacity, indices, values};
  return csr_convert(c);
}
