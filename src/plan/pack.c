/*
 * W -> packed panels.
 *
 * panel, columns, lists: packed[j * nr + i] = W[first + i, j], a column of the panel side by side.
 * dot:                   packed[i * padded + j] = W[first + i, j], padded = n up to whole vectors.
 * Places beyond W hold 0.
 */
#include "base/checked_size.h"
#include "plan/plan.h"

#include <math.h>
#include <string.h>

/* Columns of W at a time: as many lines of the panel stay in the first level from row to row. */
enum { COLUMNS = 64 };

static size_t whole(size_t n, size_t lanes) {
  return (n + lanes - 1) / lanes * lanes;
}

size_t kron_eye_plan_panel_elements(const struct kron_eye_panel *panel, size_t n, size_t lanes) {
  return panel->dense->nr * (panel->dense->family == KRON_EYE_DOT ? whole(n, lanes) : n);
}

/* Copies a part of a row of W to places `step` apart; returns whether all is finite. */
static bool copy_row_f32(float *to, size_t step, const float *from, size_t n) {
  int finite = 1;
  for (size_t j = 0; j < n; j++) {
    to[j * step] = from[j];
    finite &= isfinite(from[j]) != 0;
  }
  return finite;
}

static bool copy_row_f64(double *to, size_t step, const double *from, size_t n) {
  int finite = 1;
  for (size_t j = 0; j < n; j++) {
    to[j * step] = from[j];
    finite &= isfinite(from[j]) != 0;
  }
  return finite;
}

bool kron_eye_plan_pack(const struct kron_eye_operator *op, const struct kron_eye_panel *panel,
                        size_t lanes, void *packed) {
  const bool dot = panel->dense->family == KRON_EYE_DOT;
  const size_t row_step = dot ? whole(op->n, lanes) : 1, column_step = dot ? 1 : panel->dense->nr;
  const size_t element = kron_eye_problem_types[op->types].y_size;
  memset(packed, 0, kron_eye_plan_panel_elements(panel, op->n, lanes) * element);
  bool finite = true;
  for (size_t j = 0; j < op->n; j += COLUMNS) {
    const size_t columns = least(COLUMNS, op->n - j);
    for (size_t i = 0; i < panel->outputs; i++) {
      char *to = (char *)packed + (i * row_step + j * column_step) * element;
      const char *from = (const char *)op->w + ((panel->first + i) * op->ldw + j) * element;
      finite &= element == sizeof(float)
                    ? copy_row_f32((float *)to, column_step, (const float *)from, columns)
                    : copy_row_f64((double *)to, column_step, (const double *)from, columns);
    }
  }
  return finite;
}
