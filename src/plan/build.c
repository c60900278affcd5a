/* A plan's memory: the struct with its panels, and W as the route wants it. */
#include "base/checked_size.h"
#include "base/memory.h"
#include "plan/plan.h"

#include <string.h>

static size_t whole_lines(size_t bytes) {
  return (bytes + KRON_EYE_ALIGNMENT - 1) / KRON_EYE_ALIGNMENT * KRON_EYE_ALIGNMENT;
}

static void *allocate(size_t size) {
  return kron_eye_base_allocator.allocate(size);
}

static double lanes_of(const struct kron_eye_plan *plan) {
  return (double)kron_eye_kernel_lanes(plan->isa, (enum kron_eye_kernel_types)plan->op.types);
}

/* The struct, with its panels behind it. */
static struct kron_eye_plan *allocate_plan(const struct kron_eye_operator *op,
                                           const kron_eye_options *options) {
  const enum kron_eye_isa isa = kron_eye_base_isa();
  const bool empty = op->left == 0 || op->m == 0 || op->n == 0;
  const bool blas = kron_eye_plan_prefers_blas(op, options);
  const size_t panels = empty || blas ? 0 : kron_eye_plan_panels(op, isa, NULL);
  const size_t head = whole_lines(sizeof(struct kron_eye_plan));
  if (!kron_eye_extent_fits(2, head, panels, sizeof(struct kron_eye_panel))) return NULL;
  struct kron_eye_plan *plan = allocate(head + panels * sizeof(struct kron_eye_panel));
  if (!plan) return NULL;
  *plan = (struct kron_eye_plan){.op = *op,
                                 .options = *options,
                                 .isa = isa,
                                 .blas = blas,
                                 .w_finite = true,
                                 .panel_count = panels,
                                 .panels = (struct kron_eye_panel *)((char *)plan + head)};
  plan->op.w = NULL;
  if (panels) kron_eye_plan_panels(op, isa, plan->panels);
  if (panels) plan->narrowness = 2 * lanes_of(plan) / (double)plan->panels[0].dense->nr;
  return plan;
}

/* Bytes that W takes, or SIZE_MAX when that does not fit. */
static size_t packed_bytes(const struct kron_eye_plan *plan, size_t lanes) {
  const size_t element = kron_eye_problem_types[plan->op.types].y_size, n = plan->op.n;
  if (plan->blas) return plan->op.m * n * element;
  size_t bytes = 0;
  for (size_t p = 0; p < plan->panel_count; p++) {
    if (!kron_eye_fits(1, plan->panels[p].dense->nr, n + lanes, element)) return SIZE_MAX;
    const size_t panel = kron_eye_plan_panel_elements(&plan->panels[p], n, lanes) * element;
    if (panel > PTRDIFF_MAX - KRON_EYE_ALIGNMENT - bytes) return SIZE_MAX;
    bytes += whole_lines(panel);
  }
  return bytes;
}

static void copy_for_blas(struct kron_eye_plan *plan, const struct kron_eye_operator *op,
                          char *to) {
  const size_t element = kron_eye_problem_types[op->types].y_size;
  for (size_t i = 0; i < op->m; i++)
    memcpy(to + i * op->n * element, (const char *)op->w + i * op->ldw * element, op->n * element);
  plan->op.w = to;
  plan->op.ldw = op->n;
}

static void pack_panels(struct kron_eye_plan *plan, const struct kron_eye_operator *op,
                        size_t lanes, char *to) {
  const size_t element = kron_eye_problem_types[op->types].y_size;
  for (size_t p = 0; p < plan->panel_count; p++) {
    struct kron_eye_panel *panel = &plan->panels[p];
    panel->w = to;
    plan->w_finite &= kron_eye_plan_pack(op, panel, lanes, to);
    to += whole_lines(kron_eye_plan_panel_elements(panel, op->n, lanes) * element);
  }
}

struct kron_eye_plan *kron_eye_plan_build(const struct kron_eye_operator *op,
                                          const kron_eye_options *options) {
  struct kron_eye_plan *plan = allocate_plan(op, options);
  if (!plan) return NULL;
  const size_t lanes = kron_eye_kernel_lanes(plan->isa, (enum kron_eye_kernel_types)op->types);
  plan->packed_bytes = packed_bytes(plan, lanes);
  if (plan->packed_bytes == 0) return plan;
  plan->packed = plan->packed_bytes == SIZE_MAX ? NULL : allocate(plan->packed_bytes);
  if (!plan->packed) {
    kron_eye_plan_free(plan);
    return NULL;
  }
  if (plan->blas)
    copy_for_blas(plan, op, plan->packed);
  else
    pack_panels(plan, op, lanes, plan->packed);
  return plan;
}

void kron_eye_plan_free(struct kron_eye_plan *plan) {
  if (!plan) return;
  kron_eye_base_allocator.release(plan->packed);
  kron_eye_base_allocator.release(plan);
}
