#include "run/blas.h"

#include "base/checked_size.h"
#include "problem/loops.h"
#include "run/scale.h"

#include <cblas.h>
#include <errno.h>
#include <math.h>

/* A matrix: element (i, j) is at i*row + j*column, where row or column is 1. */
struct matrix {
  char *data;
  size_t row, column;
};

/* C = alpha * A * B + beta * C, of `rows` x `columns` with `inner` terms; C's columns are 1 apart.
 */
struct gemm {
  enum kron_eye_types types;
  size_t element; /* bytes */
  size_t rows, columns, inner;
  double alpha, beta;
  struct matrix a, b, c;
  size_t limit;
};

static struct matrix part(struct matrix whole, size_t row, size_t column, size_t element) {
  whole.data += (row * whole.row + column * whole.column) * element;
  return whole;
}

static CBLAS_TRANSPOSE transposed(struct matrix matrix) {
  return matrix.column == 1 ? CblasNoTrans : CblasTrans;
}

static size_t leading(struct matrix matrix) {
  return matrix.column == 1 ? matrix.row : matrix.column;
}

/* The leading dimension for the BLAS, which must be at least the length of a line even if there is
   only one line. */
static int told(const struct gemm *g, struct matrix matrix, size_t rows, size_t columns) {
  const size_t length = matrix.column == 1 ? columns : rows, stride = leading(matrix);
  return (int)least(stride > length ? stride : length, g->limit);
}

/* B and C have one column. With Debian's OpenBLAS, a gemm takes up to seven times as long. */
static void gemv(const struct gemm *g) {
  const int rows = (int)g->rows, inner = (int)g->inner, lda = told(g, g->a, g->rows, g->inner),
            step_b = (int)g->b.row, step_c = (int)least(g->c.row, g->limit);
  if (g->types == KRON_EYE_F32)
    cblas_sgemv(CblasRowMajor, CblasNoTrans, rows, inner, (float)g->alpha, (const float *)g->a.data,
                lda, (const float *)g->b.data, step_b, (float)g->beta, (float *)g->c.data, step_c);
  else
    cblas_dgemv(CblasRowMajor, CblasNoTrans, rows, inner, g->alpha, (const double *)g->a.data, lda,
                (const double *)g->b.data, step_b, g->beta, (double *)g->c.data, step_c);
}

/* One call, with all sizes within the limit. */
static void gemm(const struct gemm *g) {
  if (g->columns == 1 && g->a.column == 1 && g->b.row <= g->limit) {
    gemv(g);
    return;
  }
  const int rows = (int)g->rows, columns = (int)g->columns, inner = (int)g->inner;
  const int lda = told(g, g->a, g->rows, g->inner), ldb = told(g, g->b, g->inner, g->columns),
            ldc = told(g, g->c, g->rows, g->columns);
  if (g->types == KRON_EYE_F32)
    cblas_sgemm(CblasRowMajor, transposed(g->a), transposed(g->b), rows, columns, inner,
                (float)g->alpha, (const float *)g->a.data, lda, (const float *)g->b.data, ldb,
                (float)g->beta, (float *)g->c.data, ldc);
  else
    cblas_dgemm(CblasRowMajor, transposed(g->a), transposed(g->b), rows, columns, inner, g->alpha,
                (const double *)g->a.data, lda, (const double *)g->b.data, ldb, g->beta,
                (double *)g->c.data, ldc);
}

/* Sizes may be beyond the limit. A leading dimension beyond the limit cannot be passed to the BLAS,
   and does not matter if each call uses one line of that matrix. */
static void chunked_gemm(const struct gemm *g) {
  const bool a_rows = g->a.column == 1, b_rows = g->b.column == 1;
  const bool far_a = leading(g->a) > g->limit, far_b = leading(g->b) > g->limit;
  const size_t row_step = (far_a && a_rows) || g->c.row > g->limit ? 1 : g->limit;
  const size_t column_step = far_b && !b_rows ? 1 : g->limit;
  const size_t inner_step = (far_a && !a_rows) || (far_b && b_rows) ? 1 : g->limit;
  /* One chunk, as nearly always: to copy g takes a tenth of a small product. */
  if (g->rows - 1 < row_step && g->columns - 1 < column_step && g->inner - 1 < inner_step) {
    gemm(g);
    return;
  }
  for (size_t i = 0; i < g->rows; i += row_step)
    for (size_t j = 0; j < g->columns; j += column_step)
      for (size_t k = 0; k < g->inner; k += inner_step) {
        struct gemm chunk = *g;
        chunk.rows = least(row_step, g->rows - i);
        chunk.columns = least(column_step, g->columns - j);
        chunk.inner = least(inner_step, g->inner - k);
        chunk.beta = k == 0 ? g->beta : 1;
        chunk.a = part(g->a, i, k, g->element);
        chunk.b = part(g->b, k, j, g->element);
        chunk.c = part(g->c, i, j, g->element);
        gemm(&chunk);
      }
}

/* right = 1: the blocks of a run are the rows of a matrix, y (rows x m) = x (rows x n) op(W)^T. */
static void do_run(struct gemm g, const struct kron_eye_operator *op, struct matrix w,
                   const struct kron_eye_loops *loops, char *x, char *y) {
  g.columns = op->m;
  g.inner = op->n;
  g.b = (struct matrix){w.data, w.column, w.row};
  if (loops->x_row == 0) { /* one row of x for all */
    for (size_t r = 0; r < loops->rows; r++) {
      g.rows = 1;
      g.a = (struct matrix){x, op->n, 1};
      g.c = (struct matrix){y + r * loops->y_row * g.element, op->m, 1};
      chunked_gemm(&g);
    }
    return;
  }
  g.rows = loops->rows;
  g.a = (struct matrix){x, loops->x_row, 1};
  g.c = (struct matrix){y, loops->y_row, 1};
  chunked_gemm(&g);
}

