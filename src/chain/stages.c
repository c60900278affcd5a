/*
 * Groups steps into stages. A step is added to a stage as long as the intermediate results of one
 * part of a row, if necessary a narrow one, fit in cache. If whole rows fit, there is one stage,
 * and its parts are several rows.
 */
#include "base/checked_size.h"
#include "base/thresholds.h"
#include "chain/chain.h"

/* Elements of the dimensions first .. end - 1. */
static size_t product(const struct kron_eye_chain *chain, size_t first, size_t end) {
  size_t elements = 1;
  for (size_t l = first; l < end; l++) elements *= chain->sizes[l];
  return elements;
}

/* The larger of two sizes. */
static size_t most(size_t a, size_t b) {
  return a > b ? a : b;
}

/* The stage of steps first .. first + count - 1, not yet divided. Updates chain->sizes from those
   before the stage to those after it. */
static struct kron_eye_stage stage_of(struct kron_eye_chain *chain, size_t first, size_t count) {
  size_t low = chain->steps[first].link, high = low;
  for (size_t s = first; s < first + count; s++) {
    low = least(low, chain->steps[s].link);
    high = most(high, chain->steps[s].link);
  }
  struct kron_eye_stage stage = {.first = first, .count = count};
  stage.left = product(chain, 0, low);
  stage.right = product(chain, high + 1, chain->link_count);
  stage.in = product(chain, low, high + 1);
  for (size_t s = first; s < first + count; s++) {
    const size_t link = chain->steps[s].link;
    chain->sizes[link] = chain->links[link].op.m;
    stage.out = product(chain, low, high + 1);
    if (s + 1 < first + count) stage.between = most(stage.between, stage.out);
  }
  return stage;
}

/* Resets chain->sizes to those before these steps. */
static void undo(struct kron_eye_chain *chain, size_t first, size_t count) {
  for (size_t s = first; s < first + count; s++) {
    const size_t link = chain->steps[s].link;
    chain->sizes[link] = chain->links[link].op.n;
  }
}

/* Elements that a part may have between its steps. */
static size_t capacity(const struct kron_eye_chain *chain) {
  return KRON_EYE_CHAIN_PART_BYTES / kron_eye_base_types[chain->whole.types].y_size;
}

/* May the stage's r be divided? The BLAS gets whole blocks only. */
static bool narrow(const struct kron_eye_chain *chain, const struct kron_eye_stage *stage) {
  if (stage->right < 2 * KRON_EYE_CHAIN_MIN_WIDTH) return false;
  for (size_t s = stage->first; s < stage->first + stage->count; s++) {
    const struct kron_eye_operator op = kron_eye_chain_operator(chain, stage, &chain->steps[s]);
    if (kron_eye_plan_prefers_blas(&op, &chain->options)) return false;
  }
  return true;
}

static bool fits(const struct kron_eye_chain *chain, const struct kron_eye_stage *stage) {
  const size_t width = narrow(chain, stage) ? KRON_EYE_CHAIN_MIN_WIDTH : stage->right;
  return kron_eye_fits(1, stage->between, width, 1) && stage->between * width <= capacity(chain);
}

/* Steps from `first` on that make one stage. */
static struct kron_eye_stage longest(struct kron_eye_chain *chain, size_t first) {
  size_t count = 1;
  struct kron_eye_stage stage = stage_of(chain, first, count);
  while (first + count < chain->step_count) {
    undo(chain, first, count);
    const struct kron_eye_stage longer = stage_of(chain, first, count + 1);
    if (!fits(chain, &longer)) {
      undo(chain, first, count + 1);
      return stage_of(chain, first, count);
    }
    stage = longer;
    count++;
  }
  return stage;
}

/* The multiple of the narrowest width. */
static size_t down_to_lines(size_t width) {
  return width / KRON_EYE_CHAIN_MIN_WIDTH * KRON_EYE_CHAIN_MIN_WIDTH;
}

/* Sets how much of the row the stage computes at a time. */
static void cut(const struct kron_eye_chain *chain, struct kron_eye_stage *stage) {
  const size_t whole = stage->between * stage->right;
  if (whole == 0 || whole <= capacity(chain) / stage->left) { /* one step, or whole rows */
    stage->in *= stage->left;
    stage->out *= stage->left;
    stage->between *= stage->left;
    stage->left = 1;
  }
  const size_t elements = stage->between * stage->right;
  stage->parts = elements == 0 ? 1 : most(capacity(chain) / elements, 1);
  stage->width = stage->right;
  stage->slices = 1;
  if (elements <= capacity(chain) || !narrow(chain, stage)) return;
  const size_t widest = down_to_lines(capacity(chain) / stage->between);
  const size_t slices = (stage->right + widest - 1) / widest;
  const size_t width = down_to_lines((stage->right - 1) / slices) + KRON_EYE_CHAIN_MIN_WIDTH;
  /* The rest may be too narrow for a slice: family lane needs more than half a vector. */
  stage->slices = (stage->right + width - 1 - KRON_EYE_CHAIN_MIN_WIDTH / 2) / width;
  if (stage->slices > 1) stage->width = width;
}

void kron_eye_chain_cut(struct kron_eye_chain *chain) {
  for (size_t l = 0; l < chain->link_count; l++) chain->sizes[l] = chain->links[l].op.n;
  chain->stage_count = 0;
  for (size_t s = 0; s < chain->step_count;) {
    struct kron_eye_stage stage = longest(chain, s);
    cut(chain, &stage);
    chain->stages[chain->stage_count++] = stage;
    s += stage.count;
  }
}

struct kron_eye_operator kron_eye_chain_operator(const struct kron_eye_chain *chain,
                                                 const struct kron_eye_stage *stage,
                                                 const struct kron_eye_step *step) {
  struct kron_eye_operator op = chain->links[step->link].op;
  op.left = step->left / stage->left;
  op.right = step->right;
  return op;
}
