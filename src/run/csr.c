/*
 * Sparse x: the rows of the matrix, dealt out to threads by their entries and walked through the
 * panels.
 */
#include "run/csr.h"

#include "base/checked_size.h"
#include "base/integers.h"
#include "plan/thresholds.h"
#include "problem/csr.h"
#include "run/scale.h"
#include "run/threads.h"

/* A row takes some time even without entries: as much as so many of them. */
enum { ROW_ENTRIES = 8 };

/* The call as the kernels see it. Strides in elements of y. */
struct sparse {
  const struct kron_eye_plan *plan;
  const struct kron_eye_operands *operands;
  const kron_eye_csr *x;
  bool wide;         /* integers of 64 bits */
  size_t row_blocks; /* blocks in a row of the matrix: 1 or left */
  size_t run;        /* rows of the matrix whose outputs are evenly spaced, then the next run */
  size_t y_row, y_run;
};

/* A part of the work: some rows of the matrix, of these some blocks, of these some outputs. */
struct share {
  size_t row, rows, block, blocks, output, outputs;
};

static struct sparse view(const struct kron_eye_plan *plan,
                          const struct kron_eye_operands *operands) {
  const struct kron_eye_operator *op = &plan->op;
  const kron_eye_csr *x = operands->x;
  struct sparse s = {.plan = plan,
                     .operands = operands,
                     .x = x,
                     .wide = x->index_type == KRON_EYE_INDEX_INT64,
                     .row_blocks = op->left,
                     .run = x->rows,
                     .y_row = operands->ldy};
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

/* Outputs that one kernel computes, from where W has them. */
struct part {
  const struct kron_eye_kernel_info *kernel;
  const void *w;
  size_t w_stride, output, outputs;
};

/* The share's part of a panel: less of it than is packed where the share begins or ends inside. */
static struct part part_of_panel(const struct kron_eye_plan *plan, size_t p,
                                 const struct share *share) {
  const struct kron_eye_panel *panel = &plan->panels[p];
  const enum kron_eye_kernel_types types = (enum kron_eye_kernel_types)plan->op.types;
  const size_t end = least(panel->first + panel->outputs, share->output + share->outputs);
  const size_t first = share->output > panel->first ? share->output : panel->first;
  if (first >= end) return (struct part){.kernel = NULL};
  struct part part = {.output = first, .outputs = end - first};
  const size_t lanes = kron_eye_kernel_lanes(plan->isa, types), skipped = first - panel->first;
  if (panel->dense->family == KRON_EYE_DOT) {
    part.kernel = kron_eye_kernel_find(plan->isa, types, KRON_EYE_GATHER, 1);
    part.w_stride = (plan->op.n + lanes - 1) / lanes * lanes;
    part.w = (const char *)panel->w +
             skipped * part.w_stride * kron_eye_problem_types[plan->op.types].y_size;
  } else {
    const size_t nr = (part.outputs + lanes - 1) / lanes * lanes;
    part.kernel = kron_eye_kernel_find(plan->isa, types, KRON_EYE_CSR, nr);
    part.w_stride = panel->dense->nr;
    part.w = (const char *)panel->w + skipped * kron_eye_problem_types[plan->op.types].y_size;
  }
  return part;
}

/* The same where the plan holds a copy of W for the BLAS. */
static struct part part_of_copy(const struct kron_eye_plan *plan, const struct share *share) {
  const struct kron_eye_operator *op = &plan->op;
  return (struct part){
      .kernel = kron_eye_kernel_find(plan->isa, (enum kron_eye_kernel_types)op->types,
                                     KRON_EYE_GATHER, 1),
      .w = (const char *)op->w + share->output * op->ldw * kron_eye_problem_types[op->types].y_size,
      .w_stride = op->ldw,
      .output = share->output,
      .outputs = share->outputs};
}

/* The share's rows and blocks through one kernel, a run at a time. */
static void multiply(const struct sparse *s, const struct share *share, const struct part *part) {
  if (!part->kernel) return;
  const struct kron_eye_operator *op = &s->plan->op;
  const size_t element = kron_eye_problem_types[op->types].y_size;
  struct kron_eye_entries entries = {.starts = s->x->indptr,
                                     .indices = s->x->indices,
                                     .values = s->x->values,
                                     .wide = s->wide,
                                     .row_blocks = s->row_blocks,
                                     .first_block = share->block,
                                     .blocks = share->blocks,
                                     .y_block = op->m,
                                     .w_stride = part->w_stride};
  const size_t end = share->row + share->rows;
  for (size_t row = share->row, rows; row < end; row += rows) {
    rows = least(s->run - row % s->run, end - row);
    const size_t y = row / s->run * s->y_run + row % s->run * s->y_row + share->block * op->m;
    entries.first_row = row;
    const struct kron_eye_task task = {.rows = rows,
                                       .n = op->n,
                                       .outputs = part->outputs,
                                       .x = &entries,
                                       .w = part->w,
                                       .y = (char *)s->operands->y + (y + part->output) * element,
                                       .ldy = s->y_row,
                                       .alpha = s->operands->alpha,
                                       .beta = s->operands->beta};
    part->kernel->run(&task);
  }
}

static void do_share(const struct sparse *s, const struct share *share) {
  if (s->plan->blas) {
    const struct part part = part_of_copy(s->plan, share);
    multiply(s, share, &part);
  }
  for (size_t p = 0; p < s->plan->panel_count; p++) {
    const struct part part = part_of_panel(s->plan, p, share);
    multiply(s, share, &part);
  }
}

/* ------------------------------------------------------------------ threads */

/* Entries before a row, and what the rows before it cost. Ascends. */
static double weight(const struct sparse *s, size_t row) {
  return (double)kron_eye_integer(s->x->indptr, s->wide, row) + (double)row * ROW_ENTRIES;
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
 * Pieces of rows of about equal weight. Where a row makes one too heavy, such pieces are cut on
 * into slices: of the row's blocks and of the outputs, in whole vectors.
 */
struct deal {
  size_t pieces, block_slices, output_slices;
  size_t slice_outputs;
  double piece; /* weight */
};

static size_t piece_begin(const struct sparse *s, const struct deal *deal, size_t p) {
  if (p == 0 || p == deal->pieces) return p == 0 ? 0 : s->x->rows;
  return row_at(s, deal->piece * (double)p);
}

static bool heavy(const struct sparse *s, const struct deal *deal, size_t begin, size_t end) {
  return weight(s, end) - weight(s, begin) > 2 * deal->piece;
}

static struct deal deal_out(const struct sparse *s, size_t threads) {
  const struct kron_eye_operator *op = &s->plan->op;
  const size_t lanes = kron_eye_kernel_lanes(s->plan->isa, (enum kron_eye_kernel_types)op->types);
  const size_t vectors = (op->m + lanes - 1) / lanes, each = (vectors + threads - 1) / threads;
  struct deal deal = {threads * KRON_EYE_THREAD_PIECES, 1, 1, each * lanes, 0};
  deal.piece = weight(s, s->x->rows) / (double)deal.pieces;
  for (size_t p = 0, begin = 0, end; p < deal.pieces; p++, begin = end) {
    end = piece_begin(s, &deal, p + 1);
    if (!heavy(s, &deal, begin, end)) continue;
    deal.block_slices = least(s->row_blocks, threads);
    deal.output_slices = (vectors + each - 1) / each;
    break;
  }
  return deal;
}

/* One item of the deal: piece, then block slice, then output slice. */
static void do_item(const struct sparse *s, const struct deal *deal, size_t item) {
  const size_t output = item % deal->output_slices, rest = item / deal->output_slices;
  const size_t block = rest % deal->block_slices, piece = rest / deal->block_slices;
  const size_t begin = piece_begin(s, deal, piece), end = piece_begin(s, deal, piece + 1);
  const size_t m = s->plan->op.m;
  struct share share = {begin, end - begin, 0, s->row_blocks, 0, m};
  if (heavy(s, deal, begin, end)) {
    share.block = s->row_blocks * block / deal->block_slices;
    share.blocks = s->row_blocks * (block + 1) / deal->block_slices - share.block;
    share.output = output * deal->slice_outputs;
    share.outputs = least(deal->slice_outputs, m - share.output);
  } else if (block != 0 || output != 0) {
    return; /* the first slice is all */
  }
  do_share(s, &share);
}

void kron_eye_run_csr(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands) {
  const struct kron_eye_operator *op = &plan->op;
  const kron_eye_csr *x = operands->x;
  if (operands->batch == 0 || op->left == 0 || op->m == 0) return;
  if (operands->alpha == 0 || op->n == 0) {
    kron_eye_run_scale(op, operands);
    return;
  }
  const struct sparse s = view(plan, operands);
  const double work = (double)op->m * ((double)x->nnz + (double)x->rows * ROW_ENTRIES);
  const int threads = kron_eye_run_threads(plan->options.threads, work);
  if (threads <= 1) {
    const struct share all = {0, x->rows, 0, s.row_blocks, 0, op->m};
    do_share(&s, &all);
    return;
  }
  const struct deal deal = deal_out(&s, (size_t)threads);
  const ptrdiff_t items = (ptrdiff_t)(deal.pieces * deal.block_slices * deal.output_slices);
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic) num_threads(threads)
#endif
  for (ptrdiff_t i = 0; i < items; i++) do_item(&s, &deal, (size_t)i);
}
