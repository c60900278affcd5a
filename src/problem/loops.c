#include "problem/loops.h"

struct kron_eye_loops kron_eye_problem_loops(const struct kron_eye_operator *op,
                                             const struct kron_eye_operands *operands, bool apart) {
  const size_t batch = operands->batch, left = op->left;
  const size_t ldx = operands->ldx, ldy = operands->ldy;
  const size_t block_x = op->n * op->right, block_y = op->m * op->right;
  struct kron_eye_loops by_block = {left, batch, block_x, ldx, block_y, ldy, true};
  if (batch == 1) { /* strides of a single row are not looked at */
    by_block.x_row = block_x;
    by_block.y_row = block_y;
  }
  if (apart) return by_block;
  /* No gaps between rows: all blocks follow one another. */
  if (batch == 1 || (ldx == left * block_x && ldy == left * block_y))
    return (struct kron_eye_loops){1, batch * left, 0, block_x, 0, block_y, false};
  /* Else the longer of: block a of every row, or the blocks of row r. */
  if (batch >= left) return by_block;
  return (struct kron_eye_loops){batch, left, ldx, block_x, ldy, block_y, false};
}
