/*
 * outer, outer_skip: the gradient of W, a sum of outer products dy x^T. Of some terms a strip of
 * x's columns, nv vectors, meets all outputs: tiles of up to mr outputs by that strip stay in
 * registers over the terms. outer multiplies everything; outer_skip first lists the terms whose x
 * is not zero in the whole strip, and multiplies these.
 *
 * Where n is not a multiple of a vector's lanes, the last vector of a row ends where the row does
 * and shares columns with the one before. Only if n is less than a vector, lanes repeat the last
 * column.
 *
 * Order of additions: one chain for each element of dW in the order of the terms, whatever the
 * strides, from what stands in the sums. A term left out would have added a zero.
 */

/*
 * Where terms do not stand side by side, they are copied: x of OUTER_STAGED terms at a time, dy of
 * all terms for as many outputs as OUTER_STAGED_DY elements hold. Both copies together stay well
 * below 8 KiB of the stack. OUTER_STEP: terms between two tests for the end; the end of a loop of
 * 32 terms is foreseen by the processor only if it takes few turns. OUTER_OUTPUTS: outputs that are
 * walked through all columns, where dy is used as it stands. OUTER_FAR: a multiple of this many
 * bytes between terms puts them into too few sets of the first level.
 */
enum {
  OUTER_TERMS = KRON_EYE_GRADIENT_TERMS,
  OUTER_STAGED = 16,
  OUTER_STAGED_DY = 3840 / sizeof(Y_ELEMENT),
  OUTER_STEP = 4,
  OUTER_OUTPUTS = 48,
  OUTER_FAR = 1024
};

/* Where a term of an operand stands: at c of block a. */
struct outer_place {
  const Y_ELEMENT *at;
  size_t a, c;
};

static inline struct outer_place outer_first(const struct kron_eye_gradient_task *task,
                                             const struct kron_eye_gradient_operand *operand) {
  const size_t c = task->first % task->right, block = task->first / task->right;
  const size_t a = block % task->left, r = block / task->left;
  return (struct outer_place){
      (const Y_ELEMENT *)operand->data + r * operand->row + a * operand->block + c, a, c};
}

/* On by `count` terms, which do not reach beyond the block. */
static inline void outer_next(const struct kron_eye_gradient_task *task,
                              const struct kron_eye_gradient_operand *operand,
                              struct outer_place *place, size_t count) {
  place->at += count;
  place->c += count;
  if (place->c < task->right) return;
  place->c = 0;
  place->at += operand->block - task->right;
  if (++place->a < task->left) return;
  place->a = 0;
  place->at += (ptrdiff_t)(operand->row - task->left * operand->block); /* back where row is 0 */
}

/* Elements from a term to the next where that is the same for all, and columns stand side by side;
   else 0. */
static inline size_t outer_even(const struct kron_eye_gradient_task *task,
                                const struct kron_eye_gradient_operand *operand) {
  if (task->right != 1) return 0;
  if (task->left == 1) return operand->row;
  return operand->row == task->left * operand->block ? operand->block : 0;
}

/* May terms be used where they stand? */
static inline bool outer_near(size_t step) {
  return step != 0 && step <= UINT32_MAX / OUTER_TERMS && step * sizeof(Y_ELEMENT) % OUTER_FAR != 0;
}

/* Columns first .. first + columns - 1 of `terms` terms to to[t * ldt + j]; moves the place on. */
static void outer_stage(const struct kron_eye_gradient_task *task,
                        const struct kron_eye_gradient_operand *operand, struct outer_place *at,
                        size_t terms, size_t first, size_t columns, Y_ELEMENT *to, size_t ldt) {
  struct outer_place place = *at;
  for (size_t t = 0, count; t < terms; t += count, to += count * ldt) {
    count = least(task->right - place.c, terms - t);
    const Y_ELEMENT *from = place.at + first * task->right;
    if (task->right == 1)
      memcpy(to, from, columns * sizeof *to);
    else
      for (size_t j = 0; j < columns; j++, from += task->right)
        for (size_t c = 0; c < count; c++) to[c * ldt + j] = from[c];
    outer_next(task, operand, &place, count);
  }
  *at = place;
}

/* A term that is not zero: elements from the first term's x and dy to its own. */
struct outer_kept {
  uint32_t x, dy;
};

