/* The plan functions' arguments -> the canonical problem. */
#include "base/checked_size.h"
#include "problem/known_struct.h"
#include "problem/overlap.h"
#include "problem/problem.h"

int kron_eye_problem_from_shape(enum kron_eye_types types, const kron_eye_shape *shape,
                                const void *w, size_t ldw, struct kron_eye_operator *op) {
  const struct kron_eye_types_info *type = &kron_eye_problem_types[types];
  if (!shape || !kron_eye_known_struct(shape, shape->size, sizeof *shape, sizeof *shape)) return -2;
  if (!kron_eye_within(shape->op, KRON_EYE_TRANSPOSE) || shape->reserved != 0) return -2;
  const size_t left = shape->left, m = shape->m, n = shape->n, right = shape->right;
  if (!kron_eye_fits(left, n, right, type->x_size) ||
      !kron_eye_fits(left, m, right, type->y_size) || !kron_eye_fits(1, m, n, type->y_size))
    return -2;
  const bool transposed = shape->op == KRON_EYE_TRANSPOSE;
  const size_t rows = transposed ? n : m, columns = transposed ? m : n; /* as stored */
  if (!w && m != 0 && n != 0) return -3;
  if (rows > 1 && (ldw < columns || !kron_eye_extent_fits(rows, ldw, columns, type->y_size)))
    return -4;
  *op = (struct kron_eye_operator){types, left, m, n, w, rows > 1 ? ldw : columns};
  return right != 1 || transposed ? KRON_EYE_UNSUPPORTED : KRON_EYE_OK;
}

int kron_eye_problem_from_options(const kron_eye_options *options, kron_eye_options *known) {
  *known = (kron_eye_options)KRON_EYE_OPTIONS_INIT;
  if (!options) return KRON_EYE_OK;
  if (!kron_eye_known_struct(options, options->size, sizeof *known, sizeof *known)) return -5;
  if (!kron_eye_within(options->zeros, KRON_EYE_ZEROS_MULTIPLY) ||
      !kron_eye_within(options->route, KRON_EYE_ROUTE_BLAS))
    return -5;
  *known = *options;
  known->size = sizeof *known;
  return KRON_EYE_OK;
}

int kron_eye_problem_from_apply(const struct kron_eye_operator *op,
                                const struct kron_eye_operands *operands) {
  const struct kron_eye_types_info *type = &kron_eye_problem_types[op->types];
  const size_t batch = operands->batch;
  const size_t row_x = op->left * op->n, row_y = op->left * op->m;
  const size_t ldx = batch > 1 ? operands->ldx : 0, ldy = batch > 1 ? operands->ldy : 0;
  if (!kron_eye_extent_fits(batch, ldx, row_x, type->x_size) ||
      !kron_eye_extent_fits(batch, ldy, row_y, type->y_size))
    return -2;
  if (!operands->x && batch != 0 && row_x != 0) return -4;
  if (ldx != 0 && ldx < row_x) return -5;
  if (!operands->y && batch != 0 && row_y != 0) return -7;
  if (batch > 1 && ldy < row_y) return -8;
  const struct kron_eye_rows x = {operands->x, ldx == 0 && batch != 0 ? 1 : batch,
                                  ldx * type->x_size, row_x * type->x_size};
  const struct kron_eye_rows y = {operands->y, batch, ldy * type->y_size, row_y * type->y_size};
  return kron_eye_problem_overlap(&x, &y) ? -7 : 0;
}
