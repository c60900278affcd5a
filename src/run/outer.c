/*
 * How the sum over all terms (r, a, c) is divided, from large to small:
 *
 *     block   one dW: there is one for each block of the operator, or one for all blocks
 *     piece   some consecutive terms, with their own sums in memory. The number of pieces depends
 *             only on the problem and the instruction set, and the sums of the pieces are added in
 *             order, so that the bits do not depend on the threads
 *     slice   some columns of a piece, if there are more threads than pieces. Slices do not change
 *             any bit
 *     group   the terms that a kernel takes at a time
 *
 * The vectors of the kernels are along the columns of x. If there are few columns, x and dy are
 * exchanged: the products are the same, and dW^T = sum of x dy^T.
 */
#include "run/outer.h"

#include "base/checked_size.h"
#include "base/memory.h"
#include "base/nonzero.h"
#include "base/threads.h"
#include "base/thresholds.h"
#include "kernel/kernel.h"
#include "run/blas.h"
#include "run/scale.h"
#include "run/zeros.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

struct walk {
  const struct kron_eye_gradient *gradient;
  const struct kron_eye_kernel_info *outer, *skip;
  size_t element; /* bytes */
  size_t left;    /* blocks (a) whose terms are added up */
  size_t terms;   /* of one dW */
  size_t lanes;   /* elements of a vector */
  size_t blocks;  /* dWs */
  /* The sums: `rows` rows of `columns`, ld apart. */
  size_t rows, columns, ld;
  struct kron_eye_gradient_operand across, down; /* along the columns: x; along the rows: dy */
  size_t pieces, piece_terms;
  size_t slices, slice_columns;
  bool swapped; /* across is dy, down is x */
  bool even;    /* the terms of across follow one another without gaps */
  bool skips;   /* skipping zeros of x changes no bit, and is requested or may be faster */
  char *sums;   /* blocks x pieces x rows x ld */
};

/* ------------------------------------------------------------------ how the sum is divided */

/* The number of vectors that a term takes if they are along a row of `columns`. */
static double cost(size_t rows, size_t columns, size_t lanes) {
  const size_t vectors = (columns + lanes - 1) / lanes;
  return (double)rows * (double)vectors;
}

/* May zeros of x be skipped? */
static bool may_skip(const struct walk *walk) {
  const int zeros = walk->gradient->options.zeros;
  if (walk->swapped || zeros == KRON_EYE_ZEROS_MULTIPLY || kron_eye_run_rounds_downward())
    return false;
  return zeros == KRON_EYE_ZEROS_SKIP || walk->columns >= KRON_EYE_SKIP_MIN_INPUTS;
}

/* The size of the sums of all blocks for one piece, in bytes; 0 if it does not fit. */
static size_t sums_bytes(const struct walk *walk) {
  if (!kron_eye_fits(walk->blocks, walk->rows, walk->ld, walk->element)) return 0;
  return walk->blocks * walk->rows * walk->ld * walk->element;
}

static size_t count_pieces(const struct walk *walk, size_t bytes) {
  const size_t copies = KRON_EYE_GRADIENT_COPIES * walk->columns / walk->ld;
  size_t pieces = least(KRON_EYE_GRADIENT_PIECES, walk->terms / KRON_EYE_GRADIENT_PIECE_TERMS);
  pieces = least(pieces, least(copies, KRON_EYE_GRADIENT_BYTES / bytes));
  return pieces > 0 ? pieces : 1;
}

