/*
 * How the blocks (r, a) of a problem are divided, from large to small:
 *
 *     run     evenly spaced blocks (problem/loops.h)
 *     share   the work that a thread takes at a time: some groups, and all or some of their strips
 *     group   blocks that stay in cache while all their strips and panels are computed, and share
 *             one choice about zeros
 *     strip   some c of the blocks; all c if right = 1
 *     tile    the outputs that a kernel keeps in registers
 */
#include "run/rows.h"

#include "base/checked_size.h"
#include "base/threads.h"
#include "base/thresholds.h"
#include "problem/loops.h"
#include "run/zeros.h"

/* One call. */
struct walk {
  const struct kron_eye_plan *plan;
  const struct kron_eye_operands *operands;
  const struct kron_eye_loops *loops;
  bool can_skip;                           /* zeros */
  const struct kron_eye_zeros_view *zeros; /* at the first block, where they can be skipped */
  size_t blocks, strips;                   /* of all runs; of a block */
  bool far;                                /* x as a whole is more than the caches hold */
  size_t share, slices; /* blocks of a share; parts into which its strips are cut */
};

/* The panel's kernel of this family, or its dense kernel if there is none. */
static kron_eye_kernel *kernel_for(const struct kron_eye_panel *panel, enum kron_eye_family way) {
  if (way == KRON_EYE_COLUMNS && panel->columns) return panel->columns->run;
  if (way == KRON_EYE_LISTS && panel->lists) return panel->lists->run;
  return panel->dense->run;
}

/* The fields that are the same in all tasks. They are set once per share, because filling in a task
   takes longer than a small product. */
static struct kron_eye_task task_of(const struct walk *walk) {
  const struct kron_eye_operator *op = &walk->plan->op;
  return (struct kron_eye_task){.far = walk->far,
                                .n = op->n,
                                .ldx = walk->loops->x_row,
                                .x_column = op->right,
                                .ldy = walk->loops->y_row,
                                .y_column = op->right,
                                .finish = walk->operands->finish};
}

/* The rows of a task: those from `from` on of a run; `after` more of the run follow. All panels are
   computed for one of their strips [first, last) after the other. */
struct place {
  size_t run, from, after, first, last;
};

static size_t strip_width(const struct walk *walk, size_t strip) {
  const struct kron_eye_plan *plan = walk->plan;
  return strip + 1 == walk->strips ? plan->op.right - strip * plan->strip : plan->strip;
}

/* What a strip of one block reads: n columns. */
struct columns {
  const char *x; /* NULL: nothing */
  size_t bytes;  /* of each */
};

/* The strip that is computed after this one, if it is fetched ahead. */
static struct columns next_strip(const struct walk *walk, const struct kron_eye_task *task,
                                 const struct place *place, size_t strip) {
  const struct kron_eye_plan *plan = walk->plan;
  const size_t x_size = kron_eye_base_types[plan->op.types].x_size;
  const char *x = task->x;
  if (plan->panels[0].dense->family != KRON_EYE_LANE || task->rows > 1 ||
      plan->panel_count < KRON_EYE_LANE_AHEAD_PANELS)
    return (struct columns){.x = NULL};
  if (strip + 1 < place->last)
    return (struct columns){x + task->right * x_size, strip_width(walk, strip + 1) * x_size};
  if (place->after == 0) return (struct columns){.x = NULL};
  const char *row = x - strip * plan->strip * x_size;
  return (struct columns){row + (task->ldx + place->first * plan->strip) * x_size,
                          strip_width(walk, place->first) * x_size};
}

/* Fetches the part of the next strip that falls to panel p, into the second level. Always inlined:
   gcc drops calls of functions that only prefetch. */
__attribute__((always_inline)) static inline void fetch(const struct kron_eye_plan *plan,
                                                        const struct columns *next, size_t p) {
  enum { LINE = 64 };
  const size_t n = plan->op.n, step = plan->op.right * kron_eye_base_types[plan->op.types].x_size;
  const size_t end = n * (p + 1) / plan->panel_count;
  for (size_t j = n * p / plan->panel_count; j < end; j++)
    for (size_t b = 0; b < next->bytes; b += LINE) __builtin_prefetch(next->x + j * step + b, 0, 2);
}

