/*
 * The product on sparse x. The rows of the matrix are divided among the threads by their numbers of
 * entries:
 *
 *     run     rows of the matrix whose outputs are evenly spaced
 *     piece   consecutive rows; all pieces have about the same weight
 *     slice   some blocks and some outputs of a piece, where a single row makes the piece too heavy
 *     share   the work that a thread takes at a time: a piece, or a slice of one
 */
#include "run/sparse.h"

#include "base/checked_size.h"
#include "base/integers.h"
#include "base/threads.h"
#include "base/thresholds.h"
#include "problem/from_csr.h"
#include "problem/loops.h"
#include "run/scale.h"

#include <assert.h>

/* The call as the kernels see it. Strides in elements of y. */
struct sparse {
  const struct kron_eye_plan *plan;
  const struct kron_eye_sparse_operands *operands;
  const kron_eye_csr *x;
  bool wide;         /* integers of 64 bits */
  size_t row_blocks; /* blocks in a row of the matrix: 1 or left */
  size_t run;        /* rows of the matrix whose outputs are evenly spaced, then the next run */
  size_t y_row, y_run;
};

/* Some outputs of some blocks of some rows of the matrix. */
struct share {
  size_t row, rows, block, blocks, output, outputs;
};

static struct sparse view(const struct kron_eye_plan *plan,
                          const struct kron_eye_sparse_operands *operands) {
  const struct kron_eye_operator *op = &plan->op;
  const kron_eye_csr *x = operands->x;
  struct sparse s = {.plan = plan,
                     .operands = operands,
                     .x = x,
                     .wide = x->index_type == KRON_EYE_INDEX_INT64,
                     .row_blocks = op->left,
                     .run = x->rows,
                     .y_row = operands->batch > 1 ? operands->ldy : 0};
  if (!kron_eye_problem_csr_of_blocks(op, operands->batch, x)) return s;
  s.row_blocks = 1;
  if (op->left == 1) return s;
  s.y_row = op->m;
  if (operands->batch > 1 && operands->ldy != op->left * op->m) {
    s.run = op->left;
    s.y_run = operands->ldy;
  }
  return s;
}

/* Computes the outputs of the share that belong to one panel. They are part of the panel if the
   share begins or ends inside it. */
static void do_panel(const struct sparse *s, const struct share *share,
                     const struct kron_eye_panel *panel) {
  const struct kron_eye_plan *plan = s->plan;
  const struct kron_eye_operator *op = &plan->op;
  const size_t element = kron_eye_base_types[op->types].y_size;
  const size_t end = least(panel->first + panel->outputs, share->output + share->outputs);
  const size_t first = share->output > panel->first ? share->output : panel->first;
  if (first >= end) return;
  const size_t lanes = kron_eye_kernel_lanes(plan->isa, op->types);
  const bool by_rows = panel->sparse[0] != NULL;
  const struct kron_eye_kernel_info *kernel =
      panel->sparse[by_rows ? 0 : (end - first + lanes - 1) / lanes];
  assert(kernel && kernel->run_sparse);
  const size_t skipped = (first - panel->first) * (by_rows ? panel->sparse_stride : 1);
  const char *w = (const char *)plan->packed + panel->offset + skipped * element;
  struct kron_eye_sparse_task task = {.n = op->n,
                                      .outputs = end - first,
                                      .starts = s->x->indptr,
                                      .indices = s->x->indices,
                                      .values = s->x->values,
                                      .wide = s->wide,
                                      .row_blocks = s->row_blocks,
                                      .first_block = share->block,
                                      .blocks = share->blocks,
                                      .w = w,
                                      .w_stride = panel->sparse_stride,
                                      .w_column = panel->sparse_column,
                                      .w_block = plan->block_bytes / element,
                                      .ldy = s->y_row,
                                      .y_block = op->m,
                                      .finish = s->operands->finish};
  /* If each block has its own W and each row of the matrix is a block, each row has its own W. */
  const size_t most = s->row_blocks == 1 && plan->block_bytes != 0 ? 1 : s->run;
  const size_t last = share->row + share->rows;
  for (size_t row = share->row; row < last; row += task.rows) {
    task.rows = least(most - row % most, last - row);
    task.first_row = row;
    const size_t y = row / s->run * s->y_run + row % s->run * s->y_row + share->block * op->m;
    task.y = (char *)s->operands->y + (y + first) * element;
    if (s->row_blocks == 1) task.w = w + row % op->left * plan->block_bytes;
    kernel->run_sparse(&task);
  }
}

static void do_share(const struct sparse *s, const struct share *share) {
  for (size_t p = 0; p < s->plan->panel_count; p++) do_panel(s, share, &s->plan->panels[p]);
}

