/*
 * columns: skips the columns that are zero in all rows of a tile. For data whose zeros stand
 * together, as the margins of images do.
 *
 * Order of additions: as panel's; a skipped product would have added a zero.
 */

/* The columns j in [0, columns) of x that are not zero in some row; returns their count. */
static size_t columns_list(uint32_t *list, const X_ELEMENT *x, size_t ldx, size_t rows,
                           size_t columns) {
  uint64_t bits[STRIP / 64] = {0};
  for (size_t r = 0; r < rows; r++, x += ldx)
    for (size_t j = 0; j < columns; j += 64)
      bits[j / 64] |= X_NONZERO64(x + j, least(64, columns - j));
  size_t count = 0;
  for (size_t j = 0; j < columns; j += 16) {
    const uint32_t some = (uint32_t)(bits[j / 64] >> (j % 64)) & 0xffff;
    pack_u32(list + count, (uint32_t)j, 1, some);
    count += (size_t)__builtin_popcount(some);
  }
  return count;
}

/* acc[r][v] += x[r, j] * w[j, v] for the columns j of the list. */
ALWAYS_INLINE void columns_multiply(VEC *acc, const Y_ELEMENT *const *x, const Y_ELEMENT *w,
                                    const uint32_t *list, size_t count, const int mr,
                                    const int nv) {
  for (size_t k = 0; k < count; k++) {
    const size_t j = list[k];
    const Y_ELEMENT *wj = w + j * (size_t)(nv * LANES);
    VEC wv[MAX_NV];
    UNROLL for (int v = 0; v < nv; v++) wv[v] = V(load)(wj + v * LANES);
    UNROLL for (int r = 0; r < mr; r++) {
      const VEC xr = V(set1)(x[r][j]);
      UNROLL for (int v = 0; v < nv; v++) acc[r * nv + v] = V(fma)(xr, wv[v], acc[r * nv + v]);
    }
  }
}

/* A tile of at most mr rows; a shorter one computes its last row several times. */
ALWAYS_INLINE void columns_tile(const struct kron_eye_task *task, size_t row, size_t rows,
                                const int mr, const int nv) {
  enum { SEGMENT = 16 }; /* list entries between prefetches */
  uint32_t list[STRIP + 16];
  const Y_ELEMENT *w = task->w;
  VEC acc[MAX_TILE];
  UNROLL for (int i = 0; i < mr * nv; i++) acc[i] = V(zero)();
  const size_t strip = even_strip(task->n);
  for (size_t j = 0; j < task->n; j += strip) {
    const size_t columns = least(strip, task->n - j);
    const X_ELEMENT *x = task_x(task, row) + j;
    const size_t count = columns_list(list, x, task->ldx, rows, columns);
#if STAGED
    _Alignas(64) Y_ELEMENT staged[MAX_COLUMNS * STRIP];
    stage(staged, STRIP, x, task->ldx, rows, columns);
    const Y_ELEMENT *first = staged;
    const size_t stride = STRIP;
#else
    const Y_ELEMENT *first = x;
    const size_t stride = task->ldx;
#endif
    const Y_ELEMENT *x_row[MAX_COLUMNS];
    UNROLL for (int r = 0; r < mr; r++) x_row[r] = first + least((size_t)r, rows - 1) * stride;
    struct prefetch next = prefetch_tile(task, row, rows, j, columns);
    const size_t lines = prefetch_lines(&next) / (count / SEGMENT + 1) + 1;
    size_t k = 0;
    do {
      prefetch_some(&next, lines);
      columns_multiply(acc, x_row, w + j * (size_t)(nv * LANES), list + k,
                       least(SEGMENT, count - k), mr, nv);
      k += SEGMENT;
    } while (k < count);
  }
  _Alignas(64) Y_ELEMENT sum[MAX_TILE * LANES];
  UNROLL for (int i = 0; i < mr * nv; i++) V(store)(sum + i * LANES, acc[i]);
  write_back(task, row, rows, sum, (size_t)(nv * LANES));
}

#define DEFINE_columns(name, mr, nr)                                                               \
  _Static_assert((mr) <= MAX_COLUMNS && (mr) * ((nr) / LANES) <= MAX_TILE,                         \
                 "within the registers");                                                          \
  void name(const struct kron_eye_task *task) {                                                    \
    const struct deal deal = deal_rows(task->rows, mr);                                            \
    for (size_t t = 0, row = 0; t < deal.tiles; t++) {                                             \
      const size_t rows = deal.rows + (t < deal.longer);                                           \
      columns_tile(task, row, rows, mr, (nr) / LANES);                                             \
      row += rows;                                                                                 \
    }                                                                                              \
  }