/* Sets everything except the sums and the slices; false if the size of the sums does not fit. */
static bool start(struct walk *walk, const struct kron_eye_gradient *g) {
  const struct kron_eye_operator *op = &g->op;
  const enum kron_eye_isa isa = kron_eye_base_isa();
  *walk = (struct walk){.gradient = g, .element = kron_eye_base_types[op->types].y_size};
  walk->outer = kron_eye_kernel_find(isa, op->types, KRON_EYE_OUTER,
                                     kron_eye_kernel_widest(isa, op->types, KRON_EYE_OUTER));
  walk->skip = kron_eye_kernel_find(isa, op->types, KRON_EYE_OUTER_SKIP, 1);
  const size_t lanes = walk->lanes = kron_eye_kernel_lanes(isa, op->types);
  walk->blocks = op->w_block == 0 ? 1 : op->left;
  walk->left = op->w_block == 0 ? op->left : 1;
  walk->terms = g->batch * walk->left * op->right;
  /* The stride of a single row is ignored. */
  const struct kron_eye_gradient_operand x = {g->x,
                                              g->batch > 1 ? g->ldx : kron_eye_operator_row_x(op),
                                              op->n * op->right},
                                         dy = {g->dy,
                                               g->batch > 1 ? g->lddy : kron_eye_operator_row_y(op),
                                               op->m * op->right};
  walk->swapped = 4 * cost(op->n, op->m, lanes) < 3 * cost(op->m, op->n, lanes);
  walk->across = walk->swapped ? dy : x;
  walk->down = walk->swapped ? x : dy;
  walk->rows = walk->swapped ? op->n : op->m;
  walk->columns = walk->swapped ? op->m : op->n;
  walk->ld = ceiling(walk->columns, lanes) * lanes;
  walk->even = op->right == 1 && walk->across.row == walk->left * walk->across.block;
  walk->skips = may_skip(walk);
  const size_t bytes = sums_bytes(walk);
  if (bytes == 0) return false;
  walk->piece_terms = ceiling(walk->terms, count_pieces(walk, bytes));
  walk->pieces = ceiling(walk->terms, walk->piece_terms);
  return kron_eye_fits(walk->pieces, bytes, 1, 1);
}

/* Slices consist of whole strips of both kernels. There are several per thread, so that a slow
   thread can leave work to others. */
static void cut_slices(struct walk *walk, int threads) {
  const size_t strip = kron_eye_kernel_outputs(walk->outer);
  const size_t strips = ceiling(walk->columns, strip), items = walk->blocks * walk->pieces;
  const size_t wanted = threads > 1 ? (size_t)threads * KRON_EYE_THREAD_PIECES : 1;
  const size_t slices = least(strips, ceiling(wanted, items));
  walk->slice_columns = ceiling(strips, slices) * strip;
  walk->slices = ceiling(walk->columns, walk->slice_columns);
}

/* ------------------------------------------------------------------ the sums */

/* Whether to skip zeros of x: from earlier groups or, where nothing was skipped, from a sample. */
struct look {
  bool skip;
  size_t wait, interval; /* groups until the next sample, and between two samples */
};

/* Are there non-zeros among these elements, which are `step` elements apart? */
static bool any(const char *x, size_t element, size_t step, size_t count) {
  for (size_t j = 0; j < count; j++) {
    const void *at = x + j * step * element;
    if (element == sizeof(float) ? kron_eye_nonzero_f32(at) : kron_eye_nonzero_f64(at)) return true;
  }
  return false;
}

/* The same for neighbours of whole words: all bits but the signs, in one loop without an exit. */
static bool any_near(const char *x, size_t element, size_t count) {
  const uint64_t signs =
      element == sizeof(float) ? UINT64_C(0x8000000080000000) : UINT64_C(1) << 63;
  uint64_t bits = 0;
  for (size_t at = 0; at < count * element; at += sizeof bits) {
    uint64_t word;
    memcpy(&word, x + at, sizeof word);
    bits |= word;
  }
  return (bits & ~signs) != 0;
}

/* The share of x that would be multiplied if zeros were skipped, from some terms of the group. */
static double sample(const struct walk *walk, const struct kron_eye_gradient_task *task) {
  const size_t strips = ceiling(task->n, walk->lanes);
  size_t kept = 0;
  for (size_t s = 0; s < KRON_EYE_GRADIENT_SAMPLES; s++) {
    const size_t t = task->first + s * task->terms / KRON_EYE_GRADIENT_SAMPLES;
    const size_t c = t % task->right, a = t / task->right % task->left,
                 r = t / task->right / task->left;
    const size_t at = r * task->x.row + a * task->x.block + c;
    const char *x = (const char *)task->x.data + at * walk->element;
    for (size_t j = 0; j < task->n; j += walk->lanes) {
      const char *from = x + j * task->right * walk->element;
      kept += task->right == 1 && j + walk->lanes <= task->n
                  ? any_near(from, walk->element, walk->lanes)
                  : any(from, walk->element, task->right, least(walk->lanes, task->n - j));
    }
  }
  return (double)kept / (double)(KRON_EYE_GRADIENT_SAMPLES * strips);
}

