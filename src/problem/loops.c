#include "problem/loops.h"

struct kron_eye_loops kron_eye_problem_loops(const struct kron_eye_operator *op,
                                             const struct kron_eye_operands *operands, bool apart) {
  const size_t batch = operands->batch, left = op->left;
  const size_t ldx = operands->ldx, ldy = operands->ldy;
  const size_t block_x = op->n * op->right, block_y = op->m * op->right;
  const bool one = batch == 1; /* strides of a single row are ignored */
  /* Block a of every row, or else the blocks of row r, whichever is longer. */
  if (apart || (batch >= left && !one && (ldx != left * block_x || ldy != left * block_y)))
    return (struct kron_eye_loops){
        left, batch, block_x, one ? block_x : ldx, block_y, one ? block_y : ldy, true};
  /* No gaps between rows: all blocks follow one another. */
  if (one || (ldx == left * block_x && ldy == left * block_y))
    return (struct kron_eye_loops){1, batch * left, 0, block_x, 0, block_y, false};
  return (struct kron_eye_loops){batch, left, ldx, block_x, ldy, block_y, false};
}
