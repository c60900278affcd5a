#include "run/blas.h"

#include "base/checked_size.h"

#include <cblas.h>

/* A row-major matrix: `ld` elements from a row to the next. */
struct matrix {
  char *data;
  size_t ld;
};

static struct matrix part(struct matrix whole, size_t row, size_t column, size_t element) {
  return (struct matrix){whole.data + (row * whole.ld + column) * element, whole.ld};
}

/* y (rows) = alpha * x (rows x n) w^T + beta * y, where W is one row: Debian's OpenBLAS needs up to
   seven times as long for it as a gemm. */
static void gemv(enum kron_eye_types types, int rows, int n, double alpha, struct matrix x,
                 struct matrix w, double beta, struct matrix y, size_t limit) {
  const int ldx = (int)least(x.ld, limit), ldy = (int)least(y.ld, limit);
  if (types == KRON_EYE_F32)
    cblas_sgemv(CblasRowMajor, CblasNoTrans, rows, n, (float)alpha, (const float *)x.data, ldx,
                (const float *)w.data, 1, (float)beta, (float *)y.data, ldy);
  else
    cblas_dgemv(CblasRowMajor, CblasNoTrans, rows, n, alpha, (const double *)x.data, ldx,
                (const double *)w.data, 1, beta, (double *)y.data, ldy);
}

/* One call: y (rows x m) = alpha * x (rows x n) W^T + beta * y, every count within the limit. */
static void gemm(enum kron_eye_types types, int rows, int m, int n, double alpha, struct matrix x,
                 struct matrix w, double beta, struct matrix y, size_t limit) {
  const int ldx = (int)least(x.ld, limit), ldw = (int)least(w.ld, limit),
            ldy = (int)least(y.ld, limit);
  if (m == 1)
    gemv(types, rows, n, alpha, x, w, beta, y, limit);
  else if (types == KRON_EYE_F32)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, m, n, (float)alpha,
                (const float *)x.data, ldx, (const float *)w.data, ldw, (float)beta,
                (float *)y.data, ldy);
  else
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, m, n, alpha, (const double *)x.data,
                ldx, (const double *)w.data, ldw, beta, (double *)y.data, ldy);
}

/* Any counts. A leading dimension beyond the limit cannot be told to the BLAS, and need not be
   where each call sees one row of that matrix. */
static void chunked_gemm(const struct kron_eye_operator *op, size_t rows, double alpha,
                         struct matrix x, double beta, struct matrix y, size_t limit) {
  const size_t element = kron_eye_problem_types[op->types].y_size;
  const struct matrix w = {(char *)op->w, op->ldw};
  const size_t row_step = x.ld > limit || y.ld > limit ? 1 : limit;
  const size_t m_step = w.ld > limit ? 1 : limit;
  for (size_t r = 0; r < rows; r += row_step)
    for (size_t i = 0; i < op->m; i += m_step)
      for (size_t j = 0; j < op->n; j += limit)
        gemm(op->types, (int)least(row_step, rows - r), (int)least(m_step, op->m - i),
             (int)least(limit, op->n - j), alpha, part(x, r, j, element), part(w, i, j, element),
             j == 0 ? beta : 1, part(y, r, i, element), limit);
}

void kron_eye_run_blas(const struct kron_eye_operator *op, const struct kron_eye_operands *operands,
                       size_t limit) {
  const size_t element = kron_eye_problem_types[op->types].y_size;
  const size_t batch = operands->batch, left = op->left, m = op->m, n = op->n;
  const struct matrix x = {(char *)operands->x, operands->ldx}, y = {operands->y, operands->ldy};
  const double alpha = operands->alpha, beta = operands->beta;
  if (batch <= 1 || (operands->ldx == left * n && operands->ldy == left * m)) {
    /* Blocks follow one another evenly: one tall matrix. */
    const struct matrix blocks_x = {x.data, n}, blocks_y = {y.data, m};
    chunked_gemm(op, batch * left, alpha, blocks_x, beta, blocks_y, limit);
  } else if (batch >= left && operands->ldx != 0) {
    /* Gaps between rows: block a of every row is a matrix with the rows' own strides. */
    for (size_t a = 0; a < left; a++)
      chunked_gemm(op, batch, alpha, part(x, 0, a * n, element), beta, part(y, 0, a * m, element),
                   limit);
  } else {
    for (size_t r = 0; r < batch; r++) {
      const struct matrix blocks_x = {part(x, r, 0, element).data, n},
                          blocks_y = {part(y, r, 0, element).data, m};
      chunked_gemm(op, left, alpha, blocks_x, beta, blocks_y, limit);
    }
  }
}
