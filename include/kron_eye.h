/**
 * @file
 * kron_eye.h - products with Kronecker-with-identity operators, which are never formed.
 *
 * Every function here computes a special case of one line of index algebra:
 *
 *     y[r,a,i,c] = alpha * sum_j op(W_a)[i,j] * x[r,a,j,c]  +  beta * y[r,a,i,c]
 *
 *     r in [0, batch)  one row of the caller's array
 *     a in [0, left)   the identity on the left; W_a is one W for all a, or one for each
 *     i in [0, m)      rows of op(W), outputs
 *     j in [0, n)      columns of op(W), inputs
 *     c in [0, right)  the identity on the right
 *
 * that is  y_r = alpha * (I_left (x) op(W) (x) I_right) * x_r + beta * y_r  for one W, with (x) the
 * Kronecker product and op(W) = W or its transpose, an m x n matrix. A row of x holds
 * left*n*right values, a row of y left*m*right. In the notation of einsum: ij,rajc->raic.
 *
 * The same equation under other names:
 *
 *     NumPy            np.kron(np.eye(k), W) @ x     left = k, right = 1
 *                      np.kron(W, np.eye(k)) @ x     left = 1, right = k
 *     tensors          the mode product along axis d of a C-ordered array: left is the product of
 *                      the sizes before d, right of those after it
 *     images           a 1 x 1 convolution of N x C x H x W: left = N, right = H*W
 *     finite elements  sum factorisation along direction d: right = n^d
 *     complex x        and a real W: right = 2
 *     LinearOperator   rmatvec is kron_eye_shape_adjoint(); matmat of a row-major X with p columns
 *                      is right = p
 *
 * The API has several levels. Each works on its own, and most programs need only the first: one
 * call (1), plans (2), sparse input (3), chains of factors (4), gradients for training (5).
 *
 * Conventions for every function:
 * - Matrices and arrays are row-major. Sizes and strides are size_t and count elements.
 *   No alignment beyond the element type's own is required.
 * - A function that can fail returns int: 0 on success, -i if argument i, counted from 1, is bad,
 *   or a positive KRON_EYE_... code for a failure at run time. Arguments are checked from first to
 *   last, and overlap at the end. All checks precede the first write, so a negative status leaves
 *   every output untouched. A size is bad if a product of sizes that starts with it does not fit;
 *   arrays are limited to PTRDIFF_MAX bytes.
 * - Arrays remain the caller's. y must not overlap x or W, and its rows must not overlap each
 *   other. A pointer to an empty array may be NULL. Other pointers are checked also when alpha = 0.
 * - If the output is empty, nothing is done and the status is 0. If n = 0, the sum is empty, and
 *   the call acts as with alpha = 0.
 * - Structs start with their own size, so that later versions can add fields: initialise them with
 *   the ..._INIT macro and then set fields by name. A shorter struct of an older header is read
 *   only as far as it goes. A longer one of a newer header is accepted if everything that this
 *   library does not know is zero.
 * - Functions may be called from several threads at once, on different outputs.
 * - The library prints nothing, and leaves errno and the control bits of the floating-point
 *   environment as they were. (OpenMP and the BLAS may set errno or print when they first start.)
 *   Its threads compute in the caller's environment: rounding mode, flush-to-zero, traps.
 *
 * Notes on speed:
 * - Subnormal numbers in x or W can slow a processor down by a factor of a hundred and more. If
 *   their values do not matter, set flush-to-zero and denormals-are-zero (_MM_SET_FLUSH_ZERO_MODE,
 *   _MM_SET_DENORMALS_ZERO_MODE) before the call; all threads of the library use this setting.
 * - Large arrays gain from huge pages. On Linux, align them to 2 MiB and call
 *   madvise(array, bytes, MADV_HUGEPAGE) before the first write.
 * - The library's own functions need less than 16 KiB of stack; the BLAS may need more.
 */
#ifndef KRON_EYE_H
#define KRON_EYE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define KRON_EYE_API __attribute__((visibility("default")))
#else
#define KRON_EYE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ status and version */

/** Major version of this header; the build reads the version from here. */
#define KRON_EYE_VERSION_MAJOR 0
#define KRON_EYE_VERSION_MINOR 2 /**< minor version */
#define KRON_EYE_VERSION_PATCH 0 /**< patch version */
/** One comparable number: 10203 is version 1.2.3. */
#define KRON_EYE_VERSION_NUMBER                                                                    \
  (KRON_EYE_VERSION_MAJOR * 10000 + KRON_EYE_VERSION_MINOR * 100 + KRON_EYE_VERSION_PATCH)

/** Statuses that are not argument positions. */
enum kron_eye_status {
  KRON_EYE_OK = 0,          /**< success */
  KRON_EYE_NO_MEMORY = 1,   /**< not enough memory; no output was written */
  KRON_EYE_UNSUPPORTED = 2, /**< a valid request that is not implemented; nothing written */
};

/** A description of the status: a static string, never NULL, for any int. */
KRON_EYE_API const char *kron_eye_status_text(int status);

/** KRON_EYE_VERSION_NUMBER of the library that is linked. */
KRON_EYE_API int kron_eye_version_number(void);

/** The version of the library that is linked, "major.minor.patch": a static string. */
KRON_EYE_API const char *kron_eye_version(void);

/**
 * The instruction set that the library's own kernels use: "avx512", "avx2" or "portable", a static
 * string. It is chosen once, at the first call that needs it: the highest that the CPU and the
 * operating system support, limited by the environment variable KRON_EYE_ISA if that is one of
 * these three names. Other values are ignored, and the variable is read only this once.
 */
KRON_EYE_API const char *kron_eye_isa(void);

/* ------------------------------------------------------------------ 1. one call */

/**
 * y = (I_k (x) W) x:  y[a,i] = sum_j w[i,j] * x[a,j],  one row of k blocks.
 *
 * Calls cblas_sgemm (cblas_dgemm; a gemv if m = 1) with x seen as a k x n matrix, in several pieces
 * if the sizes exceed the BLAS's 32-bit integers. No set-up, and the library itself allocates
 * nothing. The order of additions is unspecified.
 *
 * @param k  number of blocks
 * @param m  rows of W, outputs of a block
 * @param n  columns of W, inputs of a block
 * @param w  m*n elements: W, row-major, read
 * @param x  k*n elements, read
 * @param y  k*m elements, overwritten and not read
 * @return 0, or
 *         -1  k*n or k*m elements do not fit in memory,
 *         -2  m*n elements do not fit,
 *         -3  n elements do not fit,
 *         -4, -5, -6  the pointer is NULL and its array not empty,
 *         -6  y overlaps w or x.
 *         y is untouched by any status but 0.
 */
KRON_EYE_API int kron_eye_matvec(size_t k, size_t m, size_t n, const float *w, const float *x,
                                 float *y);

/** kron_eye_matvec() in double. */
KRON_EYE_API int kron_eye_matvec_f64(size_t k, size_t m, size_t n, const double *w, const double *x,
                                     double *y);

