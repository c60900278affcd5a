/**
 * @file
 * kron_eye_generic.h - one name per operation, for all element types. Header-only C11.
 *
 *     kron_eye_matvec(k, m, n, w, x, y)
 *     kron_eye_matvec_batch(batch, k, m, n, w, x, y)
 *     kron_eye_product(shape, w, ldw, batch, alpha, x, ldx, beta, y, ldy)
 *     kron_eye_plan_create(X, out, shape, w, ldw, options)     X names the element type of x
 *     kron_eye_plan_update(X, plan, w, ldw)
 *     kron_eye_apply(plan, batch, alpha, x, ldx, beta, y, ldy)
 *     kron_eye_apply_fused(plan, batch, alpha, x, ldx, beta, y, ldy, epilogue)
 *     kron_eye_apply_csr(plan, batch, alpha, x, beta, y, ldy)
 *     kron_eye_count_nonzeros(rows, cols, x, ldx, count)
 *     kron_eye_csr_count(rows, cols, x, ldx, index_type, indptr)
 *     kron_eye_csr_fill(rows, cols, x, ldx, index_type, indptr, capacity, indices, values)
 *     kron_eye_csr_convert(rows, cols, x, ldx, index_type, indptr, capacity, indices, values)
 *     kron_eye_factor(m, n, op, w, ldw)
 *     kron_eye_chain_create(T, out, count, factors, options)   T names the type of all elements
 *     kron_eye_chain_apply(chain, batch, alpha, x, ldx, beta, y, ldy, workspace, workspace_bytes)
 *     kron_eye_gradient(shape, batch, alpha, x, ldx, dy, lddy, beta, dw, lddw, options)
 *
 * Each is a macro that calls the function of kron_eye.h with the right suffix, as <tgmath.h> does
 * for sin(); kron_eye.h documents arguments and results. The choice is made at compile time and
 * costs nothing. Every argument is evaluated once. Inputs may be const. The types of a call must be
 * one line of
 *
 *     x        w, y
 *     float    float
 *     double   double
 *     float    double     plans only
 *     uint8_t  float      plans only
 *
 * Any other combination is a compile-time error with an explanation. The type of x does not follow
 * from W, so it is an argument of kron_eye_plan_create() and kron_eye_plan_update():
 *
 *     kron_eye_plan_create(uint8_t, &plan, &shape, w, ldw, NULL);    W float: x bytes, y float
 *
 * Whether an apply or an update has the types of its plan is checked at run time: status -1 if not.
 * The type of a CSR matrix's values is a field of the matrix, and is also checked at run time. The
 * types of a chain's factors and of an epilogue's bias are not known to the compiler or to the
 * library: they are the caller's to keep.
 */
#ifndef KRON_EYE_GENERIC_H
#define KRON_EYE_GENERIC_H

#ifdef __cplusplus
#error "kron_eye_generic.h is for C; in C++ include kron_eye.hpp"
#elif !defined(__STDC_VERSION__) || __STDC_VERSION__ < 201112L
#error "kron_eye_generic.h needs C11 (_Generic); kron_eye.h does not"
#endif

#include "kron_eye.h"

/* ------------------------------------------------------------------ the type combinations */

/* clang-format off */

/* The type combination of pointers x (inputs) and w (weights or outputs), as a constant:
 * 1 _f32, 2 _f64, 3 _f32_f64, 4 _u8_f32, 0 none. */
#define KRON_EYE_TYPES_(x, w)                                                                      \
  _Generic((w),                                                                                    \
    float *:        KRON_EYE_TYPES_WITH_FLOAT_(x),                                                 \
    const float *:  KRON_EYE_TYPES_WITH_FLOAT_(x),                                                 \
    double *:       KRON_EYE_TYPES_WITH_DOUBLE_(x),                                                \
    const double *: KRON_EYE_TYPES_WITH_DOUBLE_(x),                                                \
    default: 0)
#define KRON_EYE_TYPES_WITH_FLOAT_(x)                                                              \
  _Generic((x), float *: 1, const float *: 1, uint8_t *: 4, const uint8_t *: 4, default: 0)
