/*
 * lane: vectors along c, the identity on the right. A tile is up to mr outputs by nv vectors, one
 * sum each; each column j loads nv vectors of x and broadcasts one element of W for each output.
 * W is packed with the panel's outputs side by side.
 *
 * Where right is more than a vector, the last vector of a block ends where the block's c do: it
 * overlaps the one before, and what both hold is computed twice. Where right is at most a vector, a
 * tile takes nv blocks; where it is less, lanes without an element repeat the last one.
 *
 * Order of additions: as panel's.
 */

/* right is less than a vector, just one, or more; it is one or more, and x and y are fetched ahead.
 */
enum lane_kind { LANE_PART, LANE_WHOLE, LANE_WIDE, LANE_AHEAD };

/* What all tiles of a task share, read once; `outputs` of them are computed together. */
struct lane_job {
  VEC alpha;
  const struct kron_eye_task *task;
  const Y_ELEMENT *w, *w_end;
  size_t right, x_column, y_column;
  size_t ahead;    /* blocks_ahead(), LANE_AHEAD only */
  bool plain, one; /* the plain finish; with alpha = 1 */
};

/* Where the vectors of a tile stand, from its first element on. Of the last one's lanes, the first
   `written` are the vector's before it too. */
struct lane_place {
  ptrdiff_t x[MAX_NV], y[MAX_NV];
  size_t written;
};

/* acc[i][v] += w[i] * x[v] for one column; `count`: elements of a vector that are there, LANES
   where `part` is false; `ends`: nothing behind them may be read. What there are fewer of stays in
   registers, elements of W or vectors of x, and the others pass through. */
ALWAYS_INLINE void lane_column(VEC *acc, const X_ELEMENT *x, const struct lane_place *place,
                               const Y_ELEMENT *w, size_t count, const int outputs, const int nv,
                               const bool part, const bool ends) {
  VEC xv[MAX_NV], wv[MAX_MR];
  UNROLL for (int i = 0; outputs <= nv && i < outputs; i++) wv[i] = V(set1)(w[i]);
  UNROLL for (int v = 0; v < nv; v++) {
    xv[v] = ends ? V_FROM_X_PART(x + place->x[v], count) : V_FROM_X(x + place->x[v]);
    if (part) xv[v] = V(fill_groups)(xv[v], count, LANES);
    KEEP(xv[v]);
    UNROLL for (int i = 0; outputs <= nv && i < outputs; i++) acc[i * nv + v] =
        V(fma)(wv[i], xv[v], acc[i * nv + v]);
  }
  UNROLL for (int i = 0; outputs > nv && i < outputs; i++) {
    wv[i] = V(set1)(w[i]);
    UNROLL for (int v = 0; v < nv; v++) acc[i * nv + v] = V(fma)(wv[i], xv[v], acc[i * nv + v]);
  }
}

ALWAYS_INLINE void lane_sums(VEC *acc, const struct lane_job *job, const X_ELEMENT *x,
                             const struct lane_place *place, const int outputs, const int nv,
                             const bool part) {
  const size_t count = job->right;
  const Y_ELEMENT *w = job->w, *end = part ? job->w_end - outputs : job->w_end;
  UNROLL for (int i = 0; i < outputs * nv; i++) acc[i] = V(zero)();
  for (; w != end; x += job->x_column, w += outputs)
    lane_column(acc, x, place, w, count, outputs, nv, part, false);
  if (part) lane_column(acc, x, place, w, count, outputs, nv, true, true);
}

/* The plain finish of a tile. A short vector is stored whole where the next output's overwrites
   what it has too much. */
ALWAYS_INLINE void lane_store(const struct lane_job *job, Y_ELEMENT *y,
                              const struct lane_place *place, const VEC *acc, const int outputs,
                              const int nv, const bool part, const bool one) {
  const size_t column = job->y_column, count = job->right;
  const bool chained = column == count;
  UNROLL for (int i = 0; i < outputs; i++, y += column) {
    HIDE(y);
    UNROLL for (int v = 0; v < nv; v++) {
      const VEC product = finish_plain(acc[i * nv + v], job->alpha, one);
      if (!part || (chained && i + 1 < outputs))
        V(store)(y + place->y[v], product);
      else
        V(store_part)(y + place->y[v], product, count);
    }
  }
}

