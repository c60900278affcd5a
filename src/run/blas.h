/* The BLAS route: GEMMs as large as the layout allows, in pieces whose sizes fit 32-bit integers.
 */
#ifndef KRON_EYE_RUN_BLAS_H
#define KRON_EYE_RUN_BLAS_H

#include "problem/from_gradient.h"

/* The largest count or leading dimension that one BLAS call is given. */
#define KRON_EYE_BLAS_LIMIT INT32_MAX

/*
 * The canonical problem, epilogue included. f32 and f64 only; nothing empty, alpha not 0. `limit`
 * is KRON_EYE_BLAS_LIMIT, or less in tests.
 */
void kron_eye_run_blas(const struct kron_eye_operator *op, const struct kron_eye_operands *operands,
                       size_t limit);

/* The gradient of W, summed up over chunks. Nothing empty, alpha not 0. `limit` as above. */
void kron_eye_run_blas_gradient(const struct kron_eye_gradient *gradient, size_t limit);

#endif
