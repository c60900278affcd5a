/*
 * Is a CSR matrix what it says? A first pass looks for any fault at all, as fast as memory gives
 * the integers; only where there is one does a second pass look for its place.
 *
 * An integer v is in [0, last] where neither v nor last - v has its sign bit set; so the bits of
 * all are gathered with OR, and looked at once.
 */
#include "sparse/check.h"

#include "base/checked_size.h"
#include "base/integers.h"
#include "base/threads.h"
#include "base/thresholds.h"
#include "problem/from_csr.h"

#include <stdatomic.h>

#define DEFINE_PASSES(T, unsigned_T, bits)                                                         \
  static bool outside_##T(const void *integers, size_t begin, size_t end, size_t limit) {          \
    const T *v = integers;                                                                         \
    const size_t most = ((size_t)1 << (bits - 1)) - 1;                                             \
    const unsigned_T last = (unsigned_T)(limit - 1 < most ? limit - 1 : most);                     \
    unsigned_T signs = 0;                                                                          \
    for (size_t i = begin; i < end; i++) signs |= (unsigned_T)v[i] | (last - (unsigned_T)v[i]);    \
    return limit == 0 || signs >> (bits - 1) != 0;                                                 \
  }                                                                                                \
  /* v[begin-1] > v[begin], ..., v[end-2] > v[end-1]; or one of them is negative. */               \
  static bool decreases_##T(const void *integers, size_t begin, size_t end) {                      \
    const T *v = integers;                                                                         \
    unsigned_T signs = 0;                                                                          \
    for (size_t i = begin; i < end; i++)                                                           \
      signs |= (unsigned_T)v[i] | ((unsigned_T)v[i] - (unsigned_T)v[i - 1]);                       \
    return signs >> (bits - 1) != 0;                                                               \
  }
DEFINE_PASSES(int32_t, uint32_t, 32)
DEFINE_PASSES(int64_t, uint64_t, 64)

/* Has one of the integers begin .. end - 1, of which there are some, a fault? Indices have a limit,
   starts an order. */
static bool faulty(const kron_eye_csr *x, bool starts, size_t begin, size_t end) {
  const bool wide = x->index_type == KRON_EYE_INDEX_INT64;
  if (starts)
    return wide ? decreases_int64_t(x->indptr, begin, end)
                : decreases_int32_t(x->indptr, begin, end);
  return wide ? outside_int64_t(x->indices, begin, end, x->cols)
              : outside_int32_t(x->indices, begin, end, x->cols);
}

/* A search for any fault in begin .. end - 1. */
struct search {
  const kron_eye_csr *x;
  bool starts;
  size_t begin, end;
  atomic_bool found;
};

static void search_piece(void *context, size_t piece) {
  struct search *search = context;
  const size_t first = search->begin + piece * KRON_EYE_CSR_CHECK_PIECE;
  const size_t end = least(first + KRON_EYE_CSR_CHECK_PIECE, search->end);
  if (faulty(search->x, search->starts, first, end)) atomic_store(&search->found, true);
}

static bool any_faulty(const kron_eye_csr *x, bool starts, size_t begin, size_t end,
                       size_t threads) {
  struct search search = {x, starts, begin, end, false};
  const size_t pieces = (end - begin + KRON_EYE_CSR_CHECK_PIECE - 1) / KRON_EYE_CSR_CHECK_PIECE;
  const int team = kron_eye_base_threads(threads, 2.0 * (double)(end - begin));
  kron_eye_base_parallel(team, pieces, search_piece, &search);
  return search.found;
}

static size_t first_faulty(const kron_eye_csr *x, bool starts, size_t i, size_t end) {
  while (i < end && !faulty(x, starts, i, i + 1)) i++;
  return i;
}

static kron_eye_csr_fault fault(enum kron_eye_csr_fault_kind kind, size_t position) {
  return (kron_eye_csr_fault){(int)kind, position};
}

kron_eye_csr_fault kron_eye_sparse_check(const kron_eye_csr *x, size_t threads) {
  const enum kron_eye_csr_fault_kind kind = kron_eye_problem_csr_fault(x);
  if (kind != KRON_EYE_CSR_NO_FAULT) return fault(kind, 0);
  const bool wide = x->index_type == KRON_EYE_INDEX_INT64;
  if (kron_eye_integer(x->indptr, wide, 0) != 0) return fault(KRON_EYE_CSR_BAD_START, 0);
  const size_t starts = x->rows + 1;
  if (any_faulty(x, true, 1, starts, threads))
    return fault(KRON_EYE_CSR_DECREASING, first_faulty(x, true, 1, starts));
  if (kron_eye_integer(x->indptr, wide, x->rows) != x->nnz)
    return fault(KRON_EYE_CSR_BAD_END, x->rows);
  if (any_faulty(x, false, 0, x->nnz, threads))
    return fault(KRON_EYE_CSR_INDEX_OUTSIDE, first_faulty(x, false, 0, x->nnz));
  return fault(KRON_EYE_CSR_NO_FAULT, 0);
}
