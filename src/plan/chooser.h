/* What choose.c and choose_right.c share while they choose the panels of a plan. */
#ifndef KRON_EYE_PLAN_CHOOSER_H
#define KRON_EYE_PLAN_CHOOSER_H

#include "plan/plan.h"

#include <assert.h>

struct chooser {
  const struct kron_eye_operator *op;
  enum kron_eye_isa isa;
  size_t lanes;
  struct kron_eye_panel *panels;
  size_t count;
  /* Those of the instruction set and types, by family and vectors; NULL where there is none. */
  const struct kron_eye_kernel_info *kernels[KRON_EYE_FAMILY_COUNT][KRON_EYE_VECTORS_MAX + 1];
};

/* The kernel with so many vectors, which must exist. */
static inline const struct kron_eye_kernel_info *
kernel(const struct chooser *c, enum kron_eye_family family, size_t vectors) {
  assert(c->kernels[family][vectors]);
  return c->kernels[family][vectors];
}

/* The most vectors that a kernel of the family has. */
static inline size_t widest(const struct chooser *c, enum kron_eye_family family) {
  size_t vectors = KRON_EYE_VECTORS_MAX;
  while (!c->kernels[family][vectors]) vectors--;
  return vectors;
}

static inline void add(struct chooser *c, struct kron_eye_panel panel) {
  if (c->panels) c->panels[c->count] = panel;
  c->count++;
}

/* The size of part p, where `total` is divided into `parts` as evenly as possible. */
static inline size_t even_part(size_t total, size_t parts, size_t p) {
  return total / parts + (p < total % parts);
}

/* The panels where right is more than 1. */
void kron_eye_plan_choose_right(struct chooser *c);

#endif
