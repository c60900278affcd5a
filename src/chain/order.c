/*
 * The order of the steps. A step with an m x n matrix makes its dimension m/n times as large, for
 * all steps behind it, at m multiply-adds for each element that it reads. Of two neighbours in the
 * order, A before B costs
 *
 *     m_A + m_A/n_A * m_B    against    m_B + m_B/n_B * m_A,
 *
 * so A goes first where 1/n_A - 1/m_A is less, and ascending order is the cheapest. Identities are
 * no steps. Where two are alike, the one further right goes first: what lies left of it is then
 * untouched for long, and the row can be cut there (stages.c).
 */
#include "chain/chain.h"

static double cost(const struct kron_eye_link *link) {
  return 1 / (double)link->op.n - 1 / (double)link->op.m;
}

/* Steps of all matrices, the rightmost first, each put before those that cost more. */
static void sort(struct kron_eye_chain *chain) {
  chain->step_count = 0;
  for (size_t link = chain->link_count; link-- > 0;) {
    if (chain->links[link].identity) continue;
    size_t at = chain->step_count++;
    for (; at > 0 && cost(&chain->links[link]) < cost(&chain->links[chain->steps[at - 1].link]);
         at--)
      chain->steps[at] = chain->steps[at - 1];
    chain->steps[at] = (struct kron_eye_step){.link = link};
  }
}

void kron_eye_chain_order(struct kron_eye_chain *chain) {
  chain->multiply_adds = 0;
  if (chain->whole.m == 0 || chain->whole.n == 0) return; /* there is no product */
  sort(chain);
  for (size_t l = 0; l < chain->link_count; l++) chain->sizes[l] = chain->links[l].op.n;
  for (size_t s = 0; s < chain->step_count; s++) {
    struct kron_eye_step *step = &chain->steps[s];
    const struct kron_eye_operator *op = &chain->links[step->link].op;
    step->left = step->right = 1;
    for (size_t l = 0; l < step->link; l++) step->left *= chain->sizes[l];
    for (size_t l = step->link + 1; l < chain->link_count; l++) step->right *= chain->sizes[l];
    chain->sizes[step->link] = op->m;
    chain->multiply_adds +=
        (double)op->m * (double)op->n * (double)step->left * (double)step->right;
  }
}
