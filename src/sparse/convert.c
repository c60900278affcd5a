#include "sparse/convert.h"

#include "base/checked_size.h"
#include "base/integers.h"
#include "base/threads.h"
#include "base/thresholds.h"
#include "kernel/index_kernel.h"

#include <stdatomic.h>

static bool wide(const struct kron_eye_conversion *c) {
  return c->index_type == KRON_EYE_INDEX_INT64;
}

static size_t start(const struct kron_eye_conversion *c, size_t row) {
  return kron_eye_integer(c->indptr, wide(c), row);
}

static size_t element_size(const struct kron_eye_conversion *c) {
  return kron_eye_base_types[c->types].x_size;
}

static kron_eye_convert_kernel *kernel_of(const struct kron_eye_conversion *c,
                                          enum kron_eye_index_family family) {
  return kron_eye_convert_kernel_find(family, wide(c), element_size(c));
}

/* Some rows at a time, on threads. */
struct pass {
  const struct kron_eye_conversion *c;
  kron_eye_convert_kernel *nonzeros, *compress;
  int threads;
  bool fetch;           /* x is larger than the caches, and without gaps */
  size_t piece;         /* rows */
  atomic_size_t result; /* what the pass finds out */
  /* Conversion in one step: the number of pieces taken by threads, the number of pieces whose
     entries have a place, and the end of these. */
  atomic_size_t taken, placed;
  size_t end;
};

static size_t pieces(const struct pass *pass) {
  return (pass->c->rows + pass->piece - 1) / pass->piece;
}

static size_t first_of(const struct pass *pass, size_t piece) {
  return piece * pass->piece;
}

static size_t end_of(const struct pass *pass, size_t piece) {
  return least(first_of(pass, piece + 1), pass->c->rows);
}

/* ------------------------------------------------------------------ a row */

/* x may be NULL if rows are empty. */
static const void *row_of(const struct kron_eye_conversion *c, size_t row) {
  if (c->cols == 0) return c->x;
  return (const char *)c->x + row * c->ldx * element_size(c);
}

static size_t count_row(const struct pass *pass, size_t row) {
  const struct kron_eye_convert_task task = {
      .x = row_of(pass->c, row), .cols = pass->c->cols, .fetch = pass->fetch};
  return pass->nonzeros(&task);
}

/* Writes the entries of the row to places k .. end - 1, all of which may be overwritten. Returns
   the number of entries, or a number larger than that of the places. */
static size_t compress_row(const struct pass *pass, size_t row, size_t k, size_t end) {
  const struct kron_eye_conversion *c = pass->c;
  if (k == end) return count_row(pass, row); /* the arrays may be NULL */
  const size_t index = wide(c) ? sizeof(int64_t) : sizeof(int32_t);
  const struct kron_eye_convert_task task = {row_of(c, row),
                                             c->cols,
                                             (char *)c->indices + k * index,
                                             (char *)c->values + k * element_size(c),
                                             end - k,
                                             pass->fetch};
  return pass->compress(&task);
}

/* ------------------------------------------------------------------ all rows */

static size_t run_pass(const struct kron_eye_conversion *c, kron_eye_piece *function) {
  const size_t fitting = c->cols == 0 ? c->rows : KRON_EYE_CSR_CONVERT_PIECE / c->cols;
  const int threads = kron_eye_base_threads(0, (double)c->rows * (double)c->cols);
  struct pass pass = {.c = c,
                      .nonzeros = kernel_of(c, KRON_EYE_NONZEROS),
                      .compress = kernel_of(c, KRON_EYE_COMPRESS),
                      .threads = threads,
                      .fetch = c->ldx == c->cols &&
                               c->rows * c->cols * element_size(c) > KRON_EYE_CSR_CONVERT_NEAR,
                      .piece = fitting > 0 ? fitting : 1};
  kron_eye_base_parallel(threads, pieces(&pass), function, &pass);
  return pass.result;
}

