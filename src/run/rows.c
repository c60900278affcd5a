#include "run/rows.h"

#include "base/checked_size.h"
#include "plan/thresholds.h"
#include "run/threads.h"
#include "run/zeros.h"

/*
 * The blocks (r, a) of the problem as evenly spaced kernel rows: `runs` runs of `rows` rows.
 * Strides in elements.
 */
struct spacing {
  size_t runs, rows;
  size_t x_run, x_row, y_run, y_row;
};

static struct spacing space(const struct kron_eye_operator *op,
                            const struct kron_eye_operands *operands) {
  const size_t batch = operands->batch, left = op->left, n = op->n, m = op->m;
  const size_t ldx = operands->ldx, ldy = operands->ldy;
  /* No gaps between rows: all blocks follow one another. */
  if (batch == 1 || (ldx == left * n && ldy == left * m))
    return (struct spacing){1, batch * left, 0, n, 0, m};
  /* Else the longer of: block a of every row, or the blocks of row r. */
  if (batch >= left) return (struct spacing){left, batch, n, ldx, m, ldy};
  return (struct spacing){batch, left, ldx, n, ldy, m};
}

/* The kernel that does the panel's product in this way. */
static kron_eye_kernel *kernel_for(const struct kron_eye_panel *panel, enum kron_eye_family way) {
  if (way == KRON_EYE_COLUMNS && panel->columns) return panel->columns->run;
  if (way == KRON_EYE_LISTS && panel->lists) return panel->lists->run;
  return panel->dense->run;
}

/* `rows` rows from x through all panels. `after` more follow. */
static void multiply(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands,
                     const struct spacing *s, size_t rows, size_t after, const char *x, char *y,
                     enum kron_eye_family way) {
  const size_t element = kron_eye_problem_types[plan->op.types].y_size;
  for (size_t p = 0; p < plan->panel_count; p++) {
    const struct kron_eye_panel *panel = &plan->panels[p];
    const struct kron_eye_task task = {.rows = rows,
                                       .rows_after = p + 1 == plan->panel_count ? after : 0,
                                       .n = plan->op.n,
                                       .outputs = panel->outputs,
                                       .x = x,
                                       .ldx = s->x_row,
                                       .w = panel->w,
                                       .y = y + panel->first * element,
                                       .ldy = s->y_row,
                                       .alpha = operands->alpha,
                                       .beta = operands->beta};
    kernel_for(panel, way)(&task);
  }
}

/* Rows that share one choice about zeros and stay in cache from panel to panel. */
static size_t group_rows(const struct kron_eye_plan *plan) {
  const struct kron_eye_types_info *type = &kron_eye_problem_types[plan->op.types];
  const size_t x_bytes = plan->op.n * type->x_size, y_bytes = plan->op.m * type->y_size;
  const size_t fitting =
      x_bytes >= y_bytes ? KRON_EYE_GROUP_BYTES / x_bytes : KRON_EYE_GROUP_Y_BYTES / y_bytes;
  const size_t mr = plan->panels[0].dense->mr;
  if (fitting >= KRON_EYE_GROUP_ROWS) return KRON_EYE_GROUP_ROWS;
  return fitting > mr ? fitting / mr * mr : mr;
}

/* Kernel rows [begin, end), counted through all runs. */
static void walk(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands,
                 const struct spacing *s, struct kron_eye_zeros_view zeros, size_t begin,
                 size_t end) {
  const struct kron_eye_types_info *type = &kron_eye_problem_types[plan->op.types];
  const size_t group = group_rows(plan);
  zeros.next += begin; /* other pieces look at other columns */
  while (begin < end) {
    const size_t run = begin / s->rows, row = begin % s->rows;
    const size_t in_run = least(s->rows - row, end - begin);
    const size_t rows = least(group, in_run);
    const char *x = (const char *)operands->x + (run * s->x_run + row * s->x_row) * type->x_size;
    char *y = (char *)operands->y + (run * s->y_run + row * s->y_row) * type->y_size;
    const enum kron_eye_family way = kron_eye_run_zeros_way(&zeros, x, s->x_row, rows);
    multiply(plan, operands, s, rows, in_run - rows, x, y, way);
    begin += rows;
  }
}

void kron_eye_run_rows(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands) {
  const struct spacing s = space(&plan->op, operands);
  const size_t total = s.runs * s.rows;
  const double work = (double)total * (double)plan->op.m * (double)plan->op.n;
  const struct kron_eye_zeros_view zeros =
      kron_eye_run_zeros_start(plan, operands->x, s.x_row, s.rows);
  const int threads = kron_eye_run_threads(plan->options.threads, work);
  if (threads <= 1) {
    walk(plan, operands, &s, zeros, 0, total);
    return;
  }
  const size_t group = group_rows(plan);
  const size_t pieces_wanted = (size_t)threads * KRON_EYE_THREAD_PIECES;
  const size_t groups = (total + group - 1) / group;
  const size_t piece = (groups + pieces_wanted - 1) / pieces_wanted * group;
  const ptrdiff_t pieces = (ptrdiff_t)((total + piece - 1) / piece);
#if defined(_OPENMP)
#pragma omp parallel for schedule(dynamic) num_threads(threads)
#endif
  for (ptrdiff_t p = 0; p < pieces; p++) {
    const size_t begin = (size_t)p * piece;
    walk(plan, operands, &s, zeros, begin, least(begin + piece, total));
  }
}