/* Where x, y, W and the bias of a task's rows begin for c and the first panel. */
static void locate(const struct walk *walk, struct kron_eye_task *task, const struct place *place,
                   size_t c) {
  const struct kron_eye_plan *plan = walk->plan;
  const struct kron_eye_loops *loops = walk->loops;
  const struct kron_eye_types_info *type = &kron_eye_base_types[plan->op.types];
  const struct kron_eye_finish *finish = &walk->operands->finish;
  const size_t x = place->run * loops->x_run + place->from * loops->x_row + c,
               y = place->run * loops->y_run + place->from * loops->y_row + c;
  const size_t block = loops->run_is_block ? place->run : 0;
  task->x = (const char *)walk->operands->x + x * type->x_size;
  task->y = (char *)walk->operands->y + y * type->y_size;
  task->w = (const char *)plan->packed + block * plan->block_bytes;
  if (finish->bias)
    task->finish.bias = (const char *)finish->bias + block * finish->bias_block * type->y_size;
}

/* Computes all strips of the place in one task of all panels. */
static void do_together(const struct walk *walk, struct kron_eye_task *task,
                        const struct place *place) {
  const struct kron_eye_plan *plan = walk->plan;
  const size_t begin = place->first * plan->strip;
  const size_t end = place->last == walk->strips ? plan->op.right : place->last * plan->strip;
  locate(walk, task, place, begin);
  task->right = end - begin;
  task->rows_after = place->after;
  task->outputs = plan->op.m;
  task->panels = plan->panel_count;
  plan->panels[0].dense->run(task);
}

/* Computes all panels for one strip of the task's rows. */
static void do_strip(const struct walk *walk, struct kron_eye_task *task, const struct place *place,
                     size_t strip, enum kron_eye_family way) {
  const struct kron_eye_plan *plan = walk->plan;
  const size_t y_size = kron_eye_base_types[plan->op.types].y_size, right = plan->op.right;
  locate(walk, task, place, strip * plan->strip);
  const char *w = task->w, *bias = task->finish.bias;
  char *y = task->y;
  task->right = strip_width(walk, strip);
  const struct columns next = next_strip(walk, task, place, strip);
  for (size_t p = 0; p < plan->panel_count; p++) {
    const struct kron_eye_panel *panel = &plan->panels[p];
    task->rows_after = p + 1 == plan->panel_count ? place->after : 0;
    task->outputs = panel->outputs;
    task->w = w + panel->offset;
    task->y = y + panel->first * right * y_size;
    if (bias) task->finish.bias = bias + panel->first * y_size;
    if (next.x) fetch(plan, &next, p);
    kernel_for(panel, way)(task);
  }
}

/* Computes the strips [first, last) of blocks [begin, end), which are numbered through all runs. If
   a run is one small block, the work done per run matters. */
static void do_blocks(const struct walk *walk, size_t begin, size_t end, size_t first,
                      size_t last) {
  const struct kron_eye_loops *loops = walk->loops;
  const size_t x_size = kron_eye_base_types[walk->plan->op.types].x_size;
  const bool can_skip = walk->can_skip;
  const bool together = walk->plan->together && walk->operands->finish.beta == 0;
  struct kron_eye_zeros_view zeros;
  if (can_skip) {
    zeros = *walk->zeros;
    zeros.next += begin; /* so that different shares sample different columns */
  }
  struct kron_eye_task task = task_of(walk);
  size_t run = loops->runs == 1 ? 0 : begin / loops->rows, row = begin - run * loops->rows;
  while (begin < end) {
    const size_t in_run = least(loops->rows - row, end - begin);
    const size_t rows = least(walk->plan->group, in_run);
    enum kron_eye_family way = KRON_EYE_PANEL;
    if (can_skip) {
      const size_t x = run * loops->x_run + row * loops->x_row;
      way = kron_eye_run_zeros_way(&zeros, (const char *)walk->operands->x + x * x_size,
                                   loops->x_row, rows);
    }
    task.rows = rows;
    const struct place place = {run, row, in_run - rows, first, last};
    if (together)
      do_together(walk, &task, &place);
    else
      for (size_t strip = first; strip < last; strip++) do_strip(walk, &task, &place, strip, way);
    if (can_skip) kron_eye_run_zeros_done(&zeros, rows);
    begin += rows;
    row += rows;
    if (row == loops->rows) {
      row = 0;
      run++;
    }
  }
}

