/*
 * panel: multiplies everything. A tile of up to mr rows by nr = nv*LANES outputs lives in
 * registers; each column j loads nv vectors of packed W and broadcasts one x of each row.
 *
 * Order of additions: one chain for each output, j ascending, from +0.
 */

/*
 * Rows are addressed as base[r/3] + (r%3)*stride, so that mr rows need mr/3 + 1 registers and not
 * mr; the compiler is kept from splitting that into a pointer a row by not letting it see that
 * the stride stays the same.
 */

/* acc[r][v] += x[r, j] * w[j, v] for `columns` columns j from where base points. */
ALWAYS_INLINE void panel_columns(VEC *acc, const char *const *base, size_t stride,
                                 const Y_ELEMENT *w, const int columns, const int mr,
                                 const int nv) {
  const Y_ELEMENT *x[MAX_MR];
  UNROLL for (int r = 0; r < mr; r++) x[r] =
      (const Y_ELEMENT *)(base[r / 3] + (size_t)(r % 3) * stride);
  UNROLL for (int c = 0; c < columns; c++)
      multiply_column(acc, x, (size_t)c, w + c * nv * LANES, mr, nv);
}

/* The same over n columns, x elements of y's type; the next rows' lines are fetched on the way. */
ALWAYS_INLINE void panel_strip(VEC *acc, const Y_ELEMENT *x, size_t ldx, const Y_ELEMENT *w,
                               size_t n, size_t ahead, const int mr, const int nv) {
  enum { COLUMNS = 4, LINE_COLUMNS = LINE / sizeof(Y_ELEMENT) };
  size_t stride = ldx * sizeof(Y_ELEMENT);
  const char *base[MAX_MR / 3 + 1];
  const int bases = (mr + 2) / 3;
  UNROLL for (int b = 0; b < bases; b++) base[b] = (const char *)x + (size_t)(3 * b) * stride;
  size_t j = 0;
  for (; j + LINE_COLUMNS <= n; j += LINE_COLUMNS) {
    if (ahead != 0) {
      UNROLL for (int r = 0; r < mr; r++)
          PREFETCH_L2(base[r / 3] + (size_t)(r % 3) * stride + ahead);
    }
    for (int step = 0; step < LINE_COLUMNS; step += COLUMNS) {
      HIDE(stride);
      panel_columns(acc, base, stride, w, COLUMNS, mr, nv);
      UNROLL for (int b = 0; b < bases; b++) base[b] += COLUMNS * sizeof(Y_ELEMENT);
      w += COLUMNS * nv * LANES;
    }
  }
  for (; j + COLUMNS <= n; j += COLUMNS) {
    panel_columns(acc, base, stride, w, COLUMNS, mr, nv);
    UNROLL for (int b = 0; b < bases; b++) base[b] += COLUMNS * sizeof(Y_ELEMENT);
    w += COLUMNS * nv * LANES;
  }
  for (; j < n; j++) {
    panel_columns(acc, base, stride, w, 1, mr, nv);
    UNROLL for (int b = 0; b < bases; b++) base[b] += sizeof(Y_ELEMENT);
    w += nv * LANES;
  }
}

/* One tile: rows row .. row + mr - 1 of the task. */
ALWAYS_INLINE void panel_tile(const struct kron_eye_task *task, size_t row, const int mr,
                              const int nv) {
  const size_t n = task->n, rows = (size_t)mr;
  const X_ELEMENT *x = task_x(task, row);
  const Y_ELEMENT *w = task->w;
  VEC acc[MAX_TILE];
  UNROLL for (int i = 0; i < mr * nv; i++) acc[i] = V(zero)();
#if STAGED
  enum {
    STAGE = 16
  }; /* columns: few, so that converting the next ones overlaps with multiplying */
  _Alignas(64) Y_ELEMENT staged[MAX_MR * STAGE];
  for (size_t j = 0; j < n; j += STAGE) {
    const size_t columns = least(STAGE, n - j);
    prefetch_block(x + rows * task->ldx + j, task->ldx, rows_behind(task, row, rows), columns);
    stage(staged, STAGE, x + j, task->ldx, rows, columns);
    panel_strip(acc, staged, STAGE, w + j * (size_t)(nv * LANES), columns, 0, mr, nv);
  }
#else
  panel_strip(acc, x, task->ldx, w, n, next_tile(task, row, rows), mr, nv);
#endif
  finish_tile(task, row, rows, acc, mr, nv);
}

/*
 * A copy of the tile for each number of rows, so that a short one costs no more than its rows: one
 * function each, as compilers keep the sums in registers best there. Those that no kernel of the
 * list needs are dropped.
 */
#define UP_TO_7(DO, nv) DO(1, nv) DO(2, nv) DO(3, nv) DO(4, nv) DO(5, nv) DO(6, nv) DO(7, nv)
#define UP_TO_9(DO, nv) UP_TO_7(DO, nv) DO(8, nv) DO(9, nv)
#define UP_TO_14(DO, nv) UP_TO_9(DO, nv) DO(10, nv) DO(11, nv) DO(12, nv) DO(13, nv) DO(14, nv)
#define PANEL_TILES(DO) UP_TO_14(DO, 1) UP_TO_14(DO, 2) UP_TO_9(DO, 3) UP_TO_7(DO, 4)

#define DEFINE_PANEL_TILE(rows, nv)                                                                \
  static __attribute__((noinline, unused)) void panel_tile_##rows##x##nv(                          \
      const struct kron_eye_task *task, size_t row) {                                              \
    panel_tile(task, row, rows, nv);                                                               \
  }
PANEL_TILES(DEFINE_PANEL_TILE)

/* The tile of so many rows, at most mr. */
ALWAYS_INLINE void panel_rows(const struct kron_eye_task *task, size_t row, size_t rows,
                              const int mr, const int nv) {
#define CASE(count, vectors)                                                                       \
  case 16 * (vectors) + (count):                                                                   \
    if (nv == (vectors) && (count) <= mr) panel_tile_##count##x##vectors(task, row);               \
    break;
  switch (16 * (size_t)nv + rows) { PANEL_TILES(CASE) }
#undef CASE
}

ALWAYS_INLINE void panel_kernel(const struct kron_eye_task *task, const int mr, const int nv) {
  assert(task->n > 0 && task->x_column == 1 && task->y_column == 1);
  const struct tiles tiles = tiles_of(task->rows, (size_t)mr);
  const size_t ahead = task->n * sizeof(X_ELEMENT) < LINE ? blocks_ahead(task) : 0;
  for (size_t t = 0, row = 0, rows; t < tiles.count; t++, row += rows) {
    rows = tiles.rows + (t < tiles.longer);
    if (ahead != 0) fetch_blocks(task, row + ahead, rows);
    panel_rows(task, row, rows, mr, nv);
  }
}
