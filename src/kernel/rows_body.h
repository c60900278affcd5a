/* What the families share: strips of x, prefetching, a column's multiply-adds, the write-back. */

/* LINE: bytes of a cache line. STRIP: most columns that are searched for zeros at a time. */
enum { LINE = 64, STRIP = 512 };

/* The strip's width when n columns are cut into as few even strips of whole 64s as STRIP allows. */
static inline size_t even_strip(size_t n) {
  const size_t strips = (n + STRIP - 1) / STRIP;
  return ((n + strips - 1) / strips + 63) / 64 * 64;
}

static inline const X_ELEMENT *task_x(const struct kron_eye_task *task, size_t row) {
  return (const X_ELEMENT *)task->x + row * task->ldx;
}

/* How many rows each tile gets when `rows` are dealt out as evenly as tiles of at most mr allow. */
struct deal {
  size_t tiles, rows, longer; /* the first `longer` tiles have one row more */
};

static inline struct deal deal_rows(size_t rows, size_t mr) {
  const size_t tiles = (rows + mr - 1) / mr;
  return (struct deal){tiles, rows / tiles, rows % tiles};
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

/* y[i] = alpha * (sum[i] + 0) + beta * y[i] for the first `count` lanes, each operation rounded. */
ALWAYS_INLINE void write_vector(const struct kron_eye_task *task, Y_ELEMENT *y, VEC sum,
                                size_t count) {
  const VEC alpha = V(set1)((Y_ELEMENT)task->alpha), beta = V(set1)((Y_ELEMENT)task->beta);
  VEC v = V(mul)(alpha, V(add)(sum, V(zero)()));
  if (count >= LANES) {
    if (task->beta != 0) v = V(add)(v, V(mul)(beta, V(load)(y)));
    V(store)(y, v);
  } else {
    if (task->beta != 0) v = V(add)(v, V(mul)(beta, V(load_part)(y, count)));
    V(store_part)(y, v, count);
  }
}

/* The same for the task's outputs. */
ALWAYS_INLINE void write_row(const struct kron_eye_task *task, Y_ELEMENT *y, const Y_ELEMENT *sum) {
  for (size_t i = 0; i < task->outputs; i += LANES)
    write_vector(task, y + i, V(load)(sum + i), task->outputs - i);
}

/* The same for rows y[row] on, their sums nr apart. */
static void write_back(const struct kron_eye_task *task, size_t row, size_t rows,
                       const Y_ELEMENT *sum, size_t nr) {
  Y_ELEMENT *y = (Y_ELEMENT *)task->y + row * task->ldy;
  for (size_t r = 0; r < rows; r++, y += task->ldy, sum += nr) write_row(task, y, sum);
}

/* The same for beta = 0 and a tile's sums in registers, mr rows of nv vectors; only the last of
   these can be cut short. With few inputs writing is most of the work. */
ALWAYS_INLINE void write_tile(const struct kron_eye_task *task, Y_ELEMENT *y, const VEC *sum,
                              const int mr, const int nv) {
  const VEC alpha = V(set1)((Y_ELEMENT)task->alpha);
  const size_t ldy = task->ldy, last = task->outputs - (size_t)((nv - 1) * LANES);
  UNROLL for (int r = 0; r < mr; r++, y += ldy) {
    UNROLL for (int v = 0; v < nv; v++) {
      const VEC product = V(mul)(alpha, V(add)(sum[r * nv + v], V(zero)()));
      if (v < nv - 1 || last == LANES)
        V(store)(y + v * LANES, product);
      else
        V(store_part)(y + v * LANES, product, last);
    }
  }
}
