/*
 * Small adjacent factors are replaced by their Kronecker product: 2 x 2 (x) 2 x 2 becomes one 4 x 4
 * matrix, which takes as many multiply-adds but half the loads and stores, and one pass instead of
 * two. The gain is larger at the right end of a chain: vectors hold outputs there, so a step with
 * few outputs costs several times as much per element, and so does the next step.
 *
 * This is done only if it changes nothing but rounding: all elements must be finite, and all
 * products in the range of normal numbers. An element of the product is rounded once (in double,
 * once for each factor but the first). The error bound of a step, its inputs + 3, covers that for
 * up to four factors.
 */
#include "base/memory.h"
#include "base/thresholds.h"
#include "chain/chain.h"

#include <float.h>
#include <math.h>

enum { MOST_FACTORS = 4 };

static double element(const struct kron_eye_operator *op, size_t i, size_t j) {
  const size_t at = i * op->w_row + j * op->w_column;
  return op->types == KRON_EYE_F32 ? (double)((const float *)op->w)[at]
                                   : ((const double *)op->w)[at];
}

/* Bounds of the binary exponents of a product's elements: 2^low <= |v| < 2^high. */
struct range {
  bool finite;
  int low, high;
};

/* Widens the range by one more factor. Partial products lie in it too. */
static void widen(struct range *range, const struct kron_eye_operator *op) {
  int low = 0, high = 0;
  for (size_t i = 0; i < op->m; i++)
    for (size_t j = 0; j < op->n; j++) {
      const double v = element(op, i, j);
      int exponent = 0;
      if (!isfinite(v)) range->finite = false;
      if (isfinite(v) && v != 0) frexp(v, &exponent);
      if (exponent > high) high = exponent;
      if (exponent - 1 < low) low = exponent - 1;
    }
  range->low += low;
  range->high += high;
}

static bool safe(const struct range *range, enum kron_eye_types types) {
  const bool single = types == KRON_EYE_F32;
  return range->finite && range->high <= (single ? FLT_MAX_EXP : DBL_MAX_EXP) - 1 &&
         range->low >= (single ? FLT_MIN_EXP : DBL_MIN_EXP);
}

/* Multiply-adds of the two factors applied separately, in the cheaper order, for one block. */
static double apart(const struct kron_eye_operator *a, const struct kron_eye_operator *b) {
  const double a_cost = (double)(a->m * a->n), b_cost = (double)(b->m * b->n);
  const double a_first = a_cost * (double)b->n + b_cost * (double)a->m,
               b_first = b_cost * (double)a->n + a_cost * (double)b->m;
  return a_first < b_first ? a_first : b_first;
}

/* Does it pay to combine `left` with `right`, which is at the end of the chain or inside it? */
static bool pays(const struct kron_eye_operator *left, const struct kron_eye_operator *right,
                 bool at_end) {
  const size_t lanes = kron_eye_kernel_lanes(kron_eye_base_isa(), right->types);
  size_t most = KRON_EYE_CHAIN_FOLD_INSIDE;
  if (at_end) most = right->m < lanes ? KRON_EYE_CHAIN_FOLD_FEW : KRON_EYE_CHAIN_FOLD_END;
  if (left->m > most / right->m || left->n > most / right->n) return false;
  const double together = (double)(left->m * left->n) * (double)(right->m * right->n);
  return together <= (at_end ? kron_eye_chain_fold_end_cost : kron_eye_chain_fold_inside_cost) *
                         apart(left, right);
}

/* The number of factors, the last of which is `end` - 1, that are combined. */
static size_t group(const struct kron_eye_chain *chain, size_t end) {
  struct range range = {true, 0, 0};
  struct kron_eye_operator whole = chain->factors[end - 1].op;
  if (chain->factors[end - 1].identity || whole.m > KRON_EYE_CHAIN_FOLD_FEW ||
      whole.n > KRON_EYE_CHAIN_FOLD_FEW)
    return 1;
  widen(&range, &whole);
  size_t count = 1;
  for (; count < MOST_FACTORS && count < end; count++) {
    const struct kron_eye_link *next = &chain->factors[end - 1 - count];
    if (next->identity || !pays(&next->op, &whole, end == chain->factor_count)) break;
    widen(&range, &next->op);
    if (!safe(&range, whole.types)) break;
    whole.m *= next->op.m;
    whole.n *= next->op.n;
  }
  return count;
}

/* Element (i, j) of the Kronecker product of `count` factors from `first` on. */
static double product(const struct kron_eye_link *first, size_t count, size_t i, size_t j) {
  double value = 1;
  for (size_t f = count; f-- > 0;) {
    const struct kron_eye_operator *op = &first[f].op;
    value *= element(op, i % op->m, j % op->n);
    i /= op->m;
    j /= op->n;
  }
  return value;
}

/* The link of a group, whose W goes to `w` if there are several. */
static struct kron_eye_link fold(const struct kron_eye_chain *chain, size_t first, size_t count,
                                 char *w) {
  struct kron_eye_link link = chain->factors[first];
  link.first = first;
  link.count = count;
  if (count <= 1) return link;
  struct kron_eye_operator *op = &link.op;
  for (size_t f = first + 1; f < first + count; f++) {
    op->m *= chain->factors[f].op.m;
    op->n *= chain->factors[f].op.n;
  }
  op->transposed = false;
  op->w = w;
  op->w_row = op->n;
  op->w_column = 1;
  for (size_t i = 0; i < op->m; i++)
    for (size_t j = 0; j < op->n; j++) {
      const double v = product(&chain->factors[first], count, i, j);
      if (op->types == KRON_EYE_F32)
        ((float *)(void *)w)[i * op->n + j] = (float)v;
      else
        ((double *)(void *)w)[i * op->n + j] = v;
    }
  return link;
}

bool kron_eye_chain_fold(struct kron_eye_chain *chain) {
  const bool blas = chain->options.route == KRON_EYE_ROUTE_BLAS;
  const size_t each = (size_t)KRON_EYE_CHAIN_FOLD_FEW * KRON_EYE_CHAIN_FOLD_FEW * sizeof(double);
  const bool none = blas || chain->whole.m == 0 || chain->whole.n == 0;
  size_t groups = 0;
  chain->link_count = 0;
  for (size_t end = chain->factor_count, count; end > 0; end -= count) {
    count = none ? 1 : group(chain, end);
    groups += count > 1;
    chain->links[chain->link_count++] =
        (struct kron_eye_link){.first = end - count, .count = count};
  }
  if (groups > 0) chain->folded = kron_eye_base_allocate(groups * each);
  if (groups > 0 && !chain->folded) return false;
  for (size_t l = 0, g = 0; l < chain->link_count; l++) {
    const size_t first = chain->links[l].first, count = chain->links[l].count;
    char *w = count > 1 ? (char *)chain->folded + g++ * each : NULL;
    chain->links[l] = fold(chain, first, count, w);
  }
  for (size_t l = 0; l < chain->link_count / 2; l++) { /* they were found from right to left */
    const struct kron_eye_link link = chain->links[l];
    chain->links[l] = chain->links[chain->link_count - 1 - l];
    chain->links[chain->link_count - 1 - l] = link;
  }
  return true;
}