/* Any finish of a tile. */
ALWAYS_INLINE void lane_finish(const struct kron_eye_task *task, Y_ELEMENT *y,
                               const struct lane_place *place, const VEC *acc, const int outputs,
                               const int nv, const bool part) {
  _Alignas(64) Y_ELEMENT sum[(MAX_LANE + 1) * LANES];
  UNROLL for (int i = 0; i < outputs * nv; i++) V(store)(sum + i * LANES, acc[i]);
  V(store)(sum + outputs * nv * LANES, V(zero)());
  for (int v = 0; v < nv; v++) {
    const size_t written = v == nv - 1 ? place->written : 0, count = part ? task->right : LANES;
    finish_lanes(&task->finish, y + place->y[v] + written, task->y_column, (size_t)outputs,
                 count - written, sum + (size_t)(v * LANES) + written, (size_t)(nv * LANES));
  }
}

/* One tile: `outputs` outputs by nv vectors; they are shorter than LANES if `part`. */
ALWAYS_INLINE void lane_tile(const struct lane_job *job, const X_ELEMENT *x, Y_ELEMENT *y,
                             const struct lane_place *place, const int outputs, const int nv,
                             const bool part) {
  VEC acc[MAX_LANE];
  lane_sums(acc, job, x, place, outputs, nv, part);
  if (job->one)
    lane_store(job, y, place, acc, outputs, nv, part, true);
  else if (job->plain)
    lane_store(job, y, place, acc, outputs, nv, part, false);
  else
    lane_finish(job->task, y, place, acc, outputs, nv, part);
}

/* Fetches what a tile at x and y, `width` c wide, has `ahead` blocks further on. */
ALWAYS_INLINE void lane_fetch(const struct lane_job *job, const X_ELEMENT *x, const Y_ELEMENT *y,
                              size_t width, const int outputs) {
  const struct kron_eye_task *task = job->task;
  x += job->ahead * task->ldx;
  y += job->ahead * task->ldy;
  for (size_t j = 0; j < task->n; j++, x += job->x_column) fetch(x, width * sizeof(X_ELEMENT));
  for (int i = 0; i < outputs; i++, y += job->y_column) fetch(y, width * sizeof(Y_ELEMENT));
}

/* A tile of nv neighbouring vectors, the last of which stands `back` elements further to the front
   than it would. */
ALWAYS_INLINE void lane_wide_tile(const struct lane_job *job, const X_ELEMENT *x, Y_ELEMENT *y,
                                  size_t back, const int outputs, const int nv, const bool ahead) {
  struct lane_place place = {.written = back};
  UNROLL for (int v = 0; v < nv; v++) place.x[v] = place.y[v] = v * LANES;
  place.x[nv - 1] -= (ptrdiff_t)back;
  place.y[nv - 1] -= (ptrdiff_t)back;
  if (ahead) lane_fetch(job, x, y, (size_t)(nv * LANES) - back, outputs);
  lane_tile(job, x, y, &place, outputs, nv, false);
}

/* All blocks where right is more than a vector. */
ALWAYS_INLINE void lane_wide(const struct lane_job *job, const int outputs, const int nv,
                             const bool ahead) {
  const size_t width = (size_t)(nv * LANES), right = job->right;
  const size_t ldx = job->task->ldx, ldy = job->task->ldy;
  const X_ELEMENT *x = job->task->x;
  Y_ELEMENT *y = job->task->y;
  size_t rows = job->task->rows;
  if (nv > 1 && right <= width && right > width - LANES) { /* a block is one tile */
    for (const size_t back = width - right; rows > 0; rows--, x += ldx, y += ldy)
      lane_wide_tile(job, x, y, back, outputs, nv, ahead);
    return;
  }
  for (; rows > 0; rows--, x += ldx, y += ldy) {
    size_t c = 0;
    for (; c + width - LANES < right; c += width) {
      const size_t back = c + width > right ? c + width - right : 0;
      lane_wide_tile(job, x + c, y + c, back, outputs, nv, ahead);
    }
    if (nv >= 3 && c + LANES < right)
      lane_wide_tile(job, x + c, y + c, c + 2 * LANES - right, outputs, 2, ahead);
    else if (nv >= 2 && c < right)
      lane_wide_tile(job, x + c, y + c, c + LANES - right, outputs, 1, ahead);
  }
}

