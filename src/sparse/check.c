/*
 * Checks a CSR matrix. A first pass finds out, at memory speed, whether the integers have any
 * fault. Only if they have one does a second pass look for its position.
 */
#include "sparse/check.h"

#include "base/checked_size.h"
#include "base/integers.h"
#include "base/threads.h"
#include "base/thresholds.h"
#include "kernel/index_kernel.h"
#include "problem/from_csr.h"

#include <stdatomic.h>

/* One array and what its integers must fulfil. */
struct question {
  kron_eye_check_kernel *kernel;
  const char *integers;
  size_t size;   /* bytes of an integer */
  size_t before; /* integers in front of those in question that the kernel has to see */
  size_t limit;
};

static bool faulty(const struct question *q, size_t begin, size_t end) {
  return q->kernel(q->integers + (begin - q->before) * q->size, end - begin + q->before, q->limit);
}

/* A search for any fault in begin .. end - 1. */
struct search {
  const struct question *question;
  size_t begin, end;
  atomic_bool found;
};

static void search_piece(void *context, size_t piece) {
  struct search *search = context;
  const size_t first = search->begin + piece * KRON_EYE_CSR_CHECK_PIECE;
  const size_t end = least(first + KRON_EYE_CSR_CHECK_PIECE, search->end);
  if (faulty(search->question, first, end)) atomic_store(&search->found, true);
}

static bool any_faulty(const struct question *q, size_t begin, size_t end, size_t threads) {
  struct search search = {q, begin, end, false};
  const size_t pieces = (end - begin + KRON_EYE_CSR_CHECK_PIECE - 1) / KRON_EYE_CSR_CHECK_PIECE;
  const int team = kron_eye_base_threads(threads, 2.0 * (double)(end - begin));
  kron_eye_base_parallel(team, pieces, search_piece, &search);
  return search.found;
}

/* The first fault in begin .. end - 1, where there is one. */
static size_t first_faulty(const struct question *q, size_t begin, size_t end) {
  while (end - begin > 1) {
    const size_t middle = begin + (end - begin) / 2;
    if (faulty(q, begin, middle))
      end = middle;
    else
      begin = middle;
  }
  return begin;
}

static kron_eye_csr_fault fault(enum kron_eye_csr_fault_kind kind, size_t position) {
  return (kron_eye_csr_fault){(int)kind, position};
}

kron_eye_csr_fault kron_eye_sparse_check(const kron_eye_csr *x, size_t threads) {
  const enum kron_eye_csr_fault_kind kind = kron_eye_problem_csr_fault(x);
  if (kind != KRON_EYE_CSR_NO_FAULT) return fault(kind, 0);
  const bool wide = x->index_type == KRON_EYE_INDEX_INT64;
  const size_t size = wide ? sizeof(int64_t) : sizeof(int32_t);
  const struct question ascending = {kron_eye_check_kernel_find(KRON_EYE_DESCENDS, wide), x->indptr,
                                     size, 1, 0},
                        inside = {kron_eye_check_kernel_find(KRON_EYE_OUTSIDE, wide), x->indices,
                                  size, 0, x->cols};
  if (kron_eye_integer(x->indptr, wide, 0) != 0) return fault(KRON_EYE_CSR_BAD_START, 0);
  const size_t starts = x->rows + 1;
  if (any_faulty(&ascending, 1, starts, threads))
    return fault(KRON_EYE_CSR_DECREASING, first_faulty(&ascending, 1, starts));
  if (kron_eye_integer(x->indptr, wide, x->rows) != x->nnz)
    return fault(KRON_EYE_CSR_BAD_END, x->rows);
  if (any_faulty(&inside, 0, x->nnz, threads))
    return fault(KRON_EYE_CSR_INDEX_OUTSIDE, first_faulty(&inside, 0, x->nnz));
  return fault(KRON_EYE_CSR_NO_FAULT, 0);
}
