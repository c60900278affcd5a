/*
 * csr: x is a CSR matrix; each stored entry adds its value times one column of packed W, nv vectors
 * of outputs. A block of inputs at a time: its sums live in registers, and W is all that is
 * fetched again and again.
 *
 * gather: the same where W lies by rows, one output at a time.
 *
 * Order of additions: two partial sums from +0, entry e of the block (counted from 0, as stored) to
 * sum e mod 2; then s0 + s1. One sum alone would wait for each addition to end; four do not fit the
 * registers of every instruction set, and blocks of few entries pay for each.
 */
enum { SUMS = 2 };

/* One block's sums, from the entries first .. end - 1 of the matrix, whose columns count from
   `base`, to y. */
typedef void csr_block_function(const struct kron_eye_task *task, size_t first, size_t end,
                                size_t base, Y_ELEMENT *y);

/* How a kernel does a block. */
struct csr_blocks {
  csr_block_function *narrow, *wide; /* all entries are the block's; indices are int32_t, int64_t */
  csr_block_function *scattered;     /* the entries of other blocks are among them */
};

static inline const struct kron_eye_entries *task_entries(const struct kron_eye_task *task) {
  return task->x;
}

static inline size_t csr_integer(const void *integers, bool wide, size_t i) {
  return kron_eye_integer(integers, wide, i);
}

/* ------------------------------------------------------------------ blocks of a row */

/* The first entry from `e` on whose column is not in [base, base + n), or `end`: looks at many
   indices at a time, so that the compiler makes vectors of them. */
#define DEFINE_RUN_END(name, integer, unsigned_integer)                                            \
  static inline size_t name(const integer *indices, size_t e, size_t end, size_t base, size_t n) { \
    enum { SOME = 16 };                                                                            \
    const size_t most = (size_t)1 << (8 * sizeof(integer) - 1); /* above every index */            \
    if (base >= most) return e;                                                                    \
    const unsigned_integer first = (unsigned_integer)base,                                         \
                           count = (unsigned_integer)least(n, most);                               \
    for (; e + SOME <= end; e += SOME) {                                                           \
      unsigned_integer outside = 0;                                                                \
      for (size_t i = 0; i < SOME; i++)                                                            \
        outside |= (unsigned_integer)indices[e + i] - first >= count;                              \
      if (outside) break;                                                                          \
    }                                                                                              \
    while (e < end && (unsigned_integer)indices[e] - first < count) e++;                           \
    return e;                                                                                      \
  }
DEFINE_RUN_END(run_end_i32, int32_t, uint32_t)
DEFINE_RUN_END(run_end_i64, int64_t, uint64_t)

static inline size_t run_end(const struct kron_eye_entries *x, size_t e, size_t end, size_t base,
                             size_t n) {
  return x->wide ? run_end_i64(x->indices, e, end, base, n)
                 : run_end_i32(x->indices, e, end, base, n);
}

/* Do the entries come block by block? */
static inline bool csr_grouped(const struct kron_eye_entries *x, size_t e, size_t end, size_t n) {
  for (size_t b = 0; b < x->row_blocks && e < end; b++) e = run_end(x, e, end, b * n, n);
  return e == end;
}

/* A row of the matrix that is several blocks. */
static inline void csr_row(const struct kron_eye_task *task, size_t first, size_t end, Y_ELEMENT *y,
                           const struct csr_blocks *blocks) {
  const struct kron_eye_entries *x = task_entries(task);
  csr_block_function *const block = x->wide ? blocks->wide : blocks->narrow;
  const size_t n = task->n, last = x->first_block + x->blocks;
  const bool grouped = csr_grouped(x, first, end, n);
  if (grouped)
    for (size_t b = 0; b < x->first_block; b++) first = run_end(x, first, end, b * n, n);
  for (size_t b = x->first_block; b < last; b++, y += x->y_block) {
    if (grouped) {
      const size_t next = run_end(x, first, end, b * n, n);
      block(task, first, next, b * n, y);
      first = next;
    } else {
      blocks->scattered(task, first, end, b * n, y);
    }
  }
}

static inline void csr_rows(const struct kron_eye_task *task, const struct csr_blocks *blocks) {
  const struct kron_eye_entries *x = task_entries(task);
  csr_block_function *const block = x->wide ? blocks->wide : blocks->narrow;
  Y_ELEMENT *y = task->y;
  size_t first = csr_integer(x->starts, x->wide, x->first_row);
  for (size_t r = 0; r < task->rows; r++, y += task->ldy) {
    const size_t end = csr_integer(x->starts, x->wide, x->first_row + r + 1);
    if (x->row_blocks == 1)
      block(task, first, end, 0, y);
    else
      csr_row(task, first, end, y, blocks);
    first = end;
  }
}

/* ------------------------------------------------------------------ csr */

/* sum[0..nv) += value of entry e * its column of W. */
ALWAYS_INLINE void csr_add(VEC *sum, const struct kron_eye_task *task, size_t e, size_t base,
                           const bool wide, const int nv) {
  const struct kron_eye_entries *x = task_entries(task);
  const VEC value = V(set1)((Y_ELEMENT)((const X_ELEMENT *)x->values)[e]);
  const size_t column = csr_integer(x->indices, wide, e) - base;
  const Y_ELEMENT *w = (const Y_ELEMENT *)task->w + column * x->w_stride;
  UNROLL for (int v = 0; v < nv; v++) sum[v] = V(fma)(value, V(load)(w + v * LANES), sum[v]);
}

