/* Sparse input: the checks of a CSR matrix that do not read its arrays. */
#ifndef KRON_EYE_PROBLEM_FROM_CSR_H
#define KRON_EYE_PROBLEM_FROM_CSR_H

#include "problem/problem.h"

/* The fault of the struct itself, KRON_EYE_CSR_BAD_STRUCT to KRON_EYE_CSR_NO_VALUES, or none. */
enum kron_eye_csr_fault_kind kron_eye_problem_csr_fault(const kron_eye_csr *x);

/* Is each row of the matrix one block, instead of a row of x? (With left = 1 it is both.) */
bool kron_eye_problem_csr_of_blocks(const struct kron_eye_operator *op, size_t batch,
                                    const kron_eye_csr *x);

/*
 * The checks of kron_eye_apply_csr_*(), in the order of its comment, except for the one that reads
 * the arrays. The first function checks the arguments up to x. The arrays are checked next, and the
 * second function then checks the other arguments.
 */
int kron_eye_problem_from_csr(const struct kron_eye_operator *op, size_t batch,
                              const kron_eye_csr *x, size_t ldy);
int kron_eye_problem_from_csr_y(const struct kron_eye_operator *op, size_t batch,
                                const kron_eye_csr *x, const void *y, size_t ldy);

/* A dense array and where its compressed rows go. `values` are of the size of x's elements. */
struct kron_eye_conversion {
  enum kron_eye_types types; /* KRON_EYE_F32 or KRON_EYE_F64 */
  size_t rows, cols;
  const void *x;
  size_t ldx;
  int index_type;
  void *indptr; /* written by count and convert, read by fill */
  size_t capacity;
  void *indices, *values;
};

/*
 * The checks of kron_eye_count_nonzeros_*(), kron_eye_csr_count_*(), kron_eye_csr_convert_*() and,
 * in two parts, of kron_eye_csr_fill_*(), which checks indptr between the two. x is not read.
 */
int kron_eye_problem_from_dense(const struct kron_eye_conversion *c);
int kron_eye_problem_from_count(const struct kron_eye_conversion *c);
int kron_eye_problem_from_convert(const struct kron_eye_conversion *c);
int kron_eye_problem_from_steps(const struct kron_eye_conversion *c);
int kron_eye_problem_from_fill(const struct kron_eye_conversion *c);

#endif