/* Blocks of one vector each. */
ALWAYS_INLINE void lane_narrow_tile(const struct lane_job *job, const X_ELEMENT *x, Y_ELEMENT *y,
                                    size_t ldx, size_t ldy, const int outputs, const int blocks,
                                    const bool part) {
  struct lane_place place = {.written = 0};
  UNROLL for (int v = 0; v < blocks; v++) {
    place.x[v] = (ptrdiff_t)((size_t)v * ldx);
    place.y[v] = (ptrdiff_t)((size_t)v * ldy);
  }
  lane_tile(job, x, y, &place, outputs, blocks, part);
}

/* All blocks where right is a vector or less. */
ALWAYS_INLINE void lane_narrow(const struct lane_job *job, const int outputs, const int nv,
                               const bool part, const bool ahead) {
  const size_t ldx = job->task->ldx, ldy = job->task->ldy;
  const X_ELEMENT *x = job->task->x;
  Y_ELEMENT *y = job->task->y;
  size_t rows = job->task->rows;
  for (; rows >= (size_t)nv; rows -= (size_t)nv) {
    if (ahead) fetch_blocks(job->task, job->task->rows - rows + job->ahead, (size_t)nv);
    lane_narrow_tile(job, x, y, ldx, ldy, outputs, nv, part);
    x += (size_t)nv * ldx;
    y += (size_t)nv * ldy;
  }
  if (nv >= 3 && rows == 2)
    lane_narrow_tile(job, x, y, ldx, ldy, outputs, 2, part);
  else if (nv >= 2 && rows == 1)
    lane_narrow_tile(job, x, y, ldx, ldy, outputs, 1, part);
}

/* All blocks; `kind` says how right compares with a vector. */
ALWAYS_INLINE void lane_blocks(const struct kron_eye_task *task, const int outputs, const int nv,
                               const enum lane_kind kind) {
  const struct kron_eye_finish *finish = &task->finish;
  const bool plain = finish_is_plain(finish);
  const Y_ELEMENT *w = task->w;
  const struct lane_job job = {.task = task,
                               .w = w,
                               .w_end = w + task->n * (size_t)outputs,
                               .right = task->right,
                               .x_column = task->x_column,
                               .y_column = task->y_column,
                               .ahead = kind == LANE_AHEAD ? blocks_ahead(task) : 0,
                               .alpha = V(set1)((Y_ELEMENT)finish->alpha),
                               .plain = plain,
                               .one = plain && finish->alpha == 1};
  const bool ahead = kind == LANE_AHEAD;
  if (kind == LANE_WIDE || (ahead && job.right > LANES))
    lane_wide(&job, outputs, nv, ahead);
  else
    lane_narrow(&job, outputs, nv, kind == LANE_PART, ahead);
}

/*
 * All panels together, for a long W that stays in the second level, and beta = 0: a tile's vectors
 * of x are copied side by side, to where they stay in the first level for all panels. Of many
 * inputs that is done a part at a time; between two parts, the sums wait in y, neither rounded nor
 * multiplied. What the next copy reads and the next tile writes is fetched meanwhile: the inputs
 * of a block may be pages apart, where the processor foresees nothing.
 */
enum { TOGETHER_BYTES = 5120 }; /* of a copy, on the stack */

/* Some inputs of a tile. */
struct lane_part {
  const Y_ELEMENT *x; /* the copy */
  size_t begin, count;
  bool last;
};

/* What will be wanted next: the elements before `end` of so many inputs or outputs. */
struct lane_next {
  const X_ELEMENT *x;
  size_t inputs;
  const Y_ELEMENT *y; /* NULL: no more of this block */
};

/* The lines of so many bytes before `end`. */
ALWAYS_INLINE void fetch_before(const void *end, size_t bytes) {
  for (size_t b = 1; b <= bytes; b += LINE) PREFETCH_L2((const char *)end - b);
}

