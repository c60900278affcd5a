/*
 * lists: skips every zero. The non-zeros of each row in a strip are listed with their places in W.
 * mr lists are processed together, because in a single chain of additions each one would wait for
 * the one before. For data whose zeros are scattered.
 *
 * Order of additions: that of panel. Shorter lists are filled up with 0 * w, which adds a zero,
 * because W is finite.
 */

/* Most columns that are listed at a time: the lists of a tile take less than 7 KiB of the stack,
   which a caller's thread may have little of. */
enum { LIST_STRIP = sizeof(Y_ELEMENT) == sizeof(float) ? 192 : 128 };

/* Packing writes up to 64 bytes behind a list's end. */
struct list {
  _Alignas(64) Y_ELEMENT value[LIST_STRIP + 64 / sizeof(Y_ELEMENT)];
  /* elements from the strip's first W to that of value */
  _Alignas(64) uint32_t place[LIST_STRIP + 64 / sizeof(uint32_t)];
};

/* Appends the non-zeros of v, which stands at column j. */
ALWAYS_INLINE size_t list_vector(struct list *list, size_t count, VEC v, size_t j, const int nr) {
  const uint32_t bits = V(nonzero)(v);
  V(pack)(list->value + count, v, bits);
  pack_u32(list->place + count, (uint32_t)j * (uint32_t)nr, (uint32_t)nr, bits);
  return count + (size_t)__builtin_popcount(bits);
}

/* The non-zeros of one row's strip; returns their count. `ahead` bytes further on is the row to
   fetch for the next tile. */
ALWAYS_INLINE size_t list_row(struct list *list, const X_ELEMENT *x, size_t columns, size_t ahead,
                              const int nr) {
  size_t count = 0, j = 0;
  for (; j + LANES <= columns; j += LANES) {
    if (j * sizeof(X_ELEMENT) % LINE == 0) PREFETCH_L2((const char *)(x + j) + ahead);
    count = list_vector(list, count, V_FROM_X(x + j), j, nr);
  }
  if (j < columns) count = list_vector(list, count, V_FROM_X_PART(x + j, columns - j), j, nr);
  return count;
}

/* Entries from .. to - 1, and perhaps some of a vector more, become 0 * w. */
ALWAYS_INLINE void list_fill(struct list *list, size_t from, size_t to) {
  for (; from < to; from += LANES) {
    V(store)(list->value + from, V(zero)());
    UNROLL for (int i = 0; i < LANES; i++) list->place[from + (size_t)i] = 0;
  }
}

/* acc[r][v] += value * w[place] for `count` entries of each list. */
ALWAYS_INLINE void lists_multiply(VEC *acc, const struct list *list, const Y_ELEMENT *w,
                                  size_t count, const int mr, const int nv) {
  for (size_t k = 0; k < count; k++) {
    UNROLL for (int r = 0; r < mr; r++) {
      const VEC x = V(set1)(list[r].value[k]);
      const Y_ELEMENT *wj = w + list[r].place[k];
      UNROLL for (int v = 0; v < nv; v++) acc[r * nv + v] =
          V(fma)(x, V(load)(wj + v * LANES), acc[r * nv + v]);
    }
  }
}

ALWAYS_INLINE void lists_tile(const struct kron_eye_task *task, size_t row, size_t rows,
                              const int mr, const int nv) {
  const size_t strip = even_strip(task->n, LIST_STRIP);
  const size_t ahead = next_tile(task, row, rows);
  struct list list[MAX_LISTS];
  VEC acc[MAX_LISTS * MAX_NV];
  UNROLL for (int i = 0; i < mr * nv; i++) acc[i] = V(zero)();
  for (size_t j = 0; j < task->n; j += strip) {
    const size_t columns = least(strip, task->n - j);
    size_t count[MAX_LISTS] = {0}, longest = 0;
    for (size_t r = 0; r < rows; r++) {
      count[r] = list_row(&list[r], task_x(task, row + r) + j, columns, ahead, nv * LANES);
      if (count[r] > longest) longest = count[r];
    }
    for (int r = 0; r < mr; r++) list_fill(&list[r], count[r], longest);
    const Y_ELEMENT *w = (const Y_ELEMENT *)task->w + j * (size_t)(nv * LANES);
    lists_multiply(acc, list, w, longest, mr, nv);
  }
  /* finish_tile() would have room for the largest tile of all families on the stack. */
  _Alignas(64) Y_ELEMENT sum[MAX_LISTS * MAX_NV * LANES];
  UNROLL for (int i = 0; i < mr * nv; i++) V(store)(sum + i * LANES, acc[i]);
  Y_ELEMENT *y = (Y_ELEMENT *)task->y + row * task->ldy;
  finish_blocks(&task->finish, y, task->ldy, rows, task->outputs, sum, (size_t)(nv * LANES));
}

ALWAYS_INLINE void lists_kernel(const struct kron_eye_task *task, const int mr, const int nv) {
  assert(task->n > 0 && task->x_column == 1 && task->y_column == 1);
  const struct tiles tiles = tiles_of(task->rows, (size_t)mr);
  for (size_t t = 0, row = 0, rows; t < tiles.count; t++, row += rows) {
    rows = tiles.rows + (t < tiles.longer);
    lists_tile(task, row, rows, mr, nv);
  }
}