#define KRON_EYE_TYPES_WITH_DOUBLE_(x)                                                             \
  _Generic((x), double *: 2, const double *: 2, float *: 3, const float *: 3, default: 0)

/* Whether w, x and y all point to float, or all to double. */
#define KRON_EYE_ONE_TYPE_(w, x, y)                                                                \
  (KRON_EYE_TYPES_(x, y) == KRON_EYE_TYPES_(w, y) &&                                               \
   (KRON_EYE_TYPES_(x, y) == 1 || KRON_EYE_TYPES_(x, y) == 2))

/* Whether x points to float or to double. */
#define KRON_EYE_REAL_(x) KRON_EYE_ONE_TYPE_(x, x, x)

#define KRON_EYE_WRITABLE_(y) _Generic((y), const float *: 0, const double *: 0, default: 1)

/* The function for a combination. _Generic selects by type, so the constant is turned into one. */
#define KRON_EYE_SELECT_(types, f32, f64, f32_f64, u8_f32)                                         \
  _Generic((char (*)[1 + (types)])0,                                                               \
    char (*)[3]: f64, char (*)[4]: f32_f64, char (*)[5]: u8_f32, default: f32)

/* The function for the type that x points to, where there are two. */
#define KRON_EYE_SELECT_REAL_(x, f32, f64)                                                         \
  KRON_EYE_SELECT_(KRON_EYE_TYPES_(x, x), f32, f64, f32, f32)

/* A static assertion inside an expression. The condition is hidden in a type, because clang would
 * otherwise print all of it before the message. */
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
   KRON_EYE_SELECT_REAL_(y, kron_eye_matvec, kron_eye_matvec_f64)(k, m, n, w, x, y))

/** kron_eye_matvec_batch() or kron_eye_matvec_batch_f64(). */
#define kron_eye_matvec_batch(batch, k, m, n, w, x, y)                                             \
  (KRON_EYE_DEMAND_(KRON_EYE_ONE_TYPE_(w, x, y),                                                   \
     "kron_eye_matvec_batch: w, x and y must all point to float, or all to double"),               \
   KRON_EYE_DEMAND_(KRON_EYE_WRITABLE_(y),                                                         \
     "kron_eye_matvec_batch: y is written and cannot be const"),                                   \
   KRON_EYE_SELECT_REAL_(y, kron_eye_matvec_batch, kron_eye_matvec_batch_f64)                      \
     (batch, k, m, n, w, x, y))

/** kron_eye_product_f32() or _f64. */
#define kron_eye_product(shape, w, ldw, batch, alpha, x, ldx, beta, y, ldy)                        \
  (KRON_EYE_DEMAND_(KRON_EYE_ONE_TYPE_(w, x, y),                                                   \
     "kron_eye_product: w, x and y must all point to float, or all to double"),                    \
   KRON_EYE_DEMAND_(KRON_EYE_WRITABLE_(y), "kron_eye_product: y is written and cannot be const"),  \
   KRON_EYE_SELECT_REAL_(y, kron_eye_product_f32, kron_eye_product_f64)                            \
     (shape, w, ldw, batch, alpha, x, ldx, beta, y, ldy))

/* ------------------------------------------------------------------ 2. a plan */

/** kron_eye_plan_create_f32(), _f64, _f32_f64 or _u8_f32; x_type is float, double or uint8_t. */
#define kron_eye_plan_create(x_type, out, shape, w, ldw, options)                                  \
  (KRON_EYE_DEMAND_(KRON_EYE_TYPES_((x_type *)0, w) != 0,                                          \
     "kron_eye_plan_create: x and w must be float and float, double and double, "                  \
     "float and double, or uint8_t and float"),                                                    \
   KRON_EYE_SELECT_(KRON_EYE_TYPES_((x_type *)0, w), kron_eye_plan_create_f32,                     \
                    kron_eye_plan_create_f64, kron_eye_plan_create_f32_f64,                        \
                    kron_eye_plan_create_u8_f32)(out, shape, w, ldw, options))