/* Some columns of x for all terms, and dy of some outputs. */
struct outer_strip {
  const Y_ELEMENT *x, *dy;
  size_t ldx, lddy;
  size_t last;             /* from x to the last of several vectors, which may share columns */
  size_t count;            /* terms to multiply */
  struct outer_kept *list; /* which, for outer_skip */
  const char *ahead;       /* x of the terms to come, prefetched in the order of memory; */
  size_t step;             /* so many bytes a term that is multiplied (outer_skip: looked at) */
};

/* Vector v of the strip at x. */
ALWAYS_INLINE VEC outer_x(const Y_ELEMENT *x, size_t last, const int v, const int nv) {
  return V(load)(x + (v == 0 || v < nv - 1 ? (size_t)(v * LANES) : last));
}

/* Lists the terms whose vector of x is not zero; returns their number. (A function of its own: in
   its caller's place, gcc 12 runs out of registers.) */
static __attribute__((noinline)) size_t outer_list(const struct outer_strip *strip, size_t terms,
                                                   struct outer_kept *list) {
  const Y_ELEMENT *const x = strip->x;
  const char *ahead = strip->ahead;
  const size_t ldx = strip->ldx, lddy = strip->lddy, step = strip->step;
  size_t count = 0, at_x = 0, at_dy = 0;
  for (size_t t = 0; t < terms; t++, at_x += ldx, at_dy += lddy, ahead += step) {
    PREFETCH_L2(ahead);
    list[count] = (struct outer_kept){(uint32_t)at_x, (uint32_t)at_dy};
    count += V(nonzero)(V(load)(x + at_x)) != 0;
  }
  return count;
}

/* acc[i][v] += dy[i] * x[v] for one term. */
ALWAYS_INLINE void outer_term(VEC *acc, const Y_ELEMENT *x, size_t last, const Y_ELEMENT *dy,
                              const int outputs, const int nv) {
  VEC xv[MAX_NV];
  UNROLL for (int v = 0; v < nv; v++) xv[v] = outer_x(x, last, v, nv);
  UNROLL for (int i = 0; i < outputs; i++) {
    const VEC d = V(set1)(dy[i]);
    UNROLL for (int v = 0; v < nv; v++) acc[i * nv + v] = V(fma)(d, xv[v], acc[i * nv + v]);
  }
}

/* The terms of the strip's list. */
ALWAYS_INLINE void outer_listed(VEC *acc, const struct outer_strip *strip, size_t first,
                                const int outputs, const int nv) {
  for (size_t k = 0; k < strip->count; k++) {
    const struct outer_kept term = strip->list[k];
    outer_term(acc, strip->x + term.x, strip->last, strip->dy + first + term.dy, outputs, nv);
  }
}

/* All terms of the strip, OUTER_STEP at a time. (Hidden pointers keep gcc 12 from mixing their
   loads, for which there are too few registers.) */
ALWAYS_INLINE void outer_all(VEC *acc, struct outer_strip *strip, const Y_ELEMENT *dy,
                             const int outputs, const int nv) {
  const size_t ldx = strip->ldx, lddy = strip->lddy, last = strip->last, ahead_step = strip->step;
  const Y_ELEMENT *x = strip->x;
  const char *ahead = strip->ahead;
  size_t left = strip->count;
  for (; left >= OUTER_STEP; left -= OUTER_STEP)
    UNROLL for (int step = 0; step < OUTER_STEP; step++) {
      PREFETCH_L2(ahead);
      outer_term(acc, x, last, dy, outputs, nv);
      ahead += ahead_step;
      x += ldx;
      dy += lddy;
      HIDE(x);
      HIDE(dy);
      HIDE(ahead);
    }
  for (; left > 0; left--, ahead += ahead_step, x += ldx, dy += lddy) {
    PREFETCH_L2(ahead);
    outer_term(acc, x, last, dy, outputs, nv);
  }
  strip->ahead = ahead;
}

/* sum[i][v] += dy[t][i] * x[t][v] for the terms of the strip. */
ALWAYS_INLINE void outer_tile(struct outer_strip *strip, size_t first, Y_ELEMENT *sum, size_t ldsum,
                              bool fresh, const int outputs, const int nv, const bool skip) {
  VEC acc[MAX_TILE];
  UNROLL for (int i = 0; i < outputs; i++) {
    UNROLL for (int v = 0; v < nv; v++) acc[i * nv + v] =
        fresh ? V(zero)() : V(load)(sum + (size_t)i * ldsum + v * LANES);
  }
  if (skip)
    outer_listed(acc, strip, first, outputs, nv);
  else
    outer_all(acc, strip, strip->dy + first, outputs, nv);
  UNROLL for (int i = 0; i < outputs; i++) {
    UNROLL for (int v = 0; v < nv; v++)
        V(store)(sum + (size_t)i * ldsum + v * LANES, acc[i * nv + v]);
  }
}

