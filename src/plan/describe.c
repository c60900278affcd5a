/* Describes a plan in one line of text. */
#include "base/threads.h"
#include "base/writer.h"
#include "plan/plan.h"

static void write_kernels(struct kron_eye_writer *out, const struct kron_eye_plan *plan) {
  const struct kron_eye_kernel_info *last = NULL;
  for (size_t p = 0; p < plan->panel_count; p++) {
    const struct kron_eye_kernel_info *kernel = plan->panels[p].dense;
    if (kernel != last) WRITE(out, "%s%s", last ? ", " : " ", kernel->name);
    last = kernel;
  }
}

static const char *zeros_text(const struct kron_eye_plan *plan) {
  if (plan->panel_count == 0 || !plan->panels[0].columns) return "multiplied";
  if (!plan->w_finite) return "multiplied, as W is not finite";
  static const char *const text[] = {"skipped where it pays", "skipped", "multiplied"};
  return text[plan->options.zeros];
}

/* Where the product on sparse x reads W. */
static const char *sparse_text(const struct kron_eye_plan *plan) {
  const bool by_rows = plan->panel_count > 0 && plan->panels[0].sparse[0];
  return by_rows ? "gathered from W" : "on the packed panels";
}

static void write_operator(struct kron_eye_writer *out, const struct kron_eye_operator *op) {
  const char *const w = op->transposed ? "W^T" : "W";
  if (op->w_block == 0)
    WRITE(out, "I_%zu (x) %s", op->left, w);
  else
    WRITE(out, "diag(%zu different %s)", op->left, w);
  if (op->right != 1) WRITE(out, " (x) I_%zu", op->right);
  WRITE(out, ", %s %zu x %zu, %s; ", w, op->m, op->n, kron_eye_base_types[op->types].name);
}

static void write_threads(struct kron_eye_writer *out, const struct kron_eye_plan *plan) {
  if (plan->blas)
    WRITE(out, "threads: the BLAS's own setting; ");
  else if (plan->options.threads && kron_eye_base_has_threads())
    WRITE(out, "threads: at most %zu; ", plan->options.threads);
  else
    WRITE(out, "threads: %s; ",
          kron_eye_base_has_threads() ? "OpenMP's setting" : "one, the only one of this build");
}

size_t kron_eye_plan_text(const struct kron_eye_plan *plan, char *text, size_t capacity) {
  struct kron_eye_writer out = {text, capacity, 0};
  write_operator(&out, &plan->op);
  if (plan->blas) {
    WRITE(&out, "route BLAS; ");
  } else {
    WRITE(&out, "route kernels:");
    if (plan->panel_count == 0) WRITE(&out, " none needed");
    write_kernels(&out, plan);
    WRITE(&out, "; ");
  }
  write_threads(&out, plan);
  WRITE(&out, "zeros %s; packed W %zu bytes; rows %s", zeros_text(plan), plan->packed_bytes,
        plan->blas ? "as the BLAS computes them, no promise of invariance"
                   : "invariant bit for bit");
  if (plan->op.types != KRON_EYE_U8_F32 && plan->op.right == 1)
    WRITE(&out, "; sparse x: %s", sparse_text(plan));
  return out.length;
}
