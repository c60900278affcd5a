/* From shapes and options to the operator. */
#include "base/checked_size.h"
#include "problem/known_struct.h"
#include "problem/problem.h"

/* The shape of version 0.1 ended before stridew. */
static const size_t min_shape = offsetof(kron_eye_shape, stridew);

int kron_eye_problem_known_shape(const kron_eye_shape *shape, size_t x_size, size_t y_size,
                                 kron_eye_shape *known) {
  *known = (kron_eye_shape)KRON_EYE_SHAPE_INIT;
  if (!shape || !kron_eye_known_struct(shape, min_shape, known, sizeof *known)) return -1;
  if (!kron_eye_within(known->op, KRON_EYE_TRANSPOSE) || known->reserved != 0) return -1;
  const bool fits = kron_eye_fits(known->left, known->n, known->right, x_size) &&
                    kron_eye_fits(known->left, known->m, known->right, y_size) &&
                    kron_eye_fits(1, known->m, known->n, y_size);
  return fits ? 0 : -1;
}

/* Does the size of `blocks` matrices of that extent, `stride` elements apart, fit? */
static bool blocks_fit(size_t blocks, size_t stride, size_t extent, size_t element) {
  return extent == 0 || kron_eye_extent_fits(blocks, stride, extent, element);
}

/* Sets W and its strides in an operator that has all other fields. Returns 0, or a status for the
   argument w at position `at`. */

static int set_w(struct kron_eye_operator *op, int at, const void *w, size_t ldw) {
  const size_t element = kron_eye_base_types[op->types].y_size;
  const size_t rows = op->transposed ? op->n : op->m, columns = op->transposed ? op->m : op->n;
  if (!w && !op->w_empty) return -at;
  const size_t stride = rows > 1 ? ldw : columns;
  if (stride < columns || !kron_eye_extent_fits(rows, stride, columns, element) ||
      !blocks_fit(op->left, op->w_block, kron_eye_extent(rows, stride, columns), element))
    return -(at + 1);
  op->w = w;
  op->w_row = op->transposed ? 1 : stride;
  op->w_column = op->transposed ? stride : 1;
  return KRON_EYE_OK;
}

int kron_eye_problem_from_shape(enum kron_eye_types types, int at, const kron_eye_shape *shape,
                                const void *w, size_t ldw, struct kron_eye_operator *op) {
  const struct kron_eye_types_info *type = &kron_eye_base_types[types];
  kron_eye_shape known;
  if (kron_eye_problem_known_shape(shape, type->x_size, type->y_size, &known) != 0) return -at;
  const bool empty = known.m == 0 || known.n == 0 || (known.left == 0 && known.stridew != 0);
  *op = (struct kron_eye_operator){.types = types,
                                   .left = known.left,
                                   .m = known.m,
                                   .n = known.n,
                                   .right = known.right,
                                   .w_block = known.left > 1 ? known.stridew : 0,
                                   .w_empty = empty,
                                   .transposed = known.op == KRON_EYE_TRANSPOSE};
  return set_w(op, at + 1, w, ldw);
}

int kron_eye_problem_from_update(const struct kron_eye_operator *op, const void *w, size_t ldw,
                                 struct kron_eye_operator *updated) {
  *updated = *op;
  return set_w(updated, 2, w, ldw);
}

int kron_eye_problem_adjoint(const kron_eye_shape *shape, kron_eye_shape *adjoint) {
  kron_eye_shape known;
  if (kron_eye_problem_known_shape(shape, 1, 1, &known) != 0) return -1;
  if (!adjoint || adjoint->size < min_shape || adjoint->size > KRON_EYE_STRUCT_MAX) return -2;
  const size_t size = adjoint->size;
  if (size < sizeof known && known.stridew != 0) return -2;
  const size_t m = known.m;
  known.size = size;
  known.m = known.n;
  known.n = m;
  known.op = known.op == KRON_EYE_TRANSPOSE ? KRON_EYE_NO_TRANSPOSE : KRON_EYE_TRANSPOSE;
  if (size > sizeof known) memset((char *)adjoint + sizeof known, 0, size - sizeof known);
  memcpy(adjoint, &known, size < sizeof known ? size : sizeof known);
  return KRON_EYE_OK;
}

int kron_eye_problem_from_options(int at, const kron_eye_options *options,
                                  kron_eye_options *known) {
  *known = (kron_eye_options)KRON_EYE_OPTIONS_INIT;
  if (!options) return KRON_EYE_OK;
  if (!kron_eye_known_struct(options, sizeof *known, known, sizeof *known)) return -at;
  if (!kron_eye_within(known->zeros, KRON_EYE_ZEROS_MULTIPLY) ||
      !kron_eye_within(known->route, KRON_EYE_ROUTE_BLAS))
    return -at;
  return KRON_EYE_OK;
}
