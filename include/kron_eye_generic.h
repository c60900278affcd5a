/**
 * @file
 * kron_eye_generic.h - one name an operation, whatever the element types. Header-only C11.
 *
 *     kron_eye_matvec(k, m, n, w, x, y)
 *     kron_eye_matvec_batch(batch, k, m, n, w, x, y)
 *     kron_eye_plan_create(X, out, shape, w, ldw, options)     X names the element type of x
 *     kron_eye_apply(plan, batch, alpha, x, ldx, beta, y, ldy)
 *     kron_eye_apply_csr(plan, batch, alpha, x, beta, y, ldy)
 *     kron_eye_count_nonzeros(rows, cols, x, ldx, count)
 *     kron_eye_csr_count(rows, cols, x, ldx, index_type, indptr)
 *     kron_eye_csr_fill(rows, cols, x, ldx, index_type, indptr, capacity, indices, values)
 *
 * Each is a macro that calls the function of kron_eye.h with the right suffix, as <tgmath.h> does
 * for sin(): what the arguments mean and what is returned is written there. The compiler chooses,
 * and the program is the same as with the suffix. Every argument is evaluated once. What is read
 * may be const or not; the types of one call are one line of
 *
 *     x        w, y
 *     float    float
 *     double   double
 *     float    double     plans only
 *     uint8_t  float      plans only
 *
 * Any other mixture stops the compiler with a sentence. W does not tell the type of x, so
 * kron_eye_plan_create() is told:
 *
 *     kron_eye_plan_create(uint8_t, &plan, &shape, w, ldw, NULL);    W float: x bytes, y float
 *
 * Whether an apply has the types of its plan is known at run time only: status -1 if not. So is
 * the type of a CSR matrix's values, which the matrix says itself.
 */
#ifndef KRON_EYE_GENERIC_H
#define KRON_EYE_GENERIC_H

#ifdef __cplusplus
#error "kron_eye_generic.h is for C; in C++ include kron_eye.hpp"
#elif !defined(__STDC_VERSION__) || __STDC_VERSION__ < 201112L
#error "kron_eye_generic.h needs C11 (_Generic); kron_eye.h does not"
#endif

#include "kron_eye.h"

/* ------------------------------------------------------------------ the table of mixtures */

/* clang-format off */

/* The mixture that pointers x to inputs and w to weights or outputs make, a constant:
 * 1 _f32, 2 _f64, 3 _f32_f64, 4 _u8_f32, 0 none. */
#define KRON_EYE_MIXTURE_(x, w)                                                                    \
  _Generic((w),                                                                                    \
    float *:        KRON_EYE_MIXTURE_WITH_FLOAT_(x),                                               \
    const float *:  KRON_EYE_MIXTURE_WITH_FLOAT_(x),                                               \
    double *:       KRON_EYE_MIXTURE_WITH_DOUBLE_(x),                                              \
    const double *: KRON_EYE_MIXTURE_WITH_DOUBLE_(x),                                              \
    default: 0)
#define KRON_EYE_MIXTURE_WITH_FLOAT_(x)                                                            \
  _Generic((x), float *: 1, const float *: 1, uint8_t *: 4, const uint8_t *: 4, default: 0)
#define KRON_EYE_MIXTURE_WITH_DOUBLE_(x)                                                           \
  _Generic((x), double *: 2, const double *: 2, float *: 3, const float *: 3, default: 0)

/* Whether w, x and y all point to float, or all to double. */
#define KRON_EYE_ONE_TYPE_(w, x, y)                                                                \
  (KRON_EYE_MIXTURE_(x, y) == KRON_EYE_MIXTURE_(w, y) &&                                           \
   (KRON_EYE_MIXTURE_(x, y) == 1 || KRON_EYE_MIXTURE_(x, y) == 2))

/* Whether x points to float or to double. */
#define KRON_EYE_REAL_(x) KRON_EYE_ONE_TYPE_(x, x, x)

#define KRON_EYE_WRITABLE_(y) _Generic((y), const float *: 0, const double *: 0, default: 1)