/**
 * kron_eye_matvec() on each of `batch` rows, as one product:
 * y[r,a,i] = sum_j w[i,j] * x[r,a,j].
 *
 * Packs W and uses the library's own kernels if that is faster; otherwise, or if there is no memory
 * for packing, calls cblas_sgemm (cblas_dgemm) with x seen as a (batch*k) x n matrix. To apply one
 * W many times, or if the order of additions matters, use a plan.
 *
 * @param batch  number of rows
 * @param k      number of blocks in a row
 * @param m      rows of W
 * @param n      columns of W
 * @param w      m*n elements: W, row-major, read
 * @param x      batch*k*n elements, read
 * @param y      batch*k*m elements, overwritten and not read
 * @return 0, or
 *         -1  batch*k*n or batch*k*m elements do not fit in memory,
 *         -2  k*n or k*m elements do not fit,
 *         -3  m*n elements do not fit,
 *         -4  n elements do not fit,
 *         -5, -6, -7  the pointer is NULL and its array not empty,
 *         -7  y overlaps w or x.
 *         y is untouched by any status but 0.
 */
KRON_EYE_API int kron_eye_matvec_batch(size_t batch, size_t k, size_t m, size_t n, const float *w,
                                       const float *x, float *y);

/** kron_eye_matvec_batch() in double. */
KRON_EYE_API int kron_eye_matvec_batch_f64(size_t batch, size_t k, size_t m, size_t n,
                                           const double *w, const double *x, double *y);

/**
 * op(W): whether W is used as stored or transposed.
 */
enum kron_eye_op {
  KRON_EYE_NO_TRANSPOSE = 0, /**< op(W) = W, stored m x n */
  KRON_EYE_TRANSPOSE = 1,    /**< op(W) = W^T; W is stored n x m */
};

/**
 * The operator I_left (x) op(W) (x) I_right or, if stridew is not 0, the block diagonal operator
 * with a separate W for each block: op(W_0) (x) I_right, op(W_1) (x) I_right, ... Start from
 * KRON_EYE_SHAPE_INIT and set fields by name. A row of x holds left*n*right elements, a row of y
 * left*m*right.
 */
typedef struct kron_eye_shape {
  size_t size;    /**< sizeof(kron_eye_shape): lets the struct grow; an unknown tail must be zero */
  size_t left;    /**< blocks in a row: the identity on the left */
  size_t m;       /**< rows of op(W) */
  size_t n;       /**< columns of op(W) */
  size_t right;   /**< the identity on the right */
  int op;         /**< an enum kron_eye_op */
  int reserved;   /**< 0 */
  size_t stridew; /**< elements from the W of block a to the W of block a+1; 0: one W for all.
                       Ignored when left <= 1. Ws that are only read may overlap */
} kron_eye_shape;

/** left = right = 1, an empty W, no transpose, one W. */
#define KRON_EYE_SHAPE_INIT                                                                        \
  { sizeof(kron_eye_shape), 1, 0, 0, 1, KRON_EYE_NO_TRANSPOSE, 0, 0 }

/**
 * The shape of the transposed operator: m and n are exchanged, op changes to its other value, and
 * the rest is unchanged. With the same W, apply of the adjoint shape computes
 *
 *     x_r = alpha * K^T * y_r + beta * x_r
 *
 * @param shape    the operator
 * @param adjoint  its field size is set by the caller and kept; the other fields are overwritten,
 *                 as far as that size goes. May be the same struct as shape
 * @return 0, or
 *         -1  shape is NULL, has a bad size, tail, op or reserved field, or its sizes do not fit,
 *         -2  adjoint is NULL, has a bad size, or is too short for a stridew that is not 0.
 */
KRON_EYE_API int kron_eye_shape_adjoint(const kron_eye_shape *shape, kron_eye_shape *adjoint);

/**
 * y_r = alpha * (I_left (x) op(W) (x) I_right) * x_r + beta * y_r  for r in [0, batch), in one
 * call, for a W that is used once or a few times.
 *
 * Packs W and uses the library's own kernels if that is faster; otherwise, or if there is no memory
 * for packing, calls the BLAS. The order of additions is unspecified; if it matters, use a plan.
 *
 * @param shape  the operator
 * @param w      W as stored: rows of op's storage ldw apart, and for a W of each block stridew
 *               apart; read
 * @param ldw    elements from one stored row of W to the next: at least its columns; ignored when W
 *               has at most one row
 * @param batch  as in kron_eye_apply_f32()
 * @param alpha  as in kron_eye_apply_f32()
 * @param x  as in kron_eye_apply_f32()
 * @param ldx  as in kron_eye_apply_f32()
 * @param beta  as in kron_eye_apply_f32()
 * @param y  as in kron_eye_apply_f32()
 * @param ldy  as in kron_eye_apply_f32()
 * @return 0, or
 *         -1  shape is NULL, has a bad size, tail, op or reserved field, or its sizes do not fit,
 *         -2  w is NULL and W not empty,
 *         -3  ldw is smaller than a row, or W does not fit in memory,
 *         -4  batch rows of x or y do not fit in memory,
 *         -6, -9   the pointer is NULL and its array not empty,
 *         -7, -10  the stride is smaller than a row,
 *         -9  y overlaps x or W.
 *         y is untouched by any status but 0.
 */
KRON_EYE_API int kron_eye_product_f32(const kron_eye_shape *shape, const float *w, size_t ldw,
                                      size_t batch, float alpha, const float *x, size_t ldx,
                                      float beta, float *y, size_t ldy);
/** kron_eye_product_f32() in double. */
KRON_EYE_API int kron_eye_product_f64(const kron_eye_shape *shape, const double *w, size_t ldw,
                                      size_t batch, double alpha, const double *x, size_t ldx,
                                      double beta, double *y, size_t ldy);

/* ------------------------------------------------------------------ 2. a plan */

/** How a plan treats zeros in x. The result is bit-for-bit the same. */
enum kron_eye_zeros {
  KRON_EYE_ZEROS_AUTO = 0,     /**< skip them if the data is sparse enough */
  KRON_EYE_ZEROS_SKIP = 1,     /**< skip them wherever that cannot change the result; kernels for
                                    right > 1 and for few outputs never skip */
  KRON_EYE_ZEROS_MULTIPLY = 2, /**< never skip */
};

/** Which implementation a plan may use. */
enum kron_eye_route {
  KRON_EYE_ROUTE_AUTO = 0,   /**< whichever is expected to be faster */
  KRON_EYE_ROUTE_KERNEL = 1, /**< the library's own kernels only: rows are invariant, see below */
  KRON_EYE_ROUTE_BLAS = 2,   /**< the BLAS; KRON_EYE_UNSUPPORTED for mixed types */
};

/** Options of a plan. Initialise with KRON_EYE_OPTIONS_INIT; NULL stands for the same values. */
typedef struct kron_eye_options {
  size_t size;    /**< sizeof(kron_eye_options), as in kron_eye_shape */
  size_t threads; /**< most threads for one apply; 0: as many as OpenMP would use. Bounds
                       the library's own kernels; a BLAS has its own setting */
  int zeros;      /**< an enum kron_eye_zeros */
  int route;      /**< an enum kron_eye_route */
} kron_eye_options;

