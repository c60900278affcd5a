#include "fused_types.h"

#define FUNCTIONS(T, scalar)                                                                       \
  static int apply_##T(const kron_eye_plan *plan, size_t batch, double alpha, const void *x,       \
                       size_t ldx, double beta, void *y, size_t ldy,                               \
                       const kron_eye_epilogue *epilogue) {                                        \
    return kron_eye_apply_fused_##T(plan, batch, (scalar)alpha, x, ldx, (scalar)beta, y, ldy,      \
                                    epilogue);                                                     \
  }                                                                                                \
  static int update_##T(kron_eye_plan *plan, const void *w, size_t ldw) {                          \
    return kron_eye_plan_update_##T(plan, w, ldw);                                                 \
  }
FUNCTIONS(f32, float)
FUNCTIONS(f64, double)
FUNCTIONS(f32_f64, double)
FUNCTIONS(u8_f32, float)

const fused_types all_fused_types[PLAN_TYPES] = {
    {apply_f32, update_f32},
    {apply_f64, update_f64},
    {apply_f32_f64, update_f32_f64},
    {apply_u8_f32, update_u8_f32},
};
