/* Allocates a chain: the struct with its arrays and a plan for each step. Sizes the workspace. */
#include "base/checked_size.h"
#include "base/memory.h"
#include "base/threads.h"
#include "base/thresholds.h"
#include "chain/chain.h"

#include <math.h>

static size_t whole_lines(size_t bytes) {
  return (bytes + KRON_EYE_ALIGNMENT - 1) / KRON_EYE_ALIGNMENT * KRON_EYE_ALIGNMENT;
}

/* Allocates the struct together with arrays for so many links, or returns NULL. */
static struct kron_eye_chain *allocate(size_t links) {
  const size_t head = whole_lines(sizeof(struct kron_eye_chain));
  const size_t each = 2 * sizeof(struct kron_eye_link) + sizeof(struct kron_eye_step) +
                      sizeof(struct kron_eye_stage) + sizeof(size_t);
  if (!kron_eye_fits(1, links, each, 1) || links * each > PTRDIFF_MAX - head) return NULL;
  struct kron_eye_chain *chain = kron_eye_base_allocate(head + links * each);
  if (!chain) return NULL;
  *chain = (struct kron_eye_chain){.factors = (struct kron_eye_link *)((char *)chain + head)};
  chain->links = chain->factors + links;
  chain->steps = (struct kron_eye_step *)(chain->links + links);
  chain->stages = (struct kron_eye_stage *)(chain->steps + links);
  chain->sizes = (size_t *)(chain->stages + links);
  return chain;
}

/* The 1 x 1 matrix 1: the step of a chain of identities, which is y = alpha*x + beta*y. */
static struct kron_eye_link one(enum kron_eye_types types) {
  static const float one_f32 = 1;
  static const double one_f64 = 1;
  return (struct kron_eye_link){
      .op = {.types = types,
             .left = 1,
             .m = 1,
             .n = 1,
             .right = 1,
             .w = types == KRON_EYE_F32 ? (const void *)&one_f32 : (const void *)&one_f64,
             .w_row = 1,
             .w_column = 1}};
}

static void add_factors(struct kron_eye_chain *chain, size_t count,
                        const kron_eye_factor *factors) {
  chain->plain = true;
  for (size_t f = 0; f < count; f++) {
    chain->factors[f] = kron_eye_problem_link(chain->whole.types, factors, f);
    chain->plain &= chain->factors[f].identity;
  }
  chain->factor_count = count;
  if (!chain->plain) return;
  for (size_t f = count; f > 0; f--) chain->factors[f] = chain->factors[f - 1];
  chain->factors[0] = one(chain->whole.types);
  chain->factor_count++;
}

/* Creates a plan for each step; false if an allocation fails. */
static bool add_plans(struct kron_eye_chain *chain) {
  for (size_t s = 0; s < chain->stage_count; s++) {
    const struct kron_eye_stage *stage = &chain->stages[s];
    for (size_t i = stage->first; i < stage->first + stage->count; i++) {
      struct kron_eye_step *step = &chain->steps[i];
      const struct kron_eye_operator op = kron_eye_chain_operator(chain, stage, step);
      step->plan = kron_eye_plan_build(&op, &chain->options);
      if (!step->plan) return false;
      chain->blas |= step->plan->blas;
    }
  }
  return true;
}

/* Computes the size of the workspace from the largest intermediate results between steps and
   between stages; false if no array can be so large. */
static bool add_workspace(struct kron_eye_chain *chain) {
  const size_t element = kron_eye_base_types[chain->whole.types].y_size;
  size_t part = 0, parts = 0, row = 0, rows = 0;
  for (size_t s = 0; s < chain->stage_count; s++) {
    const struct kron_eye_stage *stage = &chain->stages[s];
    const size_t last = stage->right - (stage->slices - 1) * stage->width;
    const size_t widest = last > stage->width ? last : stage->width;
    const size_t elements = stage->parts * stage->between * widest;
    if (elements > part) part = elements;
    if (stage->count > 1 && parts < stage->count - 1) parts = stage->count - 1;
    if (s + 1 == chain->stage_count) break;
    const size_t behind = stage->left * stage->out * stage->right;
    if (behind > row) row = behind;
    rows++;
  }
  chain->part_bytes = whole_lines(part * element);
  chain->row_bytes = whole_lines(row * element);
  chain->workers = chain->blas ? 1 : kron_eye_base_threads(chain->options.threads, HUGE_VAL);
  const size_t beside = (size_t)chain->workers * 2 * chain->part_bytes + KRON_EYE_ALIGNMENT;
  if (!kron_eye_fits(1, least(rows, 2), chain->row_bytes, 1) ||
      least(rows, 2) * chain->row_bytes > PTRDIFF_MAX - beside)
    return false;
  const size_t rows_bytes = least(rows, 2) * chain->row_bytes;
  chain->rows_apart = rows_bytes <= KRON_EYE_CHAIN_ROW_BYTES;
  chain->shared_bytes = chain->rows_apart ? 0 : rows_bytes;
  chain->parts_bytes = least(parts, 2) * chain->part_bytes;
  chain->worker_bytes = chain->parts_bytes + (chain->rows_apart ? rows_bytes : 0);
  chain->workspace = chain->shared_bytes + (size_t)chain->workers * chain->worker_bytes;
  if (chain->workspace != 0) chain->workspace += KRON_EYE_ALIGNMENT - 1;
  return true;
}

struct kron_eye_chain *kron_eye_chain_build(const struct kron_eye_operator *whole, size_t count,
                                            const kron_eye_factor *factors,
                                            const kron_eye_options *options) {
  struct kron_eye_chain *chain = allocate(count + 1);
  if (!chain) return NULL;
  chain->whole = *whole;
  chain->options = *options;
  add_factors(chain, count, factors);
  bool good = kron_eye_chain_fold(chain);
  if (good) {
    kron_eye_chain_order(chain);
    kron_eye_chain_cut(chain);
    good = add_plans(chain) && add_workspace(chain);
  }
  kron_eye_base_release(chain->folded);
  chain->folded = NULL;
  if (good) return chain;
  kron_eye_chain_free(chain);
  return NULL;
}

void kron_eye_chain_free(struct kron_eye_chain *chain) {
  if (!chain) return;
  for (size_t s = 0; s < chain->step_count; s++) kron_eye_plan_free(chain->steps[s].plan);
  kron_eye_base_release(chain);
}
