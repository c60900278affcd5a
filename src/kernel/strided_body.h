/*
 * strided: panel for blocks whose inputs and outputs do not stand side by side, as with a small
 * right, where the fibres of one c are the rows: x_column = y_column = right.
 *
 * Order of additions: as panel's.
 */

/* acc[r][v] += x[r, j] * w[j, v] for all columns j. */
ALWAYS_INLINE void strided_multiply(VEC *acc, const struct kron_eye_task *task, size_t row,
                                    const int mr, const int nv) {
  const X_ELEMENT *x = task_x(task, row);
  const size_t ldx = task->ldx, column = task->x_column;
  const Y_ELEMENT *w = task->w;
  for (size_t j = 0; j < task->n; j++, x += column, w += nv * LANES) {
    VEC wv[MAX_NV];
    UNROLL for (int v = 0; v < nv; v++) wv[v] = V(load)(w + v * LANES);
    UNROLL for (int r = 0; r < mr; r++) {
      const VEC xv = V(set1)((Y_ELEMENT)x[(size_t)r * ldx]);
      UNROLL for (int v = 0; v < nv; v++) acc[r * nv + v] = V(fma)(xv, wv[v], acc[r * nv + v]);
    }
  }
}

/* y[i * column] from sums side by side, through a copy of the old y side by side. */
static void strided_finish(const struct kron_eye_task *task, Y_ELEMENT *y, const Y_ELEMENT *sum) {
  const size_t column = task->y_column;
  _Alignas(64) Y_ELEMENT block[MAX_NV * LANES];
  if (task->finish.beta != 0)
    for (size_t i = 0; i < task->outputs; i++) block[i] = y[i * column];
  finish_blocks(&task->finish, block, 0, 1, task->outputs, sum, 0);
  for (size_t i = 0; i < task->outputs; i++) y[i * column] = block[i];
}

ALWAYS_INLINE void strided_tile(const struct kron_eye_task *task, size_t row, const int mr,
                                const int nv) {
  VEC acc[MAX_TILE];
  UNROLL for (int i = 0; i < mr * nv; i++) acc[i] = V(zero)();
  strided_multiply(acc, task, row, mr, nv);
  _Alignas(64) Y_ELEMENT sum[MAX_TILE * LANES];
  UNROLL for (int i = 0; i < mr * nv; i++) V(store)(sum + i * LANES, acc[i]);
  Y_ELEMENT *y = (Y_ELEMENT *)task->y + row * task->ldy;
  for (int r = 0; r < mr; r++, y += task->ldy) strided_finish(task, y, sum + r * nv * LANES);
}

/* What is left behind the last whole tile goes two rows at a time, then one. */
ALWAYS_INLINE void strided_kernel(const struct kron_eye_task *task, const int mr, const int nv) {
  assert(task->n > 0);
  size_t row = 0;
  for (; row + (size_t)mr <= task->rows; row += (size_t)mr) strided_tile(task, row, mr, nv);
  for (; row + 2 <= task->rows; row += 2) strided_tile(task, row, 2, nv);
  if (row < task->rows) strided_tile(task, row, 1, nv);
}