/** kron_eye_plan_update_f32(), _f64, _f32_f64 or _u8_f32; x_type as for the plan's creation. */
#define kron_eye_plan_update(x_type, plan, w, ldw)                                                 \
  (KRON_EYE_DEMAND_(KRON_EYE_TYPES_((x_type *)0, w) != 0,                                          \
     "kron_eye_plan_update: x and w must be float and float, double and double, "                  \
     "float and double, or uint8_t and float"),                                                    \
   KRON_EYE_SELECT_(KRON_EYE_TYPES_((x_type *)0, w), kron_eye_plan_update_f32,                     \
                    kron_eye_plan_update_f64, kron_eye_plan_update_f32_f64,                        \
                    kron_eye_plan_update_u8_f32)(plan, w, ldw))

/** kron_eye_apply_f32(), _f64, _f32_f64 or _u8_f32. */
#define kron_eye_apply(plan, batch, alpha, x, ldx, beta, y, ldy)                                   \
  (KRON_EYE_DEMAND_(KRON_EYE_TYPES_(x, y) != 0,                                                    \
     "kron_eye_apply: x and y must point to float and float, double and double, "                  \
     "float and double, or uint8_t and float"),                                                    \
   KRON_EYE_DEMAND_(KRON_EYE_WRITABLE_(y), "kron_eye_apply: y is written and cannot be const"),    \
   KRON_EYE_SELECT_(KRON_EYE_TYPES_(x, y), kron_eye_apply_f32, kron_eye_apply_f64,                 \
                    kron_eye_apply_f32_f64,                                                        \
                    kron_eye_apply_u8_f32)(plan, batch, alpha, x, ldx, beta, y, ldy))

/** kron_eye_apply_fused_f32(), _f64, _f32_f64 or _u8_f32; a bias has the type of y. */
#define kron_eye_apply_fused(plan, batch, alpha, x, ldx, beta, y, ldy, epilogue)                   \
  (KRON_EYE_DEMAND_(KRON_EYE_TYPES_(x, y) != 0,                                                    \
     "kron_eye_apply_fused: x and y must point to float and float, double and double, "            \
     "float and double, or uint8_t and float"),                                                    \
   KRON_EYE_DEMAND_(KRON_EYE_WRITABLE_(y),                                                         \
     "kron_eye_apply_fused: y is written and cannot be const"),                                    \
   KRON_EYE_SELECT_(KRON_EYE_TYPES_(x, y), kron_eye_apply_fused_f32, kron_eye_apply_fused_f64,     \
                    kron_eye_apply_fused_f32_f64, kron_eye_apply_fused_u8_f32)                     \
     (plan, batch, alpha, x, ldx, beta, y, ldy, epilogue))

/* ------------------------------------------------------------------ 3. sparse input */

/* For a y of doubles, the matrix determines the function; this costs one comparison at run time. */
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
   KRON_EYE_SELECT_REAL_(y, kron_eye_apply_csr_f32, kron_eye_apply_csr_to_double_)                 \
     (plan, batch, alpha, x, beta, y, ldy))

/** kron_eye_count_nonzeros_f32() or _f64. */
#define kron_eye_count_nonzeros(rows, cols, x, ldx, count)                                         \
  (KRON_EYE_DEMAND_(KRON_EYE_REAL_(x),                                                             \
     "kron_eye_count_nonzeros: x must point to float or to double"),                               \
   KRON_EYE_SELECT_REAL_(x, kron_eye_count_nonzeros_f32, kron_eye_count_nonzeros_f64)              \
     (rows, cols, x, ldx, count))

/** kron_eye_csr_count_f32() or _f64. */
#define kron_eye_csr_count(rows, cols, x, ldx, index_type, indptr)                                 \
  (KRON_EYE_DEMAND_(KRON_EYE_REAL_(x), "kron_eye_csr_count: x must point to float or to double"),  \
   KRON_EYE_SELECT_REAL_(x, kron_eye_csr_count_f32, kron_eye_csr_count_f64)                        \
     (rows, cols, x, ldx, index_type, indptr))

