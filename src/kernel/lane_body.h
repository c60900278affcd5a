/*
 * lane: vectors along c, the identity on the right. A tile is up to mr outputs by nv vectors, one
 * sum each; each column j loads nv vectors of x and broadcasts one element of W for each output.
 * W is packed with the panel's outputs side by side.
 *
 * Where right is more than a vector, the last vector of a block ends where the block's c do: it
 * overlaps the one before, and what both hold is computed twice. Where right is at most a vector, a
 * tile takes nv blocks; where it is less, lanes without an element repeat the last one.
 *
 * Order of additions: as panel's.
 */

/* Where a vector of a tile stands; its first `written` lanes are the vector's before it too. */
struct lane_place {
  const X_ELEMENT *x;
  Y_ELEMENT *y;
  size_t written;
};

/* acc[i][v] += w[i] * x[v] for one column; `count`: elements of a vector that are there, LANES
   where `part` is false; `ends`: nothing behind them may be read. */
ALWAYS_INLINE void lane_column(VEC *acc, const struct lane_place *place, size_t at,
                               const Y_ELEMENT *w, size_t count, const int outputs, const int nv,
                               const bool part, const bool ends) {
  VEC xv[MAX_NV];
  UNROLL for (int v = 0; v < nv; v++) {
    const X_ELEMENT *x = place[v].x + at;
    xv[v] = ends ? V_FROM_X_PART(x, count) : V_FROM_X(x);
    if (part) xv[v] = V(fill_groups)(xv[v], count, LANES);
  }
  UNROLL for (int i = 0; i < outputs; i++) {
    const VEC wv = V(set1)(w[i]);
    UNROLL for (int v = 0; v < nv; v++) acc[i * nv + v] = V(fma)(wv, xv[v], acc[i * nv + v]);
  }
}

/* The plain finish of a tile. A short vector is stored whole where the next output's overwrites
   what it has too much. */
ALWAYS_INLINE void lane_finish_by(const struct kron_eye_task *task, const struct lane_place *place,
                                  const VEC *acc, size_t count, const int outputs, const int nv,
                                  const bool part, const bool one) {
  const VEC alpha = V(set1)((Y_ELEMENT)task->finish.alpha);
  const size_t column = task->y_column;
  const bool chained = column == count;
  UNROLL for (int v = 0; v < nv; v++) {
    Y_ELEMENT *y = place[v].y;
    UNROLL for (int i = 0; i < outputs; i++, y += column) {
      const VEC product = finish_plain(acc[i * nv + v], alpha, one);
      if (!part || (chained && i + 1 < outputs))
        V(store)(y, product);
      else
        V(store_part)(y, product, count);
    }
  }
}

ALWAYS_INLINE void lane_finish_plain(const struct kron_eye_task *task,
                                     const struct lane_place *place, const VEC *acc, size_t count,
                                     const int outputs, const int nv, const bool part) {
  if (task->finish.alpha == 1)
    lane_finish_by(task, place, acc, count, outputs, nv, part, true);
  else
    lane_finish_by(task, place, acc, count, outputs, nv, part, false);
}

/* One tile: `outputs` outputs by nv vectors of `count` elements, which is LANES if not `part`. */
ALWAYS_INLINE void lane_tile(const struct kron_eye_task *task, const struct lane_place *place,
                             size_t count, const int outputs, const int nv, const bool part) {
  const size_t x_column = task->x_column, last = (task->n - 1) * x_column;
  const Y_ELEMENT *w = task->w;
  VEC acc[MAX_MR * MAX_NV];
  UNROLL for (int i = 0; i < outputs * nv; i++) acc[i] = V(zero)();
  size_t at = 0;
  for (; at < last; at += x_column, w += outputs)
    lane_column(acc, place, at, w, count, outputs, nv, part, false);
  lane_column(acc, place, at, w, count, outputs, nv, part, part);
  if (finish_is_plain(&task->finish)) {
    lane_finish_plain(task, place, acc, count, outputs, nv, part);
    return;
  }
  _Alignas(64) Y_ELEMENT sum[MAX_MR * MAX_NV * LANES + LANES];
  UNROLL for (int i = 0; i < outputs * nv; i++) V(store)(sum + i * LANES, acc[i]);
  V(store)(sum + outputs * nv * LANES, V(zero)());
  for (int v = 0; v < nv; v++) {
    const size_t written = place[v].written;
    finish_lanes(&task->finish, place[v].y + written, task->y_column, (size_t)outputs,
                 count - written, sum + (size_t)(v * LANES) + written, (size_t)(nv * LANES));
  }
}

