#include "run/zeros.h"

#include "base/checked_size.h"
#include "plan/thresholds.h"

/* A sample is SAMPLE_COLUMNS neighbouring columns of the rows of one tile. */
enum { SAMPLE_COLUMNS = 16, FIRST_SAMPLES = 16, REMEMBERED_SAMPLES = 32 };

/* Non-zeros of a sample, and columns that have one. */
struct counts {
  size_t nonzeros, columns;
};

/* Inlined with a constant type, this is one tight loop for each. */
static inline struct counts count(enum kron_eye_types types, const void *x, size_t ldx, size_t rows,
                                  size_t width) {
  unsigned in_column[SAMPLE_COLUMNS] = {0};
  for (size_t r = 0; r < rows; r++) {
    const size_t row = r * ldx;
    for (size_t j = 0; j < width; j++) {
      if (types == KRON_EYE_F64)
        in_column[j] += ((const double *)x)[row + j] != 0;
      else if (types == KRON_EYE_U8_F32)
        in_column[j] += ((const uint8_t *)x)[row + j] != 0;
      else
        in_column[j] += ((const float *)x)[row + j] != 0;
    }
  }
  struct counts sum = {0, 0};
  for (size_t j = 0; j < width; j++) {
    sum.nonzeros += in_column[j];
    sum.columns += in_column[j] != 0;
  }
  return sum;
}

static struct counts count_sample(enum kron_eye_types types, const void *x, size_t ldx, size_t rows,
                                  size_t width) {
  if (types == KRON_EYE_F64) return count(KRON_EYE_F64, x, ldx, rows, width);
  if (types == KRON_EYE_U8_F32) return count(KRON_EYE_U8_F32, x, ldx, rows, width);
  return count(KRON_EYE_F32, x, ldx, rows, width);
}

static void take_sample(struct kron_eye_zeros_view *view, const char *x, size_t ldx, size_t rows) {
  const struct kron_eye_operator *op = &view->plan->op;
  const size_t width = least(SAMPLE_COLUMNS, op->n), tile = view->plan->panels[0].columns->mr;
  const size_t height = least(tile, rows);
  const size_t first = view->next % (op->n - width + 1);
  const struct counts counts = count_sample(
      op->types, x + first * kron_eye_problem_types[op->types].x_size, ldx, height, width);
  /* A step that shares no factor with most widths, so that samples come to lie everywhere. */
  view->next += 7 * SAMPLE_COLUMNS + 1;
  view->samples += view->samples < REMEMBERED_SAMPLES;
  const double weight = 1.0 / (double)view->samples;
  view->density += weight * ((double)counts.nonzeros / (double)(width * height) - view->density);
  view->columns += weight * ((double)counts.columns / (double)width - view->columns);
}

static double multiply_adds(const struct kron_eye_plan *plan, size_t rows) {
  return (double)rows * (double)plan->op.m * (double)plan->op.n;
}

struct kron_eye_zeros_view kron_eye_run_zeros_start(const struct kron_eye_plan *plan, const void *x,
                                                    size_t ldx, size_t rows) {
  const bool can_skip = plan->w_finite && plan->panels[0].columns && plan->panels[0].lists &&
                        plan->op.n >= KRON_EYE_SKIP_LEAST_INPUTS;
  struct kron_eye_zeros_view view = {
      .plan = plan, .sampled = can_skip && plan->options.zeros == KRON_EYE_ZEROS_AUTO};
  const double worth = multiply_adds(plan, rows) / KRON_EYE_SAMPLE_FIRST_WORK;
  view.sampled = view.sampled && worth >= 1;
  if (!view.sampled) return view;
  const size_t samples = worth < FIRST_SAMPLES ? (size_t)worth : FIRST_SAMPLES;
  const size_t row_bytes = ldx * kron_eye_problem_types[plan->op.types].x_size;
  for (size_t s = 0; s < samples; s++) {
    const size_t row = s * (rows / samples);
    take_sample(&view, (const char *)x + row * row_bytes, ldx, rows - row);
  }
  return view;
}

enum kron_eye_family kron_eye_run_zeros_way(struct kron_eye_zeros_view *view, const void *x,
                                            size_t ldx, size_t rows) {
  const kron_eye_options *options = &view->plan->options;
  if (!view->sampled)
    return options->zeros == KRON_EYE_ZEROS_SKIP && view->plan->w_finite ? KRON_EYE_COLUMNS
                                                                         : KRON_EYE_PANEL;
  view->unseen += multiply_adds(view->plan, rows);
  if (view->unseen >= KRON_EYE_SAMPLE_NEXT_WORK) {
    take_sample(view, x, ldx, rows);
    view->unseen = 0;
  }
  const struct kron_eye_skip_cost *cost = &kron_eye_skip_costs[view->plan->isa];
  const double narrow = view->plan->narrowness;
  const double columns = cost->columns_start * narrow + cost->columns_slope * view->columns;
  const double lists = cost->lists_start * narrow + cost->lists_slope * view->density;
  if (columns >= kron_eye_skip_below && lists >= kron_eye_skip_below) return KRON_EYE_PANEL;
  return columns <= lists ? KRON_EYE_COLUMNS : KRON_EYE_LISTS;
}
