/* fused_types.h - apply_fused and plan_update of each plan suffix, in the order of all_plan_types.
 */
#ifndef TESTS_FUSED_TYPES_H
#define TESTS_FUSED_TYPES_H

#include "types.h"

typedef struct fused_types {
  int (*apply)(const kron_eye_plan *plan, size_t batch, double alpha, const void *x, size_t ldx,
               double beta, void *y, size_t ldy, const kron_eye_epilogue *epilogue);
  int (*update)(kron_eye_plan *plan, const void *w, size_t ldw);
} fused_types;

extern const fused_types all_fused_types[PLAN_TYPES];

#endif
