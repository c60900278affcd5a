/*
 * block: W of 2 x 2 and so small a right that a vector holds whole blocks, or 4 x 4 floats and
 * right = 1. A vector of x becomes the same blocks of y: for each j, each lane takes element (j, c)
 * of its block.
 *
 * Order of additions: as panel's.
 */

/* What all vectors of a task share. */
struct block_job {
  const struct kron_eye_task *task;
  VEC w[MAX_BLOCK]; /* by j, with W's row i in the lanes of output i */
  VEC bias, alpha;
};

/* Where each lane finds element (j, c) of its block or, if `one`, of the first block. */
ALWAYS_INLINE V(places) block_places(const int n, const int right, const int j, const bool one) {
  const int side = n * right;
  uint32_t lane[LANES];
  UNROLL for (int l = 0; l < LANES; l++) lane[l] =
      (uint32_t)((one ? 0 : l / side * side) + j * right + l % right);
  return V(places_at)(lane);
}

/* The blocks of a vector, or the one block of which it holds nothing but this. Lanes behind it
   compute the same, so that they raise no other floating-point exceptions. */
ALWAYS_INLINE void block_vector(const struct block_job *job, VEC x, Y_ELEMENT *y, const int n,
                                const int right, const bool one, const bool plain) {
  const bool close = !one && (size_t)(n * right) * sizeof(Y_ELEMENT) <= 16;
  const size_t count = one ? (size_t)(n * right) : LANES;
  VEC sum = V(zero)();
  UNROLL for (int j = 0; j < n; j++) sum =
      V(fma)(V(take)(x, block_places(n, right, j, one), close), job->w[j], sum);
  if (!plain)
    finish_sum(&job->task->finish, y, sum, job->bias, count);
  else if (count < LANES)
    V(store_part)(y, finish_plain(sum, job->alpha, false), count);
  else
    V(store)(y, finish_plain(sum, job->alpha, false));
}

/* Blocks side by side, `total` elements. */
ALWAYS_INLINE void block_run(const struct block_job *job, const X_ELEMENT *x, Y_ELEMENT *y,
                             size_t total, size_t ahead, const int n, const int right,
                             const bool plain) {
  enum { TOGETHER = 4 };
  const size_t side = (size_t)(n * right);
  size_t at = 0;
  for (; at + TOGETHER * LANES <= total; at += TOGETHER * LANES) {
    VEC some[TOGETHER];
    if (ahead != 0) {
      fetch(x + at + ahead, sizeof some);
      fetch(y + at + ahead, sizeof some);
    }
    UNROLL for (int v = 0; v < TOGETHER; v++) some[v] = V_FROM_X(x + at + v * LANES);
    UNROLL for (int v = 0; v < TOGETHER; v++)
        block_vector(job, some[v], y + at + v * LANES, n, right, false, plain);
  }
  for (; at + LANES <= total; at += LANES)
    block_vector(job, V_FROM_X(x + at), y + at, n, right, false, plain);
  for (; side < LANES && at < total; at += side)
    block_vector(job, V_FROM_X_PART(x + at, side), y + at, n, right, true, plain);
}

ALWAYS_INLINE void block_rows(const struct kron_eye_task *task, const int n, const int right,
                              const bool plain) {
  const size_t side = (size_t)(n * right);
  const Y_ELEMENT *w = task->w, *bias = task->finish.epilogue ? task->finish.bias : NULL;
  struct block_job job = {
      .task = task, .bias = V(zero)(), .alpha = V(set1)((Y_ELEMENT)task->finish.alpha)};
  UNROLL for (int j = 0; j < n; j++) job.w[j] = V(load)(w + j * LANES);
  if (bias) {
    Y_ELEMENT lane[LANES];
    for (int l = 0; l < LANES; l++) lane[l] = bias[l % (n * right) / right];
    job.bias = V(load)(lane);
  }
  const X_ELEMENT *x = task->x;
  Y_ELEMENT *y = task->y;
  if (task->ldx == side && task->ldy == side) {
    block_run(&job, x, y, task->rows * side, blocks_ahead(task) * side, n, right, plain);
    return;
  }
  for (size_t r = 0; r < task->rows; r++, x += task->ldx, y += task->ldy)
    block_run(&job, x, y, side, 0, n, right, plain);
}

ALWAYS_INLINE void block_kernel(const struct kron_eye_task *task, const int mr, const int nv) {
  (void)mr, (void)nv;
  assert(task->n == task->outputs && LANES % (task->n * task->right) == 0);
  assert(task->x_column == task->right && task->y_column == task->right);
  const bool plain = finish_is_plain(&task->finish);
#define CASE(n_, right_)                                                                           \
  case 16 * (n_) + (right_):                                                                       \
    if ((n_) * (right_) > LANES) break;                                                            \
    if (plain)                                                                                     \
      block_rows(task, n_, right_, true);                                                          \
    else                                                                                           \
      block_rows(task, n_, right_, false);                                                         \
    break;
  switch (16 * task->n + task->right) {
    CASE(2, 1)
    CASE(2, 2)
    CASE(2, 4)
    CASE(2, 8)
    CASE(4, 1)
  }
#undef CASE
}