static bool skips_group(const struct walk *walk, const struct kron_eye_gradient_task *task,
                        struct look *look) {
  if (!walk->skips) return false;
  if (walk->gradient->options.zeros == KRON_EYE_ZEROS_SKIP || look->skip) return true;
  if (look->wait > 0) {
    look->wait--;
    return false;
  }
  look->wait = look->interval;
  look->interval *= 2;
  return sample(walk, task) < kron_eye_gradient_skip_below;
}

/* Terms of a group: fewer if their x would fill the second level together with that of the next
   group. Not so where zeros are skipped, as each list takes some time. */
static size_t group_terms(const struct walk *walk, bool skip) {
  const size_t most = KRON_EYE_GRADIENT_TERMS;
  return skip || walk->columns <= KRON_EYE_GRADIENT_NEAR / walk->element / most ? most : most / 2;
}

/* Adds the terms [begin, end) for the columns of the task. */
static void add_terms(const struct walk *walk, struct kron_eye_gradient_task *task, size_t begin,
                      size_t end) {
  struct look look = {.interval = KRON_EYE_GRADIENT_LOOK};
  size_t kept = 0;
  task->kept = &kept;
  for (size_t t = begin; t < end; t += task->terms) {
    task->first = t;
    task->fresh = t == begin;
    task->terms = least(group_terms(walk, false), end - t);
    const bool skip = skips_group(walk, task, &look);
    if (skip) task->terms = least(group_terms(walk, true), end - t);
    task->ahead = walk->even && walk->slices == 1 && end - t >= 2 * task->terms;
    if (skip) {
      kept = 0;
      walk->skip->run_gradient(task);
      const double all = (double)task->terms * (double)task->n;
      look.skip = (double)kept < kron_eye_gradient_skip_below * all;
    } else {
      walk->outer->run_gradient(task);
    }
  }
  task->kept = NULL;
}

static void do_item(void *context, size_t item) {
  const struct walk *walk = context;
  const size_t slice = item % walk->slices, piece = item / walk->slices % walk->pieces;
  const size_t block = item / walk->slices / walk->pieces, column = slice * walk->slice_columns;
  const size_t sums = (block * walk->pieces + piece) * walk->rows * walk->ld + column;
  const size_t begin = piece * walk->piece_terms;
  struct kron_eye_gradient_task task = {.left = walk->left,
                                        .right = walk->gradient->op.right,
                                        .m = walk->rows,
                                        .n = least(walk->slice_columns, walk->columns - column),
                                        .x = walk->across,
                                        .dy = walk->down,
                                        .sum = walk->sums + sums * walk->element,
                                        .ldsum = walk->ld};
  const size_t x = block * walk->across.block * (walk->blocks > 1) + column * task.right;
  task.x.data = (const char *)walk->across.data + x * walk->element;
  if (walk->blocks > 1)
    task.dy.data = (const char *)walk->down.data + block * walk->down.block * walk->element;
  add_terms(walk, &task, begin, least(begin + walk->piece_terms, walk->terms));
}

/* ------------------------------------------------------------------ dW */

/* Writes one row of dW: adds up the sums of its pieces, which are `piece` elements apart, and
   writes to places dw_step apart. Each operation is rounded, and +0 is added before the
   multiplication by alpha, as in kernel/finish_body.h. */
#define FINISH_ROW(name, type)                                                                     \
  static void name(type *sum, size_t piece, size_t pieces, size_t columns, type alpha, type beta,  \
                   type *dw, size_t dw_step) {                                                     \
    for (size_t p = 1; p < pieces; p++)                                                            \
      for (size_t j = 0; j < columns; j++) sum[j] += sum[p * piece + j];                           \
    for (size_t j = 0; j < columns; j++) {                                                         \
      const type product = alpha * (sum[j] + 0);                                                   \
      dw[j * dw_step] = beta == 0 ? product : product + beta * dw[j * dw_step];                    \
    }                                                                                              \
  }
FINISH_ROW(finish_row_f32, float)
FINISH_ROW(finish_row_f64, double)

