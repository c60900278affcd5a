/* From factors to links, and to the operator that the chain is as a whole. */
#include "problem/from_chain.h"

#include "base/checked_size.h"
#include "problem/known_struct.h"
#include "problem/overlap.h"

/* Factor `index` of an array whose step is `size` bytes: false where its struct is bad. */
static bool known_factor(const kron_eye_factor *factors, size_t size, size_t index,
                         kron_eye_factor *known) {
  const char *factor = (const char *)factors + index * size;
  size_t own;
  memcpy(&own, factor, sizeof own);
  return own == size && kron_eye_known_struct(factor, sizeof *known, known, sizeof *known) &&
         kron_eye_within(known->kind, KRON_EYE_FACTOR_IDENTITY) && known->reserved == 0 &&
         (known->kind == KRON_EYE_FACTOR_IDENTITY ||
          kron_eye_within(known->op, KRON_EYE_TRANSPOSE));
}

/* The step of a non-empty array, which its first element gives as its size; 0 if it is bad. */
static size_t step_of(const kron_eye_factor *factors) {
  const bool good =
      factors && factors->size >= sizeof *factors && factors->size <= KRON_EYE_STRUCT_MAX;
  return good ? factors->size : 0;
}

/* false if the matrix is bad. An identity is defined by its sizes. */
static bool link_of(enum kron_eye_types types, const kron_eye_factor *factor,
                    struct kron_eye_link *link) {
  link->identity = factor->kind == KRON_EYE_FACTOR_IDENTITY;
  if (link->identity) {
    link->op = (struct kron_eye_operator){
        .types = types, .left = 1, .m = factor->m, .n = factor->n, .right = 1, .w_empty = true};
    return factor->m == factor->n;
  }
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = factor->m;
  shape.n = factor->n;
  shape.op = factor->op;
  return kron_eye_problem_from_shape(types, 1, &shape, factor->w, factor->ldw, &link->op) == 0;
}

/* A product of sizes that may contain a zero after factors that do not fit. */
struct product {
  size_t value;
  bool zero, fits;
};

static void multiply(struct product *product, size_t factor) {
  if (factor == 0)
    product->zero = true;
  else if (__builtin_mul_overflow(product->value, factor, &product->value))
    product->fits = false;
}

/* Elements of a row; false if their number does not fit. */
static bool row_of(const struct product *product, size_t element, size_t *row) {
  *row = product->zero ? 0 : product->value;
  return product->zero || (product->fits && kron_eye_fits(1, 1, product->value, element));
}

/*
 * Intermediate results need no check: steps that make a row smaller come before those that make it
 * larger (chain/order.c), so no intermediate row is longer than that of x or that of y.
 */
int kron_eye_problem_from_factors(enum kron_eye_types types, size_t count,
                                  const kron_eye_factor *factors, struct kron_eye_operator *whole) {
  const size_t element = kron_eye_base_types[types].y_size;
  if (!kron_eye_fits(1, count, sizeof *factors, 1)) return -2;
  const size_t step = count != 0 ? step_of(factors) : sizeof *factors;
  if (step == 0) return -3;
  if (!kron_eye_fits(1, count, step, 1)) return -2;
  struct product m = {1, false, true}, n = {1, false, true};
  for (size_t f = 0; f < count; f++) {
    kron_eye_factor known = KRON_EYE_FACTOR_INIT;
    struct kron_eye_link link;
    if (!known_factor(factors, step, f, &known) || !link_of(types, &known, &link)) return -3;
    multiply(&m, link.op.m);
    multiply(&n, link.op.n);
  }
  *whole = (struct kron_eye_operator){.types = types, .left = 1, .right = 1, .w_empty = true};
  return row_of(&m, element, &whole->m) && row_of(&n, element, &whole->n) ? 0 : -3;
}

struct kron_eye_link kron_eye_problem_link(enum kron_eye_types types,
                                           const kron_eye_factor *factors, size_t index) {
  kron_eye_factor known = KRON_EYE_FACTOR_INIT;
  struct kron_eye_link link;
  known_factor(factors, step_of(factors), index, &known);
  link_of(types, &known, &link);
  link.first = index;
  link.count = 1;
  return link;
}

int kron_eye_problem_from_workspace(const struct kron_eye_operator *whole,
                                    const struct kron_eye_operands *operands, const void *workspace,
                                    size_t bytes, size_t needed) {
  const size_t element = kron_eye_base_types[whole->types].y_size, batch = operands->batch;
  if (!workspace) return bytes == 0 ? 0 : -9;
  if (bytes < needed) return -10;
  /* No array has more than PTRDIFF_MAX bytes, whatever the caller says. */
  const struct kron_eye_rows space = {workspace, 1, 0, least(bytes, PTRDIFF_MAX)};
  const size_t x_rows = operands->ldx == 0 && batch > 1 ? 1 : batch;
  const struct kron_eye_rows x = {operands->x, x_rows, operands->ldx * element, whole->n * element},
                             y = {operands->y, batch, operands->ldy * element, whole->m * element};
  return kron_eye_problem_overlap(&space, &x) || kron_eye_problem_overlap(&space, &y) ? -9 : 0;
}

int kron_eye_problem_factors_adjoint(size_t count, const kron_eye_factor *factors,
                                     kron_eye_factor *adjoint) {
  if (count == 0) return KRON_EYE_OK;
  if (!kron_eye_fits(1, count, sizeof *factors, 1)) return -1;
  const size_t step = step_of(factors), to_step = step_of(adjoint);
  if (step == 0) return -2;
  if (!kron_eye_fits(1, count, step, 1)) return -1;
  for (size_t f = 0; f < count; f++) {
    kron_eye_factor known = KRON_EYE_FACTOR_INIT;
    if (!known_factor(factors, step, f, &known)) return -2;
  }
  if (to_step == 0) return -3;
  for (size_t f = 0; f < count; f++) {
    kron_eye_factor known = KRON_EYE_FACTOR_INIT;
    known_factor(factors, step, f, &known);
    char *to = (char *)adjoint + f * to_step;
    const size_t m = known.m;
    known.size = to_step;
    known.m = known.n;
    known.n = m;
    if (known.kind == KRON_EYE_FACTOR_MATRIX)
      known.op = known.op == KRON_EYE_TRANSPOSE ? KRON_EYE_NO_TRANSPOSE : KRON_EYE_TRANSPOSE;
    memset(to + sizeof known, 0, to_step - sizeof known);
    memcpy(to, &known, sizeof known);
  }
  return KRON_EYE_OK;
}
