#include "run/scale.h"

#include "plan/plan.h"
#include "problem/loops.h"

void kron_eye_run_scale(const struct kron_eye_operator *op,
                        const struct kron_eye_operands *operands) {
  const size_t element = kron_eye_base_types[op->types].y_size;
  const struct kron_eye_finish *finish = &operands->finish;
  const struct kron_eye_kernel_info *kernel = kron_eye_plan_scale_kernel(op->types);
  struct kron_eye_task task = {
      .n = 0, .outputs = op->m, .right = op->right, .y_column = op->right, .finish = *finish};
  const struct kron_eye_loops loops = kron_eye_problem_loops(op, operands, finish->bias_block != 0);
  task.rows = loops.rows;
  task.ldy = loops.y_row;
  for (size_t run = 0; run < loops.runs; run++) {
    task.y = (char *)operands->y + run * loops.y_run * element;
    if (finish->bias_block != 0)
      task.finish.bias = (const char *)finish->bias + run * finish->bias_block * element;
    kernel->run(&task);
  }
}
