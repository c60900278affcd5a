/*
 * columns: skips the columns that are zero in all rows of a tile. For data whose zeros are
 * adjacent, as in the margins of images.
 *
 * Order of additions: as panel's; a skipped product would have added a zero.
 */

enum {
  WORD = 64,  /* columns whose bits one integer holds */
  STRIP = 512 /* most columns that are searched for zeros at a time */
};

/* acc[r][v] += x[r][j] * w[j, v] for the columns j of the bits. */
ALWAYS_INLINE void columns_multiply(VEC *acc, const Y_ELEMENT *const *x, const Y_ELEMENT *w,
                                    uint64_t bits, const int mr, const int nv) {
  for (; bits != 0; bits &= bits - 1) {
    const size_t j = (size_t)__builtin_ctzll(bits);
    multiply_column(acc, x, j, w + j * (size_t)(nv * LANES), mr, nv);
  }
}

/* The same for a word of columns of x that begins at column j. */
ALWAYS_INLINE void columns_word(VEC *acc, const X_ELEMENT *const *x, size_t j, size_t columns,
                                const Y_ELEMENT *w, uint64_t bits, const int mr, const int nv) {
  const Y_ELEMENT *first[MAX_COLUMNS];
#if STAGED
  if (bits == 0) return;
  _Alignas(64) Y_ELEMENT staged[MAX_COLUMNS * WORD];
  UNROLL for (int r = 0; r < mr; r++) {
    stage(staged + r * WORD, WORD, x[r] + j, 0, 1, columns);
    first[r] = staged + r * WORD;
  }
#else
  (void)columns;
  UNROLL for (int r = 0; r < mr; r++) first[r] = x[r] + j;
#endif
  columns_multiply(acc, first, w, bits, mr, nv);
}

/* A tile of at most mr rows; a shorter one computes its last row several times. */
ALWAYS_INLINE void columns_tile(const struct kron_eye_task *task, size_t row, size_t rows,
                                const int mr, const int nv) {
  const size_t n = task->n, strip = even_strip(n, STRIP), after = rows_behind(task, row, rows);
  const X_ELEMENT *x[MAX_COLUMNS];
  UNROLL for (int r = 0; r < mr; r++) x[r] = task_x(task, row + least((size_t)r, rows - 1));
  const Y_ELEMENT *w = task->w;
  VEC acc[MAX_TILE];
  UNROLL for (int i = 0; i < mr * nv; i++) acc[i] = V(zero)();
  for (size_t start = 0; start < n; start += strip) {
    const size_t end = least(n, start + strip);
    uint64_t bits[STRIP / WORD];
    for (size_t j = start; j < end; j += WORD)
      bits[(j - start) / WORD] = X_NONZERO64(x, j, least(WORD, end - j), mr);
    for (size_t j = start; j < end; j += WORD) {
      const size_t columns = least(WORD, end - j);
      prefetch_block(task_x(task, row + rows) + j, task->ldx, after, columns);
      columns_word(acc, x, j, columns, w + j * (size_t)(nv * LANES), bits[(j - start) / WORD], mr,
                   nv);
    }
  }
  finish_tile(task, row, rows, acc, mr, nv);
}

ALWAYS_INLINE void columns_kernel(const struct kron_eye_task *task, const int mr, const int nv) {
  assert(task->n > 0 && task->x_column == 1 && task->y_column == 1);
  const struct tiles tiles = tiles_of(task->rows, (size_t)mr);
  for (size_t t = 0, row = 0, rows; t < tiles.count; t++, row += rows) {
    rows = tiles.rows + (t < tiles.longer);
    columns_tile(task, row, rows, mr, nv);
  }
}