/* A panel's share of what is wanted next. */
ALWAYS_INLINE void lane_fetch_share(const struct lane_job *job, const struct lane_next *next,
                                    size_t panel, size_t first, size_t outputs, size_t width) {
  const size_t share = (next->inputs + job->task->panels - 1) / job->task->panels;
  const size_t end = least(next->inputs, (panel + 1) * share);
  for (size_t j = panel * share; j < end; j++)
    fetch_before(next->x + j * job->x_column, width * sizeof(X_ELEMENT));
  for (size_t i = 0; next->y && i < outputs; i++)
    fetch_before(next->y + (first + i) * job->y_column, width * sizeof(Y_ELEMENT));
}

/* The sums of a part, added to those of the parts before. */
ALWAYS_INLINE void lane_part_tile(const struct lane_job *job, const struct lane_part *part,
                                  const Y_ELEMENT *w, Y_ELEMENT *y, const struct lane_place *place,
                                  const int outputs, const int nv) {
  VEC acc[MAX_LANE], xv[MAX_NV];
  const Y_ELEMENT *x = part->x, *end = w + part->count * (size_t)outputs;
  Y_ELEMENT *at = y;
  UNROLL for (int i = 0; i < outputs * nv; i++) acc[i] = V(zero)();
  if (part->begin != 0) {
    UNROLL for (int i = 0; i < outputs; i++, at += job->y_column) {
      HIDE(at);
      UNROLL for (int v = 0; v < nv; v++) acc[i * nv + v] = V(load)(at + place->y[v]);
    }
  }
  for (; w != end; w += outputs, x += nv * LANES) {
    UNROLL for (int v = 0; v < nv; v++) {
      xv[v] = V(load)(x + v * LANES);
      KEEP(xv[v]);
    }
    UNROLL for (int i = 0; i < outputs; i++) {
      const VEC wv = V(set1)(w[i]);
      UNROLL for (int v = 0; v < nv; v++) acc[i * nv + v] = V(fma)(wv, xv[v], acc[i * nv + v]);
    }
  }
  if (!part->last) {
    UNROLL for (int i = 0; i < outputs; i++, y += job->y_column) {
      HIDE(y);
      UNROLL for (int v = 0; v < nv; v++) V(store)(y + place->y[v], acc[i * nv + v]);
    }
  } else if (job->one) {
    lane_store(job, y, place, acc, outputs, nv, false, true);
  } else if (job->plain) {
    lane_store(job, y, place, acc, outputs, nv, false, false);
  } else {
    lane_finish(job->task, y, place, acc, outputs, nv, false);
  }
}

/* All panels of a part; the first ones have mr outputs, the others one less. */
ALWAYS_INLINE void lane_part_panels(const struct lane_job *job, const struct lane_part *part,
                                    const struct lane_next *next, Y_ELEMENT *y,
                                    const struct lane_place *place, const int mr, const int nv,
                                    size_t width) {
  enum { WHOLE = KRON_EYE_ALIGNMENT / sizeof(Y_ELEMENT) };
  struct kron_eye_task task = *job->task;
  struct lane_job mine = *job;
  mine.task = &task;
  const size_t longer = task.outputs - task.panels * (size_t)(mr - 1);
  const Y_ELEMENT *w = job->w;
  for (size_t p = 0, first = 0; p < task.panels; p++) {
    const size_t outputs = (size_t)mr - (p >= longer);
    const Y_ELEMENT *mine_w = w + part->begin * outputs;
    lane_fetch_share(job, next, p, first, outputs, width);
    if (p < longer)
      lane_part_tile(&mine, part, mine_w, y, place, mr, nv);
    else
      lane_part_tile(&mine, part, mine_w, y, place, mr - 1, nv);
    first += outputs;
    y += outputs * job->y_column;
    w += (task.n * outputs + WHOLE - 1) / WHOLE * WHOLE;
    if (task.finish.bias) task.finish.bias = (const Y_ELEMENT *)task.finish.bias + outputs;
  }
}

