/* Finds out which part of the product has to be computed, and calls the route that computes it. */
#include "run/run.h"

#include "problem/loops.h"
#include "run/blas.h"
#include "run/each.h"
#include "run/rows.h"
#include "run/scale.h"

/* Is this a product of a few consecutive blocks? The preparations of run/rows.c for more blocks
   would take several times as long as a small product. */
static bool is_few(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands) {
  const struct kron_eye_operator *op = &plan->op;
  const size_t batch = operands->batch;
  if (batch != 1 && (batch > plan->few || operands->ldx != op->left * plan->task.ldx ||
                     operands->ldy != op->left * plan->task.ldy))
    return false;
  return batch * op->left - 1 < plan->few && operands->finish.alpha != 0 &&
         operands->finish.bias_block == 0;
}

/* Runs the panel's task for these blocks. */
static void run_panel(const struct kron_eye_plan *plan, const struct kron_eye_panel *panel,
                      const struct kron_eye_operands *operands, struct kron_eye_task *task) {
  const size_t element = kron_eye_base_types[plan->op.types].y_size, first = panel->first;
  const char *bias = operands->finish.bias;
  task->outputs = panel->outputs;
  task->w = (const char *)plan->packed + panel->offset;
  task->y = (char *)operands->y + first * plan->op.right * element;
  if (bias) task->finish.bias = bias + first * element;
  panel->dense->run(task);
}

static void run_few(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands) {
  struct kron_eye_task task = plan->task;
  task.rows = operands->batch * plan->op.left;
  task.x = operands->x;
  if (operands->finish.epilogue) {
    task.finish = operands->finish;
  } else { /* one by one: copying them together waits for both to have been written */
    task.finish.beta = operands->finish.beta;
    task.finish.alpha = operands->finish.alpha;
  }
  for (size_t p = 0; p < plan->panel_count; p++) run_panel(plan, &plan->panels[p], operands, &task);
}

void kron_eye_run(const struct kron_eye_plan *plan, const struct kron_eye_operands *operands) {
  if (is_few(plan, operands)) {
    run_few(plan, operands);
    return;
  }
  if (plan->blas) {
    kron_eye_run_unplanned(&plan->copy, operands);
    return;
  }
  if (kron_eye_no_output(&plan->op, operands->batch)) return;
  if (kron_eye_no_product(&plan->op, &operands->finish))
    kron_eye_run_scale(&plan->op, operands);
  else if (kron_eye_run_walks(plan))
    kron_eye_run_each(plan, operands);
  else
    kron_eye_run_rows(plan, operands);
}

void kron_eye_run_unplanned(const struct kron_eye_operator *op,
                            const struct kron_eye_operands *operands) {
  if (kron_eye_no_output(op, operands->batch)) return;
  if (kron_eye_no_product(op, &operands->finish))
    kron_eye_run_scale(op, operands);
  else
    kron_eye_run_blas(op, operands, KRON_EYE_BLAS_LIMIT);
}
