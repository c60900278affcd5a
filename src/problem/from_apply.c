/* The operands of plans and of the one-call product. */
#include "base/checked_size.h"
#include "problem/known_struct.h"
#include "problem/overlap.h"
#include "problem/problem.h"

#include <math.h>

static struct kron_eye_rows rows_of_y(const struct kron_eye_operator *op,
                                      const struct kron_eye_operands *operands) {
  const size_t element = kron_eye_base_types[op->types].y_size;
  return (struct kron_eye_rows){operands->y, operands->batch,
                                operands->batch > 1 ? operands->ldy * element : 0,
                                kron_eye_operator_row_y(op) * element};
}

/* The check where there is one row, whose extents fit as the shape's check has found, and whose
   strides are not looked at. A small product takes no longer than the check of many. */
static int from_one_row(int at, const struct kron_eye_operands *operands, size_t x_bytes,
                        size_t y_bytes) {
  if (!operands->x && x_bytes != 0) return -(at + 2);
  if (!operands->y && y_bytes != 0) return -(at + 5);
  const struct kron_eye_rows x = {operands->x, 1, 0, x_bytes}, y = {operands->y, 1, 0, y_bytes};
  return kron_eye_problem_overlap(&x, &y) ? -(at + 5) : 0;
}

int kron_eye_problem_from_apply(const struct kron_eye_operator *op, int at,
                                const struct kron_eye_operands *operands) {
  const struct kron_eye_types_info *type = &kron_eye_base_types[op->types];
  const size_t batch = operands->batch;
  const size_t row_x = kron_eye_operator_row_x(op), row_y = kron_eye_operator_row_y(op);
  if (batch == 1) return from_one_row(at, operands, row_x * type->x_size, row_y * type->y_size);
  const size_t ldx = batch > 1 ? operands->ldx : 0, ldy = batch > 1 ? operands->ldy : 0;
  if (!kron_eye_extent_fits(batch, ldx, row_x, type->x_size) ||
      !kron_eye_extent_fits(batch, ldy, row_y, type->y_size))
    return -at;
  if (!operands->x && batch != 0 && row_x != 0) return -(at + 2);
  if (ldx != 0 && ldx < row_x) return -(at + 3);
  if (!operands->y && batch != 0 && row_y != 0) return -(at + 5);
  if (batch > 1 && ldy < row_y) return -(at + 6);
  const struct kron_eye_rows x = {operands->x, ldx == 0 && batch != 0 ? 1 : batch,
                                  ldx * type->x_size, row_x * type->x_size};
  const struct kron_eye_rows y = rows_of_y(op, operands);
  return kron_eye_problem_overlap(&x, &y) ? -(at + 5) : 0;
}

/* Does y share a byte with one of the Ws? */
static bool overlaps_w(const struct kron_eye_operator *op, const struct kron_eye_rows *y) {
  const size_t element = kron_eye_base_types[op->types].y_size;
  const struct kron_eye_rows w = {op->w, op->transposed ? op->n : op->m,
                                  (op->transposed ? op->w_column : op->w_row) * element,
                                  (op->transposed ? op->m : op->n) * element};
  return kron_eye_problem_blocks_overlap(&w, kron_eye_operator_matrices(op), op->w_block * element,
                                         y);
}

int kron_eye_problem_from_product(const struct kron_eye_operator *op,
                                  const struct kron_eye_operands *operands) {
  const int status = kron_eye_problem_from_apply(op, 4, operands);
  if (status != 0) return status;
  const struct kron_eye_rows y = rows_of_y(op, operands);
  return overlaps_w(op, &y) ? -9 : 0;
}

int kron_eye_problem_from_epilogue(const struct kron_eye_operator *op,
                                   const kron_eye_epilogue *epilogue,
                                   struct kron_eye_operands *operands) {
  enum { AT = 9 };
  const size_t element = kron_eye_base_types[op->types].y_size;
  kron_eye_epilogue known = KRON_EYE_EPILOGUE_INIT;
  if (!kron_eye_known_struct(epilogue, sizeof known, &known, sizeof known)) return -AT;
  if (!kron_eye_within(known.activation, KRON_EYE_ACTIVATION_CLAMP) || known.reserved != 0)
    return -AT;
  const bool clamp = known.activation == KRON_EYE_ACTIVATION_CLAMP;
  if (clamp && !islessequal(known.low, known.high)) return -AT;
  const size_t stride = known.bias && op->left > 1 ? known.bias_stride : 0;
  if (stride != 0 && stride < op->m) return -AT;
  const size_t blocks = stride == 0 ? 1 : op->left;
  if (known.bias && !kron_eye_extent_fits(blocks, stride, op->m, element)) return -AT;
  const struct kron_eye_rows y = rows_of_y(op, operands),
                             bias = {known.bias, known.bias ? blocks : 0, stride * element,
                                     op->m * element};
  if (kron_eye_problem_overlap(&y, &bias)) return -AT;
  struct kron_eye_finish *finish = &operands->finish;
  finish->epilogue = known.bias || known.activation != KRON_EYE_ACTIVATION_NONE;
  finish->activation = known.activation;
  finish->bias = known.bias;
  finish->bias_block = stride;
  if (clamp) {
    finish->low = element == sizeof(float) ? (double)(float)known.low : known.low;
    finish->high = element == sizeof(float) ? (double)(float)known.high : known.high;
  }
  return 0;
}
