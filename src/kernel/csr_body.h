/*
 * csr: x is a CSR matrix; each stored entry adds its value times one column of packed W, nv vectors
 * of outputs. The kernel computes one block of inputs at a time: its sums stay in registers, and
 * only W is loaded repeatedly.
 *
 * gather: the same bits for a W that is stored in another way, one output at a time.
 *
 * Order of additions: two partial sums from +0, entry e of the block (counted from 0, as stored) to
 * sum e mod 2; then s0 + s1. With a single sum, each addition would wait for the one before. Four
 * sums do not fit in the registers of every instruction set, and each sum costs time in blocks of
 * few entries.
 */
enum { SUMS = 2 };

/* One block's sums, from the entries first .. end - 1 of the matrix, whose columns count from
   `base`, times the W at `w`, to y. */
typedef void csr_block_function(const struct kron_eye_sparse_task *task, size_t first, size_t end,
                                size_t base, const Y_ELEMENT *w, Y_ELEMENT *y);

static inline size_t csr_start(const struct kron_eye_sparse_task *task, size_t row) {
  return kron_eye_integer(task->starts, task->wide, row);
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

static inline size_t run_end(const struct kron_eye_sparse_task *x, size_t e, size_t end,
                             size_t base, size_t n) {
  return x->wide ? run_end_i64(x->indices, e, end, base, n)
                 : run_end_i32(x->indices, e, end, base, n);
}

/* Blocks of a row whose ends are remembered; those of a row with more are searched again. */
enum { CSR_ENDS = 64 };

/* Sets ends[b - from], where the entries of block b end, for blocks from .. to - 1. They start at
   `e`. Returns where the last of them ends. */
static inline size_t csr_ends(const struct kron_eye_sparse_task *task, size_t e, size_t end,
                              size_t from, size_t to, size_t *ends) {
  for (size_t b = from; b < to; b++)
    ends[b - from] = e = run_end(task, e, end, b * task->n, task->n);
  return e;
}

/* Where the entries of block `to` begin: those of block `from` begin at `e`. */
static inline size_t csr_skip(const struct kron_eye_sparse_task *task, size_t e, size_t end,
                              size_t from, size_t to) {
  for (size_t b = from; b < to && e < end; b++) e = run_end(task, e, end, b * task->n, task->n);
  return e;
}

/* A row of the matrix that is several blocks. `block` does one whose entries are all its own,
   `scattered` one among whose entries are those of other blocks. Which of them it takes is known
   when all entries were looked at. */
ALWAYS_INLINE void csr_row(const struct kron_eye_sparse_task *task, size_t first, size_t end,
                           Y_ELEMENT *y, csr_block_function *block, csr_block_function *scattered) {
  const size_t n = task->n, last = task->first_block + task->blocks;
  const Y_ELEMENT *w = (const Y_ELEMENT *)task->w + task->first_block * task->w_block;
  size_t ends[CSR_ENDS];
  size_t b = task->first_block, known = least(b + CSR_ENDS, last);
  size_t begin = csr_skip(task, first, end, 0, b);
  const size_t seen = csr_ends(task, begin, end, b, known, ends);
  if (csr_skip(task, seen, end, known, task->row_blocks) != end) {
    for (; b < last; b++, y += task->y_block, w += task->w_block)
      scattered(task, first, end, b * n, w, y);
    return;
  }
  while (b < last) {
    for (size_t e = 0; b < known; b++, e++, y += task->y_block, w += task->w_block) {
      block(task, begin, ends[e], b * n, w, y);
      begin = ends[e];
    }
    known = least(b + CSR_ENDS, last);
    csr_ends(task, begin, end, b, known, ends);
  }
}

ALWAYS_INLINE void csr_rows(const struct kron_eye_sparse_task *task, csr_block_function *block,
                            csr_block_function *scattered) {
  Y_ELEMENT *y = task->y;
  size_t first = csr_start(task, task->first_row);
  for (size_t r = 0; r < task->rows; r++, y += task->ldy) {
    const size_t end = csr_start(task, task->first_row + r + 1);
    if (task->row_blocks == 1)
      block(task, first, end, 0, task->w, y);
    else
      csr_row(task, first, end, y, block, scattered);
    first = end;
  }
}

/* ------------------------------------------------------------------ csr */

/* sum[0..nv) += value of entry e * its column of W. */
ALWAYS_INLINE void csr_add(VEC *sum, const struct kron_eye_sparse_task *task, size_t e, size_t base,
                           const Y_ELEMENT *w, const bool wide, const int nv) {
  const VEC value = V(set1)((Y_ELEMENT)((const X_ELEMENT *)task->values)[e]);
  const size_t column = kron_eye_integer(task->indices, wide, e) - base;
  w += column * task->w_stride;
  UNROLL for (int v = 0; v < nv; v++) sum[v] = V(fma)(value, V(load)(w + v * LANES), sum[v]);
}

/* nv*LANES is the task's outputs up to whole vectors: only the last may be a part. */
ALWAYS_INLINE void csr_finish(const struct kron_eye_sparse_task *task, const VEC *sums,
                              Y_ELEMENT *y, const int nv) {
  VEC sum[MAX_NV];
  UNROLL for (int v = 0; v < nv; v++) sum[v] = V(add)(sums[v], sums[nv + v]);
  if (finish_is_simple(&task->finish)) {
    finish_tile_simple(&task->finish, y, 0, task->outputs, sum, 1, nv);
    return;
  }
  _Alignas(64) Y_ELEMENT stored[MAX_NV * LANES];
  UNROLL for (int v = 0; v < nv; v++) V(store)(stored + v * LANES, sum[v]);
  finish_blocks(&task->finish, y, 0, 1, task->outputs, stored, 0);
}

ALWAYS_INLINE void csr_block(const struct kron_eye_sparse_task *task, size_t first, size_t end,
                             size_t base, const Y_ELEMENT *w, Y_ELEMENT *y, const bool wide,
                             const int nv) {
  VEC sums[SUMS * MAX_NV];
  UNROLL for (int i = 0; i < SUMS * nv; i++) sums[i] = V(zero)();
  size_t e = first;
  for (; e + SUMS <= end; e += SUMS) {
    UNROLL for (int s = 0; s < SUMS; s++)
        csr_add(sums + s * nv, task, e + (size_t)s, base, w, wide, nv);
  }
  if (e < end) csr_add(sums, task, e, base, w, wide, nv);
  csr_finish(task, sums, y, nv);
}

/* Rows of one block each, without a call for each, which takes as long as several entries. The
   copy is seen to stay what it is while y is written. */
ALWAYS_INLINE void csr_single(const struct kron_eye_sparse_task *task, const bool wide,
                              const int nv) {
  const struct kron_eye_sparse_task own = *task;
  Y_ELEMENT *y = own.y;
  size_t first = kron_eye_integer(own.starts, wide, own.first_row);
  for (size_t r = 0; r < own.rows; r++, y += own.ldy) {
    const size_t end = kron_eye_integer(own.starts, wide, own.first_row + r + 1);
    csr_block(&own, first, end, 0, own.w, y, wide, nv);
    first = end;
  }
}

/* Sums in memory, as which one is next is not known. */
ALWAYS_INLINE void csr_scattered(const struct kron_eye_sparse_task *task, size_t first, size_t end,
                                 size_t base, const Y_ELEMENT *w, Y_ELEMENT *y, const int nv) {
  VEC sums[SUMS * MAX_NV];
  UNROLL for (int i = 0; i < SUMS * nv; i++) sums[i] = V(zero)();
  for (size_t e = first, s = 0; e < end; e++) {
    if (kron_eye_integer(task->indices, task->wide, e) - base >= task->n) continue;
    csr_add(sums + s * (size_t)nv, task, e, base, w, task->wide, nv);
    s = (s + 1) % SUMS;
  }
  csr_finish(task, sums, y, nv);
}

/* The functions of a block for each number of vectors. */
#define CSR_BLOCKS(nv)                                                                             \
  static void csr_narrow_##nv(const struct kron_eye_sparse_task *task, size_t first, size_t end,   \
                              size_t base, const Y_ELEMENT *w, Y_ELEMENT *y) {                     \
    csr_block(task, first, end, base, w, y, false, nv);                                            \
  }                                                                                                \
  static void csr_wide_##nv(const struct kron_eye_sparse_task *task, size_t first, size_t end,     \
                            size_t base, const Y_ELEMENT *w, Y_ELEMENT *y) {                       \
    csr_block(task, first, end, base, w, y, true, nv);                                             \
  }                                                                                                \
  static void csr_scattered_##nv(const struct kron_eye_sparse_task *task, size_t first,            \
                                 size_t end, size_t base, const Y_ELEMENT *w, Y_ELEMENT *y) {      \
    csr_scattered(task, first, end, base, w, y, nv);                                               \
  }
