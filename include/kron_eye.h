/**
 * @file
 * kron_eye.h - products with Kronecker-with-identity operators, never formed.
 *
 * Every function here computes a special case of one line of index algebra:
 *
 *     y[r,a,i] = alpha * sum_j W[i,j] * x[r,a,j]  +  beta * y[r,a,i]
 *
 *     r in [0, batch)  one row of the caller's array
 *     a in [0, left)   a block of that row: the identity I_left
 *     i in [0, m)      rows of W, outputs of a block
 *     j in [0, n)      columns of W, inputs of a block
 *
 * that is  y_r = alpha * (I_left (x) W) * x_r + beta * y_r, with (x) the Kronecker product
 * and W an m x n matrix. A row of x holds left*n values, a row of y left*m.
 *
 * The header is a ladder: status and version; one call (1); a plan (2); sparse input (3).
 * Each rung stands alone.
 *
 * Conventions, valid for every function:
 * - Matrices and arrays are row-major. Sizes and strides are size_t and count elements.
 *   No alignment beyond the element type's own is required.
 * - A function that can fail returns int: 0 is success; -i says that argument i, counted from 1,
 *   is bad; a positive KRON_EYE_... code is a failure at run time. Arguments are checked from
 *   the first to the last, overlap at the end; all checks come before the first write, so on a
 *   negative status every output is untouched. A size is bad when a product of sizes that starts
 *   with it does not fit: arrays are limited to PTRDIFF_MAX bytes.
 * - Arrays stay the caller's. y may overlap neither x nor W; its rows may not overlap one another.
 *   A pointer to an empty array may be NULL.
 * - Empty output: nothing to do, 0. n = 0: the sum is empty, so y = beta*y (zeros in rung 1).
 * - Functions may be called from several threads at once on different outputs.
 * - Nothing is printed, errno and the floating-point control register are left alone.
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

/** The version of this header, first part. The build reads it here and nowhere else. */
#define KRON_EYE_VERSION_MAJOR 0
#define KRON_EYE_VERSION_MINOR 1 /**< second part */
#define KRON_EYE_VERSION_PATCH 0 /**< third part */
/** One comparable number: 10203 is version 1.2.3. */
#define KRON_EYE_VERSION_NUMBER                                                                    \
  (KRON_EYE_VERSION_MAJOR * 10000 + KRON_EYE_VERSION_MINOR * 100 + KRON_EYE_VERSION_PATCH)

/** Statuses that are not argument positions. */
enum kron_eye_status {
  KRON_EYE_OK = 0,          /**< success */
  KRON_EYE_NO_MEMORY = 1,   /**< memory was refused; no output was written */
  KRON_EYE_UNSUPPORTED = 2, /**< a valid request that this version cannot do; nothing written */
};

/** The status in words: a static string, never NULL, for any int. */
KRON_EYE_API const char *kron_eye_status_text(int status);

/** KRON_EYE_VERSION_NUMBER of the library that is linked. */
KRON_EYE_API int kron_eye_version_number(void);

/** The version of the library that is linked, "major.minor.patch": a static string. */
KRON_EYE_API const char *kron_eye_version(void);

/**
 * The instruction set that the library's own kernels use: "avx512", "avx2" or "portable", a
 * static string. Chosen once, at the first call that needs it, as the best that the CPU and the
 * operating system support, capped by the environment variable KRON_EYE_ISA where that holds one
 * of these three names (any other value is no cap). The variable is read that one time.
 */
KRON_EYE_API const char *kron_eye_isa(void);

/* ------------------------------------------------------------------ 1. one call */

/**
 * y = (I_k (x) W) x:  y[a,i] = sum_j w[i,j] * x[a,j],  one row of k blocks.
 *
 * One cblas_sgemm (cblas_dgemm; a gemv where m = 1) on x seen as k x n, chunked beyond the BLAS's
 * 32-bit integers; no set-up, no memory. What order the additions take is the BLAS's affair.
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
 * Packs W and uses the library's own kernels where that pays, else calls cblas_sgemm
 * (cblas_dgemm) on x seen as (batch*k) x n; falls back to the BLAS where memory is refused.
 * To apply one W many times, or to have a promise about the order of additions, use a plan.
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

/* ------------------------------------------------------------------ 2. a plan */

