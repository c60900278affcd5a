/*
 * The blocks and rows of a problem as a table, which is cut into pieces: some rows of some
 * neighbouring blocks, whose Ws stay in cache from one tile of rows to the next.
 */
#include "run/each.h"

#include "base/checked_size.h"
#include "base/threads.h"
#include "base/thresholds.h"

struct table {
  const struct kron_eye_plan *plan;
  const struct kron_eye_operands *operands;
  size_t rows, blocks;   /* of a piece */
  size_t across, pieces; /* pieces beside one another, of all blocks; all pieces */
};

bool kron_eye_run_walks(const struct kron_eye_plan *plan) {
  return plan->panels[0].dense->family == KRON_EYE_EACH;
}

static void do_piece(void *context, size_t piece) {
  const struct table *t = context;
  const struct kron_eye_operator *op = &t->plan->op;
  const struct kron_eye_operands *operands = t->operands;
  const struct kron_eye_types_info *type = &kron_eye_base_types[op->types];
  const struct kron_eye_kernel_info *kernel = t->plan->panels[0].dense;
  const size_t row = piece / t->across * t->rows, block = piece % t->across * t->blocks;
  struct kron_eye_task task = {.rows = least(t->rows, operands->batch - row),
                               .blocks = least(t->blocks, op->left - block),
                               .n = op->n,
                               .outputs = op->m,
                               .right = 1,
                               .ldx = operands->ldx,
                               .x_column = 1,
                               .ldy = operands->ldy,
                               .y_column = 1,
                               .finish = operands->finish};
  if (operands->batch == 1) task.ldx = task.ldy = 0; /* they are ignored */
  task.x = (const char *)operands->x + (row * task.ldx + block * op->n) * type->x_size;
  task.y = (char *)operands->y + (row * task.ldy + block * op->m) * type->y_size;
  task.w = (const char *)t->plan->packed + block * t->plan->block_bytes;
  if (task.finish.bias)
    task.finish.bias =
        (const char *)task.finish.bias + block * task.finish.bias_block * type->y_size;
  kernel->run(&task);
}

/* Pieces for one thread: all rows of as many blocks as cache their Ws, or of all blocks if no W is
   needed twice. */
static void cut(struct table *t) {
  const size_t batch = t->operands->batch, left = t->plan->op.left;
  const size_t cached = KRON_EYE_EACH_BYTES / t->plan->block_bytes;
  t->rows = batch;
  t->blocks = batch <= t->plan->panels[0].dense->mr ? left : least(cached > 0 ? cached : 1, left);
}

/* Smaller ones, so that there are several for each thread. */
static void cut_for_threads(struct table *t, size_t wanted) {
  const size_t batch = t->operands->batch, left = t->plan->op.left;
  t->blocks = least(t->blocks, ceiling(left, wanted));
  const size_t slices = ceiling(wanted, ceiling(left, t->blocks));
  t->rows = ceiling(batch, slices);
}

void kron_eye_run_each(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands) {
  const struct kron_eye_operator *op = &plan->op;
  const double work = (double)operands->batch * (double)op->left * (double)op->m * (double)op->n;
  const int threads = kron_eye_base_threads(plan->options.threads, work);
  struct table t = {.plan = plan, .operands = operands};
  cut(&t);
  if (threads > 1) cut_for_threads(&t, (size_t)threads * KRON_EYE_THREAD_PIECES);
  t.across = ceiling(op->left, t.blocks);
  t.pieces = t.across * ceiling(operands->batch, t.rows);
  if (threads > 1) {
    kron_eye_base_parallel(threads, t.pieces, do_piece, &t);
    return;
  }
  for (size_t piece = 0; piece < t.pieces; piece++) do_piece(&t, piece);
}
