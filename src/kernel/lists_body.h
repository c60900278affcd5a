/*
 * lists: skips every zero. Each row's non-zeros of a strip are listed with their places in W, and
 * mr lists are walked side by side, as one chain of additions alone would wait for each one to
 * finish. For data whose zeros are scattered.
 *
 * Order of additions: as panel's. Shorter lists are filled up with 0 * w, which (W being finite)
 * adds a zero as well.
 */

struct list {
  _Alignas(64) Y_ELEMENT value[STRIP + 64];
  _Alignas(64) uint32_t place[STRIP + 64]; /* elements from the strip's first W to that of value */
};

/* The non-zeros of one row's strip; returns their count. */
static size_t list_row(struct list *list, const X_ELEMENT *x, size_t columns, size_t nr) {
  size_t count = 0;
  for (size_t word = 0; word < columns; word += 64) {
    uint64_t bits = X_NONZERO64(x + word, least(64, columns - word));
    const size_t end = least(word + 64, columns);
    for (size_t j = word; j < end; j += LANES, bits >>= LANES % 64) {
      const uint32_t some = (uint32_t)bits & (uint32_t)(((uint64_t)1 << LANES) - 1);
      const VEC v = j + LANES <= columns ? V_FROM_X(x + j) : V_FROM_X_PART(x + j, columns - j);
      V(pack)(list->value + count, v, some);
      pack_u32(list->place + count, (uint32_t)(j * nr), (uint32_t)nr, some);
      count += (size_t)__builtin_popcount(some);
    }
  }
  return count;
}

static void list_fill(struct list *list, size_t from, size_t to) {
  for (; from < to; from++) {
    list->value[from] = 0;
    list->place[from] = 0;
  }
}

/* acc[r][v] += value * w[place] for `count` entries of each list from entry k. */
ALWAYS_INLINE void lists_multiply(VEC *acc, const struct list *list, const Y_ELEMENT *w, size_t k,
                                  size_t count, const int mr, const int nv) {
  for (const size_t end = k + count; k < end; k++) {
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
  enum { SEGMENT = 16 }; /* entries between prefetches */
  const size_t nr = (size_t)(nv * LANES);
  struct list list[MAX_LISTS];
  const Y_ELEMENT *w = task->w;
  VEC acc[MAX_TILE];
  UNROLL for (int i = 0; i < mr * nv; i++) acc[i] = V(zero)();
  const size_t strip = even_strip(task->n);
  for (size_t j = 0; j < task->n; j += strip) {
    const size_t columns = least(strip, task->n - j);
    size_t count[MAX_LISTS], longest = 0;
    for (int r = 0; r < mr; r++) {
      count[r] =
          (size_t)r < rows ? list_row(&list[r], task_x(task, row + (size_t)r) + j, columns, nr) : 0;
      if (count[r] > longest) longest = count[r];
    }
    for (int r = 0; r < mr; r++) list_fill(&list[r], count[r], longest);
    struct prefetch next = prefetch_tile(task, row, rows, j, columns);
    const size_t lines = prefetch_lines(&next) / (longest / SEGMENT + 1) + 1;
    size_t k = 0;
    do {
      prefetch_some(&next, lines);
      lists_multiply(acc, list, w + j * nr, k, least(SEGMENT, longest - k), mr, nv);
      k += SEGMENT;
    } while (k < longest);
  }
  _Alignas(64) Y_ELEMENT sum[MAX_TILE * LANES];
  UNROLL for (int i = 0; i < mr * nv; i++) V(store)(sum + i * LANES, acc[i]);
  write_back(task, row, rows, sum, nr);
}

#define DEFINE_lists(name, mr, nr)                                                                 \
  _Static_assert((mr) <= MAX_LISTS, "lists on the stack");                                         \
  void name(const struct kron_eye_task *task) {                                                    \
    const struct deal deal = deal_rows(task->rows, mr);                                            \
    for (size_t t = 0, row = 0; t < deal.tiles; t++) {                                             \
      const size_t rows = deal.rows + (t < deal.longer);                                           \
      lists_tile(task, row, rows, mr, (nr) / LANES);                                               \
      row += rows;                                                                                 \
    }                                                                                              \
  }