CSR_BLOCKS(1)
CSR_BLOCKS(2)
CSR_BLOCKS(3)
CSR_BLOCKS(4)

ALWAYS_INLINE void csr_kernel(const struct kron_eye_sparse_task *task, const int nv) {
  static csr_block_function *const narrow[] = {csr_narrow_1, csr_narrow_2, csr_narrow_3,
                                               csr_narrow_4},
                                   *const wide[] = {csr_wide_1, csr_wide_2, csr_wide_3, csr_wide_4},
                                   *const scattered[] = {csr_scattered_1, csr_scattered_2,
                                                         csr_scattered_3, csr_scattered_4};
  assert(task->outputs <= (size_t)(nv * LANES) && task->outputs > (size_t)((nv - 1) * LANES));
  if (task->row_blocks != 1)
    csr_rows(task, task->wide ? wide[nv - 1] : narrow[nv - 1], scattered[nv - 1]);
  else if (task->wide)
    csr_single(task, true, nv);
  else
    csr_single(task, false, nv);
}

/* ------------------------------------------------------------------ gather */

static void gather_block(const struct kron_eye_sparse_task *task, size_t first, size_t end,
                         size_t base, const Y_ELEMENT *w, Y_ELEMENT *y) {
  const Y_ELEMENT alpha = (Y_ELEMENT)task->finish.alpha, beta = (Y_ELEMENT)task->finish.beta;
  for (size_t i = 0; i < task->outputs; i++, w += task->w_stride) {
    Y_ELEMENT sums[SUMS] = {0};
    for (size_t e = first, s = 0; e < end; e++) {
      const size_t column = kron_eye_integer(task->indices, task->wide, e) - base;
      if (column >= task->n) continue;
      const Y_ELEMENT value = (Y_ELEMENT)((const X_ELEMENT *)task->values)[e];
      sums[s] = V(fma_one)(value, w[column * task->w_column], sums[s]);
      s = (s + 1) % SUMS;
    }
    const Y_ELEMENT product = alpha * (sums[0] + sums[1] + 0);
    y[i] = beta == 0 ? product : product + beta * y[i];
  }
}

ALWAYS_INLINE void gather_kernel(const struct kron_eye_sparse_task *task, const int nv) {
  (void)nv;
  assert(!task->finish.epilogue);
  csr_rows(task, gather_block, gather_block);
}