/* The function for a mixture. _Generic selects by type, so the constant becomes one. */
#define KRON_EYE_SELECT_(mixture, f32, f64, f32_f64, u8_f32)                                       \
  _Generic((char (*)[1 + (mixture)])0,                                                             \
    char (*)[3]: f64, char (*)[4]: f32_f64, char (*)[5]: u8_f32, default: f32)

/* A static assertion where an expression stands. Its condition is hidden in a type: clang would
 * print all of it before the sentence. */
#define KRON_EYE_DEMAND_(condition, sentence)                                                      \
  ((void)sizeof(struct { char c; _Static_assert(KRON_EYE_TRUE_(condition), sentence); }))
#define KRON_EYE_TRUE_(condition)                                                                  \
  _Generic((char (*)[1 + !!(condition)])0, char (*)[2]: 1, default: 0)

/* ------------------------------------------------------------------ 1. one call */

/** kron_eye_matvec() or kron_eye_matvec_f64(). */
#define kron_eye_matvec(k, m, n, w, x, y)                                                          \
  (KRON_EYE_DEMAND_(KRON_EYE_ONE_TYPE_(w, x, y),                                                   \
     "kron_eye_matvec: w, x and y must all point to float, or all to double"),                     \
   KRON_EYE_DEMAND_(KRON_EYE_WRITABLE_(y), "kron_eye_matvec: y is written and cannot be const"),   \
   KRON_EYE_SELECT_(KRON_EYE_MIXTURE_(x, y), kron_eye_matvec, kron_eye_matvec_f64,                 \
                    kron_eye_matvec, kron_eye_matvec)(k, m, n, w, x, y))

/** kron_eye_matvec_batch() or kron_eye_matvec_batch_f64(). */
#define kron_eye_matvec_batch(batch, k, m, n, w, x, y)                                             \
  (KRON_EYE_DEMAND_(KRON_EYE_ONE_TYPE_(w, x, y),                                                   \
     "kron_eye_matvec_batch: w, x and y must all point to float, or all to double"),               \
   KRON_EYE_DEMAND_(KRON_EYE_WRITABLE_(y),                                                         \
     "kron_eye_matvec_batch: y is written and cannot be const"),                                   \
   KRON_EYE_SELECT_(KRON_EYE_MIXTURE_(x, y), kron_eye_matvec_batch, kron_eye_matvec_batch_f64,     \
                    kron_eye_matvec_batch, kron_eye_matvec_batch)(batch, k, m, n, w, x, y))

/* ------------------------------------------------------------------ 2. a plan */

/** kron_eye_plan_create_f32(), _f64, _f32_f64 or _u8_f32; x_type is float, double or uint8_t. */
#define kron_eye_plan_create(x_type, out, shape, w, ldw, options)                                  \
  (KRON_EYE_DEMAND_(KRON_EYE_MIXTURE_((x_type *)0, w) != 0,                                        \
     "kron_eye_plan_create: x and w must be float and float, double and double, "                  \
     "float and double, or uint8_t and float"),                                                    \
   KRON_EYE_SELECT_(KRON_EYE_MIXTURE_((x_type *)0, w), kron_eye_plan_create_f32,                   \
                    kron_eye_plan_create_f64, kron_eye_plan_create_f32_f64,                        \
                    kron_eye_plan_create_u8_f32)(out, shape, w, ldw, options))

/** kron_eye_apply_f32(), _f64, _f32_f64 or _u8_f32. */
#define kron_eye_apply(plan, batch, alpha, x, ldx, beta, y, ldy)                                   \
  (KRON_EYE_DEMAND_(KRON_EYE_MIXTURE_(x, y) != 0,                                                  \
     "kron_eye_apply: x and y must point to float and float, double and double, "                  \
     "float and double, or uint8_t and float"),                                                    \
   KRON_EYE_DEMAND_(KRON_EYE_WRITABLE_(y), "kron_eye_apply: y is written and cannot be const"),    \
   KRON_EYE_SELECT_(KRON_EYE_MIXTURE_(x, y), kron_eye_apply_f32, kron_eye_apply_f64,               \
                    kron_eye_apply_f32_f64,                                                        \
                    kron_eye_apply_u8_f32)(plan, batch, alpha, x, ldx, beta, y, ldy))