/* A tile of `vectors` vectors of a block from c on, the last of which ends where these do. */
ALWAYS_INLINE void lane_wide_tile(const struct kron_eye_task *task, const X_ELEMENT *x,
                                  Y_ELEMENT *y, size_t c, const int outputs, const int vectors) {
  struct lane_place place[MAX_NV];
  UNROLL for (int v = 0; v < vectors; v++) {
    const size_t from = c + (size_t)(v * LANES);
    const size_t at = v < vectors - 1 ? from : least(from, task->right - LANES);
    place[v] = (struct lane_place){x + at, y + at, from - at};
  }
  lane_tile(task, place, LANES, outputs, vectors, false);
}

/* All blocks where right is more than a vector. */
ALWAYS_INLINE void lane_wide(const struct kron_eye_task *task, const int outputs, const int nv) {
  const size_t width = (size_t)(nv * LANES), right = task->right;
  const X_ELEMENT *x = task->x;
  Y_ELEMENT *y = task->y;
  for (size_t r = 0; r < task->rows; r++, x += task->ldx, y += task->ldy) {
    size_t c = 0;
    for (; c + width - LANES < right; c += width) lane_wide_tile(task, x, y, c, outputs, nv);
    if (nv >= 3 && c + LANES < right)
      lane_wide_tile(task, x, y, c, outputs, 2);
    else if (nv >= 2 && c < right)
      lane_wide_tile(task, x, y, c, outputs, 1);
  }
}

/* Blocks of one vector each, from x and y on. */
ALWAYS_INLINE void lane_narrow_tile(const struct kron_eye_task *task, const X_ELEMENT *x,
                                    Y_ELEMENT *y, const int outputs, const int blocks,
                                    const bool part) {
  struct lane_place place[MAX_NV];
  UNROLL for (int v = 0; v < blocks; v++) place[v] =
      (struct lane_place){x + (size_t)v * task->ldx, y + (size_t)v * task->ldy, 0};
  lane_tile(task, place, part ? task->right : LANES, outputs, blocks, part);
}

/* All blocks where right is a vector or less. */
ALWAYS_INLINE void lane_narrow(const struct kron_eye_task *task, const int outputs, const int nv,
                               const bool part) {
  const X_ELEMENT *x = task->x;
  Y_ELEMENT *y = task->y;
  size_t rows = task->rows;
  for (; rows >= (size_t)nv; rows -= (size_t)nv) {
    lane_narrow_tile(task, x, y, outputs, nv, part);
    x += (size_t)nv * task->ldx;
    y += (size_t)nv * task->ldy;
  }
  if (nv >= 3 && rows == 2)
    lane_narrow_tile(task, x, y, outputs, 2, part);
  else if (nv >= 2 && rows == 1)
    lane_narrow_tile(task, x, y, outputs, 1, part);
}

/* A copy for each number of outputs, so that a panel of few costs no more than these. */
ALWAYS_INLINE void lane_kernel(const struct kron_eye_task *task, const int mr, const int nv) {
  assert(task->n > 0 && task->right > 0 && task->outputs <= (size_t)mr && nv <= 3);
  assert(2 * task->right > LANES && task->x_column >= task->right);
#define OUTPUTS(count)                                                                             \
  case count:                                                                                      \
    if ((count) > mr) break;                                                                       \
    if (LANES > 2 && task->right < LANES)                                                          \
      lane_narrow(task, count, nv, true);                                                          \
    else if (task->right == LANES)                                                                 \
      lane_narrow(task, count, nv, false);                                                         \
    else                                                                                           \
      lane_wide(task, count, nv);                                                                  \
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