/* All outputs of a strip, in tiles as even as can be, a copy of the tile for each size. */
ALWAYS_INLINE void outer_tiles(struct outer_strip *strip, size_t outputs, Y_ELEMENT *sum,
                               size_t ldsum, bool fresh, const int mr, const int nv,
                               const bool skip) {
#define OUTPUTS(count)                                                                             \
  case count:                                                                                      \
    if ((count) <= mr) outer_tile(strip, i, sum + i * ldsum, ldsum, fresh, count, nv, skip);       \
    break;
  const struct tiles tiles = tiles_of(outputs, (size_t)mr);
  for (size_t t = 0, i = 0, rows; t < tiles.count; t++, i += rows) {
    rows = tiles.rows + (t < tiles.longer);
    switch (rows) {
      OUTPUTS(1)
      OUTPUTS(2)
      OUTPUTS(3)
      OUTPUTS(4)
      OUTPUTS(5)
      OUTPUTS(6)
      OUTPUTS(7)
      OUTPUTS(8)
      OUTPUTS(9)
      OUTPUTS(10)
      OUTPUTS(11)
      OUTPUTS(12)
      OUTPUTS(13)
      OUTPUTS(14)
    }
  }
#undef OUTPUTS
}

/* One strip whose x the strip holds: some terms of it, of which the first may begin the sums. */
ALWAYS_INLINE void outer_terms(const struct kron_eye_gradient_task *task, struct outer_strip *strip,
                               size_t terms, size_t first, size_t output, size_t outputs,
                               bool fresh, const int mr, const int nv, const bool skip) {
  struct outer_kept list[OUTER_TERMS];
  strip->count = terms;
  strip->list = list;
  if (skip) {
    strip->count = outer_list(strip, terms, list);
    strip->ahead += terms * strip->step;
    *task->kept += strip->count * LANES;
  }
  outer_tiles(strip, outputs, (Y_ELEMENT *)task->sum + output * task->ldsum + first, task->ldsum,
              fresh, mr, nv, skip);
}

/* The same with x copied side by side, some terms at a time. */
ALWAYS_INLINE void outer_staged(const struct kron_eye_gradient_task *task,
                                struct outer_strip *strip, size_t first, size_t columns,
                                size_t output, size_t outputs, const int mr, const int nv,
                                const bool skip) {
  const size_t width = (size_t)(nv * LANES);
  _Alignas(64) Y_ELEMENT x[OUTER_STAGED * 3 * LANES];
  struct outer_place place = outer_first(task, &task->x);
  const Y_ELEMENT *const dy = strip->dy;
  const size_t from = nv == 1 && task->n >= LANES ? first + columns - LANES : first;
  const size_t copied = first + columns - from;
  strip->x = x;
  strip->ldx = width;
  strip->last = (size_t)((nv - 1) * LANES);
  for (size_t t = 0, terms; t < task->terms; t += terms) {
    terms = least(OUTER_STAGED, task->terms - t);
    outer_stage(task, &task->x, &place, terms, from, copied, x, width);
    for (size_t k = 0; k < terms && copied < width; k++) {
      Y_ELEMENT *row = x + k * width;
      for (size_t j = copied; j < width; j++) row[j] = row[copied - 1];
      if (nv > 1) V(store)(row + (nv - 1) * LANES, V(load)(row + copied - LANES));
    }
    strip->dy = dy + t * strip->lddy;
    outer_terms(task, strip, terms, first, output, outputs, task->fresh && t == 0, mr, nv, skip);
  }
  strip->dy = dy;
}

