/*
 * lane: vectors along c, the identity on the right. A tile is up to mr outputs by nv vectors of c,
 * one sum each; each column j loads nv vectors of x and broadcasts one element of W for each
 * output. x is read once for each panel of outputs. W is packed with the panel's outputs side by
 * side.
 *
 * Order of additions: as panel's.
 */

/* One tile: `outputs` outputs by nv vectors of c; the last of these has `last` elements. */
ALWAYS_INLINE void lane_tile(const struct kron_eye_task *task, const X_ELEMENT *x, Y_ELEMENT *y,
                             size_t last, const int outputs, const int nv, const bool whole) {
  const size_t x_column = task->x_column, n = task->n;
  const Y_ELEMENT *w = task->w;
  VEC acc[MAX_MR * MAX_NV];
  UNROLL for (int i = 0; i < outputs * nv; i++) acc[i] = V(zero)();
  for (size_t j = 0; j < n; j++, x += x_column, w += outputs) {
    VEC xv[MAX_NV];
    UNROLL for (int v = 0; v < nv; v++) xv[v] =
        whole || v < nv - 1 ? V_FROM_X(x + v * LANES)
                            : V(fill)(V_FROM_X_PART(x + v * LANES, last), last);
    UNROLL for (int i = 0; i < outputs; i++) {
      const VEC wv = V(set1)(w[i]);
      UNROLL for (int v = 0; v < nv; v++) acc[i * nv + v] = V(fma)(wv, xv[v], acc[i * nv + v]);
    }
  }
  if (whole && finish_is_plain(&task->finish)) {
    finish_tile_plain(&task->finish, y, task->y_column, (size_t)(nv * LANES), acc, outputs, nv);
    return;
  }
  _Alignas(64) Y_ELEMENT sum[MAX_MR * MAX_NV * LANES];
  UNROLL for (int i = 0; i < outputs * nv; i++) V(store)(sum + i * LANES, acc[i]);
  finish_lanes(&task->finish, y, task->y_column, (size_t)outputs, (size_t)(nv - 1) * LANES + last,
               sum, (size_t)(nv * LANES));
}

/* What is left of a block behind its whole tiles: `count` elements of c, less than nv vectors. */
ALWAYS_INLINE void lane_rest(const struct kron_eye_task *task, const X_ELEMENT *x, Y_ELEMENT *y,
                             size_t count, const int outputs, const int nv) {
  const size_t vectors = (count + LANES - 1) / LANES, last = count - (vectors - 1) * LANES;
  if (vectors == 1)
    lane_tile(task, x, y, last, outputs, 1, false);
  else if (nv >= 2 && vectors == 2)
    lane_tile(task, x, y, last, outputs, 2, false);
  else if (nv >= 3 && vectors == 3)
    lane_tile(task, x, y, last, outputs, 3, false);
}

/* All blocks of the task for a fixed number of outputs. */
ALWAYS_INLINE void lane_blocks(const struct kron_eye_task *task, const int outputs, const int nv) {
  const size_t width = (size_t)(nv * LANES), right = task->right;
  for (size_t r = 0; r < task->rows; r++) {
    const X_ELEMENT *x = task_x(task, r);
    Y_ELEMENT *y = (Y_ELEMENT *)task->y + r * task->ldy;
    size_t c = 0;
    for (; c + width <= right; c += width) lane_tile(task, x + c, y + c, LANES, outputs, nv, true);
    if (c < right) lane_rest(task, x + c, y + c, right - c, outputs, nv);
  }
}

/* A copy for each number of outputs, so that a panel of few costs no more than these. */
ALWAYS_INLINE void lane_kernel(const struct kron_eye_task *task, const int mr, const int nv) {
  assert(task->n > 0 && task->right > 0 && task->outputs <= (size_t)mr && nv <= 3);
#define OUTPUTS(count)                                                                             \
  case count:                                                                                      \
    if ((count) <= mr) lane_blocks(task, count, nv);                                               \
    break;
  switch (task->outputs) {
    OUTPUTS(1)
    OUTPUTS(2)
    OUTPUTS(3)
    OUTPUTS(4)
    OUTPUTS(5)
    OUTPUTS(6)
    OUTPUTS(7)
    OUTPUTS(8)
    OUTPUTS(9)
    OUTPUTS(10)
    OUTPUTS(11)
    OUTPUTS(12)
    OUTPUTS(13)
    OUTPUTS(14)
    OUTPUTS(15)
    OUTPUTS(16)
  }
#undef OUTPUTS
}
