/* A chain in words. */
#include "base/threads.h"
#include "base/writer.h"
#include "chain/chain.h"

static void write_links(struct kron_eye_writer *out, const struct kron_eye_chain *chain) {
  const size_t first = chain->plain ? 1 : 0;
  WRITE(out, "%zu factors", chain->link_count - first);
  for (size_t l = first; l < chain->link_count; l++) {
    const struct kron_eye_operator *op = &chain->links[l].op;
    WRITE(out, "%s", l == first ? ": " : " (x) ");
    if (chain->links[l].identity)
      WRITE(out, "I_%zu", op->n);
    else
      WRITE(out, "%s %zu x %zu", op->transposed ? "W^T" : "W", op->m, op->n);
  }
  WRITE(out, ", %s; ", kron_eye_base_types[chain->whole.types].name);
}

/* The factors' numbers, from 1, in the order of the steps; a bar between stages. */
static void write_order(struct kron_eye_writer *out, const struct kron_eye_chain *chain) {
  if (chain->step_count == 0) {
    WRITE(out, "no step; ");
    return;
  }
  if (chain->plain) {
    WRITE(out, "one step, the identity; ");
    return;
  }
  WRITE(out, "steps with factors");
  for (size_t s = 0; s < chain->stage_count; s++) {
    const struct kron_eye_stage *stage = &chain->stages[s];
    if (s > 0) WRITE(out, " |");
    for (size_t i = stage->first; i < stage->first + stage->count; i++)
      WRITE(out, " %zu%s", chain->steps[i].link + 1, chain->steps[i].plan->blas ? " (BLAS)" : "");
  }
  WRITE(out, "; ");
}

size_t kron_eye_chain_text(const struct kron_eye_chain *chain, char *text, size_t capacity) {
  struct kron_eye_writer out = {text, capacity, 0};
  write_links(&out, chain);
  write_order(&out, chain);
  WRITE(&out, "%.0f multiply-adds a row; workspace %zu bytes", chain->multiply_adds,
        chain->workspace);
  if (chain->workspace != 0 && kron_eye_base_has_threads())
    WRITE(&out, " for at most %d threads", chain->workers);
  WRITE(&out, "; rows %s",
        chain->blas ? "as the BLAS computes them, no promise of invariance"
                    : "invariant bit for bit");
  return out.length;
}