/** All defaults. */
#define KRON_EYE_OPTIONS_INIT                                                                      \
  { sizeof(kron_eye_options), 0, KRON_EYE_ZEROS_AUTO, KRON_EYE_ROUTE_AUTO }

/**
 * One W (or one for each block), packed for one shape, type and machine. Any number of threads may
 * apply one plan at once. Holds a copy of W.
 *
 * Guarantees of a plan whose route is the library's own kernels (kron_eye_plan_describe() tells
 * whether it is):
 *
 * - Row invariance. The result of a row depends on W, that row and its old y, alpha, beta, the
 *   epilogue, the options, the instruction set and the caller's floating-point environment, bit for
 *   bit, and not on the batch, the position in it, the number of threads, alignment, the strides of
 *   x and y, or which zeros were skipped. The payload and the sign of a NaN are excepted.
 * - A NaN or Inf in a fibre x[r,a,:,c] affects only that fibre of y.
 * - Nothing outside the given extents is read or written, and neither are the gaps between rows.
 * - FE_INVALID, FE_DIVBYZERO and FE_OVERFLOW are raised only if the written-out products and sums
 *   raise them.
 * - Accuracy, componentwise, in round-to-nearest and without intermediate overflow:
 *
 *     |error| <= (n+3) u (|alpha| |W||x| + |beta||y|) + (n max(1,|alpha|) + 3) eta
 *
 *   where u = 2^-24 (float) or 2^-53 (double), and eta is the smallest subnormal number.
 */
typedef struct kron_eye_plan kron_eye_plan;

/**
 * Creates a plan: checks the shape, copies and packs W, and chooses the kernels.
 *
 * The suffix names the types of x, then of W and y where they differ: _f32, _f64,
 * _f32_f64 (x float, W and y double), _u8_f32 (x bytes, W and y float).
 *
 * @param out      receives the new plan, which the caller must destroy; NULL on any failure
 * @param shape    the operator; read during the call only
 * @param w        W as stored, m x n or transposed n x m, read during the call only:
 *                 (rows-1)*ldw + columns elements, and (left-1)*stridew more where each block has a
 *                 W of its own. Empty if m*n = 0, or if left = 0 and stridew is not 0
 * @param ldw      elements from one stored row of W to the next, at least its columns; ignored when
 *                 W has at most one row
 * @param options  NULL for the defaults; read during the call only
 * @return 0, or
 *         -1  out is NULL,
 *         -2  shape is NULL, has a bad size, tail, op or reserved field, or its sizes do not fit,
 *         -3  w is NULL and W not empty,
 *         -4  ldw is smaller than a row, or W does not fit in memory,
 *         -5  options have a bad size or tail, or a value outside its enum,
 *         KRON_EYE_NO_MEMORY,
 *         KRON_EYE_UNSUPPORTED  route is BLAS and the types are mixed.
 */
KRON_EYE_API int kron_eye_plan_create_f32(kron_eye_plan **out, const kron_eye_shape *shape,
                                          const float *w, size_t ldw,
                                          const kron_eye_options *options);
/** kron_eye_plan_create_f32() for x, W and y double. */
KRON_EYE_API int kron_eye_plan_create_f64(kron_eye_plan **out, const kron_eye_shape *shape,
                                          const double *w, size_t ldw,
                                          const kron_eye_options *options);
/** kron_eye_plan_create_f32() for x float, W and y double. */
KRON_EYE_API int kron_eye_plan_create_f32_f64(kron_eye_plan **out, const kron_eye_shape *shape,
                                              const double *w, size_t ldw,
                                              const kron_eye_options *options);
/** kron_eye_plan_create_f32() for x bytes, W and y float. */
KRON_EYE_API int kron_eye_plan_create_u8_f32(kron_eye_plan **out, const kron_eye_shape *shape,
                                             const float *w, size_t ldw,
                                             const kron_eye_options *options);

/**
 * Gives a plan a new W of the same shape, without allocating. This is cheaper than a new plan if W
 * changes from step to step. No apply may be running on the plan. Options and route are unchanged.
 *
 * @param plan    from the create function of the same suffix
 * @param w  as they were for the plan's creation
 * @param ldw  as they were for the plan's creation
 * @return 0, or
 *         -1  plan is NULL or was made for other types,
 *         -2  w is NULL and W not empty,
 *         -3  ldw is smaller than a row, or W does not fit in memory.
 *         The plan is unchanged by any status but 0.
 */
KRON_EYE_API int kron_eye_plan_update_f32(kron_eye_plan *plan, const float *w, size_t ldw);
/** kron_eye_plan_update_f32() for x, W and y double. */
KRON_EYE_API int kron_eye_plan_update_f64(kron_eye_plan *plan, const double *w, size_t ldw);
/** kron_eye_plan_update_f32() for x float, W and y double. */
KRON_EYE_API int kron_eye_plan_update_f32_f64(kron_eye_plan *plan, const double *w, size_t ldw);
/** kron_eye_plan_update_f32() for x bytes, W and y float. */
KRON_EYE_API int kron_eye_plan_update_u8_f32(kron_eye_plan *plan, const float *w, size_t ldw);

/**
 * y_r = alpha * (I_left (x) op(W) (x) I_right) * x_r + beta * y_r  for r in [0, batch).
 *
 * Allocates nothing. If beta = 0, y is not read and may be uninitialised. If alpha = 0, neither W
 * nor x is read, and y = beta*y.
 *
 * @param plan   from kron_eye_plan_create_f32()
 * @param batch  number of rows
 * @param alpha  factor of the product
 * @param x      (batch-1)*ldx + left*n*right elements, read
 * @param ldx    elements from one row of x to the next: at least left*n*right, or 0 to use one row
 *               for all; ignored when batch <= 1
 * @param beta   factor of the old y
 * @param y      (batch-1)*ldy + left*m*right elements; gaps between rows are neither read nor
 *               written. x and y may lie interleaved in one array, each between the other's
 *               strides
 * @param ldy    elements from one row of y to the next, at least left*m*right; ignored when
 *               batch <= 1
 * @return 0, or
 *         -1  plan is NULL or was made for other types,
 *         -2  batch rows of x or y do not fit in memory,
 *         -4, -7  the pointer is NULL and its array not empty,
 *         -5, -8  the stride is smaller than a row,
 *         -7  y overlaps x.
 *         y is untouched by any status but 0.
 */
KRON_EYE_API int kron_eye_apply_f32(const kron_eye_plan *plan, size_t batch, float alpha,
                                    const float *x, size_t ldx, float beta, float *y, size_t ldy);
/** kron_eye_apply_f32() for x, W and y double. */
KRON_EYE_API int kron_eye_apply_f64(const kron_eye_plan *plan, size_t batch, double alpha,
                                    const double *x, size_t ldx, double beta, double *y,
                                    size_t ldy);
