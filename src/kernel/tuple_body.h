/*
 * tuple: a small right, panel on tuples of elements. The `right` elements x[r, j, ..] are loaded
 * into each group of lanes of a vector, a power of two of lanes, and meet a W whose elements are
 * packed as often: lanes are (i, c), with c in a group. Where right is less than a group, its last
 * element is repeated.
 *
 * Order of additions: as panel's.
 */

/* The `right` elements at x in every group of lanes; `ends`: nothing behind them may be read. */
ALWAYS_INLINE VEC tuple_load(const X_ELEMENT *x, size_t right, const int group, const bool ends) {
  if (right == (size_t)group) return V_REPEAT_X(x, group);
  if (ends) return V(spread)(V_FROM_X_PART(x, right), right, group);
  return V(fill_groups)(V_REPEAT_X(x, group), right, group);
}

/* acc[r][v] += x[r, j, ..] * w[j, v] for the column j that x and w point to. */
ALWAYS_INLINE void tuple_column(VEC *acc, const X_ELEMENT *x, size_t ldx, const Y_ELEMENT *w,
                                size_t right, const int group, const int mr, const int nv,
                                const bool ends) {
  VEC wv[MAX_NV];
  UNROLL for (int v = 0; v < nv; v++) wv[v] = V(load)(w + v * LANES);
  UNROLL for (int r = 0; r < mr; r++) {
    const VEC xv = tuple_load(x + (size_t)r * ldx, right, group, ends);
    UNROLL for (int v = 0; v < nv; v++) acc[r * nv + v] = V(fma)(xv, wv[v], acc[r * nv + v]);
  }
}

/* The plain finish of one row where right is less than a group: groups are stored whole where the
   next one overwrites what they have too much. */
ALWAYS_INLINE void tuple_finish_row(const struct kron_eye_task *task, Y_ELEMENT *y, const VEC *acc,
                                    size_t right, const int group, const int nv) {
  const VEC alpha = V(set1)((Y_ELEMENT)task->finish.alpha);
  const size_t in_vector = (size_t)(LANES / group), first = (size_t)(nv - 1) * in_vector;
  VEC product[MAX_NV];
  UNROLL for (int v = 0; v < nv; v++) product[v] = finish_plain(acc[v], alpha, false);
  UNROLL for (int v = 0; v < nv - 1; v++)
      V(store_groups)(y + (size_t)v * in_vector * right, product[v], right, group);
  _Alignas(64) Y_ELEMENT last[2 * LANES];
  V(store)(last, product[nv - 1]);
  V(store)(last + LANES, product[nv - 1]);
  for (size_t i = first; i < task->outputs; i++)
    V(store_part)(y + i * right, V(load)(last + (i - first) * (size_t)group), right);
}

/* Rows row .. row + mr - 1 of the task. */
ALWAYS_INLINE void tuple_tile(const struct kron_eye_task *task, size_t row, size_t right,
                              const int group, const int mr, const int nv) {
  const X_ELEMENT *x = task_x(task, row);
  const Y_ELEMENT *w = task->w;
  const size_t column = task->x_column, ldx = task->ldx;
  Y_ELEMENT *y = (Y_ELEMENT *)task->y + row * task->ldy;
  VEC acc[MAX_TILE];
  UNROLL for (int i = 0; i < mr * nv; i++) acc[i] = V(zero)();
  for (size_t j = 1; j < task->n; j++, x += column, w += nv * LANES)
    tuple_column(acc, x, ldx, w, right, group, mr, nv, false);
  tuple_column(acc, x, ldx, w, right, group, mr, nv, true);
  if (task->y_column == right && finish_is_plain(&task->finish)) {
    if (right == (size_t)group) {
      VEC value[MAX_TILE];
      finish_tile_scale(&task->finish, value, acc, mr * nv);
      finish_tile_store(y, task->ldy, task->outputs * right, value, mr, nv);
      return;
    }
    UNROLL for (int r = 0; r < mr; r++, y += task->ldy)
        tuple_finish_row(task, y, acc + r * nv, right, group, nv);
    return;
  }
  _Alignas(64) Y_ELEMENT sum[MAX_TILE * LANES + LANES];
  UNROLL for (int i = 0; i < mr * nv; i++) V(store)(sum + i * LANES, acc[i]);
  V(store)(sum + mr * nv * LANES, V(zero)());
  for (int r = 0; r < mr; r++, y += task->ldy)
    finish_lanes(&task->finish, y, task->y_column, task->outputs, right, sum + r * nv * LANES,
                 (size_t)group);
}

/* What is left behind the last whole tile goes two rows at a time, then one. */
ALWAYS_INLINE void tuple_rows(const struct kron_eye_task *task, size_t right, const int group,
                              const int mr, const int nv) {
  const size_t ahead = blocks_ahead(task);
  size_t row = 0;
  for (; row + (size_t)mr <= task->rows; row += (size_t)mr) {
    if (ahead != 0) fetch_blocks(task, row + ahead, (size_t)mr);
    tuple_tile(task, row, right, group, mr, nv);
  }
  for (; row + 2 <= task->rows; row += 2) tuple_tile(task, row, right, group, 2, nv);
  if (row < task->rows) tuple_tile(task, row, right, group, 1, nv);
}

/* A group is the least power of two of lanes that holds right. */
ALWAYS_INLINE void tuple_kernel(const struct kron_eye_task *task, const int mr, const int nv) {
  const size_t right = task->right;
  assert(task->n > 0 && right > 1 && 2 * right <= LANES && task->x_column >= right);
  if (right == 2)
    tuple_rows(task, 2, 2, mr, nv);
  else if (LANES > 4 && right == 4)
    tuple_rows(task, 4, 4, mr, nv);
  else if (LANES > 4 && right == 3)
    tuple_rows(task, 3, 4, mr, nv);
  else if (LANES > 8)
    tuple_rows(task, right, 8, mr, nv);
}
