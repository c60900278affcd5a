#include "run/zeros.h"

#include "plan/thresholds.h"

/* A sample is SAMPLE_COLUMNS neighbouring columns of the rows of one tile. */
enum { SAMPLE_COLUMNS = 16, FIRST_SAMPLES = 8 };

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

static bool is_zero(enum kron_eye_types types, const void *x, size_t j) {
  if (types == KRON_EYE_F64) return ((const double *)x)[j] == 0;
  if (types == KRON_EYE_U8_F32) return ((const uint8_t *)x)[j] == 0;
  return ((const float *)x)[j] == 0;
}

struct kron_eye_zeros_view kron_eye_run_zeros_start(const struct kron_eye_plan *plan, size_t seed) {
  const bool can_skip = plan->w_finite && plan->panels[0].columns && plan->panels[0].lists;
  return (struct kron_eye_zeros_view){.plan = plan,
                                      .sampled =
                                          can_skip && plan->options.zeros == KRON_EYE_ZEROS_AUTO,
                                      .next = seed * SAMPLE_COLUMNS};
}

static void take_sample(struct kron_eye_zeros_view *view, const char *x, size_t ldx, size_t rows) {
  const enum kron_eye_types types = view->plan->op.types;
  const size_t n = view->plan->op.n, width = least(SAMPLE_COLUMNS, n);
  const size_t first = view->next % (n - width + 1);
  size_t nonzeros = 0, columns = 0;
  for (size_t j = first; j < first + width; j++) {
    size_t in_column = 0;
    for (size_t r = 0; r < rows; r++)
      in_column += !is_zero(types, x + r * ldx * kron_eye_problem_types[types].x_size, j);
    nonzeros += in_column;
    columns += in_column != 0;
  }
  /* A step that shares no factor with most widths, so that samples come to lie everywhere. */
  view->next += 7 * SAMPLE_COLUMNS + 1;
  view->samples++;
  const double weight = view->samples < 8 ? 1.0 / (double)view->samples : 1.0 / 8;
  view->density += weight * ((double)nonzeros / (double)(width * rows) - view->density);
  view->columns += weight * ((double)columns / (double)width - view->columns);
}

enum kron_eye_family kron_eye_run_zeros_way(struct kron_eye_zeros_view *view, const void *x,
                                            size_t ldx, size_t rows) {
  const struct kron_eye_panel *panel = &view->plan->panels[0];
  if (view->sampled) {
    const size_t tile = least(panel->columns->mr, rows);
    const size_t wanted = view->samples == 0 ? FIRST_SAMPLES : 1;
    for (size_t s = 0; s < wanted; s++) take_sample(view, x, ldx, tile);
  } else if (view->plan->options.zeros == KRON_EYE_ZEROS_MULTIPLY || !view->plan->w_finite) {
    return KRON_EYE_PANEL;
  }
  const double columns = kron_eye_columns_cost(view->columns);
  const double lists = kron_eye_lists_cost(view->density);
  if (view->sampled && columns >= kron_eye_skip_below && lists >= kron_eye_skip_below)
    return KRON_EYE_PANEL;
  return columns <= lists ? KRON_EYE_COLUMNS : KRON_EYE_LISTS;
}
