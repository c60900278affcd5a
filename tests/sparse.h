/*
 * sparse.h - the x of some operands as a CSR matrix in guarded, read-only arrays.
 *
 * Built from `operands` (operands.h): every non-zero x is stored, then the disorder is applied,
 * which never changes the matrix. So the oracle's dense x remains the reference.
 */
#ifndef TESTS_SPARSE_H
#define TESTS_SPARSE_H

#include "operands.h"

/** What is done to the entries after the non-zeros have been stored in order. */
typedef enum disorder {
  SPARSE_SORTED = 0,
  SPARSE_SHUFFLED = 1,   /**< the entries of each row in any order */
  SPARSE_DUPLICATES = 2, /**< some entries are split in two that add up exactly */
  SPARSE_ZEROS = 4,      /**< some zeros are stored */
  SPARSE_DISORDERS = 8
} disorder;

typedef struct sparse {
  kron_eye_csr view;
  guarded indptr, indices, values;
} sparse;

/** The first `batch` rows of o's x. of_blocks: each block is a row of the matrix. */
sparse sparse_create(const operands *o, size_t batch, bool of_blocks, int index_type, int disorders,
                     guarded_edge edge, rng *r);
void sparse_destroy(sparse *s);

/** integers[i], in the matrix's index type. */
int64_t sparse_integer(const kron_eye_csr *view, const void *integers, size_t i);
void sparse_integer_set(const kron_eye_csr *view, void *integers, size_t i, int64_t value);

/** kron_eye_apply_csr_* for the operands' types. */
int sparse_apply(const plan_types *t, const kron_eye_plan *plan, size_t batch, double alpha,
                 const kron_eye_csr *x, double beta, void *y, size_t ldy);

#endif