/* right > 1: each block is a matrix, y (m x right) = op(W) x (n x right). */
static void do_blocks(struct gemm g, const struct kron_eye_operator *op, struct matrix w,
                      const struct kron_eye_loops *loops, char *x, char *y) {
  g.rows = op->m;
  g.columns = op->right;
  g.inner = op->n;
  g.a = w;
  for (size_t r = 0; r < loops->rows; r++) {
    g.b = (struct matrix){x + r * loops->x_row * g.element, op->right, 1};
    g.c = (struct matrix){y + r * loops->y_row * g.element, op->right, 1};
    chunked_gemm(&g);
  }
}

static void multiply(const struct kron_eye_operator *op, const struct kron_eye_operands *operands,
                     double beta, size_t limit) {
  const size_t element = kron_eye_base_types[op->types].y_size;
  const struct kron_eye_loops loops = kron_eye_problem_loops(op, operands, op->w_block != 0);
  const struct gemm g = {.types = op->types,
                         .element = element,
                         .alpha = operands->finish.alpha,
                         .beta = beta,
                         .limit = limit};
  for (size_t run = 0; run < loops.runs; run++) {
    const size_t block = loops.run_is_block ? run * op->w_block : 0;
    const struct matrix w = {(char *)op->w + block * element, op->w_row, op->w_column};
    char *x = (char *)operands->x + run * loops.x_run * element;
    char *y = (char *)operands->y + run * loops.y_run * element;
    if (op->right == 1)
      do_run(g, op, w, &loops, x, y);
    else
      do_blocks(g, op, w, &loops, x, y);
  }
}

void kron_eye_run_blas(const struct kron_eye_operator *op, const struct kron_eye_operands *operands,
                       size_t limit) {
  const int saved = errno;
  double beta = operands->finish.beta;
  if (!isfinite(beta)) { /* some BLASes treat it as 0 */
    struct kron_eye_operands scaled = *operands;
    scaled.finish = kron_eye_finish_plain(0, beta);
    kron_eye_run_scale(op, &scaled);
    beta = 1;
  }
  multiply(op, operands, beta, limit);
  if (operands->finish.epilogue) {
    struct kron_eye_operands rest = *operands;
    rest.finish.beta = 1;
    kron_eye_run_scale(op, &rest);
  }
  errno = saved;
}

/* ------------------------------------------------------------------ the gradient of W */

/* x or dy of a gradient, as the matrices for the BLAS need it. */
struct side {
  const char *data;
  size_t row, block; /* elements from a row r to the next, and from a block */
  size_t lines;      /* n or m */
};

/* C += rows^T columns over `count` evenly spaced blocks, which start where the data pointers point.
 */
static void add_blocks(struct gemm *g, struct side rows, struct side columns, size_t row_step,
                       size_t column_step, size_t count, size_t right) {
  const bool one_by_one = right > 1 || row_step == 0 || column_step == 0;
  const size_t at_once = one_by_one ? 1 : count;
  g->inner = right > 1 ? right : at_once;
  for (size_t t = 0; t < count; t += at_once) {
    char *a = (char *)rows.data + t * row_step * g->element;
    char *b = (char *)columns.data + t * column_step * g->element;
    g->a = right > 1 ? (struct matrix){a, right, 1} : (struct matrix){a, 1, row_step};
    g->b = right > 1 ? (struct matrix){b, 1, right} : (struct matrix){b, column_step, 1};
    if (right == 1 && one_by_one) {
      g->a.column = rows.lines;
      g->b.row = columns.lines;
    }
    chunked_gemm(g);
    g->beta = 1;
  }
}

/* One dW: the blocks (r, a), a < left, of both sides. */
static void add_rows(struct gemm *g, struct side rows, struct side columns, size_t batch,
                     size_t left, size_t right) {
  const bool one_run =
      left == 1 || (rows.row == left * rows.block && columns.row == left * columns.block);
  if (one_run) {
    add_blocks(g, rows, columns, left == 1 ? rows.row : rows.block,
               left == 1 ? columns.row : columns.block, batch * left, right);
    return;
  }
  for (size_t r = 0; r < batch; r++) {
    struct side row = rows, column = columns;
    row.data += r * rows.row * g->element;
    column.data += r * columns.row * g->element;
    add_blocks(g, row, column, rows.block, columns.block, left, right);
  }
}

void kron_eye_run_blas_gradient(const struct kron_eye_gradient *gradient, size_t limit) {
  const int saved = errno;
  const struct kron_eye_operator *op = &gradient->op;
  const size_t element = kron_eye_base_types[op->types].y_size;
  const bool many = gradient->batch > 1, own = op->w_block != 0;
  struct side x = {gradient->x, many ? gradient->ldx : kron_eye_operator_row_x(op),
                   op->n * op->right, op->n},
              dy = {gradient->dy, many ? gradient->lddy : kron_eye_operator_row_y(op),
                    op->m * op->right, op->m};
  for (size_t a = 0; a < (own ? op->left : 1); a++) {
    const struct side rows = op->transposed ? x : dy, columns = op->transposed ? dy : x;
    struct gemm g = {.types = op->types,
                     .element = element,
                     .rows = rows.lines,
                     .columns = columns.lines,
                     .alpha = gradient->alpha,
                     .beta = gradient->beta,
                     .c = {(char *)gradient->dw + a * op->w_block * element,
                           op->transposed ? op->w_column : op->w_row, 1},
                     .limit = limit};
    add_rows(&g, rows, columns, gradient->batch, own ? 1 : op->left, op->right);
    x.data += x.block * element;
    dy.data += dy.block * element;
  }
  errno = saved;
}
