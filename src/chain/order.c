/*
 * The order of the steps. A step with an m x n matrix makes its dimension m/n times as large for
 * all later steps, and takes m multiply-adds for each element that it reads. For two adjacent
 * steps, the cost of A before B is compared with that of B before A:
 *
 *     m_A + m_A/n_A * m_B    against    m_B + m_B/n_B * m_A,
 *
 * So A comes first if its 1/n - 1/m is smaller, and ascending order is the cheapest. Identities
 * need no steps. If two steps are equal, the one further to the right comes first: the dimensions
 * to its left then stay unchanged for longer, and the row can be cut there (stages.c).
 */
#include "chain/chain.h"

static double cost(const struct kron_eye_link *link) {
  return 1 / (double)link->op.n - 1 / (double)link->op.m;
}

/* The steps of all matrices in ascending order of cost(), among equals the rightmost first. */
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
