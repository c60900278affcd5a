/*
 * Applies a chain. How the work is divided among the threads (workers) depends on the stages:
 *
 *     one stage        the parts of all rows are divided among the workers
 *     several stages   if rows are small and many, each worker takes whole rows through all stages;
 *                      otherwise the rows are done one by one and stage by stage, and the parts of
 *                      each stage are divided among the workers
 *
 * Each worker has its own memory, and takes the next piece of work when it has finished one.
 */
#include "base/checked_size.h"
#include "base/memory.h"
#include "base/threads.h"
#include "chain/chain.h"
#include "problem/loops.h"
#include "run/run.h"
#include "run/scale.h"
#include "run/slice.h"

#include <stdatomic.h>

/* The memory of one apply. */
struct space {
  char *shared;  /* rows between stages, if the workers do not have their own */
  char *workers; /* worker_bytes for each */
};

static char *part_buffer(const struct kron_eye_chain *chain, char *worker, size_t step) {
  return worker + step % 2 * chain->part_bytes;
}

static char *row_buffer(const struct kron_eye_chain *chain, char *rows, size_t stage) {
  return rows + stage % 2 * chain->row_bytes;
}

static const struct kron_eye_finish plain_finish = {.alpha = 1};

/* ---------------------------------------------------------------- a part through one stage */

/* `batch` inner x right arrays, or `width` r of one of them, starting where x and y point. */
struct part {
  const struct kron_eye_chain *chain;
  const struct kron_eye_stage *stage;
  size_t batch, width;
  const char *x;
  size_t ldx;
  char *y;
  size_t ldy;
  struct kron_eye_finish finish;
  char *worker;
};

/* Applies the steps one by one to whole inner x right arrays. */
static void do_whole(const struct part *part) {
  const struct kron_eye_stage *stage = part->stage;
  struct kron_eye_operands operands = {.batch = part->batch, .x = part->x, .ldx = part->ldx};
  for (size_t s = 0; s < stage->count; s++) {
    const struct kron_eye_plan *plan = part->chain->steps[stage->first + s].plan;
    const bool last = s + 1 == stage->count;
    operands.y = last ? part->y : part_buffer(part->chain, part->worker, s);
    operands.ldy = last ? part->ldy : kron_eye_operator_row_y(&plan->op);
    operands.finish = last ? part->finish : plain_finish;
    kron_eye_run(plan, &operands);
    operands.x = operands.y;
    operands.ldx = operands.ldy;
  }
}

/*
 * Applies one step to a slice, which is some r of x[l,j,i,r] and y[l,i',i,r], where i counts the
 * later inner dimensions. The r of consecutive i are x_width and y_width apart.
 */
static void slice_step(const struct kron_eye_plan *plan, size_t inner_right, size_t width,
                       const char *x, size_t x_width, char *y, size_t y_width,
                       const struct kron_eye_finish *finish) {
  const size_t element = kron_eye_base_types[plan->op.types].y_size;
  const size_t x_block = plan->op.n * inner_right * x_width,
               y_block = plan->op.m * inner_right * y_width;
  struct kron_eye_slice slice = {.blocks = plan->op.left,
                                 .right = width,
                                 .x = x,
                                 .x_block = x_block,
                                 .x_column = inner_right * x_width,
                                 .y = y,
                                 .y_block = y_block,
                                 .y_column = inner_right * y_width,
                                 .finish = *finish};
  if (x_width == width && y_width == width) slice.right = inner_right * width;
  if (inner_right == 1 || slice.right != width) {
    kron_eye_run_slice(plan, &slice);
    return;
  }
  slice.blocks = inner_right;
  slice.x_block = x_width;
  slice.y_block = y_width;
  for (size_t l = 0; l < plan->op.left; l++) {
    slice.x = x + l * x_block * element;
    slice.y = y + l * y_block * element;
    kron_eye_run_slice(plan, &slice);
  }
}

/* Applies the steps one by one to a slice. The intermediate results have no gaps. */
static void do_slice(const struct part *part) {
  const struct kron_eye_stage *stage = part->stage;
  const char *x = part->x;
  size_t x_width = stage->right;
  for (size_t s = 0; s < stage->count; s++) {
    const struct kron_eye_plan *plan = part->chain->steps[stage->first + s].plan;
    const bool last = s + 1 == stage->count;
    char *y = last ? part->y : part_buffer(part->chain, part->worker, s);
    const size_t y_width = last ? stage->right : part->width;
    slice_step(plan, plan->op.right / stage->right, part->width, x, x_width, y, y_width,
               last ? &part->finish : &plain_finish);
    x = y;
    x_width = y_width;
  }
}

/* ---------------------------------------------------------------- rows through one stage */

/* Work that is divided among the workers. */
struct deal {
  const struct kron_eye_chain *chain;
  const struct kron_eye_stage *stage;
  const struct kron_eye_operands *operands; /* of the stage, or of all rows of the chain */
  struct space space;
  atomic_size_t next; /* piece */
  size_t pieces;
  void (*piece)(struct deal *deal, size_t piece, char *worker);
};

static void work(void *context, size_t worker) {
  struct deal *deal = context;
  char *own = deal->space.workers + worker * deal->chain->worker_bytes;
  for (;;) {
    const size_t piece = atomic_fetch_add_explicit(&deal->next, 1, memory_order_relaxed);
    if (piece >= deal->pieces) return;
    deal->piece(deal, piece, own);
  }
}

static void deal_out(struct deal *deal, int threads) {
  atomic_init(&deal->next, 0);
  const size_t workers = least((size_t)threads, deal->pieces);
  kron_eye_base_parallel((int)workers, workers, work, deal);
}

static size_t pieces_of(size_t count, size_t each) {
  return count / each + (count % each != 0);
}