static void nonzeros_piece(void *context, size_t piece) {
  struct pass *pass = context;
  size_t count = 0;
  for (size_t row = first_of(pass, piece); row < end_of(pass, piece); row++)
    count += count_row(pass, row);
  atomic_fetch_add(&pass->result, count);
}

static void count_piece(void *context, size_t piece) {
  const struct pass *pass = context;
  for (size_t row = first_of(pass, piece); row < end_of(pass, piece); row++)
    kron_eye_integer_set(pass->c->indptr, wide(pass->c), row + 1, count_row(pass, row));
}

/* The result counts the pieces with a row that does not have as many elements as indptr says. The
   places of the next rows of the piece may be overwritten until these rows are written. */
static void fill_piece(void *context, size_t piece) {
  struct pass *pass = context;
  const size_t end = start(pass->c, end_of(pass, piece));
  for (size_t row = first_of(pass, piece); row < end_of(pass, piece); row++) {
    const size_t k = start(pass->c, row), next = start(pass->c, row + 1);
    if (compress_row(pass, row, k, end) == next - k) continue;
    atomic_fetch_add(&pass->result, 1);
    return;
  }
}

/* Writes the entries of the piece to places k .. end - 1, and its part of indptr. Returns the end
   of the entries. */
static size_t write_piece(const struct pass *pass, size_t piece, size_t k, size_t end) {
  const struct kron_eye_conversion *c = pass->c;
  for (size_t row = first_of(pass, piece); row < end_of(pass, piece); row++) {
    k += compress_row(pass, row, k, end);
    kron_eye_integer_set(c->indptr, wide(c), row + 1, k);
  }
  return k;
}

/* Takes the next piece. With several threads, the thread counts its entries, which also brings the
   piece into cache, and writes them when all earlier pieces have been counted. The wait ends,
   because the threads that took the earlier pieces are already at work on them. */
static void convert_piece(void *context, size_t unordered) {
  struct pass *pass = context;
  (void)unordered;
  const size_t piece = atomic_fetch_add(&pass->taken, 1);
  if (pass->threads == 1) {
    pass->end = write_piece(pass, piece, pass->end, pass->c->capacity);
    return;
  }
  size_t count = 0;
  for (size_t row = first_of(pass, piece); row < end_of(pass, piece); row++)
    count += count_row(pass, row);
  kron_eye_base_await(&pass->placed, piece);
  const size_t k = pass->end;
  pass->end = k + count;
  atomic_store(&pass->placed, piece + 1);
  write_piece(pass, piece, k, k + count);
}

size_t kron_eye_sparse_nonzeros(const struct kron_eye_conversion *c) {
  return c->cols == 0 ? 0 : run_pass(c, nonzeros_piece);
}

/* rows*cols elements fit in memory, so their number fits in 64 bits. */
static bool countable(const struct kron_eye_conversion *c) {
  const size_t most = wide(c) ? INT64_MAX : INT32_MAX;
  return c->rows * c->cols <= most || kron_eye_sparse_nonzeros(c) <= most;
}

bool kron_eye_sparse_count(const struct kron_eye_conversion *c) {
  if (!countable(c)) return false;
  kron_eye_integer_set(c->indptr, wide(c), 0, 0);
  run_pass(c, count_piece);
  for (size_t row = 0, sum = 0; row < c->rows; row++) {
    sum += start(c, row + 1);
    kron_eye_integer_set(c->indptr, wide(c), row + 1, sum);
  }
  return true;
}

bool kron_eye_sparse_ordered(const struct kron_eye_conversion *c) {
  return start(c, 0) == 0 &&
         !kron_eye_check_kernel_find(KRON_EYE_DESCENDS, wide(c))(c->indptr, c->rows + 1, 0);
}

bool kron_eye_sparse_fill(const struct kron_eye_conversion *c) {
  return run_pass(c, fill_piece) == 0;
}

bool kron_eye_sparse_convert(const struct kron_eye_conversion *c) {
  if (!countable(c)) return false;
  kron_eye_integer_set(c->indptr, wide(c), 0, 0);
  run_pass(c, convert_piece);
  return true;
}
