#include "run/zeros.h"

#include "base/checked_size.h"
#include "base/clock.h"
#include "base/nonzero.h"
#include "base/thresholds.h"

#include <math.h>

/* The non-zeros of a sample, and the columns that contain one. */
struct counts {
  size_t nonzeros, columns;
};

/* Compares the bits of floats as integers, so that no floating-point exception is raised. Inlined
   with a constant type, this is one tight loop for each. */
static inline struct counts count(enum kron_eye_types types, const void *x, size_t ldx, size_t rows,
                                  size_t width) {
  unsigned in_column[KRON_EYE_SAMPLE_COLUMNS] = {0};
  for (size_t r = 0; r < rows; r++) {
    const size_t row = r * ldx;
    for (size_t j = 0; j < width; j++) {
      if (types == KRON_EYE_F64)
        in_column[j] += kron_eye_nonzero_f64((const double *)x + row + j);
      else if (types == KRON_EYE_U8_F32)
        in_column[j] += ((const uint8_t *)x)[row + j] != 0;
      else
        in_column[j] += kron_eye_nonzero_f32((const float *)x + row + j);
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
  const size_t width = least(KRON_EYE_SAMPLE_COLUMNS, op->n),
               tile = view->plan->panels[0].columns->mr;
  const size_t height = least(tile, rows);
  const size_t first = view->next % (op->n - width + 1);
  const struct counts counts = count_sample(
      op->types, x + first * kron_eye_base_types[op->types].x_size, ldx, height, width);
  /* The step has no common factor with most widths, so that in time samples cover all columns. */
  view->next += 7 * KRON_EYE_SAMPLE_COLUMNS + 1;
  view->samples += view->samples < KRON_EYE_SAMPLES_REMEMBERED;
  const double weight = 1.0 / (double)view->samples;
  view->density += weight * ((double)counts.nonzeros / (double)(width * height) - view->density);
  view->columns += weight * ((double)counts.columns / (double)width - view->columns);
}

/* If the rounding mode is downward, 0 - 0 is -0, and a sum depends on the zeros that are added to
   it, so none may be skipped. The test uses arithmetic because the mode may be set in MXCSR only.
 */
bool kron_eye_run_rounds_downward(void) {
  volatile float zero = 0;
  return signbit(zero - zero) != 0;
}

static double multiply_adds(const struct kron_eye_plan *plan, size_t rows) {
  return (double)rows * (double)plan->op.m * (double)plan->op.n;
}

bool kron_eye_run_zeros_may_skip(const struct kron_eye_plan *plan) {
  const struct kron_eye_panel *panel = &plan->panels[0];
  const int option = plan->options.zeros;
  if (!panel->columns || !panel->lists || !plan->w_finite) return false;
  return option == KRON_EYE_ZEROS_SKIP ||
         (option == KRON_EYE_ZEROS_AUTO && plan->op.n >= KRON_EYE_SKIP_MIN_INPUTS);
}

struct kron_eye_zeros_view kron_eye_run_zeros_start(const struct kron_eye_plan *plan,
                                                    struct kron_eye_ways *ways, const void *x,
                                                    size_t ldx, size_t rows, size_t blocks) {
  const bool automatic = plan->options.zeros == KRON_EYE_ZEROS_AUTO;
  const double worth = multiply_adds(plan, rows) / KRON_EYE_SAMPLE_FIRST_WORK;
  const bool can_skip = kron_eye_run_zeros_may_skip(plan) && (!automatic || worth >= 1) &&
                        !kron_eye_run_rounds_downward();
  struct kron_eye_zeros_view view = {
      .plan = plan, .ways = ways, .can_skip = can_skip, .sampled = can_skip && automatic};
  if (!view.sampled) return view;
  kron_eye_run_ways_start(ways, blocks / plan->group);
  const size_t samples = worth < KRON_EYE_SAMPLES_FIRST ? (size_t)worth : KRON_EYE_SAMPLES_FIRST;
  const size_t row_bytes = ldx * kron_eye_base_types[plan->op.types].x_size;
  for (size_t s = 0; s < samples; s++) {
    const size_t row = s * (rows / samples);
    take_sample(&view, (const char *)x + row * row_bytes, ldx, rows - row);
  }
  return view;
}

/* Samples the next rows, often enough that a change of density is noticed within some groups. */
static void look(struct kron_eye_zeros_view *view, const char *x, size_t ldx, size_t rows) {
  const size_t row_bytes = ldx * kron_eye_base_types[view->plan->op.types].x_size;
  view->unseen += multiply_adds(view->plan, rows);
  for (int s = 0; s < KRON_EYE_SAMPLES_GROUP && view->unseen >= KRON_EYE_SAMPLE_NEXT_WORK; s++) {
    const size_t row = rows * (size_t)s / KRON_EYE_SAMPLES_GROUP;
    take_sample(view, x + row * row_bytes, ldx, rows - row);
    view->unseen -= KRON_EYE_SAMPLE_NEXT_WORK;
  }
  if (view->unseen >= KRON_EYE_SAMPLE_NEXT_WORK) view->unseen = 0;
}

static struct kron_eye_estimates estimates(const struct kron_eye_zeros_view *view) {
  const struct kron_eye_skip_cost *cost = &kron_eye_skip_costs[view->plan->isa];
  const double narrow = view->plan->narrowness;
  struct kron_eye_estimates e = {.excess = 0};
  e.of[KRON_EYE_PANEL] = kron_eye_run_ways_skew[KRON_EYE_PANEL];
  e.of[KRON_EYE_COLUMNS] = (cost->columns_start * narrow + cost->columns_slope * view->columns) *
                           kron_eye_run_ways_skew[KRON_EYE_COLUMNS];
  e.of[KRON_EYE_LISTS] = (cost->lists_start * narrow + cost->lists_slope * view->density) *
                         kron_eye_run_ways_skew[KRON_EYE_LISTS];
  return e;
}

enum kron_eye_family kron_eye_run_zeros_way(struct kron_eye_zeros_view *view, const void *x,
                                            size_t ldx, size_t rows) {
  if (!view->sampled)
    return view->can_skip && view->plan->options.zeros == KRON_EYE_ZEROS_SKIP ? KRON_EYE_COLUMNS
                                                                              : KRON_EYE_PANEL;
  look(view, x, ldx, rows);
  view->estimates = estimates(view);
  view->way = kron_eye_run_ways_choose(view->ways, &view->estimates);
  if (view->ways->budget != 0) view->begun = kron_eye_base_clock();
  return view->way;
}

void kron_eye_run_zeros_done(const struct kron_eye_zeros_view *view, size_t rows) {
  if (!view->sampled || view->ways->budget == 0) return;
  kron_eye_run_ways_learn(view->ways, view->way, &view->estimates, multiply_adds(view->plan, rows),
                          (double)(kron_eye_base_clock() - view->begun));
}
