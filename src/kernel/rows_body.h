/* What the families share: strips of x, prefetching, and the write-back. */

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

/*
 * Fetches the same columns of the next tile while this one is computed, some lines at a time and
 * into the second level: the first level has too few miss buffers to keep memory busy while the
 * multiply-adds run. (Measured: bench/README.md.)
 */
struct prefetch {
  const char *line, *row_end;
  ptrdiff_t row_gap; /* bytes from the end of a row to the start of the next, -length for one row */
  size_t length;     /* bytes of a row */
  size_t rows;       /* still to come */
};

static inline struct prefetch prefetch_tile(const struct kron_eye_task *task, size_t row,
                                            size_t rows, size_t j, size_t columns) {
  const size_t next = row + rows, behind = task->rows + task->rows_after;
  const size_t length = columns * sizeof(X_ELEMENT);
  const char *line = (const char *)(task_x(task, row) + j);
  if (next >= behind) return (struct prefetch){line, line, 0, length, 0};
  line += rows * task->ldx * sizeof(X_ELEMENT);
  const ptrdiff_t stride = (ptrdiff_t)(task->ldx * sizeof(X_ELEMENT));
  return (struct prefetch){line, line + length, stride - (ptrdiff_t)length, length,
                           least(rows, behind - next)};
}

static inline size_t prefetch_lines(const struct prefetch *p) {
  return p->rows * (p->length / LINE + 1);
}

static inline void prefetch_some(struct prefetch *p, size_t lines) {
  for (; lines > 0 && p->rows > 0; lines--) {
    PREFETCH_L2(p->line);
    p->line += LINE;
    if (p->line >= p->row_end) {
      p->line = p->row_end + p->row_gap;
      p->row_end = p->line + p->length;
      p->rows--;
    }
  }
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