/* ------------------------------------------------------------------ 3. sparse input */

/* For y of double the matrix says which function: one comparison at run time. */
static inline int kron_eye_apply_csr_to_double_(const kron_eye_plan *plan, size_t batch,
                                                double alpha, const kron_eye_csr *x, double beta,
                                                double *y, size_t ldy) {
  return x != NULL && x->value_type == KRON_EYE_VALUE_FLOAT
             ? kron_eye_apply_csr_f32_f64(plan, batch, alpha, x, beta, y, ldy)
             : kron_eye_apply_csr_f64(plan, batch, alpha, x, beta, y, ldy);
}

/** kron_eye_apply_csr_f32(), _f64 or _f32_f64. */
#define kron_eye_apply_csr(plan, batch, alpha, x, beta, y, ldy)                                    \
  (KRON_EYE_DEMAND_(KRON_EYE_REAL_(y), "kron_eye_apply_csr: y must point to float or to double"),  \
   KRON_EYE_DEMAND_(KRON_EYE_WRITABLE_(y),                                                         \
     "kron_eye_apply_csr: y is written and cannot be const"),                                      \
   KRON_EYE_SELECT_(KRON_EYE_MIXTURE_(y, y), kron_eye_apply_csr_f32,                               \
                    kron_eye_apply_csr_to_double_, kron_eye_apply_csr_f32,                         \
                    kron_eye_apply_csr_f32)(plan, batch, alpha, x, beta, y, ldy))

/** kron_eye_count_nonzeros_f32() or _f64. */
#define kron_eye_count_nonzeros(rows, cols, x, ldx, count)                                         \
  (KRON_EYE_DEMAND_(KRON_EYE_REAL_(x),                                                             \
     "kron_eye_count_nonzeros: x must point to float or to double"),                               \
   KRON_EYE_SELECT_(KRON_EYE_MIXTURE_(x, x), kron_eye_count_nonzeros_f32,                          \
                    kron_eye_count_nonzeros_f64, kron_eye_count_nonzeros_f32,                      \
                    kron_eye_count_nonzeros_f32)(rows, cols, x, ldx, count))

/** kron_eye_csr_count_f32() or _f64. */
#define kron_eye_csr_count(rows, cols, x, ldx, index_type, indptr)                                 \
  (KRON_EYE_DEMAND_(KRON_EYE_REAL_(x), "kron_eye_csr_count: x must point to float or to double"),  \
   KRON_EYE_SELECT_(KRON_EYE_MIXTURE_(x, x), kron_eye_csr_count_f32, kron_eye_csr_count_f64,       \
                    kron_eye_csr_count_f32,                                                        \
                    kron_eye_csr_count_f32)(rows, cols, x, ldx, index_type, indptr))

/** kron_eye_csr_fill_f32() or _f64. */
#define kron_eye_csr_fill(rows, cols, x, ldx, index_type, indptr, capacity, indices, values)       \
  (KRON_EYE_DEMAND_(KRON_EYE_ONE_TYPE_(x, x, values),                                              \
     "kron_eye_csr_fill: x and values must both point to float, or both to double"),               \
   KRON_EYE_DEMAND_(KRON_EYE_WRITABLE_(values),                                                    \
     "kron_eye_csr_fill: values are written and cannot be const"),                                 \
   KRON_EYE_SELECT_(KRON_EYE_MIXTURE_(x, x), kron_eye_csr_fill_f32, kron_eye_csr_fill_f64,         \
                    kron_eye_csr_fill_f32, kron_eye_csr_fill_f32)                                  \
     (rows, cols, x, ldx, index_type, indptr, capacity, indices, values))

/* clang-format on */

#endif /* KRON_EYE_GENERIC_H */