/* Copies a part of a tile's x. */
ALWAYS_INLINE void lane_copy(Y_ELEMENT *to, const X_ELEMENT *x, size_t x_column, size_t inputs,
                             const struct lane_place *place, const int nv) {
  for (size_t j = 0; j < inputs; j++, x += x_column, to += nv * LANES) {
    UNROLL for (int v = 0; v < nv; v++) V(store)(to + v * LANES, V_FROM_X(x + place->x[v]));
  }
}

/* One tile of all outputs; `after` is the next one, of `width` elements. */
ALWAYS_INLINE void lane_together_tile(const struct lane_job *job, const X_ELEMENT *x, Y_ELEMENT *y,
                                      size_t back, const struct lane_next *after, size_t width,
                                      const int mr, const int nv) {
  enum { MOST = TOGETHER_BYTES / (int)sizeof(VEC) };
  _Alignas(64) Y_ELEMENT copy[MOST * LANES];
  const size_t n = job->task->n, fitting = (size_t)(MOST / nv), parts = (n + fitting - 1) / fitting;
  const size_t most = (n + parts - 1) / parts;
  struct lane_place place = {.written = 0}; /* y is not read, so that it may be written twice */
  UNROLL for (int v = 0; v < nv; v++) place.x[v] = place.y[v] = v * LANES;
  place.x[nv - 1] -= (ptrdiff_t)back;
  place.y[nv - 1] -= (ptrdiff_t)back;
  for (size_t begin = 0; begin < n; begin += most) {
    const size_t end = least(n, begin + most);
    const struct lane_part part = {copy, begin, end - begin, end == n};
    struct lane_next next = *after;
    next.inputs = least(n, most);
    if (end < n) {
      next.x = x + end * job->x_column + (size_t)(nv * LANES) - back;
      next.inputs = least(n - end, most);
    }
    if (!next.x) next.inputs = 0;
    if (begin > 0) next.y = NULL;
    lane_copy(copy, x + begin * job->x_column, job->x_column, end - begin, &place, nv);
    lane_part_panels(job, &part, &next, y, &place, mr, nv, width);
  }
}

/* All blocks, all panels. */
ALWAYS_INLINE void lane_together(const struct kron_eye_task *task, const int mr, const int nv) {
  const struct kron_eye_finish *finish = &task->finish;
  const size_t width = (size_t)(nv * LANES), right = task->right;
  const bool plain = finish_is_plain(finish);
  const struct lane_job job = {.task = task,
                               .w = task->w,
                               .x_column = task->x_column,
                               .y_column = task->y_column,
                               .alpha = V(set1)((Y_ELEMENT)finish->alpha),
                               .plain = plain,
                               .one = plain && finish->alpha == 1};
  const X_ELEMENT *x = task->x;
  Y_ELEMENT *y = task->y;
  for (size_t r = 0; r < task->rows; r++, x += task->ldx, y += task->ldy) {
    const bool more = r + 1 < task->rows || task->rows_after > 0;
    for (size_t c = 0; c < right; c += width) {
      const size_t end = least(right, c + 2 * width);
      struct lane_next after = {.x = x + end, .y = y + end};
      if (c + width >= right)
        after = (struct lane_next){.x = more ? x + task->ldx + width : NULL, .y = NULL};
      const size_t left = right - c, back = left < width ? width - left : 0;
      if (left > width - LANES)
        lane_together_tile(&job, x + c, y + c, back, &after, width, mr, nv);
      else if (nv >= 3 && left > LANES)
        lane_together_tile(&job, x + c, y + c, 2 * LANES - left, &after, width, mr, 2);
      else
        lane_together_tile(&job, x + c, y + c, LANES - left, &after, width, mr, 1);
    }
  }
}

/*
 * A function for each number of outputs, so that a panel of few costs no more than these; compilers
 * keep the sums in registers best there. Those that no kernel of the list needs are dropped.
 */
#define LANE_UP_TO_4(DO, nv, kind) DO(1, nv, kind) DO(2, nv, kind) DO(3, nv, kind) DO(4, nv, kind)
#define LANE_UP_TO_8(DO, nv, kind)                                                                 \
  LANE_UP_TO_4(DO, nv, kind) DO(5, nv, kind) DO(6, nv, kind) DO(7, nv, kind) DO(8, nv, kind)
