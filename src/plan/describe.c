/* A plan in words. */
#include "plan/plan.h"

#include <stdio.h>

/* Text that ends where the capacity does and goes on being counted. */
struct writer {
  char *text;
  size_t capacity, length;
};

#define WRITE(writer, ...)                                                                         \
  ((writer)->length += (size_t)snprintf(                                                           \
       (writer)->length < (writer)->capacity ? (writer)->text + (writer)->length : NULL,           \
       (writer)->length < (writer)->capacity ? (writer)->capacity - (writer)->length : 0,          \
       __VA_ARGS__))

static void write_kernels(struct writer *out, const struct kron_eye_plan *plan) {
  const struct kron_eye_kernel_info *last = NULL;
  for (size_t p = 0; p < plan->panel_count; p++) {
    const struct kron_eye_kernel_info *kernel = plan->panels[p].dense;
    if (kernel != last) WRITE(out, "%s%s", last ? ", " : " ", kernel->name);
    last = kernel;
  }
}

static const char *zeros_text(const struct kron_eye_plan *plan) {
  if (plan->blas || plan->panel_count == 0 || !plan->panels[0].columns) return "multiplied";
  if (!plan->w_finite) return "multiplied, as W is not finite";
  static const char *const text[] = {"skipped where it pays", "skipped", "multiplied"};
  return text[plan->options.zeros];
}

/* Where the product on sparse x has W from. */
static const char *sparse_text(const struct kron_eye_plan *plan) {
  const bool by_rows = plan->panel_count > 0 && plan->panels[0].dense->family == KRON_EYE_DOT;
  return plan->blas || by_rows ? "gathered from W's rows" : "on the packed panels";
}

size_t kron_eye_plan_text(const struct kron_eye_plan *plan, char *text, size_t capacity) {
  struct writer out = {text, capacity, 0};
  const struct kron_eye_operator *op = &plan->op;
  WRITE(&out, "I_%zu (x) W, W %zu x %zu, %s; ", op->left, op->m, op->n,
        kron_eye_problem_types[op->types].name);
  if (plan->blas) {
    WRITE(&out, "route BLAS; threads: the BLAS's own setting; ");
  } else {
    WRITE(&out, "route kernels:");
    if (plan->panel_count == 0) WRITE(&out, " none needed");
    write_kernels(&out, plan);
    if (plan->options.threads)
      WRITE(&out, "; threads: at most %zu; ", plan->options.threads);
    else
      WRITE(&out, "; threads: OpenMP's setting; ");
  }
  WRITE(&out, "zeros %s; packed W %zu bytes; rows %s", zeros_text(plan), plan->packed_bytes,
        plan->blas ? "as the BLAS computes them, no promise of invariance"
                   : "invariant bit for bit");
  if (op->types != KRON_EYE_U8_F32) WRITE(&out, "; sparse x: %s", sparse_text(plan));
  return out.length;
}
