/* A product in one call, by what pays for it. */
#ifndef KRON_EYE_API_ONCE_H
#define KRON_EYE_API_ONCE_H

#include "problem/problem.h"

/* Through a temporary plan where packing W pays and memory is there, else through the BLAS. f32 and
   f64 only. */
void kron_eye_api_once(const struct kron_eye_operator *op,
                       const struct kron_eye_operands *operands);

#endif
