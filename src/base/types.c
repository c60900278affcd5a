#include "base/types.h"

#include <stdint.h>

const struct kron_eye_types_info kron_eye_base_types[KRON_EYE_TYPES_COUNT] = {
    [KRON_EYE_F32] = {"f32", sizeof(float), sizeof(float)},
    [KRON_EYE_F64] = {"f64", sizeof(double), sizeof(double)},
    [KRON_EYE_F32_F64] = {"f32_f64", sizeof(float), sizeof(double)},
    [KRON_EYE_U8_F32] = {"u8_f32", sizeof(uint8_t), sizeof(float)},
};