/* The number of entries before a row, plus a constant for each row before it. It is ascending. */
static double weight(const struct sparse *s, size_t row) {
  return (double)kron_eye_integer(s->x->indptr, s->wide, row) +
         (double)row * KRON_EYE_CSR_ROW_ENTRIES;
}

/* The last row that begins at or before the given weight, at most x->rows. */
static size_t row_at(const struct sparse *s, double target) {
  size_t low = 0, high = s->x->rows;
  while (low < high) {
    const size_t middle = low + (high - low + 1) / 2;
    if (weight(s, middle) <= target)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

/*
 * How the rows are divided into pieces of about equal weight. Pieces that a single row makes too
 * heavy are divided into slices, by the blocks of the row and by the outputs, in whole vectors.
 */
struct cut {
  size_t pieces, block_slices, output_slices;
  size_t slice_outputs;
  double piece; /* weight */
};

static size_t piece_begin(const struct sparse *s, const struct cut *cut, size_t p) {
  if (p == 0 || p == cut->pieces) return p == 0 ? 0 : s->x->rows;
  return row_at(s, cut->piece * (double)p);
}

static bool heavy(const struct sparse *s, const struct cut *cut, size_t begin, size_t end) {
  return weight(s, end) - weight(s, begin) > 2 * cut->piece;
}

static struct cut cut_out(const struct sparse *s, size_t threads) {
  const struct kron_eye_operator *op = &s->plan->op;
  const size_t lanes = kron_eye_kernel_lanes(s->plan->isa, op->types);
  const size_t vectors = (op->m + lanes - 1) / lanes, each = (vectors + threads - 1) / threads;
  struct cut cut = {threads * KRON_EYE_THREAD_PIECES, 1, 1, each * lanes, 0};
  cut.piece = weight(s, s->x->rows) / (double)cut.pieces;
  for (size_t p = 0, begin = 0, end; p < cut.pieces; p++, begin = end) {
    end = piece_begin(s, &cut, p + 1);
    if (!heavy(s, &cut, begin, end)) continue;
    cut.block_slices = least(s->row_blocks, threads);
    cut.output_slices = (vectors + each - 1) / each;
    break;
  }
  return cut;
}

/* One item of the cut: piece, then block slice, then output slice. */
static void do_item(const struct sparse *s, const struct cut *cut, size_t item) {
  const size_t output = item % cut->output_slices, rest = item / cut->output_slices;
  const size_t block = rest % cut->block_slices, piece = rest / cut->block_slices;
  const size_t begin = piece_begin(s, cut, piece), end = piece_begin(s, cut, piece + 1);
  const size_t m = s->plan->op.m;
  struct share share = {begin, end - begin, 0, s->row_blocks, 0, m};
  if (heavy(s, cut, begin, end)) {
    share.block = s->row_blocks * block / cut->block_slices;
    share.blocks = s->row_blocks * (block + 1) / cut->block_slices - share.block;
    share.output = output * cut->slice_outputs;
    share.outputs = least(cut->slice_outputs, m - share.output);
  } else if (block != 0 || output != 0) {
    return; /* the first slice is all */
  }
  do_share(s, &share);
}

/* The whole call with its cut, for the threads. */
struct team {
  const struct sparse *sparse;
  struct cut cut;
};

static void do_piece(void *context, size_t item) {
  const struct team *team = context;
  do_item(team->sparse, &team->cut, item);
}

void kron_eye_run_csr(const struct kron_eye_plan *plan,
                      const struct kron_eye_sparse_operands *operands) {
  const struct kron_eye_operator *op = &plan->op;
  const kron_eye_csr *x = operands->x;
  if (kron_eye_no_output(op, operands->batch)) return;
  if (kron_eye_no_product(op, &operands->finish)) {
    const struct kron_eye_operands y = {.batch = operands->batch,
                                        .y = operands->y,
                                        .ldy = operands->ldy,
                                        .finish = operands->finish};
    kron_eye_run_scale(op, &y);
    return;
  }
  const struct sparse s = view(plan, operands);
  const double work = (double)op->m * ((double)x->nnz + (double)x->rows * KRON_EYE_CSR_ROW_ENTRIES);
  const int threads = kron_eye_base_threads(plan->options.threads, work);
  if (threads <= 1) {
    const struct share all = {0, x->rows, 0, s.row_blocks, 0, op->m};
    do_share(&s, &all);
    return;
  }
  struct team team = {&s, cut_out(&s, (size_t)threads)};
  const size_t items = team.cut.pieces * team.cut.block_slices * team.cut.output_slices;
  kron_eye_base_parallel(threads, items, do_piece, &team);
}