/** kron_eye_apply_f32() for x float, W and y double; x is converted as it is read. */
KRON_EYE_API int kron_eye_apply_f32_f64(const kron_eye_plan *plan, size_t batch, double alpha,
                                        const float *x, size_t ldx, double beta, double *y,
                                        size_t ldy);
/** kron_eye_apply_f32() for x bytes, W and y float: alpha = 1/255.f scales raw pixels to [0,1]. */
KRON_EYE_API int kron_eye_apply_u8_f32(const kron_eye_plan *plan, size_t batch, float alpha,
                                       const uint8_t *x, size_t ldx, float beta, float *y,
                                       size_t ldy);

/** What kron_eye_apply_fused_f32() does to a finished value v of y. */
enum kron_eye_activation {
  KRON_EYE_ACTIVATION_NONE = 0,  /**< v */
  KRON_EYE_ACTIVATION_RELU = 1,  /**< v < 0 ? +0 : v, which keeps NaN and -0 */
  KRON_EYE_ACTIVATION_CLAMP = 2, /**< v < low ? low : v > high ? high : v, which keeps NaN */
};

/** What happens to y after the product. Start from KRON_EYE_EPILOGUE_INIT. */
typedef struct kron_eye_epilogue {
  size_t size;        /**< sizeof(kron_eye_epilogue), as in kron_eye_shape */
  const void *bias;   /**< NULL, or elements of y's type, one for each of the m outputs: bias[i], or
                           bias[a*bias_stride + i] where bias_stride is not 0 */
  size_t bias_stride; /**< elements from one block's bias to the next, at least m; 0: one bias for
                           all blocks. Ignored when left <= 1 or bias is NULL */
  int activation;     /**< an enum kron_eye_activation */
  int reserved;       /**< 0 */
  double low;         /**< for CLAMP only: the lower bound, rounded to y's type */
  double high;        /**< for CLAMP only: the upper bound, rounded to y's type; low <= high */
} kron_eye_epilogue;

/** No bias, no activation. */
#define KRON_EYE_EPILOGUE_INIT                                                                     \
  { sizeof(kron_eye_epilogue), NULL, 0, KRON_EYE_ACTIVATION_NONE, 0, 0, 0 }

/**
 * y_r = act(alpha * (I_left (x) op(W) (x) I_right) * x_r + beta * y_r + bias): an apply that adds a
 * bias and applies an activation before y is written.
 *
 * The bits are those of kron_eye_apply_f32() followed by one addition and one comparison, whatever
 * the route. alpha = 0 or n = 0: y = act(beta*y + bias).
 *
 *     |error| <= (n+4) u (|alpha| |W||x| + |beta||y| + |bias|) + (n max(1,|alpha|) + 3) eta
 *
 * before the activation. There is no GELU or sigmoid: several definitions are in use.
 *
 * @param plan  as in kron_eye_apply_f32()
 * @param batch  as in kron_eye_apply_f32()
 * @param alpha  as in kron_eye_apply_f32()
 * @param x  as in kron_eye_apply_f32()
 * @param ldx  as in kron_eye_apply_f32()
 * @param beta  as in kron_eye_apply_f32()
 * @param y  as in kron_eye_apply_f32()
 * @param ldy  as in kron_eye_apply_f32()
 * @param epilogue  NULL for none; read during the call only
 * @return 0, or
 *         -1, -2, -4, -5, -7, -8  as kron_eye_apply_f32(),
 *         -9  the epilogue has a bad size, tail, reserved field or activation, bias_stride is
 *             smaller than m, the bias does not fit in memory, low > high or one of them is a NaN,
 *             or y overlaps the bias.
 *         y is untouched by any status but 0.
 */
KRON_EYE_API int kron_eye_apply_fused_f32(const kron_eye_plan *plan, size_t batch, float alpha,
                                          const float *x, size_t ldx, float beta, float *y,
                                          size_t ldy, const kron_eye_epilogue *epilogue);
/** kron_eye_apply_fused_f32() for x, W and y double. */
KRON_EYE_API int kron_eye_apply_fused_f64(const kron_eye_plan *plan, size_t batch, double alpha,
                                          const double *x, size_t ldx, double beta, double *y,
                                          size_t ldy, const kron_eye_epilogue *epilogue);
/** kron_eye_apply_fused_f32() for x float, W and y double. */
KRON_EYE_API int kron_eye_apply_fused_f32_f64(const kron_eye_plan *plan, size_t batch, double alpha,
                                              const float *x, size_t ldx, double beta, double *y,
                                              size_t ldy, const kron_eye_epilogue *epilogue);
/** kron_eye_apply_fused_f32() for x bytes, W and y float. */
KRON_EYE_API int kron_eye_apply_fused_u8_f32(const kron_eye_plan *plan, size_t batch, float alpha,
                                             const uint8_t *x, size_t ldx, float beta, float *y,
                                             size_t ldy, const kron_eye_epilogue *epilogue);

/**
 * Describes the plan in one line of text: operator, types, route, kernels, instruction set,
 * threads, bytes of packed W, and the guarantees. The text is meant for people; its wording may
 * change.
 *
 * @param plan      any plan; NULL gives an empty text
 * @param text      capacity bytes, or NULL when capacity is 0; always ends in a NUL when
 *                  capacity > 0
 * @param capacity  size of text in bytes
 * @return the length of the full description without the NUL, as for snprintf(); if it is >=
 *         capacity, text was truncated.
 */
KRON_EYE_API size_t kron_eye_plan_describe(const kron_eye_plan *plan, char *text, size_t capacity);

/** Frees the plan, which no apply may be using. NULL is accepted. */
KRON_EYE_API void kron_eye_plan_destroy(kron_eye_plan *plan);

/* ------------------------------------------------------------------ 3. sparse input */

/** The type of indptr and indices. */
enum kron_eye_index_type {
  KRON_EYE_INDEX_INT32 = 0, /**< int32_t */
  KRON_EYE_INDEX_INT64 = 1, /**< int64_t */
};

/** The type of values. */
enum kron_eye_value_type {
  KRON_EYE_VALUE_FLOAT = 0,  /**< float */
  KRON_EYE_VALUE_DOUBLE = 1, /**< double */
};

/**
 * A matrix x in compressed sparse row format: row r has the entries indptr[r] to indptr[r+1] - 1,
 * each with an index (its column) and a value. Initialise with KRON_EYE_CSR_INIT and then set
 * fields by name. Only stored entries are multiplied: a stored zero times Inf in W is NaN, but a
 * zero that is not stored has no effect. Indices need not be sorted, and duplicates are added. The
 * library writes nothing here; all arrays remain the caller's, and y must not overlap any of them.
 *
 * These are the arrays of a scipy.sparse.csr_matrix: indptr, indices, data. For `W @ dsp.T` with a
 * csr_matrix dsp, pass the three arrays of dsp itself; dsp.T is only a CSC view of them.
 */
