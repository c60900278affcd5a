/*
 * block: W of 2 x 2 or 4 x 4 and so small a right that a vector holds whole blocks. A vector of x
 * becomes the same blocks of y: for each j, each lane takes element (j, c) of its block.
 *
 * Order of additions: as panel's.
 */

/* What all vectors of a task share. */
struct block_job {
  const struct kron_eye_task *task;
  V(places) from[MAX_BLOCK]; /* by j */
  VEC w[MAX_BLOCK];          /* likewise, with W's row i in the lanes of output i */
  VEC bias, alpha;
};

/* Lanes from `count` on, which hold no block, take what the first block's do, so that they raise no
   other floating-point exceptions. */
ALWAYS_INLINE V(places) block_from(size_t side, size_t right, size_t j, size_t count) {
  uint32_t lane[LANES];
  for (size_t l = 0; l < LANES; l++)
    lane[l] = (uint32_t)((l < count ? l / side * side : 0) + j * right + l % right);
  return V(places_at)(lane);
}

/* The blocks of one vector, `count` elements. `close`: a block is within 16 bytes. */
ALWAYS_INLINE void block_vector(const struct block_job *job, VEC x, Y_ELEMENT *y, size_t count,
                                const int n, const bool close, const bool plain) {
  VEC sum = V(zero)();
  UNROLL for (int j = 0; j < n; j++) sum = V(fma)(V(take)(x, job->from[j], close), job->w[j], sum);
  if (!plain)
    finish_sum(&job->task->finish, y, sum, job->bias, count);
  else if (count < LANES)
    V(store_part)(y, finish_plain(sum, job->alpha, false), count);
  else
    V(store)(y, finish_plain(sum, job->alpha, false));
}

/* Blocks side by side, `total` elements. */
ALWAYS_INLINE void block_vectors(struct block_job *job, const X_ELEMENT *x, Y_ELEMENT *y,
                                 size_t total, const int n, const bool close, const bool plain) {
  enum { TOGETHER = 4 };
  size_t at = 0;
  for (; at + TOGETHER * LANES <= total; at += TOGETHER * LANES) {
    VEC some[TOGETHER];
    UNROLL for (int v = 0; v < TOGETHER; v++) some[v] = V_FROM_X(x + at + v * LANES);
    UNROLL for (int v = 0; v < TOGETHER; v++)
        block_vector(job, some[v], y + at + v * LANES, LANES, n, close, plain);
  }
  for (; at + LANES <= total; at += LANES)
    block_vector(job, V_FROM_X(x + at), y + at, LANES, n, close, plain);
  if (at == total) return;
  const size_t right = job->task->right, rest = total - at;
  for (int j = 0; j < n; j++) job->from[j] = block_from((size_t)n * right, right, (size_t)j, rest);
  block_vector(job, V_FROM_X_PART(x + at, rest), y + at, rest, n, false, plain);
}

ALWAYS_INLINE void block_rows(const struct kron_eye_task *task, const int n, const bool close,
                              const bool plain) {
  const size_t right = task->right, side = (size_t)n * right;
  const Y_ELEMENT *w = task->w, *bias = task->finish.epilogue ? task->finish.bias : NULL;
  struct block_job job = {
      .task = task, .bias = V(zero)(), .alpha = V(set1)((Y_ELEMENT)task->finish.alpha)};
  for (int j = 0; j < n; j++) {
    job.w[j] = V(load)(w + j * LANES);
    job.from[j] = block_from(side, right, (size_t)j, LANES);
  }
  if (bias) {
    Y_ELEMENT lane[LANES];
    for (size_t l = 0; l < LANES; l++) lane[l] = bias[l % side / right];
    job.bias = V(load)(lane);
  }
  const X_ELEMENT *x = task->x;
  Y_ELEMENT *y = task->y;
  if (task->ldx == side && task->ldy == side) {
    block_vectors(&job, x, y, task->rows * side, n, close, plain);
    return;
  }
  for (size_t r = 0; r < task->rows; r++, x += task->ldx, y += task->ldy)
    block_vectors(&job, x, y, side, n, close, plain);
}

ALWAYS_INLINE void block_finish(const struct kron_eye_task *task, const int n, const bool close) {
  if (finish_is_plain(&task->finish))
    block_rows(task, n, close, true);
  else
    block_rows(task, n, close, false);
}

ALWAYS_INLINE void block_kernel(const struct kron_eye_task *task, const int mr, const int nv) {
  (void)mr, (void)nv;
  assert(task->n == task->outputs && (task->n == 2 || task->n == 4));
  assert(LANES % (task->n * task->right) == 0);
  assert(task->x_column == task->right && task->y_column == task->right);
  const bool close = task->n * task->right * sizeof(Y_ELEMENT) <= 16;
  if (task->n == 2 && close)
    block_finish(task, 2, true);
  else if (task->n == 2)
    block_finish(task, 2, false);
  else if (close)
    block_finish(task, 4, true);
  else
    block_finish(task, 4, false);
}