#define LANE_UP_TO_12(DO, nv, kind)                                                                \
  LANE_UP_TO_8(DO, nv, kind) DO(9, nv, kind) DO(10, nv, kind) DO(11, nv, kind) DO(12, nv, kind)
#define LANE_UP_TO_16(DO, nv, kind)                                                                \
  LANE_UP_TO_12(DO, nv, kind) DO(13, nv, kind) DO(14, nv, kind) DO(15, nv, kind) DO(16, nv, kind)
#define LANE_TILES(DO, kind)                                                                       \
  LANE_UP_TO_16(DO, 1, kind) LANE_UP_TO_12(DO, 2, kind) LANE_UP_TO_8(DO, 3, kind)
/* Larger tiles take longer than fetching what they need. */
#define LANE_AHEAD_TILES(DO)                                                                       \
  LANE_UP_TO_8(DO, 1, LANE_AHEAD) LANE_UP_TO_8(DO, 2, LANE_AHEAD) LANE_UP_TO_4(DO, 3, LANE_AHEAD)

#define DEFINE_LANE(outputs, nv, kind)                                                             \
  static __attribute__((noinline, unused)) void lane_##outputs##x##nv##_##kind(                    \
      const struct kron_eye_task *task) {                                                          \
    lane_blocks(task, outputs, nv, kind);                                                          \
  }
LANE_TILES(DEFINE_LANE, LANE_PART)
LANE_TILES(DEFINE_LANE, LANE_WHOLE)
LANE_TILES(DEFINE_LANE, LANE_WIDE)
LANE_AHEAD_TILES(DEFINE_LANE)

/* The tiles of kernel_list.inc: all panels together, compiled for no others, as it takes long. */
#define LANE_FULL_TILES(DO)                                                                        \
  DO(8, 1) DO(12, 1) DO(16, 1) DO(4, 2) DO(6, 2) DO(12, 2) DO(3, 3) DO(4, 3) DO(8, 3)
#define DEFINE_TOGETHER(outputs, nv)                                                               \
  static __attribute__((noinline, unused)) void lane_##outputs##x##nv##_together(                  \
      const struct kron_eye_task *task) {                                                          \
    lane_together(task, outputs, nv);                                                              \
  }
LANE_FULL_TILES(DEFINE_TOGETHER)

#define TOGETHER_CASE(outputs, vectors)                                                            \
  if (nv == (vectors) && (outputs) == mr) lane_##outputs##x##vectors##_together(task);

#define LANE_CASE(outputs, vectors, kind)                                                          \
  case (MAX_MR + 1) * (vectors) + (outputs):                                                       \
    if (nv == (vectors) && (outputs) <= mr) {                                                      \
      lane_##outputs##x##vectors##_##kind(task);                                                   \
      return;                                                                                      \
    }                                                                                              \
    break;

ALWAYS_INLINE void lane_kernel(const struct kron_eye_task *task, const int mr, const int nv) {
  assert(task->n > 0 && task->right > 0 && mr * nv <= MAX_LANE);
  assert(2 * task->right > LANES && task->x_column >= task->right);
  if (task->panels > 1) {
    assert(task->right >= (size_t)(nv * LANES) && task->finish.beta == 0);
    assert(task->outputs > task->panels * (size_t)(mr - 1));
    assert(task->outputs <= task->panels * (size_t)mr);
    LANE_FULL_TILES(TOGETHER_CASE)
    return;
  }
  assert(task->outputs <= (size_t)mr);
  const size_t tile = (MAX_MR + 1) * (size_t)nv + task->outputs;
  if (task->far && task->right >= LANES && blocks_ahead(task) != 0) {
    switch (tile) { LANE_AHEAD_TILES(LANE_CASE) }
  }
  if (task->right > LANES) {
    switch (tile) { LANE_TILES(LANE_CASE, LANE_WIDE) }
  } else if (task->right == LANES) {
    switch (tile) { LANE_TILES(LANE_CASE, LANE_WHOLE) }
  } else if (LANES > 2) {
    switch (tile) { LANE_TILES(LANE_CASE, LANE_PART) }
  }
}
