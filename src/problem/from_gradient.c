#include "problem/from_gradient.h"

#include "base/checked_size.h"
#include "problem/overlap.h"

/* dW as it is stored. */
struct stored {
  size_t rows, columns, stride;
};

static struct stored stored_dw(const struct kron_eye_operator *op) {
  return op->transposed ? (struct stored){op->n, op->m, op->w_column}
                        : (struct stored){op->m, op->n, op->w_row};
}

/* Do two dWs share an element? They do unless they follow one another or are interleaved by rows.
 */
static bool blocks_share(const struct kron_eye_operator *op) {
  if (op->w_block == 0 || op->w_empty) return false;
  const struct stored dw = stored_dw(op);
  if (op->w_block >= kron_eye_extent(dw.rows, dw.stride, dw.columns)) return false;
  return op->w_block < dw.columns || dw.stride < (op->left - 1) * op->w_block + dw.columns;
}

/* `batch` rows of x or dy; ld 0: one for all. */
static struct kron_eye_rows rows_of(const void *data, size_t batch, size_t ld, size_t row,
                                    size_t element) {
  const size_t stride = batch > 1 ? ld : 0;
  return (struct kron_eye_rows){data, stride == 0 && batch != 0 ? 1 : batch, stride * element,
                                row * element};
}

static bool dw_overlaps(const struct kron_eye_gradient *g, const struct kron_eye_rows *other) {
  const size_t element = kron_eye_base_types[g->op.types].y_size;
  const struct stored stored = stored_dw(&g->op);
  const struct kron_eye_rows dw = {g->dw, stored.rows, stored.stride * element,
                                   stored.columns * element};
  return kron_eye_problem_blocks_overlap(&dw, kron_eye_operator_matrices(&g->op),
                                         g->op.w_block * element, other);
}

static int check_operands(const struct kron_eye_gradient *g, size_t row_x, size_t row_y,
                          size_t element) {
  const bool many = g->batch > 1;
  if (!kron_eye_extent_fits(g->batch, many ? g->ldx : 0, row_x, element) ||
      !kron_eye_extent_fits(g->batch, many ? g->lddy : 0, row_y, element) ||
      !kron_eye_fits(g->batch, g->op.left, g->op.right, 1)) /* with strides of 0 it may not */
    return -2;
  if (!g->x && g->batch != 0 && row_x != 0) return -4;
  if (many && g->ldx != 0 && g->ldx < row_x) return -5;
  if (!g->dy && g->batch != 0 && row_y != 0) return -6;
  if (many && g->lddy != 0 && g->lddy < row_y) return -7;
  return KRON_EYE_OK;
}

int kron_eye_problem_from_gradient(enum kron_eye_types types, const kron_eye_shape *shape,
                                   size_t lddw, const kron_eye_options *options,
                                   struct kron_eye_gradient *g) {
  enum { SHAPE = 1, W = 2, LDW = 3, DW = 9, LDDW = 10, OPTIONS = 11 };
  const size_t element = kron_eye_base_types[types].y_size;
  const int of_w = kron_eye_problem_from_shape(types, SHAPE, shape, g->dw, lddw, &g->op);
  if (of_w == -SHAPE || (of_w == KRON_EYE_OK && blocks_share(&g->op))) return -SHAPE;
  const size_t row_x = kron_eye_operator_row_x(&g->op), row_y = kron_eye_operator_row_y(&g->op);
  const int status = check_operands(g, row_x, row_y, element);
  if (status != KRON_EYE_OK) return status;
  if (of_w == -W) return -DW;
  if (of_w == -LDW) return -LDDW;
  if (kron_eye_problem_from_options(OPTIONS, options, &g->options) != KRON_EYE_OK) return -OPTIONS;
  const struct kron_eye_rows x = rows_of(g->x, g->batch, g->ldx, row_x, element),
                             dy = rows_of(g->dy, g->batch, g->lddy, row_y, element);
  return dw_overlaps(g, &x) || dw_overlaps(g, &dy) ? -DW : KRON_EYE_OK;
}

int kron_eye_problem_from_bias_gradient(enum kron_eye_types types, const kron_eye_shape *shape,
                                        size_t bias_stride, struct kron_eye_bias_gradient *g) {
  enum { DB = 7, STRIDE = 8 };
  const size_t element = kron_eye_base_types[types].y_size;
  kron_eye_shape known;
  if (kron_eye_problem_known_shape(shape, element, element, &known) != KRON_EYE_OK) return -1;
  g->left = known.left;
  g->m = known.m;
  g->right = known.right;
  g->block = known.left > 1 ? bias_stride : 0;
  const size_t row = g->left * g->m * g->right, ld = g->batch > 1 ? g->lddy : 0;
  const bool empty = g->m == 0 || (known.left == 0 && bias_stride != 0);
  if (!kron_eye_extent_fits(g->batch, ld, row, element) ||
      !kron_eye_fits(g->batch, g->left, g->right, 1))
    return -2;
  if (!g->dy && g->batch != 0 && row != 0) return -4;
  if (ld != 0 && ld < row) return -5;
  if (!g->db && !empty) return -DB;
  const size_t blocks = g->block == 0 ? 1 : g->left;
  if ((g->block != 0 && g->block < g->m) || !kron_eye_extent_fits(blocks, g->block, g->m, element))
    return -STRIDE;
  if (empty) g->m = 0;
  const struct kron_eye_rows dy = rows_of(g->dy, g->batch, g->lddy, row, element),
                             db = {g->db, blocks, g->block * element, g->m * element};
  return kron_eye_problem_overlap(&db, &dy) ? -DB : KRON_EYE_OK;
}

/* Rows that are written: no stride of 0. */
static bool fits_rows(size_t rows, size_t ld, size_t cols, size_t element) {
  return kron_eye_extent_fits(rows, rows > 1 ? ld : 0, cols, element);
}

int kron_eye_problem_from_relu_backward(enum kron_eye_types types,
                                        const struct kron_eye_relu_backward *b) {
  const size_t element = kron_eye_base_types[types].y_size, rows = b->rows, cols = b->cols;
  const bool empty = rows == 0 || cols == 0;
  if (!kron_eye_fits(rows, cols, 1, element) || !fits_rows(rows, b->ldy, cols, element) ||
      !fits_rows(rows, b->lddy, cols, element) || !fits_rows(rows, b->lddz, cols, element))
    return -1;
  if (!b->y && !empty) return -3;
  if (rows > 1 && b->ldy < cols) return -4;
  if (!b->dy && !empty) return -5;
  if (rows > 1 && b->lddy < cols) return -6;
  if (!b->dz && !empty) return -7;
  if (rows > 1 && b->lddz < cols) return -8;
  const struct kron_eye_rows y = {b->y, rows, b->ldy * element, cols * element},
                             dy = {b->dy, rows, b->lddy * element, cols * element},
                             dz = {b->dz, rows, b->lddz * element, cols * element};
  const bool on_dy = b->dz == b->dy && (rows <= 1 || b->lddz == b->lddy);
  if (kron_eye_problem_overlap(&dz, &y) || (!on_dy && kron_eye_problem_overlap(&dz, &dy)))
    return -7;
  return KRON_EYE_OK;
}
