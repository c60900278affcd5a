/* The one-call functions' arguments -> the canonical problem. */
#include "base/checked_size.h"
#include "problem/overlap.h"
#include "problem/problem.h"

const struct kron_eye_types_info kron_eye_problem_types[KRON_EYE_TYPES_COUNT] = {
    [KRON_EYE_F32] = {"f32", sizeof(float), sizeof(float)},
    [KRON_EYE_F64] = {"f64", sizeof(double), sizeof(double)},
    [KRON_EYE_F32_F64] = {"f32_f64", sizeof(float), sizeof(double)},
    [KRON_EYE_U8_F32] = {"u8_f32", sizeof(uint8_t), sizeof(float)},
};

/* The checks that matvec and batch share: k is at position `at`, then m, n, w, x, y. */
static int check(const struct kron_eye_operator *op, const struct kron_eye_operands *operands,
                 int at) {
  const struct kron_eye_types_info *type = &kron_eye_problem_types[op->types];
  const size_t k = op->left, m = op->m, n = op->n, batch = operands->batch;
  if (!kron_eye_fits(1, k, n, type->x_size) || !kron_eye_fits(1, k, m, type->y_size)) return -at;
  if (!kron_eye_fits(1, m, n, type->y_size)) return -(at + 1);
  if (!kron_eye_fits(1, 1, n, type->x_size)) return -(at + 2);
  const bool w_empty = m == 0 || n == 0;
  const bool x_empty = batch == 0 || k == 0 || n == 0;
  const bool y_empty = batch == 0 || k == 0 || m == 0;
  if (!op->w && !w_empty) return -(at + 3);
  if (!operands->x && !x_empty) return -(at + 4);
  if (!operands->y && !y_empty) return -(at + 5);
  const struct kron_eye_rows w = {op->w, 1, 0, m * n * type->y_size};
  const struct kron_eye_rows x = {operands->x, 1, 0, batch * k * n * type->x_size};
  const struct kron_eye_rows y = {operands->y, 1, 0, batch * k * m * type->y_size};
  if (kron_eye_problem_overlap(&y, &w) || kron_eye_problem_overlap(&y, &x)) return -(at + 5);
  return 0;
}

static void fill(enum kron_eye_types types, size_t batch, size_t k, size_t m, size_t n,
                 const void *w, const void *x, void *y, struct kron_eye_operator *op,
                 struct kron_eye_operands *operands) {
  *op = (struct kron_eye_operator){types, k, m, n, w, n};
  *operands = (struct kron_eye_operands){batch, x, k * n, y, k * m, 1, 0};
}

int kron_eye_problem_from_matvec(enum kron_eye_types types, size_t k, size_t m, size_t n,
                                 const void *w, const void *x, void *y,
                                 struct kron_eye_operator *op, struct kron_eye_operands *operands) {
  fill(types, 1, k, m, n, w, x, y, op, operands);
  return check(op, operands, 1);
}

int kron_eye_problem_from_batch(enum kron_eye_types types, size_t batch, size_t k, size_t m,
                                size_t n, const void *w, const void *x, void *y,
                                struct kron_eye_operator *op, struct kron_eye_operands *operands) {
  fill(types, batch, k, m, n, w, x, y, op, operands);
  const struct kron_eye_types_info *type = &kron_eye_problem_types[types];
  if (!kron_eye_fits(batch, k, n, type->x_size) || !kron_eye_fits(batch, k, m, type->y_size))
    return -1;
  return check(op, operands, 2);
}