typedef struct kron_eye_csr {
  size_t size;         /**< sizeof(kron_eye_csr), as in kron_eye_shape */
  size_t rows;         /**< rows of the matrix; see kron_eye_apply_csr_f32() for rows and cols */
  size_t cols;         /**< columns of the matrix */
  size_t nnz;          /**< stored entries */
  const void *indptr;  /**< rows+1 integers: 0 first, never decreasing, nnz last; never NULL */
  const void *indices; /**< nnz integers, each in [0, cols) */
  const void *values;  /**< nnz values */
  int index_type;      /**< an enum kron_eye_index_type: of indptr and indices */
  int value_type;      /**< an enum kron_eye_value_type: of values */
  int trusted;         /**< 0: indptr and indices are checked at every apply. 1: the caller vouches
                            that kron_eye_csr_check() finds no fault; if it would, the apply may
                            read and write anywhere */
  int reserved;        /**< 0 */
} kron_eye_csr;

/** An empty matrix of int32 indices and float values, not trusted. */
#define KRON_EYE_CSR_INIT                                                                          \
  {                                                                                                \
    sizeof(kron_eye_csr), 0, 0, 0, NULL, NULL, NULL, KRON_EYE_INDEX_INT32, KRON_EYE_VALUE_FLOAT,   \
        0, 0                                                                                       \
  }

/** The faults of a kron_eye_csr, in the order in which they are checked. */
enum kron_eye_csr_fault_kind {
  KRON_EYE_CSR_NO_FAULT = 0,      /**< nothing */
  KRON_EYE_CSR_BAD_STRUCT = 1,    /**< NULL, or a bad size, tail, type, trusted or reserved field */
  KRON_EYE_CSR_TOO_LARGE = 2,     /**< rows+1 or nnz elements do not fit in memory */
  KRON_EYE_CSR_NO_INDPTR = 3,     /**< indptr is NULL */
  KRON_EYE_CSR_NO_INDICES = 4,    /**< indices is NULL and nnz not 0 */
  KRON_EYE_CSR_NO_VALUES = 5,     /**< values is NULL and nnz not 0 */
  KRON_EYE_CSR_BAD_START = 6,     /**< indptr[0] is not 0 */
  KRON_EYE_CSR_DECREASING = 7,    /**< indptr[position] < indptr[position-1] */
  KRON_EYE_CSR_BAD_END = 8,       /**< indptr[rows], the position, is not nnz */
  KRON_EYE_CSR_INDEX_OUTSIDE = 9, /**< indices[position] is negative, or cols or more */
};

/** A fault and its position. */
typedef struct kron_eye_csr_fault {
  int kind;        /**< an enum kron_eye_csr_fault_kind */
  size_t position; /**< the first position of the fault in its array; 0 if it has none */
} kron_eye_csr_fault;

/**
 * Checks a matrix. Reads all of indptr and indices but, whatever they contain, nothing outside the
 * sizes given by rows and nnz. The first fault in the order of the enum is reported. May use as
 * many threads as OpenMP would.
 *
 * @param x      the matrix, or NULL (a fault); `trusted` makes no difference
 * @param fault  receives the fault, or KRON_EYE_CSR_NO_FAULT; may be NULL
 * @return 0, or -1 if there is a fault.
 */
KRON_EYE_API int kron_eye_csr_check(const kron_eye_csr *x, kron_eye_csr_fault *fault);

/** A description of the fault: a static string, never NULL, for any int. */
KRON_EYE_API const char *kron_eye_csr_fault_text(int kind);

/**
 * kron_eye_apply_f32() on sparse x:  y_r = alpha * (I_left (x) op(W)) * x_r + beta * y_r  for r in
 * [0, batch), x being a CSR matrix of either shape:
 *
 *     cols = left*n, rows = batch         each row of the matrix is a row of x
 *     cols = n,      rows = batch*left    each row of the matrix is a block: row r*left + a is
 *                                         block a of row r of x
 *
 * With left = 1 both are the same. right has to be 1; transposes and a W for each block are
 * supported. If the entries of a row are not grouped by block (sorted indices are), the row is
 * searched once per block; the result is correct, but this is slow.
 *
 * Allocates nothing. alpha = 0: the arrays of x are not read, y = beta*y. Any plan of the right
 * type works, whatever its route; the BLAS is not called. Plans that store W for the BLAS, for few
 * outputs or for many small Ws gather from W, which is slower (kron_eye_plan_describe() ends with
 * "sparse x: gathered from W").
 *
 * The result of a block depends on W, its entries in the order in which they are stored, its old y,
 * alpha, beta, the options and the instruction set, bit for bit, and not on the number of threads,
 * the shape, the type of the indices or the other blocks (a NaN's payload and sign excepted). Each
 * sum is made of two partial sums, so the bits differ from those of kron_eye_apply_f32(). Accuracy
 * is as promised at kron_eye_plan, with n the number of the block's entries.
 *
 * @param plan   from kron_eye_plan_create_f32()
 * @param batch  number of rows of x, as above, and of y
 * @param alpha  factor of the product
 * @param x      the matrix, of float values; read during the call only
 * @param beta   factor of the old y
 * @param y      (batch-1)*ldy + left*m elements; gaps between rows are neither read nor written
 * @param ldy    elements from one row of y to the next, at least left*m; ignored when batch <= 1
 * @return 0, or
 *         -1  plan is NULL or was made for other types,
 *         -2  batch rows of y do not fit in memory,
 *         -4  x has a fault that kron_eye_csr_check() reports (where x is trusted or alpha = 0: one
 *             up to KRON_EYE_CSR_NO_VALUES), values of another type, or neither shape,
 *         -6  y is NULL and not empty, or overlaps an array of x,
 *         -7  ldy is smaller than a row,
 *         KRON_EYE_UNSUPPORTED  right is not 1.
 *         y is untouched by any status but 0.
 */
KRON_EYE_API int kron_eye_apply_csr_f32(const kron_eye_plan *plan, size_t batch, float alpha,
                                        const kron_eye_csr *x, float beta, float *y, size_t ldy);
/** kron_eye_apply_csr_f32() for double values, W and y. */
KRON_EYE_API int kron_eye_apply_csr_f64(const kron_eye_plan *plan, size_t batch, double alpha,
                                        const kron_eye_csr *x, double beta, double *y, size_t ldy);
/** kron_eye_apply_csr_f32() for float values, W and y double. */
KRON_EYE_API int kron_eye_apply_csr_f32_f64(const kron_eye_plan *plan, size_t batch, double alpha,
                                            const kron_eye_csr *x, double beta, double *y,
                                            size_t ldy);

/**
 * Counts the non-zero elements of a dense array (NaN counts as non-zero), to decide whether
 * conversion to CSR is worthwhile. Above about a quarter, a plan that skips zeros in the dense
 * array is usually faster. May use as many threads as OpenMP would.
 *
 * @param rows   number of rows
 * @param cols   elements of a row
 * @param x      (rows-1)*ldx + cols elements, read
 * @param ldx    elements from one row to the next, at least cols; ignored when rows <= 1
 * @param count  receives the count
 * @return 0, or
 *         -1  rows of cols elements do not fit in memory,
 *         -3  x is NULL and not empty,
 *         -4  ldx is smaller than a row,
 *         -5  count is NULL.
 */