/* Columns j .. j + columns - 1 of a row of dW, whose first piece's sums stand at `sum`. */
static void finish_columns(const struct walk *walk, char *sum, char *dw, size_t j, size_t columns) {
  const struct kron_eye_gradient *g = walk->gradient;
  const size_t piece = walk->rows * walk->ld;
  const size_t dw_column = walk->swapped ? g->op.w_row : g->op.w_column;
  dw += j * dw_column * walk->element;
  if (walk->element == sizeof(float))
    finish_row_f32((float *)sum, piece, walk->pieces, columns, (float)g->alpha, (float)g->beta,
                   (float *)dw, dw_column);
  else
    finish_row_f64((double *)sum, piece, walk->pieces, columns, g->alpha, g->beta, (double *)dw,
                   dw_column);
}

static void finish_row(void *context, size_t item) {
  const struct walk *walk = context;
  const struct kron_eye_gradient *g = walk->gradient;
  const size_t block = item / walk->rows, row = item % walk->rows, piece = walk->rows * walk->ld;
  char *sum = walk->sums + (block * walk->pieces * piece + row * walk->ld) * walk->element;
  const size_t dw_row = walk->swapped ? g->op.w_column : g->op.w_row;
  char *dw = (char *)g->dw + (block * g->op.w_block + row * dw_row) * walk->element;
  /* What is no whole vector stands at the end of the last one, unless its slice has nothing else.
   */
  const size_t slice = (walk->columns - 1) % walk->slice_columns + 1;
  const size_t rest = slice < walk->lanes ? 0 : slice % walk->lanes, whole = walk->columns - rest;
  finish_columns(walk, sum, dw, 0, whole);
  if (rest > 0) finish_columns(walk, sum + (walk->ld - rest) * walk->element, dw, whole, rest);
}

/* dW = beta * dW, on every block. */
static void scale(const struct kron_eye_gradient *g) {
  const struct kron_eye_operator *op = &g->op;
  const struct kron_eye_operator dw = {
      .types = op->types, .left = 1, .m = op->transposed ? op->m : op->n, .right = 1};
  struct kron_eye_operands rows = {.batch = op->transposed ? op->n : op->m,
                                   .ldy = op->transposed ? op->w_column : op->w_row,
                                   .finish = kron_eye_finish_plain(0, g->beta)};
  const size_t step = op->w_block * kron_eye_base_types[op->types].y_size;
  for (size_t a = 0; a < kron_eye_operator_matrices(op); a++) {
    rows.y = (char *)g->dw + a * step;
    kron_eye_run_scale(&dw, &rows);
  }
}

int kron_eye_run_gradient(const struct kron_eye_gradient *g) {
  const struct kron_eye_operator *op = &g->op;
  if (op->w_empty) return KRON_EYE_OK;
  if (g->alpha == 0 || g->batch == 0 || op->left == 0 || op->right == 0) {
    scale(g);
    return KRON_EYE_OK;
  }
  if (g->options.route == KRON_EYE_ROUTE_BLAS) {
    struct kron_eye_gradient rest = *g;
    if (!isfinite(g->beta)) { /* some BLASes treat it as 0 */
      scale(g);
      rest.beta = 1;
    }
    kron_eye_run_blas_gradient(&rest, KRON_EYE_BLAS_LIMIT);
    return KRON_EYE_OK;
  }
  struct walk walk;
  if (!start(&walk, g)) return KRON_EYE_NO_MEMORY;
  walk.sums = kron_eye_base_allocator.allocate(walk.pieces * sums_bytes(&walk));
  if (!walk.sums) return KRON_EYE_NO_MEMORY;
  const double w = (double)walk.blocks * (double)op->m * (double)op->n;
  const int threads = kron_eye_base_threads(g->options.threads, w * (double)walk.terms);
  cut_slices(&walk, threads);
  kron_eye_base_parallel(threads, walk.blocks * walk.pieces * walk.slices, do_item, &walk);
  kron_eye_base_parallel(kron_eye_base_threads(g->options.threads, w * (double)walk.pieces),
                         walk.blocks * walk.rows, finish_row, &walk);
  kron_eye_base_allocator.release(walk.sums);
  return KRON_EYE_OK;
}