/** op(W): how the stored matrix enters the product. */
enum kron_eye_op {
  KRON_EYE_NO_TRANSPOSE = 0, /**< op(W) = W, stored m x n */
  KRON_EYE_TRANSPOSE = 1,    /**< op(W) = W^T, stored n x m; not built yet: KRON_EYE_UNSUPPORTED */
};

/**
 * The operator I_left (x) op(W) (x) I_right. Start from KRON_EYE_SHAPE_INIT and set fields by
 * name. A row of x holds left*n*right elements, a row of y left*m*right.
 */
typedef struct kron_eye_shape {
  size_t size;  /**< sizeof(kron_eye_shape): lets the struct grow; an unknown tail must be zero */
  size_t left;  /**< blocks in a row: the identity on the left */
  size_t m;     /**< rows of op(W) */
  size_t n;     /**< columns of op(W) */
  size_t right; /**< the identity on the right; other than 1: KRON_EYE_UNSUPPORTED so far */
  int op;       /**< an enum kron_eye_op */
  int reserved; /**< 0 */
} kron_eye_shape;

/** left = right = 1, an empty W, no transpose. */
#define KRON_EYE_SHAPE_INIT                                                                        \
  { sizeof(kron_eye_shape), 1, 0, 0, 1, KRON_EYE_NO_TRANSPOSE, 0 }

/** What a plan does about zeros in x. The result is the same bit for bit. */
enum kron_eye_zeros {
  KRON_EYE_ZEROS_AUTO = 0,     /**< skip them where the data at hand is sparse enough to gain */
  KRON_EYE_ZEROS_SKIP = 1,     /**< always skip them (where W is finite, else multiply) */
  KRON_EYE_ZEROS_MULTIPLY = 2, /**< never skip */
};

/** Which code a plan may run. */
enum kron_eye_route {
  KRON_EYE_ROUTE_AUTO = 0,   /**< the faster, by the library's measurements */
  KRON_EYE_ROUTE_KERNEL = 1, /**< the library's own kernels only: rows are invariant, see below */
  KRON_EYE_ROUTE_BLAS = 2,   /**< the BLAS; KRON_EYE_UNSUPPORTED for mixed types */
};

/** How to build a plan. Start from KRON_EYE_OPTIONS_INIT; a NULL pointer means the same. */
typedef struct kron_eye_options {
  size_t size;    /**< sizeof(kron_eye_options), as in kron_eye_shape */
  size_t threads; /**< most threads for one apply; 0: as many as OpenMP would use */
  int zeros;      /**< an enum kron_eye_zeros */
  int route;      /**< an enum kron_eye_route */
} kron_eye_options;

/** All defaults. */
#define KRON_EYE_OPTIONS_INIT                                                                      \
  { sizeof(kron_eye_options), 0, KRON_EYE_ZEROS_AUTO, KRON_EYE_ROUTE_AUTO }

/**
 * One W, packed for one shape, type and machine. Immutable: any number of threads may apply one
 * plan at once. Holds a copy of W.
 *
 * On a plan whose route is the library's own kernels (kron_eye_plan_describe() says), rows are
 * invariant: the result of a row depends on W, that row and its old y, alpha, beta, the options
 * and the instruction set, bit for bit, and not on the batch, the position in it, the number of
 * threads, alignment, strides, or which zeros were skipped. A NaN or Inf in a block of x touches
 * that block of y only. Accuracy, componentwise, absent overflow on the way:
 *
 *     |error| <= (n+3) u (|alpha| |W||x| + |beta||y|) + (n max(1,|alpha|) + 3) eta
 *
 * with u = 2^-24 (float) or 2^-53 (double) and eta the smallest subnormal.
 */
typedef struct kron_eye_plan kron_eye_plan;

