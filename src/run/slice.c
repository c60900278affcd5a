#include "run/slice.h"

#include <assert.h>

void kron_eye_run_slice(const struct kron_eye_plan *plan, const struct kron_eye_slice *slice) {
  const size_t element = kron_eye_base_types[plan->op.types].y_size;
  struct kron_eye_task task = {.rows = slice->blocks,
                               .n = plan->op.n,
                               .right = slice->right,
                               .x = slice->x,
                               .ldx = slice->x_block,
                               .x_column = slice->x_column,
                               .ldy = slice->y_block,
                               .y_column = slice->y_column,
                               .finish = slice->finish};
  for (size_t p = 0; p < plan->panel_count; p++) {
    const struct kron_eye_panel *panel = &plan->panels[p];
    assert(panel->dense->family == KRON_EYE_LANE || panel->dense->family == KRON_EYE_FIBRE);
    task.outputs = panel->outputs;
    task.w = (const char *)plan->packed + panel->offset;
    task.y = (char *)slice->y + panel->first * slice->y_column * element;
    panel->dense->run(&task);
  }
}
