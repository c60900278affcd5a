/* From the arguments of the one-call functions to the canonical problem. */
#include "base/checked_size.h"
#include "problem/overlap.h"
#include "problem/problem.h"

/* The checks that matvec and batch share: k is at position `at`, then m, n, w, x, y. */
static int check(const struct kron_eye_operator *op, const struct kron_eye_operands *operands,
                 int at) {
  const struct kron_eye_types_info *type = &kron_eye_base_types[op->types];
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
  *op = (struct kron_eye_operator){
      .types = types, .left = k, .m = m, .n = n, .right = 1, .w = w, .w_row = n, .w_column = 1};
  *operands = (struct kron_eye_operands){batch, x, k * n, y, k * m, kron_eye_finish_plain(1, 0)};
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
  const struct kron_eye_types_info *type = &kron_eye_base_types[types];
  if (!kron_eye_fits(batch, k, n, type->x_size) || !kron_eye_fits(batch, k, m, type->y_size))
    return -1;
  return check(op, operands, 2);
}