/** kron_eye_csr_fill_f32() or _f64. */
#define kron_eye_csr_fill(rows, cols, x, ldx, index_type, indptr, capacity, indices, values)       \
  (KRON_EYE_DEMAND_(KRON_EYE_ONE_TYPE_(x, x, values),                                              \
     "kron_eye_csr_fill: x and values must both point to float, or both to double"),               \
   KRON_EYE_DEMAND_(KRON_EYE_WRITABLE_(values),                                                    \
     "kron_eye_csr_fill: values are written and cannot be const"),                                 \
   KRON_EYE_SELECT_REAL_(x, kron_eye_csr_fill_f32, kron_eye_csr_fill_f64)                          \
     (rows, cols, x, ldx, index_type, indptr, capacity, indices, values))

/** kron_eye_csr_convert_f32() or _f64. */
#define kron_eye_csr_convert(rows, cols, x, ldx, index_type, indptr, capacity, indices, values)    \
  (KRON_EYE_DEMAND_(KRON_EYE_ONE_TYPE_(x, x, values),                                              \
     "kron_eye_csr_convert: x and values must both point to float, or both to double"),            \
   KRON_EYE_DEMAND_(KRON_EYE_WRITABLE_(values),                                                    \
     "kron_eye_csr_convert: values are written and cannot be const"),                              \
   KRON_EYE_SELECT_REAL_(x, kron_eye_csr_convert_f32, kron_eye_csr_convert_f64)                    \
     (rows, cols, x, ldx, index_type, indptr, capacity, indices, values))

/* ------------------------------------------------------------------ 4. chains */

/** kron_eye_factor_f32() or _f64. */
#define kron_eye_factor(m, n, op, w, ldw)                                                          \
  (KRON_EYE_DEMAND_(KRON_EYE_REAL_(w), "kron_eye_factor: w must point to float or to double"),     \
   KRON_EYE_SELECT_REAL_(w, kron_eye_factor_f32, kron_eye_factor_f64)(m, n, op, w, ldw))

/** kron_eye_chain_create_f32() or _f64; type is float or double, that of all matrices, x and y. */
#define kron_eye_chain_create(type, out, count, factors, options)                                  \
  (KRON_EYE_DEMAND_(KRON_EYE_REAL_((type *)0),                                                     \
     "kron_eye_chain_create: the type must be float or double"),                                   \
   KRON_EYE_SELECT_REAL_((type *)0, kron_eye_chain_create_f32, kron_eye_chain_create_f64)          \
     (out, count, factors, options))

/** kron_eye_chain_apply_f32() or _f64. */
#define kron_eye_chain_apply(chain, batch, alpha, x, ldx, beta, y, ldy, workspace, workspace_bytes)\
  (KRON_EYE_DEMAND_(KRON_EYE_ONE_TYPE_(x, x, y),                                                   \
     "kron_eye_chain_apply: x and y must both point to float, or both to double"),                 \
   KRON_EYE_DEMAND_(KRON_EYE_WRITABLE_(y),                                                         \
     "kron_eye_chain_apply: y is written and cannot be const"),                                    \
   KRON_EYE_SELECT_REAL_(y, kron_eye_chain_apply_f32, kron_eye_chain_apply_f64)                    \
     (chain, batch, alpha, x, ldx, beta, y, ldy, workspace, workspace_bytes))

/* ------------------------------------------------------------------ 5. the gradient of W */

/** kron_eye_gradient_f32() or _f64. */
#define kron_eye_gradient(shape, batch, alpha, x, ldx, dy, lddy, beta, dw, lddw, options)          \
  (KRON_EYE_DEMAND_(KRON_EYE_ONE_TYPE_(x, dy, dw),                                                 \
     "kron_eye_gradient: x, dy and dw must all point to float, or all to double"),                 \
   KRON_EYE_DEMAND_(KRON_EYE_WRITABLE_(dw),                                                        \
     "kron_eye_gradient: dw is written and cannot be const"),                                      \
   KRON_EYE_SELECT_REAL_(dw, kron_eye_gradient_f32, kron_eye_gradient_f64)                         \
     (shape, batch, alpha, x, ldx, dy, lddy, beta, dw, lddw, options))

/* clang-format on */

#endif /* KRON_EYE_GENERIC_H */