/**
 * Makes a plan: checks the shape, copies and packs W, chooses the kernel.
 *
 * The suffix names the types of x, then of W and y where they differ: _f32, _f64,
 * _f32_f64 (x float, W and y double), _u8_f32 (x bytes, W and y float).
 *
 * @param out      where the new plan's pointer goes; the caller destroys the plan.
 *                 NULL is written on any failure (unless out itself is NULL)
 * @param shape    the operator; read during the call only
 * @param w        (m-1)*ldw + n elements: W, row-major, read during the call only
 * @param ldw      elements from one row of W to the next, at least n; ignored when m <= 1
 * @param options  NULL for the defaults; read during the call only
 * @return 0, or
 *         -1  out is NULL,
 *         -2  shape is NULL, has a bad size, tail, op or reserved field, or its sizes do not fit,
 *         -3  w is NULL and W not empty,
 *         -4  ldw < n, or the matrix does not fit,
 *         -5  options have a bad size or tail, or a value outside its enum,
 *         KRON_EYE_NO_MEMORY,
 *         KRON_EYE_UNSUPPORTED  a part of the shape or route is not built yet.
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
 * y_r = alpha * (I_left (x) W) * x_r + beta * y_r  for r in [0, batch).
 *
 * Allocates nothing. beta = 0: y is not read (it may be uninitialised). alpha = 0: neither W nor
 * x is read, y = beta*y.
 *
 * @param plan   from kron_eye_plan_create_f32()
 * @param batch  number of rows
 * @param alpha  factor of the product
 * @param x      (batch-1)*ldx + left*n elements, read
 * @param ldx    elements from one row of x to the next: at least left*n, or 0 to use one row for
 *               all; ignored when batch <= 1
 * @param beta   factor of the old y
 * @param y      (batch-1)*ldy + left*m elements; gaps between rows are neither read nor written.
 *               x and y may lie interleaved in one array, each between the other's strides
 * @param ldy    elements from one row of y to the next, at least left*m; ignored when batch <= 1
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
/** kron_eye_apply_f32() for x float, W and y double; x is never copied as a whole. */
KRON_EYE_API int kron_eye_apply_f32_f64(const kron_eye_plan *plan, size_t batch, double alpha,
                                        const float *x, size_t ldx, double beta, double *y,
                                        size_t ldy);
/** kron_eye_apply_f32() for x bytes, W and y float: alpha = 1/255.f scales raw pixels to [0,1]. */
KRON_EYE_API int kron_eye_apply_u8_f32(const kron_eye_plan *plan, size_t batch, float alpha,
                                       const uint8_t *x, size_t ldx, float beta, float *y,
                                       size_t ldy);

/**
 * Says in one line what the plan is: operator, types, route, kernel, instruction set, threads,
 * bytes of packed W, and which promises hold.
 *
 * @param plan      any plan; NULL gives an empty text
 * @param text      capacity bytes, or NULL when capacity is 0; always ends in a NUL when
 *                  capacity > 0
 * @param capacity  bytes that text has
 * @return the length of the whole text without its NUL, as snprintf: a result >= capacity means
 *         that text holds only its beginning.
 */
KRON_EYE_API size_t kron_eye_plan_describe(const kron_eye_plan *plan, char *text, size_t capacity);

/** Frees the plan. NULL is accepted. No apply may be running on it. */
KRON_EYE_API void kron_eye_plan_destroy(kron_eye_plan *plan);

/* ------------------------------------------------------------------ 3. sparse input */

/** The integers of a CSR matrix. */
enum kron_eye_index_type {
  KRON_EYE_INDEX_INT32 = 0, /**< int32_t */
  KRON_EYE_INDEX_INT64 = 1, /**< int64_t */
};

/** The values of a CSR matrix. */
enum kron_eye_value_type {
  KRON_EYE_VALUE_FLOAT = 0,  /**< float */
  KRON_EYE_VALUE_DOUBLE = 1, /**< double */
};

/**
 * A view of x in compressed sparse rows: row r stores the entries indptr[r] to indptr[r+1] - 1,
 * each an index (its column) and a value. Start from KRON_EYE_CSR_INIT and set fields by name. Only
 * stored entries multiply: a stored zero does, so that 0 * Inf is NaN, and one that is not stored
 * does not. Indices need not be sorted; entries of one column add up. The library writes nothing
 * here; all arrays stay the caller's, and y may overlap none of them.
 *
 * These are the arrays of a scipy.sparse.csr_matrix: indptr, indices, data. Where the published
 * code says `W @ dsp.T`, with dsp a csr_matrix, dsp.T is the CSC view of the same three arrays:
 * give them as they are, as the CSR matrix dsp.
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

/** What is wrong with a kron_eye_csr, in the order in which it is looked for. */
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

