/* sparse.c - dense operands -> CSR, in order or not. */
#include "sparse.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

typedef struct entry {
  size_t column;
  double value;
} entry;

int64_t sparse_integer(const kron_eye_csr *view, const void *integers, size_t i) {
  return view->index_type == KRON_EYE_INDEX_INT64 ? ((const int64_t *)integers)[i]
                                                  : ((const int32_t *)integers)[i];
}

void sparse_integer_set(const kron_eye_csr *view, void *integers, size_t i, int64_t value) {
  if (view->index_type == KRON_EYE_INDEX_INT64)
    ((int64_t *)integers)[i] = value;
  else
    ((int32_t *)integers)[i] = (int32_t)value;
}

/* One row's entries; returns how many. Halves of a number add up to it exactly. */
static size_t row_entries(const operands *o, const void *x, size_t cols, int disorders,
                          entry *entries, rng *r) {
  size_t count = 0;
  for (size_t j = 0; j < cols; j++) {
    const double v = element_get(o->t->x, x, j);
    if (v == 0) {
      if ((disorders & SPARSE_ZEROS) && rng_below(r, 3) == 0) entries[count++] = (entry){j, 0};
    } else if ((disorders & SPARSE_DUPLICATES) && rng_below(r, 3) == 0) {
      entries[count++] = (entry){j, v / 2};
      entries[count++] = (entry){j, v / 2};
    } else {
      entries[count++] = (entry){j, v};
    }
  }
  for (size_t i = count; (disorders & SPARSE_SHUFFLED) && i > 1; i--) {
    const size_t other = rng_below(r, i);
    const entry swapped = entries[i - 1];
    entries[i - 1] = entries[other];
    entries[other] = swapped;
  }
  return count;
}

sparse sparse_create(const operands *o, size_t batch, bool of_blocks, int index_type, int disorders,
                     guarded_edge edge, rng *r) {
  const size_t rows = of_blocks ? batch * o->left : batch, cols = of_blocks ? o->n : o->left * o->n;
  const size_t x_size = element_size(o->t->x);
  const size_t integer = index_type == KRON_EYE_INDEX_INT64 ? sizeof(int64_t) : sizeof(int32_t);
  entry *entries = calloc(2 * rows * cols + 1, sizeof *entries);
  size_t *starts = calloc(rows + 1, sizeof *starts);
  assert_true(entries != NULL && starts != NULL);
  for (size_t row = 0; row < rows; row++)
    starts[row + 1] = starts[row] + row_entries(o, (const char *)o->x + row * cols * x_size, cols,
                                                disorders, entries + starts[row], r);
  sparse s = {KRON_EYE_CSR_INIT, guarded_create((rows + 1) * integer, edge),
              guarded_create(starts[rows] * integer, edge),
              guarded_create(starts[rows] * x_size, edge)};
  s.view.rows = rows;
  s.view.cols = cols;
  s.view.nnz = starts[rows];
  s.view.index_type = index_type;
  s.view.value_type = o->t->x == ELEMENT_F64 ? KRON_EYE_VALUE_DOUBLE : KRON_EYE_VALUE_FLOAT;
  s.view.indptr = s.indptr.data;
  s.view.indices = s.indices.data;
  s.view.values = s.values.data;
  for (size_t row = 0; row <= rows; row++)
    sparse_integer_set(&s.view, s.indptr.data, row, (int64_t)starts[row]);
  for (size_t e = 0; e < starts[rows]; e++) {
    sparse_integer_set(&s.view, s.indices.data, e, (int64_t)entries[e].column);
    element_set(o->t->x, s.values.data, e, entries[e].value);
  }
  free(entries);
  free(starts);
  guarded_read_only(&s.indptr);
  guarded_read_only(&s.indices);
  guarded_read_only(&s.values);
  return s;
}

void sparse_destroy(sparse *s) {
  guarded_destroy(&s->indptr);
  guarded_destroy(&s->indices);
  guarded_destroy(&s->values);
}

int sparse_apply(const plan_types *t, const kron_eye_plan *plan, size_t batch, double alpha,
                 const kron_eye_csr *x, double beta, void *y, size_t ldy) {
  if (t->x == ELEMENT_F64) return kron_eye_apply_csr_f64(plan, batch, alpha, x, beta, y, ldy);
  if (t->y == ELEMENT_F64) return kron_eye_apply_csr_f32_f64(plan, batch, alpha, x, beta, y, ldy);
  return kron_eye_apply_csr_f32(plan, batch, (float)alpha, x, (float)beta, y, ldy);
}
