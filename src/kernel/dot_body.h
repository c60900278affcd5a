/*
 * dot: few outputs, so the vectors lie along j. A tile is mr rows by nr outputs, one vector of
 * partial sums each. W is packed as nr rows, filled up with zeros to whole vectors.
 *
 * Order of additions: LANES partial sums, lane l taking j = l, l + LANES, ... in order from +0;
 * then the lanes in the vocabulary's fixed tree.
 */

/* acc[r][i] += x[r, j..] * w[i, j..], a vector of inputs, x being their place in the first row. */
ALWAYS_INLINE void dot_vector(VEC *acc, const X_ELEMENT *x, size_t ldx, const Y_ELEMENT *w,
                              size_t padded, const int mr, const int nr) {
  VEC wv[MAX_DOT];
  UNROLL for (int i = 0; i < nr; i++) wv[i] = V(load)(w + (size_t)i * padded);
  UNROLL for (int r = 0; r < mr; r++) {
    const VEC xv = V_FROM_X(x + (size_t)r * ldx);
    UNROLL for (int i = 0; i < nr; i++) acc[r * nr + i] = V(fma)(xv, wv[i], acc[r * nr + i]);
  }
}

ALWAYS_INLINE void dot_tile(const struct kron_eye_task *task, size_t row, const int mr,
                            const int nr) {
  enum { LINE_COLUMNS = LINE / sizeof(X_ELEMENT) };
  const size_t n = task->n, padded = (n + LANES - 1) / LANES * LANES;
  const X_ELEMENT *x = task_x(task, row);
  const Y_ELEMENT *w = task->w;
  const size_t ldx = task->ldx;
  const size_t ahead = next_tile(task, row, (size_t)mr);
  VEC acc[MAX_TILE];
  UNROLL for (int i = 0; i < mr * nr; i++) acc[i] = V(zero)();
  size_t j = 0;
  for (; j + LINE_COLUMNS <= n; j += LINE_COLUMNS) {
    if (ahead != 0) {
      UNROLL for (int r = 0; r < mr; r++)
          PREFETCH_L2((const char *)(x + (size_t)r * ldx + j) + ahead);
    }
    UNROLL for (size_t c = 0; c < LINE_COLUMNS; c += LANES)
        dot_vector(acc, x + j + c, ldx, w + j + c, padded, mr, nr);
  }
  for (; j + LANES <= n; j += LANES) dot_vector(acc, x + j, ldx, w + j, padded, mr, nr);
  if (j < n) {
    UNROLL for (int r = 0; r < mr; r++) {
      const VEC xv = V_FROM_X_PART(x + (size_t)r * ldx + j, n - j);
      UNROLL for (int i = 0; i < nr; i++) acc[r * nr + i] =
          V(fma)(xv, V(load)(w + (size_t)i * padded + j), acc[r * nr + i]);
    }
  }
  Y_ELEMENT *y = (Y_ELEMENT *)task->y + row * task->ldy;
  const Y_ELEMENT alpha = (Y_ELEMENT)task->alpha, beta = (Y_ELEMENT)task->beta;
  UNROLL for (int r = 0; r < mr; r++) {
    Y_ELEMENT *yr = y + (size_t)r * task->ldy;
    UNROLL for (int i = 0; i < nr; i++) {
      const Y_ELEMENT product = alpha * (V(sum)(acc[r * nr + i]) + 0);
      if ((size_t)i < task->outputs) yr[i] = beta == 0 ? product : product + beta * yr[i];
    }
  }
}

/* What is left behind the last whole tile goes two rows at a time, then one. */
#define DEFINE_dot(name, mr, nr)                                                                   \
  _Static_assert((mr) * (nr) <= MAX_TILE && (nr) <= MAX_DOT, "a tile within the registers");       \
  static __attribute__((noinline)) void name##_1(const struct kron_eye_task *task, size_t row) {   \
    dot_tile(task, row, 1, nr);                                                                    \
  }                                                                                                \
  static __attribute__((noinline)) void name##_2(const struct kron_eye_task *task, size_t row) {   \
    dot_tile(task, row, 2, nr);                                                                    \
  }                                                                                                \
  static __attribute__((noinline)) void name##_all(const struct kron_eye_task *task, size_t row) { \
    dot_tile(task, row, mr, nr);                                                                   \
  }                                                                                                \
  void name(const struct kron_eye_task *task) {                                                    \
    size_t row = 0;                                                                                \
    for (; row + (mr) <= task->rows; row += (mr)) name##_all(task, row);                           \
    for (; row + 2 <= task->rows; row += 2) name##_2(task, row);                                   \
    if (row < task->rows) name##_1(task, row);                                                     \
  }