/** Where a matrix is malformed. */
typedef struct kron_eye_csr_fault {
  int kind;        /**< an enum kron_eye_csr_fault_kind */
  size_t position; /**< the first such place of the array concerned; 0 where there is none */
} kron_eye_csr_fault;

/**
 * Looks for a fault in a matrix. Reads indptr and indices whole, and no element outside of what
 * rows and nnz say, whatever they hold; the first fault in the order of the enum is told. May use
 * as many threads as OpenMP would.
 *
 * @param x      the matrix, or NULL (a fault); `trusted` makes no difference
 * @param fault  NULL, or where the fault goes: KRON_EYE_CSR_NO_FAULT where there is none
 * @return 0, or -1 where there is a fault.
 */
KRON_EYE_API int kron_eye_csr_check(const kron_eye_csr *x, kron_eye_csr_fault *fault);

/** The kind of fault in words: a static string, never NULL, for any int. */
KRON_EYE_API const char *kron_eye_csr_fault_text(int kind);

/**
 * kron_eye_apply_f32() on sparse x:  y_r = alpha * (I_left (x) W) * x_r + beta * y_r  for r in
 * [0, batch), x being a CSR matrix of either shape:
 *
 *     cols = left*n, rows = batch         each row of the matrix is a row of x
 *     cols = n,      rows = batch*left    each row of the matrix is a block: row r*left + a is
 *                                         block a of row r of x
 *
 * With left = 1 they are the same. Rows whose entries do not come block by block (sorted indices
 * do) are searched once a block: right, but slow.
 *
 * Allocates nothing. alpha = 0: the arrays of x are not read, y = beta*y. Any plan of the type
 * will do, whatever its route: no BLAS is called. Plans that hold W for the BLAS or for few outputs
 * (kron_eye_plan_describe() says: route BLAS, or a kernel of the family dot) gather from W's rows,
 * which is slower.
 *
 * The result of a block depends on W, its entries in the order in which they are stored, its old
 * y, alpha, beta, the options and the instruction set, bit for bit, and not on the number of
 * threads, the shape, the type of the indices or the other blocks. Its sum is two partial sums,
 * so its bits are not those of kron_eye_apply_f32(). Accuracy is as promised at kron_eye_plan,
 * with n the number of the block's entries.
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
 *         -4  x has a fault that kron_eye_csr_check() tells (where x is trusted or alpha = 0: one
 *             up to KRON_EYE_CSR_NO_VALUES), values of another type, or neither shape,
 *         -6  y is NULL and not empty, or overlaps an array of x,
 *         -7  ldy is smaller than a row.
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
 * Counts the elements of a dense array that are not zero (a NaN is not), to see whether sparse
 * pays: kron_eye_plan's own zero skipping is hard to beat above a quarter. May use as many threads
 * as OpenMP would.
 *
 * @param rows   number of rows
 * @param cols   elements of a row
 * @param x      (rows-1)*ldx + cols elements, read
 * @param ldx    elements from one row to the next, at least cols; ignored when rows <= 1
 * @param count  where the count goes
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
 * The first step from a dense array to CSR: indptr. Its last integer is the number of entries that
 * indices and values need; kron_eye_csr_fill_f32() is the second step. May use as many threads as
 * OpenMP would.
 *
 * @param rows, cols, x, ldx  as in kron_eye_count_nonzeros_f32()
 * @param index_type  an enum kron_eye_index_type: of indptr, and of the indices to come
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
 * The second step from a dense array to CSR: the indices, ascending in each row, and the values of
 * all elements that are not zero. Zeros are not stored, so Inf or NaN in W no longer meets them.
 * May use as many threads as OpenMP would.
 *
 * @param rows, cols, x, ldx, index_type  as kron_eye_csr_count_f32() had them
 * @param indptr    rows+1 integers, what that function wrote, read
 * @param capacity  elements that indices and values have
 * @param indices   indptr[rows] integers are written
 * @param values    indptr[rows] elements are written
 * @return 0, or
 *         -1, -3, -4, -5  as kron_eye_csr_count_f32(),
 *         -6  indptr is NULL, does not start at 0 or decreases; or it is not of this x, and then
 *             what the first `capacity` places of indices and values hold is not defined,
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

#ifdef __cplusplus
}
#endif

#endif /* KRON_EYE_H */