KRON_EYE_API int kron_eye_count_nonzeros_f32(size_t rows, size_t cols, const float *x, size_t ldx,
                                             size_t *count);
/** kron_eye_count_nonzeros_f32() in double. */
KRON_EYE_API int kron_eye_count_nonzeros_f64(size_t rows, size_t cols, const double *x, size_t ldx,
                                             size_t *count);

/**
 * First step of the conversion from a dense array to CSR: computes indptr. Its last element is the
 * number of entries to allocate for indices and values. kron_eye_csr_fill_f32() is the second step.
 * May use as many threads as OpenMP would.
 *
 * @param rows  as in kron_eye_count_nonzeros_f32()
 * @param cols  as in kron_eye_count_nonzeros_f32()
 * @param x  as in kron_eye_count_nonzeros_f32()
 * @param ldx  as in kron_eye_count_nonzeros_f32()
 * @param index_type  an enum kron_eye_index_type: of indptr, and later of indices
 * @param indptr      rows+1 integers, overwritten
 * @return 0, or
 *         -1  rows of cols elements, or rows+1 integers, do not fit in memory,
 *         -3  x is NULL and not empty,
 *         -4  ldx is smaller than a row,
 *         -5  index_type is outside its enum, or too small for the columns or the entries,
 *         -6  indptr is NULL or overlaps x.
 *         indptr is untouched by any status but 0.
 */
KRON_EYE_API int kron_eye_csr_count_f32(size_t rows, size_t cols, const float *x, size_t ldx,
                                        int index_type, void *indptr);
/** kron_eye_csr_count_f32() in double. */
KRON_EYE_API int kron_eye_csr_count_f64(size_t rows, size_t cols, const double *x, size_t ldx,
                                        int index_type, void *indptr);

/**
 * Second step of the conversion from a dense array to CSR: the indices, ascending in each row, and
 * the values of all elements that are not zero. Zeros are not stored, so they are not multiplied by
 * an Inf or NaN in W. May use as many threads as OpenMP would.
 *
 * @param rows  the same as in kron_eye_csr_count_f32()
 * @param cols  the same as in kron_eye_csr_count_f32()
 * @param x  the same as in kron_eye_csr_count_f32()
 * @param ldx  the same as in kron_eye_csr_count_f32()
 * @param index_type  the same as in kron_eye_csr_count_f32()
 * @param indptr    rows+1 integers written by that function, read
 * @param capacity  number of elements that indices and values can hold
 * @param indices   indptr[rows] integers are written
 * @param values    indptr[rows] elements are written
 * @return 0, or
 *         -1, -3, -4, -5  as kron_eye_csr_count_f32(),
 *         -6  indptr is NULL, does not start at 0 or decreases; or it does not belong to this x, in
 *             which case the first `capacity` elements of indices and values are undefined,
 *         -7  capacity is less than indptr[rows], or does not fit in memory,
 *         -8, -9  the pointer is NULL and capacity not 0, or its array overlaps one before it.
 *         indices and values are untouched by any status but 0 (and that one case of -6).
 */
KRON_EYE_API int kron_eye_csr_fill_f32(size_t rows, size_t cols, const float *x, size_t ldx,
                                       int index_type, const void *indptr, size_t capacity,
                                       void *indices, float *values);
/** kron_eye_csr_fill_f32() in double. */
KRON_EYE_API int kron_eye_csr_fill_f64(size_t rows, size_t cols, const double *x, size_t ldx,
                                       int index_type, const void *indptr, size_t capacity,
                                       void *indices, double *values);

/**
 * Both steps in one call, which reads x from memory once. The arrays must have room for the worst
 * case, an array without zeros. May use as many threads as OpenMP would.
 *
 * @param rows  as in kron_eye_csr_count_f32()
 * @param cols  as in kron_eye_csr_count_f32()
 * @param x  as in kron_eye_csr_count_f32()
 * @param ldx  as in kron_eye_csr_count_f32()
 * @param index_type  as in kron_eye_csr_count_f32()
 * @param indptr    rows+1 integers, overwritten; the last is the number of entries
 * @param capacity  elements that indices and values have, at least rows*cols
 * @param indices   the first indptr[rows] integers are written as by kron_eye_csr_fill_f32(); the
 *                  others are undefined
 * @param values    likewise
 * @return 0, or
 *         -1, -3, -4, -5, -6  as kron_eye_csr_count_f32(),
 *         -7  capacity is less than rows*cols, or does not fit in memory,
 *         -8, -9  the pointer is NULL and capacity not 0, or its array overlaps one before it.
 *         indptr, indices and values are untouched by any status but 0.
 */
KRON_EYE_API int kron_eye_csr_convert_f32(size_t rows, size_t cols, const float *x, size_t ldx,
                                          int index_type, void *indptr, size_t capacity,
                                          void *indices, float *values);
/** kron_eye_csr_convert_f32() in double. */
KRON_EYE_API int kron_eye_csr_convert_f64(size_t rows, size_t cols, const double *x, size_t ldx,
                                          int index_type, void *indptr, size_t capacity,
                                          void *indices, double *values);

/* ------------------------------------------------------------------ 4. chains */

/** What a kron_eye_factor is. */
enum kron_eye_factor_kind {
  KRON_EYE_FACTOR_MATRIX = 0,   /**< op(W), m x n */
  KRON_EYE_FACTOR_IDENTITY = 1, /**< the identity of order m = n; w, ldw and op are ignored */
};

/**
 * One factor of a chain. Make it with kron_eye_factor_f32(), kron_eye_factor_f64() or
 * kron_eye_factor_identity(), or start from KRON_EYE_FACTOR_INIT and set fields by name.
 */
typedef struct kron_eye_factor {
  size_t size;   /**< sizeof(kron_eye_factor): also the step from one factor of an array to the
                      next, so that all factors of an array have the size of the first */
  int kind;      /**< an enum kron_eye_factor_kind */
  int op;        /**< an enum kron_eye_op */
  int reserved;  /**< 0 */
  size_t m;      /**< rows of op(W) */
  size_t n;      /**< columns of op(W) */
  const void *w; /**< W as stored, m x n or transposed n x m, of the chain's type */
  size_t ldw;    /**< elements from one stored row of W to the next, at least its columns; ignored
                      when W has at most one row */
} kron_eye_factor;

/** An empty matrix, not transposed. */
#define KRON_EYE_FACTOR_INIT                                                                       \
  { sizeof(kron_eye_factor), KRON_EYE_FACTOR_MATRIX, KRON_EYE_NO_TRANSPOSE, 0, 0, 0, NULL, 0 }