/* Computes some rows, if a part holds whole rows. */
static void do_rows(struct deal *deal, size_t piece, char *worker) {
  const struct kron_eye_operands *o = deal->operands;
  const struct kron_eye_stage *stage = deal->stage;
  const size_t element = kron_eye_base_types[deal->chain->whole.types].y_size;
  const size_t row = piece * stage->parts;
  const struct part part = {.chain = deal->chain,
                            .stage = stage,
                            .batch = least(stage->parts, o->batch - row),
                            .x = (const char *)o->x + row * o->ldx * element,
                            .ldx = o->ldx,
                            .y = (char *)o->y + row * o->ldy * element,
                            .ldy = o->ldy,
                            .finish = o->finish,
                            .worker = worker};
  do_whole(&part);
}

/* Computes some inner x right arrays of one row, or a slice of one. */
static void do_row_part(struct deal *deal, size_t piece, char *worker) {
  const struct kron_eye_operands *o = deal->operands;
  const struct kron_eye_stage *stage = deal->stage;
  const size_t element = kron_eye_base_types[deal->chain->whole.types].y_size;
  const size_t slices = stage->slices, groups = pieces_of(stage->left, stage->parts);
  const size_t r = piece % slices * stage->width, l = piece / slices % groups * stage->parts,
               row = piece / slices / groups;
  const bool last = piece % slices == slices - 1;
  const size_t block_x = stage->in * stage->right, block_y = stage->out * stage->right;
  const struct part part = {.chain = deal->chain,
                            .stage = stage,
                            .batch = least(stage->parts, stage->left - l),
                            .width = last ? stage->right - r : stage->width,
                            .x = (const char *)o->x + (row * o->ldx + l * block_x + r) * element,
                            .ldx = block_x,
                            .y = (char *)o->y + (row * o->ldy + l * block_y + r) * element,
                            .ldy = block_y,
                            .finish = o->finish,
                            .worker = worker};
  if (slices > 1)
    do_slice(&part);
  else
    do_whole(&part);
}

static void do_stage(const struct kron_eye_chain *chain, const struct kron_eye_stage *stage,
                     const struct kron_eye_operands *operands, struct space space, int threads) {
  if (stage->count == 1) {
    kron_eye_run(chain->steps[stage->first].plan, operands);
    return;
  }
  struct deal deal = {.chain = chain, .stage = stage, .operands = operands, .space = space};
  if (stage->left == 1 && stage->slices == 1) {
    deal.piece = do_rows;
    deal.pieces = pieces_of(operands->batch, stage->parts);
  } else {
    deal.piece = do_row_part;
    deal.pieces = operands->batch * pieces_of(stage->left, stage->parts) * stage->slices;
  }
  deal_out(&deal, threads);
}

/* ---------------------------------------------------------------- all stages */

/* One row. */
static void do_stages(const struct kron_eye_chain *chain, size_t row,
                      const struct kron_eye_operands *operands, struct space space, char *rows,
                      int threads) {
  const size_t element = kron_eye_base_types[chain->whole.types].y_size;
  struct kron_eye_operands o = {.batch = 1,
                                .x = (const char *)operands->x + row * operands->ldx * element};
  for (size_t s = 0; s < chain->stage_count; s++) {
    const bool last = s + 1 == chain->stage_count;
    o.y = last ? (char *)operands->y + row * operands->ldy * element : row_buffer(chain, rows, s);
    o.finish = last ? operands->finish : plain_finish;
    do_stage(chain, &chain->stages[s], &o, space, threads);
    o.x = o.y;
  }
}

static void do_whole_row(struct deal *deal, size_t piece, char *worker) {
  const struct kron_eye_chain *chain = deal->chain;
  const struct space space = {NULL, worker};
  do_stages(chain, piece, deal->operands, space, worker + chain->parts_bytes, 1);
}

/* Should each thread take whole rows? Not if many threads would have no row in the last round. */
static bool by_rows(const struct kron_eye_chain *chain, size_t batch, size_t threads) {
  const size_t rounds = pieces_of(batch, threads);
  return chain->rows_apart &&
         (threads == 1 || 5 * (double)batch >= 4.0 * (double)(rounds * threads));
}

void kron_eye_chain_run(const struct kron_eye_chain *chain,
                        const struct kron_eye_operands *operands, void *workspace) {
  if (kron_eye_no_output(&chain->whole, operands->batch)) return;
  if (kron_eye_no_product(&chain->whole, &operands->finish)) {
    kron_eye_run_scale(&chain->whole, operands);
    return;
  }
  struct kron_eye_operands o = *operands;
  if (o.batch == 1) o.ldx = o.ldy = 0; /* strides of a single row are ignored */
  const double work = (double)o.batch * chain->multiply_adds;
  int threads = kron_eye_base_threads(chain->options.threads, work);
  if (threads > chain->workers) threads = chain->workers;
  struct space space = {NULL, NULL};
  if (chain->workspace != 0) {
    space.shared = (char *)workspace + (0 - (uintptr_t)workspace) % KRON_EYE_ALIGNMENT;
    space.workers = space.shared + chain->shared_bytes;
  }
  if (chain->stage_count == 1) {
    do_stage(chain, &chain->stages[0], &o, space, threads);
  } else if (by_rows(chain, o.batch, (size_t)threads)) {
    struct deal deal = {.chain = chain, .operands = &o, .space = space, .pieces = o.batch};
    deal.piece = do_whole_row;
    deal_out(&deal, threads);
  } else {
    char *const rows = chain->rows_apart ? space.workers + chain->parts_bytes : space.shared;
    for (size_t r = 0; r < o.batch; r++) do_stages(chain, r, &o, space, rows, threads);
  }
}
