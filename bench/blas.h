/* A CBLAS as a table of function pointers, so that one run can use several side by side. */
#ifndef KRON_EYE_BENCH_BLAS_H
#define KRON_EYE_BENCH_BLAS_H

#include "task.h"

#include <stdbool.h>
#include <stdint.h>

/** The values of CBLAS's enums, which have different names in different headers. */
enum blas_transpose { BLAS_NO_TRANSPOSE = 111, BLAS_TRANSPOSE = 112 };

typedef void blas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                        const float *a, int lda, const float *b, int ldb, float beta, float *c,
                        int ldc);
typedef void blas_dgemm(int order, int trans_a, int trans_b, int m, int n, int k, double alpha,
                        const double *a, int lda, const double *b, int ldb, double beta, double *c,
                        int ldc);
typedef void blas_sgemv(int order, int trans, int m, int n, float alpha, const float *a, int lda,
                        const float *x, int incx, float beta, float *y, int incy);
typedef void blas_dgemv(int order, int trans, int m, int n, double alpha, const double *a, int lda,
                        const double *x, int incx, double beta, double *y, int incy);
typedef void blas_sgemm_batch(int order, const int *trans_a, const int *trans_b, const int *m,
                              const int *n, const int *k, const float *alpha, const float **a,
                              const int *lda, const float **b, const int *ldb, const float *beta,
                              float **c, const int *ldc, int groups, const int *group_size);
typedef void blas_dgemm_batch(int order, const int *trans_a, const int *trans_b, const int *m,
                              const int *n, const int *k, const double *alpha, const double **a,
                              const int *lda, const double **b, const int *ldb, const double *beta,
                              double **c, const int *ldc, int groups, const int *group_size);

struct blas {
  char name[32];         /* short, for the table */
  char description[320]; /* file, the library's description of itself, the core it chose */
  blas_sgemm *sgemm;
  blas_dgemm *dgemm;
  blas_sgemv *sgemv;
  blas_dgemv *dgemv;
  blas_sgemm_batch *sgemm_batch; /* NULL where the library has none, like the next three */
  blas_dgemm_batch *dgemm_batch;
  void (*set_threads_int)(int);
  void (*set_threads_long)(int64_t); /* BLIS */
};

/** The BLAS that this program, and so kron_eye, is linked with. */
void blas_linked(struct blas *blas);

/** Any other CBLAS with 32-bit integers: "PATH" or "PATH:PREFIX". Dies if it cannot be used. */
void blas_open(struct blas *blas, const char *path_and_prefix);

/** Limits the library to `threads` threads; false if it has no known function for that. */
bool blas_set_threads(const struct blas *blas, size_t threads);

/** C = op(A) op(B) + beta C, row-major; C is m x n, the inner length is k. All of one plain type.
 */
void blas_gemm_add(const struct blas *blas, enum type type, enum blas_transpose trans_a,
                   enum blas_transpose trans_b, size_t m, size_t n, size_t k, const void *a,
                   size_t lda, const void *b, size_t ldb, double beta, void *c, size_t ldc);
/** The same with beta = 0. */
void blas_gemm(const struct blas *blas, enum type type, enum blas_transpose trans_a,
               enum blas_transpose trans_b, size_t m, size_t n, size_t k, const void *a, size_t lda,
               const void *b, size_t ldb, void *c, size_t ldc);

/** y = op(A) x for a row-major m x n matrix A. */
void blas_gemv(const struct blas *blas, enum type type, enum blas_transpose trans, size_t m,
               size_t n, const void *a, const void *x, void *y);

/** y_i = x_i W^T for `count` pairs: x_i is rows x n, W m x n, y_i rows x m. */
void blas_gemm_batch(const struct blas *blas, enum type type, size_t count, size_t rows, size_t m,
                     size_t n, const void **x, const void **w, void **y);

#endif