/* One strip: nv vectors of columns from `first` on, of which there are `columns`. */
ALWAYS_INLINE void outer_columns(const struct kron_eye_gradient_task *task,
                                 struct outer_strip *strip, size_t first, size_t columns,
                                 size_t output, size_t outputs, const int mr, const int nv,
                                 const bool skip) {
  const size_t step = outer_even(task, &task->x);
  if (task->n < LANES || !outer_near(step)) {
    outer_staged(task, strip, first, columns, output, outputs, mr, nv, skip);
    return;
  }
  strip->x = outer_first(task, &task->x).at + (nv == 1 ? first + columns - LANES : first);
  strip->ldx = step;
  strip->last = columns - LANES;
  outer_terms(task, strip, task->terms, first, output, outputs, task->fresh, mr, nv, skip);
}

/* All columns, for the outputs whose dy the strip holds. */
ALWAYS_INLINE void outer_outputs(const struct kron_eye_gradient_task *task,
                                 struct outer_strip *strip, size_t output, size_t outputs,
                                 const int mr, const int nv, const bool skip) {
  const size_t width = (size_t)(nv * LANES);
  size_t j = 0;
  for (; j + width <= task->n; j += width)
    outer_columns(task, strip, j, width, output, outputs, mr, nv, skip);
  const size_t rest = task->n - j, vectors = (rest + LANES - 1) / LANES;
  if (vectors == 1) outer_columns(task, strip, j, rest, output, outputs, mr, 1, skip);
  if (nv >= 2 && vectors == 2) outer_columns(task, strip, j, rest, output, outputs, mr, 2, skip);
  if (nv >= 3 && vectors == 3) outer_columns(task, strip, j, rest, output, outputs, mr, 3, skip);
}

ALWAYS_INLINE void outer_chunks(const struct kron_eye_gradient_task *task, const int mr,
                                const int nv, const bool skip) {
  assert(task->terms > 0 && task->terms <= OUTER_TERMS && nv <= 3 && mr <= 14);
  const size_t step = outer_even(task, &task->dy);
  const bool stage = !outer_near(step) || step > OUTER_OUTPUTS;
  const struct tiles chunks =
      tiles_of(task->m, stage ? (size_t)OUTER_STAGED_DY / task->terms : (size_t)OUTER_OUTPUTS);
  _Alignas(64) Y_ELEMENT staged[OUTER_STAGED_DY];
  struct outer_strip strip = {.ahead = (const char *)task->x.data};
  for (size_t k = 0, i = 0, outputs; k < chunks.count; k++, i += outputs) {
    outputs = chunks.rows + (k < chunks.longer);
    strip.dy = outer_first(task, &task->dy).at + i;
    strip.lddy = step;
    if (stage) {
      struct outer_place place = outer_first(task, &task->dy);
      outer_stage(task, &task->dy, &place, task->terms, i, outputs, staged, outputs);
      strip.dy = staged;
      strip.lddy = outputs;
    }
    if (task->ahead && k == 0) {
      const size_t tiles = skip ? 1 : tiles_of(outputs, (size_t)mr).count;
      strip.ahead =
          (const char *)outer_first(task, &task->x).at + task->terms * task->n * sizeof(Y_ELEMENT);
      strip.step = ((size_t)(nv * LANES) * sizeof(Y_ELEMENT) + tiles - 1) / tiles;
    }
    outer_outputs(task, &strip, i, outputs, mr, nv, skip);
    strip.step = 0;
  }
}

ALWAYS_INLINE void outer_kernel(const struct kron_eye_gradient_task *task, const int mr,
                                const int nv) {
  outer_chunks(task, mr, nv, false);
}

/* Are all elements of dy finite? By their bits, so that no exception is raised. */
static bool outer_finite(const struct kron_eye_gradient_task *task) {
  struct outer_place place = outer_first(task, &task->dy);
  Y_BITS bad = 0;
  for (size_t t = 0; t < task->terms; t++) {
    for (size_t i = 0; i < task->m; i++) {
      Y_BITS bits;
      memcpy(&bits, place.at + i * task->right, sizeof bits);
      bad |= (bits & Y_EXPONENT) == Y_EXPONENT;
    }
    outer_next(task, &task->dy, &place, 1);
  }
  return bad == 0;
}

/* A zero of x leaves no trace only where it meets a finite dy. */
ALWAYS_INLINE void outer_skip_kernel(const struct kron_eye_gradient_task *task, const int mr,
                                     const int nv) {
  assert(nv == 1);
  if (outer_finite(task)) {
    outer_chunks(task, mr, nv, true);
  } else {
    outer_chunks(task, mr, nv, false);
    *task->kept += task->terms * task->n;
  }
}
