/* The BLAS route: one large GEMM, in pieces that its 32-bit integers can count. */
#ifndef KRON_EYE_RUN_BLAS_H
#define KRON_EYE_RUN_BLAS_H

#include "problem/problem.h"

/* The largest count or leading dimension that one BLAS call is given. */
#define KRON_EYE_BLAS_LIMIT INT32_MAX

/*
 * The product on the problem's rows: y = alpha * x W^T + beta * y with x (batch*left) x n.
 * f32 and f64 only; m and n not 0, alpha not 0. `limit` is KRON_EYE_BLAS_LIMIT, or less in tests.
 */
void kron_eye_run_blas(const struct kron_eye_operator *op, const struct kron_eye_operands *operands,
                       size_t limit);

#endif