/** The factor op(W), m x n, for a chain of float. */
static inline kron_eye_factor kron_eye_factor_f32(size_t m, size_t n, int op, const float *w,
                                                  size_t ldw) {
  kron_eye_factor factor = KRON_EYE_FACTOR_INIT;
  factor.op = op;
  factor.m = m;
  factor.n = n;
  factor.w = w;
  factor.ldw = ldw;
  return factor;
}

/** The factor op(W), m x n, for a chain of double. */
static inline kron_eye_factor kron_eye_factor_f64(size_t m, size_t n, int op, const double *w,
                                                  size_t ldw) {
  kron_eye_factor factor = KRON_EYE_FACTOR_INIT;
  factor.op = op;
  factor.m = m;
  factor.n = n;
  factor.w = w;
  factor.ldw = ldw;
  return factor;
}

/** The identity of order n as a factor of any chain. */
static inline kron_eye_factor kron_eye_factor_identity(size_t n) {
  kron_eye_factor factor = KRON_EYE_FACTOR_INIT;
  factor.kind = KRON_EYE_FACTOR_IDENTITY;
  factor.m = n;
  factor.n = n;
  return factor;
}

/**
 * A chain F_1 (x) F_2 (x) ... (x) F_q of matrices and identities, planned once. Holds copies of the
 * matrices. Any number of threads may apply one chain at once, each with a workspace of its own.
 *
 * The factors are applied one at a time, in the order that costs the fewest multiply-adds;
 * identities cost nothing. Up to four small adjacent factors may be replaced by their Kronecker
 * product and applied as one step, if that takes less time and changes nothing but rounding.
 * Several steps are applied to a part of a row, or to some rows, while the values stay in cache.
 * kron_eye_chain_describe() lists the steps.
 *
 * The options apply to each step, and so does row invariance, as in kron_eye_plan. Accuracy,
 * componentwise, in round-to-nearest and without intermediate overflow, with s the sum over all
 * steps of (the step's inputs + 3), plus an underflow term:
 *
 *     |error| <= (s + 3) u (|alpha| |F_1| (x) |F_2| (x) ... |x| + |beta||y|)
 */
typedef struct kron_eye_chain kron_eye_chain;

/**
 * Creates a chain. Zero factors are the identity of order 1.
 *
 * @param out      receives the new chain, which the caller must destroy; NULL on any failure
 * @param count    number of factors
 * @param factors  the factors from left to right; read during the call only
 * @param options  NULL for the defaults; read during the call only
 * @return 0, or
 *         -1  out is NULL,
 *         -2  so many factors do not fit in memory,
 *         -3  factors is NULL and count not 0; or a factor has a bad size, tail, kind, op or
 *             reserved field, a w that is NULL and not empty, or an ldw smaller than a row; or an
 *             identity has m != n; or sizes, intermediate ones included, do not fit in memory,
 *         -4  options have a bad size or tail, or a value outside its enum,
 *         KRON_EYE_NO_MEMORY.
 */
KRON_EYE_API int kron_eye_chain_create_f32(kron_eye_chain **out, size_t count,
                                           const kron_eye_factor *factors,
                                           const kron_eye_options *options);
/** kron_eye_chain_create_f32() in double. */
KRON_EYE_API int kron_eye_chain_create_f64(kron_eye_chain **out, size_t count,
                                           const kron_eye_factor *factors,
                                           const kron_eye_options *options);

/** Bytes that a workspace of kron_eye_chain_apply_f32() needs, for any batch; 0 for NULL. */
KRON_EYE_API size_t kron_eye_chain_workspace(const kron_eye_chain *chain);

/**
 * y_r = alpha * (F_1 (x) F_2 (x) ... (x) F_q) * x_r + beta * y_r  for r in [0, batch).
 *
 * A row of x holds the product of the factors' n elements, a row of y that of their m. If any m is
 * 0, the output is empty; else if any n is 0, the call acts as with alpha = 0.
 *
 * @param chain  from kron_eye_chain_create_f32()
 * @param batch  as in kron_eye_apply_f32()
 * @param alpha  as in kron_eye_apply_f32()
 * @param x  as in kron_eye_apply_f32()
 * @param ldx  as in kron_eye_apply_f32()
 * @param beta  as in kron_eye_apply_f32()
 * @param y  as in kron_eye_apply_f32()
 * @param ldy  as in kron_eye_apply_f32()
 * @param workspace        kron_eye_chain_workspace() bytes of any alignment, for this call only;
 *                         then nothing is allocated. Or NULL: the call allocates for itself
 * @param workspace_bytes  size of the workspace in bytes; 0 where workspace is NULL
 * @return 0, or
 *         -1  chain is NULL or was made for another type,
 *         -2  batch rows of x or y do not fit in memory,
 *         -4, -7  the pointer is NULL and its array not empty,
 *         -5, -8  the stride is smaller than a row,
 *         -7  y overlaps x,
 *         -9  the workspace overlaps x or y, or is NULL and workspace_bytes not 0,
 *         -10  the workspace is smaller than kron_eye_chain_workspace(), whatever the batch,
 *         KRON_EYE_NO_MEMORY  only where workspace is NULL.
 *         y is untouched by any status but 0.
 */
KRON_EYE_API int kron_eye_chain_apply_f32(const kron_eye_chain *chain, size_t batch, float alpha,
                                          const float *x, size_t ldx, float beta, float *y,
                                          size_t ldy, void *workspace, size_t workspace_bytes);
/** kron_eye_chain_apply_f32() in double. */
KRON_EYE_API int kron_eye_chain_apply_f64(const kron_eye_chain *chain, size_t batch, double alpha,
                                          const double *x, size_t ldx, double beta, double *y,
                                          size_t ldy, void *workspace, size_t workspace_bytes);

/**
 * Describes the chain in one line of text: factors, order of the steps, multiply-adds of a row,
 * bytes of workspace. Parameters and return value are those of kron_eye_plan_describe().
 */
KRON_EYE_API size_t kron_eye_chain_describe(const kron_eye_chain *chain, char *text,
                                            size_t capacity);

/** Frees the chain. NULL is accepted. No apply may be running on it. */
KRON_EYE_API void kron_eye_chain_destroy(kron_eye_chain *chain);

/**
 * The factors of the transposed chain, in the same order: m and n are exchanged, and op is
 * inverted.
 *
 * @param count    number of factors
 * @param factors  the factors of the chain
 * @param adjoint  count factors, whose field size is set by the caller in the first and is the step
 *                 of this array; overwritten. May be the same array as factors
 * @return 0, or
 *         -1  so many factors do not fit in memory,
 *         -2  factors is NULL and count not 0, or a factor has a bad size, tail, kind, op or
 *             reserved field,
 *         -3  adjoint is NULL and count not 0, or its first size is bad.
 *         adjoint is untouched by any status but 0.
 */
KRON_EYE_API int kron_eye_factors_adjoint(size_t count, const kron_eye_factor *factors,
                                          kron_eye_factor *adjoint);

/* ------------------------------------------------------------------ 5. training */