/* Is each run of the walk one task? */
static bool runs_are_tasks(const struct walk *walk) {
  return walk->plan->panel_count == 1 && walk->strips == 1 && !walk->can_skip &&
         walk->loops->rows <= walk->plan->group;
}

/* Computes all runs if each is one task: a W for each block, and few rows. Only pointers change
   from one run to the next; the work of do_blocks() per run takes as long as a product of 5 x 5. */
static void do_runs(const struct walk *walk) {
  const struct kron_eye_plan *plan = walk->plan;
  const struct kron_eye_loops *loops = walk->loops;
  const struct kron_eye_operands *operands = walk->operands;
  const struct kron_eye_types_info *type = &kron_eye_base_types[plan->op.types];
  const struct kron_eye_panel *panel = &plan->panels[0];
  const size_t x_run = loops->x_run * type->x_size, y_run = loops->y_run * type->y_size;
  const size_t w_run = loops->run_is_block ? plan->block_bytes : 0;
  const size_t bias_run = operands->finish.bias_block * type->y_size; /* not 0: a run is a block */
  struct kron_eye_task task = task_of(walk);
  task.rows = loops->rows;
  task.right = plan->op.right;
  task.outputs = panel->outputs;
  for (size_t run = 0; run < loops->runs; run++) {
    task.x = (const char *)operands->x + run * x_run;
    task.w = (const char *)plan->packed + panel->offset + run * w_run;
    task.y = (char *)operands->y + run * y_run;
    if (bias_run) task.finish.bias = (const char *)operands->finish.bias + run * bias_run;
    panel->dense->run(&task);
  }
}

/* Divides the work into shares of whole groups. There are several shares per thread, so that a slow
   thread can leave work to others. If there are too few groups, their strips are divided too. */
static void cut_shares(struct walk *walk, int threads) {
  const size_t wanted = (size_t)threads * KRON_EYE_THREAD_PIECES;
  const size_t groups = (walk->blocks + walk->plan->group - 1) / walk->plan->group;
  walk->share = (groups + wanted - 1) / wanted * walk->plan->group;
  const size_t shares = (walk->blocks + walk->share - 1) / walk->share;
  walk->slices = least(walk->strips, (wanted + shares - 1) / shares);
}

static void do_share(void *context, size_t piece) {
  const struct walk *walk = context;
  const size_t begin = piece / walk->slices * walk->share, slice = piece % walk->slices;
  do_blocks(walk, begin, least(begin + walk->share, walk->blocks),
            walk->strips * slice / walk->slices, walk->strips * (slice + 1) / walk->slices);
}

void kron_eye_run_rows(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands) {
  const struct kron_eye_operator *op = &plan->op;
  const bool apart = op->w_block != 0 || operands->finish.bias_block != 0;
  const struct kron_eye_loops loops = kron_eye_problem_loops(op, operands, apart);
  struct walk walk = {
      .plan = plan, .operands = operands, .loops = &loops, .blocks = loops.runs * loops.rows};
  walk.far =
      (double)walk.blocks * (double)loops.x_row * (double)kron_eye_base_types[op->types].x_size >
      KRON_EYE_FAR_BYTES;
  walk.strips = plan->strip == op->right ? 1 : op->right / plan->strip;
  struct kron_eye_ways ways = {0};
  struct kron_eye_zeros_view zeros;
  walk.can_skip = kron_eye_run_zeros_may_skip(plan);
  if (walk.can_skip) {
    zeros =
        kron_eye_run_zeros_start(plan, &ways, operands->x, loops.x_row, loops.rows, walk.blocks);
    walk.can_skip = zeros.can_skip;
    walk.zeros = &zeros;
  }
  const double work = (double)walk.blocks * (double)op->m * (double)op->n * (double)op->right;
  const int threads = kron_eye_base_threads(plan->options.threads, work);
  if (threads <= 1 && runs_are_tasks(&walk)) {
    do_runs(&walk);
    return;
  }
  if (threads <= 1) {
    do_blocks(&walk, 0, walk.blocks, 0, walk.strips);
    return;
  }
  cut_shares(&walk, threads);
  const size_t shares = (walk.blocks + walk.share - 1) / walk.share;
  kron_eye_base_parallel(threads, shares * walk.slices, do_share, &walk);
}
