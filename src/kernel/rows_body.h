/* What the families share: strips of x, prefetching, a column's multiply-adds, finishing a tile. */

enum { LINE = 64 }; /* bytes of a cache line */

/* The strip's width when n columns are cut into as few even strips of whole 64s as `most` allows.
 */
static inline size_t even_strip(size_t n, size_t most) {
  const size_t strips = (n + most - 1) / most;
  return ((n + strips - 1) / strips + 63) / 64 * 64;
}

static inline const X_ELEMENT *task_x(const struct kron_eye_task *task, size_t row) {
  return (const X_ELEMENT *)task->x + row * task->ldx;
}

/* How many rows each tile gets when `rows` are cut as evenly as tiles of at most mr allow. */
struct tiles {
  size_t count, rows, longer; /* the first `longer` tiles have one row more */
};

static inline struct tiles tiles_of(size_t rows, size_t mr) {
  if (rows <= mr) return (struct tiles){1, rows, 0};
  const size_t count = (rows + mr - 1) / mr;
  return (struct tiles){count, rows / count, rows % count};
}

/* Bytes from a tile's x to the next tile's, to prefetch by, or 0 behind the last. */
static inline size_t next_tile(const struct kron_eye_task *task, size_t row, size_t rows) {
  const bool more = row + 2 * rows <= task->rows + task->rows_after;
  return more ? rows * task->ldx * sizeof(X_ELEMENT) : 0;
}

/* Rows of the tile behind the one of `rows` rows at `row`, at most as many. */
static inline size_t rows_behind(const struct kron_eye_task *task, size_t row, size_t rows) {
  return least(rows, task->rows + task->rows_after - (row + rows));
}

/*
 * Fetches some columns of the next tile while those of this one are computed, into the second
 * level: the first has too few miss buffers to keep memory busy while the multiply-adds run.
 * (Measured: bench/README.md.) Always inlined: gcc drops calls of functions that only prefetch.
 */
ALWAYS_INLINE void prefetch_block(const X_ELEMENT *x, size_t ldx, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t b = 0; b < columns * sizeof(X_ELEMENT); b += LINE)
      PREFETCH_L2((const char *)(x + r * ldx) + b);
}

/*
 * How many blocks ahead x and y are fetched while a block is computed; 0 where they are not. The
 * processor foresees long rows of x and y by itself, but not many short ones, one after another.
 */
static inline size_t blocks_ahead(const struct kron_eye_task *task) {
  const size_t block = task->ldx * sizeof(X_ELEMENT);
  if (!task->far || task->rows_after == 0 || task->ldx != task->n * task->x_column ||
      block > KRON_EYE_AHEAD_BLOCK)
    return 0;
  return (KRON_EYE_AHEAD_BYTES + block - 1) / block;
}

ALWAYS_INLINE void fetch(const void *from, size_t bytes) {
  for (size_t b = 0; b < bytes; b += LINE) PREFETCH_L2((const char *)from + b);
}

/* Fetches x and y of some blocks. */
ALWAYS_INLINE void fetch_blocks(const struct kron_eye_task *task, size_t row, size_t blocks) {
  fetch(task_x(task, row), blocks * task->ldx * sizeof(X_ELEMENT));
  fetch((const Y_ELEMENT *)task->y + row * task->ldy, blocks * task->ldy * sizeof(Y_ELEMENT));
}

/* x[0..rows)[0..columns) in y's type at to[r * ldt + j], ldt a multiple of LANES. Columns up to the
   next whole vector become 0. */
ALWAYS_INLINE void stage(Y_ELEMENT *to, size_t ldt, const X_ELEMENT *x, size_t ldx, size_t rows,
                         size_t columns) {
  for (size_t r = 0; r < rows; r++, x += ldx, to += ldt) {
    size_t j = 0;
    for (; j + LANES <= columns; j += LANES) V(store)(to + j, V_FROM_X(x + j));
    if (j < columns) V(store)(to + j, V_FROM_X_PART(x + j, columns - j));
  }
}

/* acc[r][v] += x[r][j] * w[v]. The operand that a tile has fewer vectors of stays in registers, the
   other passes through one. */
ALWAYS_INLINE void multiply_column(VEC *acc, const Y_ELEMENT *const *x, size_t j,
                                   const Y_ELEMENT *w, const int mr, const int nv) {
  VEC xv[MAX_MR], wv[MAX_NV];
  if (nv <= mr) {
    UNROLL for (int v = 0; v < nv; v++) wv[v] = V(load)(w + v * LANES);
    UNROLL for (int r = 0; r < mr; r++) {
      xv[r] = V(set1)(x[r][j]);
      UNROLL for (int v = 0; v < nv; v++) acc[r * nv + v] = V(fma)(xv[r], wv[v], acc[r * nv + v]);
    }
  } else {
    UNROLL for (int r = 0; r < mr; r++) xv[r] = V(set1)(x[r][j]);
    UNROLL for (int v = 0; v < nv; v++) {
      wv[v] = V(load)(w + v * LANES);
      UNROLL for (int r = 0; r < mr; r++) acc[r * nv + v] = V(fma)(xv[r], wv[v], acc[r * nv + v]);
    }
  }
}

/* Finishes `rows` blocks from `row` of the task on, whose sums stand in registers, nv vectors for
   each of mr >= rows blocks. */
ALWAYS_INLINE void finish_tile(const struct kron_eye_task *task, size_t row, size_t rows,
                               const VEC *acc, const int mr, const int nv) {
  Y_ELEMENT *y = (Y_ELEMENT *)task->y + row * task->ldy;
  if (rows == (size_t)mr && finish_is_simple(&task->finish)) {
    finish_tile_simple(&task->finish, y, task->ldy, task->outputs, acc, mr, nv);
    return;
  }
  _Alignas(64) Y_ELEMENT sum[MAX_TILE * LANES];
  UNROLL for (int i = 0; i < mr * nv; i++) V(store)(sum + i * LANES, acc[i]);
  finish_blocks(&task->finish, y, task->ldy, rows, task->outputs, sum, (size_t)(nv * LANES));
}