/**
 * The gradient of W:  dW[i,j] = alpha * sum over r, a, c of dy[r,a,i,c] * x[r,a,j,c]  + beta * dW.
 *
 * dw is laid out as W is: stored transposed where op says so, and one for each block where stridew
 * is not 0 (the sum is then over r and c). An empty sum (batch, left or right is 0) acts as
 * alpha = 0; with an empty dw nothing is done. If stridew is not 0, the dWs must not share any
 * element: either stridew is at least the extent of one dW, or they are interleaved, with stridew
 * at least the stored columns and lddw at least (left-1)*stridew plus the stored columns.
 *
 * May allocate memory, at most 64 copies of dW. The bits do not depend on the number of threads,
 * unless options->route is KRON_EYE_ROUTE_BLAS, which KRON_EYE_ROUTE_AUTO never chooses. Zeros of x
 * are treated as the options say. There is no gradient for a sparse x (kron_eye_csr).
 *
 *     |error| <= (N+3) u (|alpha| |dy||x| + |beta||dW|) + underflow, N the terms of a sum
 *
 * @param shape    the operator whose W is learned
 * @param batch    number of rows of x and dy
 * @param alpha    factor of the sum; 0: neither x nor dy is read
 * @param x        (batch-1)*ldx + left*n*right elements, read
 * @param ldx      elements from one row of x to the next: at least left*n*right, or 0 to use one
 *                 row for all; ignored when batch <= 1
 * @param dy       (batch-1)*lddy + left*m*right elements, read
 * @param lddy     elements from one row of dy to the next: at least left*m*right, or 0 to use one
 *                 row for all; ignored when batch <= 1
 * @param beta     factor of the old dw; 0: it is not read
 * @param dw       as W in kron_eye_plan_create_f32(); gaps are neither read nor written
 * @param lddw     elements from one stored row of dw to the next, at least its columns; ignored
 *                 when dw has at most one row
 * @param options  NULL for the defaults
 * @return 0, or
 *         -1  shape is NULL, has a bad size, tail, op or reserved field, its sizes do not fit, or
 *             its dWs share elements,
 *         -2  batch rows of x or dy do not fit in memory, or batch*left*right does not fit,
 *         -4, -6, -9  the pointer is NULL and its array not empty,
 *         -5, -7  the stride is smaller than a row and not 0,
 *         -9  dw overlaps x or dy,
 *         -10  lddw is smaller than a row, or dw does not fit in memory,
 *         -11  options have a bad size or tail, or a value outside its enum,
 *         KRON_EYE_NO_MEMORY.
 *         dw is untouched by any status but 0.
 */
KRON_EYE_API int kron_eye_gradient_f32(const kron_eye_shape *shape, size_t batch, float alpha,
                                       const float *x, size_t ldx, const float *dy, size_t lddy,
                                       float beta, float *dw, size_t lddw,
                                       const kron_eye_options *options);
/** kron_eye_gradient_f32() in double. */
KRON_EYE_API int kron_eye_gradient_f64(const kron_eye_shape *shape, size_t batch, double alpha,
                                       const double *x, size_t ldx, const double *dy, size_t lddy,
                                       double beta, double *dw, size_t lddw,
                                       const kron_eye_options *options);

/**
 * The gradient of a bias that kron_eye_apply_fused_f32() adds:
 *
 *     db[i] = alpha * sum over r, a, c of dy[r,a,i,c]  + beta * db[i]
 *
 * or, where bias_stride is not 0, db[a*bias_stride + i] as the sum over r and c. An empty sum acts
 * as alpha = 0. Runs on the calling thread, allocates nothing.
 *
 *     |error| <= (N+3) u (|alpha| |dy| + |beta||db|) + underflow, N the terms of a sum
 *
 * @param shape        the operator; n, op and stridew make no difference
 * @param batch        number of rows of dy
 * @param alpha        factor of the sum; 0: dy is not read
 * @param dy           (batch-1)*lddy + left*m*right elements, read: the gradient of what the bias
 *                     was added to
 * @param lddy         elements from one row of dy to the next: at least left*m*right, or 0 to use
 *                     one row for all; ignored when batch <= 1
 * @param beta         factor of the old db; 0: it is not read
 * @param db           m elements, or (left-1)*bias_stride + m where bias_stride is not 0
 * @param bias_stride  as in kron_eye_epilogue: elements from one block's bias to the next, at least
 *                     m; 0: one bias for all blocks. Ignored when left <= 1
 * @return 0, or
 *         -1  shape is NULL, has a bad size, tail, op or reserved field, or its sizes do not fit,
 *         -2  batch rows of dy do not fit in memory, or batch*left*right does not fit,
 *         -4, -7  the pointer is NULL and its array not empty,
 *         -5  lddy is smaller than a row and not 0,
 *         -7  db overlaps dy,
 *         -8  bias_stride is smaller than m and not 0, or db does not fit in memory.
 *         db is untouched by any status but 0.
 */
KRON_EYE_API int kron_eye_bias_gradient_f32(const kron_eye_shape *shape, size_t batch, float alpha,
                                            const float *dy, size_t lddy, float beta, float *db,
                                            size_t bias_stride);
/** kron_eye_bias_gradient_f32() in double. */
KRON_EYE_API int kron_eye_bias_gradient_f64(const kron_eye_shape *shape, size_t batch, double alpha,
                                            const double *dy, size_t lddy, double beta, double *db,
                                            size_t bias_stride);

/**
 * The backward pass of KRON_EYE_ACTIVATION_RELU, for rows x cols elements:
 *
 *     dz = dy where y > 0, +0 where y <= 0, and NaN where y is NaN
 *
 * with y what kron_eye_apply_fused_f32() wrote: its rows are those of the array, cols is
 * left*m*right. Runs on the calling thread.
 *
 * @param rows  number of rows of each array
 * @param cols  elements of a row
 * @param y     (rows-1)*ldy + cols elements, read
 * @param ldy   elements from one row of y to the next, at least cols; ignored when rows <= 1
 * @param dy    (rows-1)*lddy + cols elements, read: the gradient of y
 * @param lddy  as ldy
 * @param dz    (rows-1)*lddz + cols elements, overwritten: the gradient of the input of ReLU. May
 *              be dy itself, with the same stride, but must not overlap anything else
 * @param lddz  as ldy
 * @return 0, or
 *         -1  the rows of an array do not fit in memory,
 *         -3, -5, -7  the pointer is NULL and its array not empty,
 *         -4, -6, -8  the stride is smaller than a row,
 *         -7  dz overlaps y, or dy without being dy.
 *         dz is untouched by any status but 0.
 */
KRON_EYE_API int kron_eye_relu_backward_f32(size_t rows, size_t cols, const float *y, size_t ldy,
                                            const float *dy, size_t lddy, float *dz, size_t lddz);
/** kron_eye_relu_backward_f32() in double. */
KRON_EYE_API int kron_eye_relu_backward_f64(size_t rows, size_t cols, const double *y, size_t ldy,
                                            const double *dy, size_t lddy, double *dz, size_t lddz);

#ifdef __cplusplus
}
#endif

#endif /* KRON_EYE_H */