/* nr = nv*LANES is the task's outputs up to whole vectors: only the last may be a part. */
ALWAYS_INLINE void csr_write(const struct kron_eye_task *task, const VEC *sums, Y_ELEMENT *y,
                             const int nv) {
  VEC sum[MAX_NV];
  UNROLL for (int v = 0; v < nv; v++) sum[v] = V(add)(sums[v], sums[nv + v]);
  if (task->beta == 0) {
    write_tile(task, y, sum, 1, nv);
    return;
  }
  UNROLL for (int v = 0; v < nv; v++)
      write_vector(task, y + v * LANES, sum[v], task->outputs - (size_t)v * LANES);
}

ALWAYS_INLINE void csr_block(const struct kron_eye_task *task, size_t first, size_t end,
                             size_t base, Y_ELEMENT *y, const bool wide, const int nv) {
  VEC sums[SUMS * MAX_NV];
  UNROLL for (int i = 0; i < SUMS * nv; i++) sums[i] = V(zero)();
  size_t e = first;
  for (; e + SUMS <= end; e += SUMS) {
    UNROLL for (int s = 0; s < SUMS; s++)
        csr_add(sums + s * nv, task, e + (size_t)s, base, wide, nv);
  }
  if (e < end) csr_add(sums, task, e, base, wide, nv);
  csr_write(task, sums, y, nv);
}

/* Rows of one block each, without a call for each, which takes as long as several entries. The
   copies are seen to stay what they are while y is written. */
ALWAYS_INLINE void csr_single(const struct kron_eye_task *task, const bool wide, const int nv) {
  const struct kron_eye_entries x = *task_entries(task);
  struct kron_eye_task own = *task;
  own.x = &x;
  Y_ELEMENT *y = own.y;
  size_t first = csr_integer(x.starts, wide, x.first_row);
  for (size_t r = 0; r < own.rows; r++, y += own.ldy) {
    const size_t end = csr_integer(x.starts, wide, x.first_row + r + 1);
    csr_block(&own, first, end, 0, y, wide, nv);
    first = end;
  }
}

/* Sums in memory, as which one is next is not known. */
ALWAYS_INLINE void csr_scattered(const struct kron_eye_task *task, size_t first, size_t end,
                                 size_t base, Y_ELEMENT *y, const int nv) {
  const struct kron_eye_entries *x = task_entries(task);
  VEC sums[SUMS * MAX_NV];
  UNROLL for (int i = 0; i < SUMS * nv; i++) sums[i] = V(zero)();
  for (size_t e = first, s = 0; e < end; e++) {
    if (csr_integer(x->indices, x->wide, e) - base >= task->n) continue;
    csr_add(sums + s * (size_t)nv, task, e, base, x->wide, nv);
    s = (s + 1) % SUMS;
  }
  csr_write(task, sums, y, nv);
}

#define DEFINE_csr(name, mr, nr)                                                                   \
  _Static_assert((mr) == 1 && (nr) % LANES == 0 && (nr) / LANES <= MAX_NV, "one block at a time"); \
  static void name##_narrow(const struct kron_eye_task *task, size_t first, size_t end,            \
                            size_t base, Y_ELEMENT *y) {                                           \
    csr_block(task, first, end, base, y, false, (nr) / LANES);                                     \
  }                                                                                                \
  static void name##_wide(const struct kron_eye_task *task, size_t first, size_t end, size_t base, \
                          Y_ELEMENT *y) {                                                          \
    csr_block(task, first, end, base, y, true, (nr) / LANES);                                      \
  }                                                                                                \
  static void name##_scattered(const struct kron_eye_task *task, size_t first, size_t end,         \
                               size_t base, Y_ELEMENT *y) {                                        \
    csr_scattered(task, first, end, base, y, (nr) / LANES);                                        \
  }                                                                                                \
  void name(const struct kron_eye_task *task) {                                                    \
    static const struct csr_blocks blocks = {name##_narrow, name##_wide, name##_scattered};        \
    const struct kron_eye_entries *x = task_entries(task);                                         \
    if (x->row_blocks != 1)                                                                        \
      csr_rows(task, &blocks);                                                                     \
    else if (x->wide)                                                                              \
      csr_single(task, true, (nr) / LANES);                                                        \
    else                                                                                           \
      csr_single(task, false, (nr) / LANES);                                                       \
  }

/* ------------------------------------------------------------------ gather */

static inline void gather_block(const struct kron_eye_task *task, size_t first, size_t end,
                                size_t base, Y_ELEMENT *y) {
  const struct kron_eye_entries *x = task_entries(task);
  const Y_ELEMENT *w = task->w;
  const Y_ELEMENT alpha = (Y_ELEMENT)task->alpha, beta = (Y_ELEMENT)task->beta;
  for (size_t i = 0; i < task->outputs; i++, w += x->w_stride) {
    Y_ELEMENT sums[SUMS] = {0};
    for (size_t e = first, s = 0; e < end; e++) {
      const size_t column = csr_integer(x->indices, x->wide, e) - base;
      if (column >= task->n) continue;
      sums[s] += (Y_ELEMENT)((const X_ELEMENT *)x->values)[e] * w[column];
      s = (s + 1) % SUMS;
    }
    const Y_ELEMENT product = alpha * (sums[0] + sums[1] + 0);
    y[i] = beta == 0 ? product : product + beta * y[i];
  }
}

#define DEFINE_gather(name, mr, nr)                                                                \
  void name(const struct kron_eye_task *task) {                                                    \
    static const struct csr_blocks blocks = {gather_block, gather_block, gather_block};            \
    csr_rows(task, &blocks);                                                                       \
  }
