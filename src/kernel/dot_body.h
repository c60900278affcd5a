/*
 * dot: few outputs, so the vectors lie along j. A tile is mr rows by nr outputs, one vector of
 * partial sums each. W is packed as nr rows, filled up with zeros to whole vectors.
 *
 * Order of additions: LANES partial sums, lane l taking j = l, l + LANES, ... in order from +0;
 * then the lanes in the vocabulary's fixed tree.
 */

/* acc[r][i] += x[r, j..] * w[i, j..], a vector of inputs, x being their place in the first row.
   What there are fewer of stays in registers, rows of x or of w, and the others pass through. */
ALWAYS_INLINE void dot_vector(VEC *acc, const X_ELEMENT *x, size_t ldx, const Y_ELEMENT *w,
                              size_t padded, const int mr, const int nr) {
  VEC xv[MAX_MR], wv[MAX_DOT];
  if (nr <= mr) {
    UNROLL for (int i = 0; i < nr; i++) wv[i] = V(load)(w + (size_t)i * padded);
    UNROLL for (int r = 0; r < mr; r++) {
      xv[r] = V_FROM_X(x + (size_t)r * ldx);
      if (nr > 1) KEEP(xv[r]);
      UNROLL for (int i = 0; i < nr; i++) acc[r * nr + i] = V(fma)(xv[r], wv[i], acc[r * nr + i]);
    }
  } else {
    UNROLL for (int r = 0; r < mr; r++) xv[r] = V_FROM_X(x + (size_t)r * ldx);
    UNROLL for (int i = 0; i < nr; i++) {
      wv[i] = V(load)(w + (size_t)i * padded);
      if (mr > 1) KEEP(wv[i]);
      UNROLL for (int r = 0; r < mr; r++) acc[r * nr + i] = V(fma)(xv[r], wv[i], acc[r * nr + i]);
    }
  }
}

/* The sums of some rows, nr for each, to y. */
static __attribute__((noinline)) void dot_finish_rows(const struct kron_eye_task *task,
                                                      Y_ELEMENT *y, const Y_ELEMENT *sum,
                                                      size_t rows, size_t nr) {
  for (size_t r = 0; r < rows; r++, y += task->ldy, sum += nr)
    for (size_t i = 0; i < task->outputs; i += LANES) {
      const size_t count = task->outputs - i;
      const VEC sums = V(load)(sum + i);
      finish_outputs(&task->finish, y, count < LANES ? V(fill)(sums, count) : sums, i, count);
    }
}

/* The tile's sums, LANES at a time, to y: at once where the tile's part of y has no gaps. */
ALWAYS_INLINE void dot_finish(const struct kron_eye_task *task, size_t row, const VEC *acc,
                              const int mr, const int nr) {
  enum { MOST = MAX_TILE + LANES };
  VEC padded[MOST];
  UNROLL for (int i = 0; i < mr * nr + LANES - 1; i++) padded[i] =
      acc[i < mr * nr ? i : mr * nr - 1];
  Y_ELEMENT *y = (Y_ELEMENT *)task->y + row * task->ldy;
  if (task->ldy == (size_t)nr && task->outputs == (size_t)nr && !task->finish.epilogue) {
    UNROLL for (int i = 0; i < mr * nr; i += LANES)
        finish_sum(&task->finish, y + i, V(sums)(padded + i), V(zero)(), (size_t)(mr * nr - i));
    return;
  }
  _Alignas(64) Y_ELEMENT sum[MOST];
  UNROLL for (int i = 0; i < mr * nr; i += LANES) V(store)(sum + i, V(sums)(padded + i));
  dot_finish_rows(task, y, sum, (size_t)mr, (size_t)nr);
}

/* next_tile where prefetching pays. Loads are most of the work here, so one that brings nothing
   costs as much as one that does: nothing is fetched where what is left of x fits the second-level
   cache, nor for one output, whose many rows keep memory busy by themselves. */
ALWAYS_INLINE size_t dot_ahead(const struct kron_eye_task *task, size_t row, size_t rows,
                               const int nr) {
  const size_t left = (task->rows + task->rows_after - row) * task->n * sizeof(X_ELEMENT);
  return nr == 1 || left <= KRON_EYE_DOT_NEAR ? 0 : next_tile(task, row, rows);
}

ALWAYS_INLINE void dot_tile(const struct kron_eye_task *task, size_t row, const int mr,
                            const int nr) {
  enum { LINE_COLUMNS = LINE / sizeof(X_ELEMENT) };
  const size_t n = task->n, padded = (n + LANES - 1) / LANES * LANES;
  const X_ELEMENT *x = task_x(task, row);
  const Y_ELEMENT *w = task->w;
  const size_t ldx = task->ldx;
  const size_t ahead = dot_ahead(task, row, (size_t)mr, nr);
  VEC acc[MAX_TILE];
  UNROLL for (int i = 0; i < mr * nr; i++) acc[i] = V(zero)();
  size_t j = 0;
  for (; j + LINE_COLUMNS <= n; j += LINE_COLUMNS) {
    if (ahead != 0) {
      UNROLL for (int r = 0; r < mr; r++)
          PREFETCH_L2((const char *)(x + (size_t)r * ldx + j) + ahead);
    }
    UNROLL for (size_t c = 0; c < LINE_COLUMNS; c += LANES)
        dot_vector(acc, x + j + c, ldx, w + j + c, padded, mr, nr);
  }
  for (; j + LANES <= n; j += LANES) dot_vector(acc, x + j, ldx, w + j, padded, mr, nr);
  if (j < n) {
    UNROLL for (int r = 0; r < mr; r++) {
      const VEC xv = V_FROM_X_PART(x + (size_t)r * ldx + j, n - j);
      UNROLL for (int i = 0; i < nr; i++) acc[r * nr + i] =
          V(fma)(xv, V(load)(w + (size_t)i * padded + j), acc[r * nr + i]);
    }
  }
  dot_finish(task, row, acc, mr, nr);
}

/* What is left behind the last whole tile goes four rows at a time where that is less than a tile,
   then two, then one. */
ALWAYS_INLINE void dot_kernel(const struct kron_eye_task *task, const int mr, const int nr) {
  assert(task->n > 0 && task->x_column == 1 && task->y_column == 1);
  size_t row = 0;
  for (; row + (size_t)mr <= task->rows; row += (size_t)mr) dot_tile(task, row, mr, nr);
  for (; mr > 4 && row + 4 <= task->rows; row += 4) dot_tile(task, row, 4, nr);
  for (; row + 2 <= task->rows; row += 2) dot_tile(task, row, 2, nr);
  if (row < task->rows) dot_tile(task, row, 1, nr);
}
