#include "problem/from_csr.h"

#include "base/checked_size.h"
#include "base/integers.h"
#include "problem/known_struct.h"
#include "problem/overlap.h"

#include <limits.h>

static size_t index_size(int index_type) {
  return index_type == KRON_EYE_INDEX_INT64 ? sizeof(int64_t) : sizeof(int32_t);
}

static size_t value_size(int value_type) {
  return value_type == KRON_EYE_VALUE_DOUBLE ? sizeof(double) : sizeof(float);
}

/* One array without gaps, for the search for overlap. */
static struct kron_eye_rows flat(const void *array, size_t elements, size_t size) {
  return (struct kron_eye_rows){array, 1, 0, elements * size};
}

enum kron_eye_csr_fault_kind kron_eye_problem_csr_fault(const kron_eye_csr *x) {
  kron_eye_csr known;
  if (!x || !kron_eye_known_struct(x, sizeof known, &known, sizeof known) ||
      !kron_eye_within(x->index_type, KRON_EYE_INDEX_INT64) ||
      !kron_eye_within(x->value_type, KRON_EYE_VALUE_DOUBLE) || !kron_eye_within(x->trusted, 1) ||
      x->reserved != 0)
    return KRON_EYE_CSR_BAD_STRUCT;
  const size_t index = index_size(x->index_type), value = value_size(x->value_type);
  if (x->rows == SIZE_MAX || !kron_eye_fits(x->rows + 1, 1, 1, index) ||
      !kron_eye_fits(x->nnz, 1, 1, index) || !kron_eye_fits(x->nnz, 1, 1, value))
    return KRON_EYE_CSR_TOO_LARGE;
  if (!x->indptr) return KRON_EYE_CSR_NO_INDPTR;
  if (!x->indices && x->nnz != 0) return KRON_EYE_CSR_NO_INDICES;
  if (!x->values && x->nnz != 0) return KRON_EYE_CSR_NO_VALUES;
  return KRON_EYE_CSR_NO_FAULT;
}

bool kron_eye_problem_csr_of_blocks(const struct kron_eye_operator *op, size_t batch,
                                    const kron_eye_csr *x) {
  size_t blocks;
  return x->cols == op->n * op->right && !__builtin_mul_overflow(batch, op->left, &blocks) &&
         x->rows == blocks;
}

/* The size of a row of x fits, because this was checked when the plan was created. */
static bool of_rows(const struct kron_eye_operator *op, size_t batch, const kron_eye_csr *x) {
  return x->cols == kron_eye_operator_row_x(op) && x->rows == batch;
}

int kron_eye_problem_from_csr(const struct kron_eye_operator *op, size_t batch,
                              const kron_eye_csr *x, size_t ldy) {
  const struct kron_eye_types_info *type = &kron_eye_base_types[op->types];
  if (!kron_eye_extent_fits(batch, batch > 1 ? ldy : 0, kron_eye_operator_row_y(op), type->y_size))
    return -2;
  if (kron_eye_problem_csr_fault(x) != KRON_EYE_CSR_NO_FAULT) return -4;
  if (value_size(x->value_type) != type->x_size) return -4;
  return kron_eye_problem_csr_of_blocks(op, batch, x) || of_rows(op, batch, x) ? 0 : -4;
}

int kron_eye_problem_from_csr_y(const struct kron_eye_operator *op, size_t batch,
                                const kron_eye_csr *x, const void *y, size_t ldy) {
  const size_t element = kron_eye_base_types[op->types].y_size, row = kron_eye_operator_row_y(op);
  if (!y && batch != 0 && row != 0) return -6;
  if (batch > 1 && ldy < row) return -7;
  const struct kron_eye_rows out = {y, batch, batch > 1 ? ldy * element : 0, row * element};
  const struct kron_eye_rows indptr = flat(x->indptr, x->rows + 1, index_size(x->index_type)),
                             indices = flat(x->indices, x->nnz, index_size(x->index_type)),
                             values = flat(x->values, x->nnz, value_size(x->value_type));
  const bool overlap = kron_eye_problem_overlap(&out, &indptr) ||
                       kron_eye_problem_overlap(&out, &indices) ||
                       kron_eye_problem_overlap(&out, &values);
  return overlap ? -6 : 0;
}

static size_t element_size(const struct kron_eye_conversion *c) {
  return kron_eye_base_types[c->types].x_size;
}

static struct kron_eye_rows dense(const struct kron_eye_conversion *c) {
  const size_t size = element_size(c);
  return (struct kron_eye_rows){c->x, c->rows, c->rows > 1 ? c->ldx * size : 0, c->cols * size};
}

static struct kron_eye_rows starts(const struct kron_eye_conversion *c) {
  return flat(c->indptr, c->rows + 1, index_size(c->index_type));
}

int kron_eye_problem_from_dense(const struct kron_eye_conversion *c) {
  const size_t ldx = c->rows > 1 ? c->ldx : c->cols;
  if (!kron_eye_fits(1, c->rows, c->cols, element_size(c))) return -1;
  if (!c->x && c->rows != 0 && c->cols != 0) return -3;
  if (ldx < c->cols || !kron_eye_extent_fits(c->rows, ldx, c->cols, element_size(c))) return -4;
  return 0;
}

int kron_eye_problem_from_steps(const struct kron_eye_conversion *c) {
  const int status = kron_eye_problem_from_dense(c);
  if (status == -1 || c->rows == SIZE_MAX ||
      !kron_eye_fits(c->rows + 1, 1, 1, index_size(c->index_type)))
    return -1;
  if (status != 0) return status;
  if (!kron_eye_within(c->index_type, KRON_EYE_INDEX_INT64)) return -5;
  if (c->index_type == KRON_EYE_INDEX_INT32 && c->cols > (size_t)INT32_MAX + 1) return -5;
  return c->indptr ? 0 : -6;
}

int kron_eye_problem_from_count(const struct kron_eye_conversion *c) {
  const int status = kron_eye_problem_from_steps(c);
  if (status != 0) return status;
  const struct kron_eye_rows x = dense(c), indptr = starts(c);
  return kron_eye_problem_overlap(&x, &indptr) ? -6 : 0;
}

/* The arrays for the entries, of which there are at most `entries`. */
static int room(const struct kron_eye_conversion *c, size_t entries) {
  const size_t index = index_size(c->index_type);
  if (!kron_eye_fits(c->capacity, 1, 1, index) ||
      !kron_eye_fits(c->capacity, 1, 1, element_size(c)) || entries > c->capacity)
    return -7;
  if (!c->indices && c->capacity != 0) return -8;
  if (!c->values && c->capacity != 0) return -9;
  const struct kron_eye_rows x = dense(c), indptr = starts(c),
                             indices = flat(c->indices, c->capacity, index),
                             values = flat(c->values, c->capacity, element_size(c));
  if (kron_eye_problem_overlap(&x, &indices) || kron_eye_problem_overlap(&indptr, &indices))
    return -8;
  return kron_eye_problem_overlap(&x, &values) || kron_eye_problem_overlap(&indptr, &values) ||
                 kron_eye_problem_overlap(&indices, &values)
             ? -9
             : 0;
}

int kron_eye_problem_from_fill(const struct kron_eye_conversion *c) {
  return room(c, kron_eye_integer(c->indptr, c->index_type == KRON_EYE_INDEX_INT64, c->rows));
}

int kron_eye_problem_from_convert(const struct kron_eye_conversion *c) {
  const int status = kron_eye_problem_from_count(c);
  return status != 0 ? status : room(c, c->rows * c->cols);
}
