/* A product in one call, by a temporary plan or by the BLAS, whichever is expected to be faster. */
#ifndef KRON_EYE_API_ONCE_H
#define KRON_EYE_API_ONCE_H

#include "problem/problem.h"

/* Uses a temporary plan if packing W pays and memory is available, otherwise the BLAS. f32 and f64
   only. */
void kron_eye_api_once(const struct kron_eye_operator *op,
                       const struct kron_eye_operands *operands);

#endif
