/* Describes a chain in one line of text. */
#include "base/threads.h"
#include "base/writer.h"
#include "chain/chain.h"

static void write_factors(struct kron_eye_writer *out, const struct kron_eye_chain *chain) {
  const size_t first = chain->plain ? 1 : 0;
  const size_t count = chain->factor_count - first;
  WRITE(out, "%zu factor%s", count, count == 1 ? "" : "s");
  for (size_t l = first; l < chain->factor_count; l++) {
    const struct kron_eye_operator *op = &chain->factors[l].op;
    WRITE(out, "%s", l == first ? ": " : " (x) ");
    if (chain->factors[l].identity)
      WRITE(out, "I_%zu", op->n);
    else
      WRITE(out, "%s %zu x %zu", op->transposed ? "W^T" : "W", op->m, op->n);
  }
  WRITE(out, ", %s; ", kron_eye_base_types[chain->whole.types].name);
}

/* One step: the number of its factor, from 1, or the numbers of all factors that it combines. */
static void write_step(struct kron_eye_writer *out, const struct kron_eye_chain *chain,
                       const struct kron_eye_step *step) {
  const struct kron_eye_link *link = &chain->links[step->link];
  for (size_t f = link->first; f < link->first + link->count; f++)
    WRITE(out, "%s%zu", f == link->first ? " " : "(x)", f + 1);
  if (step->plan->blas) WRITE(out, " (BLAS)");
}

/* The steps in order; a bar between stages. */
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
      write_step(out, chain, &chain->steps[i]);
  }
  WRITE(out, "; ");
}

size_t kron_eye_chain_text(const struct kron_eye_chain *chain, char *text, size_t capacity) {
  struct kron_eye_writer out = {text, capacity, 0};
  write_factors(&out, chain);
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
