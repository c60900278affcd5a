/* A plan: the operator, the kernels chosen for it, and W packed for them. */
#ifndef KRON_EYE_PLAN_PLAN_H
#define KRON_EYE_PLAN_PLAN_H

#include "kernel/kernel.h"
#include "problem/problem.h"

#include <stdbool.h>

/* Outputs first .. first + outputs - 1 and the kernels that compute them. */
struct kron_eye_panel {
  size_t first, outputs;
  size_t offset; /* bytes from where a block's packed W begins to where this panel does */
  const struct kron_eye_kernel_info *dense;
  const struct kron_eye_kernel_info *columns, *lists; /* NULL where zeros cannot be skipped */
  /* For sparse x: [v] computes any v vectors of the panel's outputs; NULL where there is no sparse
     input of this type, or right is not 1. */
  const struct kron_eye_kernel_info *sparse[KRON_EYE_VECTORS_MAX + 1];
  size_t sparse_stride; /* elements from a column of packed W (gather: a row) to the next */
  size_t sparse_column; /* gather: elements from a column of packed W to the next */
};

struct kron_eye_plan {
  struct kron_eye_operator op;   /* its w is NULL: W is packed */
  struct kron_eye_operator copy; /* BLAS route: op with W as the plan holds it */
  kron_eye_options options;
  enum kron_eye_isa isa;
  bool blas;         /* the route */
  bool w_finite;     /* zeros of x may be skipped: 0 * w is a zero */
  double narrowness; /* 2 / the vectors of a panel: relative cost of scanning for zeros */
  size_t panel_count;
  struct kron_eye_panel *panels;
  size_t group;  /* blocks that share one choice about zeros and stay in cache for all panels */
  size_t strip;  /* c that stay in cache for all panels; the last strip has the rest; `right` if
                    there is one strip */
  bool together; /* all panels are one task of a lane kernel, where beta is 0 */
  /* A call with at most so many blocks, all consecutive, is one task of each panel's kernel; 0: no
     call is. */
  size_t few;
  struct kron_eye_task task; /* what is the same for all of these; its finish is all zeros */
  void *packed;              /* W for the route, or NULL when it is empty */
  size_t block_bytes; /* from the packed W of a block to that of the next; 0: one W for all */
  size_t packed_bytes;
};

/* Returns a new plan, to be freed by kron_eye_plan_free(), or NULL if an allocation fails. */
struct kron_eye_plan *kron_eye_plan_build(const struct kron_eye_operator *op,
                                          const kron_eye_options *options);

/* Packs another W of the same shape. */
void kron_eye_plan_repack(struct kron_eye_plan *plan, const struct kron_eye_operator *op);

/* NULL is accepted. */
void kron_eye_plan_free(struct kron_eye_plan *plan);

/* Is the BLAS the route? */
bool kron_eye_plan_prefers_blas(const struct kron_eye_operator *op,
                                const kron_eye_options *options);

/* Does packing W for one call cost less than it gains? */
bool kron_eye_plan_packing_pays(const struct kron_eye_operator *op, size_t batch);

/* Fills the panels with their kernels, but not their offsets, and returns their number; only counts
   them if `panels` is NULL. On the BLAS route there is one panel, for sparse x only. */
size_t kron_eye_plan_panels(const struct kron_eye_operator *op, const kron_eye_options *options,
                            enum kron_eye_isa isa, bool blas, struct kron_eye_panel *panels);

/* Sets group and strip, which divide the blocks for the caches, from the panels; and `few`. */
void kron_eye_plan_cut(struct kron_eye_plan *plan);

/* The kernel of y = act(beta*y + bias), which needs no plan. */
const struct kron_eye_kernel_info *kron_eye_plan_scale_kernel(enum kron_eye_types types);

/* Elements of one packed panel. */
size_t kron_eye_plan_panel_elements(const struct kron_eye_panel *panel, size_t n, size_t right,
                                    size_t lanes);

/* Packs the rows of a block's W for one panel; returns whether all of them are finite. op->w is
   that block's W. */
bool kron_eye_plan_pack(const struct kron_eye_operator *op, const struct kron_eye_panel *panel,
                        size_t lanes, void *packed);

/* Copies op(W) of a block row by row without gaps; returns whether it is finite. */
bool kron_eye_plan_copy(const struct kron_eye_operator *op, void *to);

/* kron_eye_plan_describe(). */
size_t kron_eye_plan_text(const struct kron_eye_plan *plan, char *text, size_t capacity);

#endif
