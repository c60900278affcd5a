/* Allocates a plan: the struct with its panels, and W in the form that its route needs. */
#include "base/checked_size.h"
#include "base/memory.h"
#include "plan/plan.h"

#include <string.h>

static size_t whole_lines(size_t bytes) {
  return (bytes + KRON_EYE_ALIGNMENT - 1) / KRON_EYE_ALIGNMENT * KRON_EYE_ALIGNMENT;
}

/* The struct, with its panels behind it. */
static struct kron_eye_plan *allocate_plan(const struct kron_eye_operator *op,
                                           const kron_eye_options *options) {
  const enum kron_eye_isa isa = kron_eye_base_isa();
  const bool empty = op->left == 0 || op->m == 0 || op->n == 0 || op->right == 0;
  const bool blas = kron_eye_plan_prefers_blas(op, options);
  const size_t panels = empty ? 0 : kron_eye_plan_panels(op, options, isa, blas, NULL);
  const size_t head = whole_lines(sizeof(struct kron_eye_plan));
  size_t bytes;
  if (__builtin_mul_overflow(panels, sizeof(struct kron_eye_panel), &bytes) ||
      __builtin_add_overflow(bytes, head, &bytes))
    return NULL;
  struct kron_eye_plan *plan = kron_eye_base_allocate(bytes);
  if (!plan) return NULL;
  *plan = (struct kron_eye_plan){.op = *op,
                                 .options = *options,
                                 .isa = isa,
                                 .blas = blas,
                                 .w_finite = true,
                                 .panel_count = panels,
                                 .panels = (struct kron_eye_panel *)((char *)plan + head)};
  plan->op.w = NULL;
  if (panels) kron_eye_plan_panels(op, options, isa, blas, plan->panels);
  if (panels && !blas) {
    plan->narrowness = 2.0 / (double)plan->panels[0].dense->vectors;
    kron_eye_plan_cut(plan);
  }
  return plan;
}

/* Bytes of one W as the route wants it, or SIZE_MAX when they do not fit; sets the panels' offsets.
 */
static size_t block_bytes(struct kron_eye_plan *plan, size_t lanes) {
  const size_t element = kron_eye_base_types[plan->op.types].y_size, n = plan->op.n;
  if (plan->panel_count == 0) return 0;
  if (plan->blas) return plan->op.m * n * element;
  size_t bytes = 0;
  for (size_t p = 0; p < plan->panel_count; p++) {
    struct kron_eye_panel *panel = &plan->panels[p];
    const size_t most = KRON_EYE_VECTORS_MAX * lanes > panel->outputs ? KRON_EYE_VECTORS_MAX * lanes
                                                                      : panel->outputs;
    if (!kron_eye_fits(1, most, n + lanes, element)) return SIZE_MAX;
    const size_t size = kron_eye_plan_panel_elements(panel, n, plan->op.right, lanes) * element;
    if (size > PTRDIFF_MAX - KRON_EYE_ALIGNMENT - bytes) return SIZE_MAX;
    panel->offset = bytes;
    bytes += panel->dense->family == KRON_EYE_EACH ? size : whole_lines(size);
  }
  return bytes;
}

/* Allocates the memory of all Ws; false if the allocation fails or the size does not fit. */
static bool allocate_packed(struct kron_eye_plan *plan) {
  const struct kron_eye_operator *op = &plan->op;
  const size_t block = block_bytes(plan, kron_eye_kernel_lanes(plan->isa, op->types));
  const size_t matrices = kron_eye_operator_matrices(op);
  if (block == 0 || matrices == 0) return true;
  if (!kron_eye_fits(1, matrices, block, 1)) return false; /* also where block is SIZE_MAX */
  plan->packed_bytes = matrices * block;
  plan->block_bytes = op->w_block == 0 ? 0 : block;
  plan->packed = kron_eye_base_allocate(plan->packed_bytes);
  return plan->packed != NULL;
}

/* Packs one block's W, which op->w is. */
static bool pack_block(const struct kron_eye_plan *plan, const struct kron_eye_operator *op,
                       char *to) {
  if (plan->blas) return kron_eye_plan_copy(op, to);
  const size_t lanes = kron_eye_kernel_lanes(plan->isa, op->types);
  bool finite = true;
  for (size_t p = 0; p < plan->panel_count; p++)
    finite &= kron_eye_plan_pack(op, &plan->panels[p], lanes, to + plan->panels[p].offset);
  return finite;
}

void kron_eye_plan_repack(struct kron_eye_plan *plan, const struct kron_eye_operator *op) {
  if (!plan->packed) return;
  const size_t element = kron_eye_base_types[op->types].y_size;
  const size_t matrices = kron_eye_operator_matrices(op);
  struct kron_eye_operator block = *op;
  plan->w_finite = true;
  for (size_t a = 0; a < matrices; a++) {
    block.w = (const char *)op->w + a * op->w_block * element;
    plan->w_finite &= pack_block(plan, &block, (char *)plan->packed + a * plan->block_bytes);
  }
}

/* The operator of the BLAS route, with the plan's copy of W. */
static struct kron_eye_operator copied(const struct kron_eye_plan *plan) {
  struct kron_eye_operator copy = plan->op;
  copy.w = plan->packed;
  copy.w_row = copy.n;
  copy.w_column = 1;
  copy.w_block = copy.w_block == 0 ? 0 : copy.m * copy.n;
  return copy;
}

/* The fields that are the same in all tasks of few blocks. */
static struct kron_eye_task task_of_few(const struct kron_eye_plan *plan) {
  const struct kron_eye_operator *op = &plan->op;
  return (struct kron_eye_task){.n = op->n,
                                .right = op->right,
                                .ldx = op->n * op->right,
                                .x_column = op->right,
                                .ldy = op->m * op->right,
                                .y_column = op->right};
}

struct kron_eye_plan *kron_eye_plan_build(const struct kron_eye_operator *op,
                                          const kron_eye_options *options) {
  struct kron_eye_plan *plan = allocate_plan(op, options);
  if (!plan) return NULL;
  if (!allocate_packed(plan)) {
    kron_eye_plan_free(plan);
    return NULL;
  }
  plan->copy = copied(plan);
  if (plan->few != 0) plan->task = task_of_few(plan);
  kron_eye_plan_repack(plan, op);
  return plan;
}

void kron_eye_plan_free(struct kron_eye_plan *plan) {
  if (!plan) return;
  kron_eye_base_release(plan->packed);
  kron_eye_base_release(plan);
}
