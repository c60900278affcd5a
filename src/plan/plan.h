/* A plan: the operator with its W packed for the kernels that were chosen. Immutable. */
#ifndef KRON_EYE_PLAN_PLAN_H
#define KRON_EYE_PLAN_PLAN_H

#include "kernel/kernel.h"
#include "problem/problem.h"

#include <stdbool.h>

/* Outputs first .. first + outputs - 1 and the kernels that compute them. */
struct kron_eye_panel {
  size_t first, outputs;
  const void *w; /* packed, owned by the plan */
  /* NULL where the family has no such kernel: dot does not skip. */
  const struct kron_eye_kernel_info *dense, *columns, *lists;
};

struct kron_eye_plan {
  struct kron_eye_operator op; /* op.w is the plan's own copy on the BLAS route, else NULL */
  kron_eye_options options;
  enum kron_eye_isa isa;
  bool blas;         /* the route */
  bool w_finite;     /* zeros of x may be skipped: 0 * w is a zero */
  double narrowness; /* 2 / the vectors of a panel: how dear its search for zeros is */
  size_t panel_count;
  struct kron_eye_panel *panels;
  void *packed; /* W for the route, or NULL when it is empty */
  size_t packed_bytes;
};

/* The new plan, or NULL where memory is refused. kron_eye_plan_free() takes it back. */
struct kron_eye_plan *kron_eye_plan_build(const struct kron_eye_operator *op,
                                          const kron_eye_options *options);

/* NULL is accepted. */
void kron_eye_plan_free(struct kron_eye_plan *plan);

/* The route. */
bool kron_eye_plan_prefers_blas(const struct kron_eye_operator *op,
                                const kron_eye_options *options);

/* The kernels' panels, without W; returns how many, and only counts where `panels` is NULL. */
size_t kron_eye_plan_panels(const struct kron_eye_operator *op, enum kron_eye_isa isa,
                            struct kron_eye_panel *panels);

/* Elements of one packed panel: n inputs by the kernel's nr outputs. */
size_t kron_eye_plan_panel_elements(const struct kron_eye_panel *panel, size_t n, size_t lanes);

/* Packs W's rows for one panel; returns whether all of them are finite. */
bool kron_eye_plan_pack(const struct kron_eye_operator *op, const struct kron_eye_panel *panel,
                        size_t lanes, void *packed);

/* kron_eye_plan_describe(). */
size_t kron_eye_plan_text(const struct kron_eye_plan *plan, char *text, size_t capacity);

#endif
