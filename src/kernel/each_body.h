/*
 * each: right = 1 and a W for each block. A task holds blocks side by side and walks their Ws by
 * itself: a call for each block would take several times as long as a small product. A tile is up
 * to mr rows of one block.
 *
 * A column of W is packed as one vector or, where it is longer, without gaps: its last vector ends
 * where it does and has some outputs of the vector before it, which are computed twice.
 *
 * Order of additions: as panel's.
 */

/* What all tiles of a task share. */
struct each_job {
  const struct kron_eye_task *task;
  size_t column; /* elements from a column of W to the next */
  size_t last;   /* the first output of the last vector */
  size_t stored; /* blocks whose y may be stored in whole vectors */
  size_t ahead;  /* bytes of W that are fetched ahead; 0: none are */
  VEC alpha;
};

/* acc[r][v] = sum over j of x[r, j] * w[j, v] */
ALWAYS_INLINE void each_sums(VEC *acc, const struct each_job *job, const X_ELEMENT *x,
                             const Y_ELEMENT *w, const int mr, const int nv) {
  const size_t ldx = job->task->ldx, column = job->column, last = job->last;
  UNROLL for (int i = 0; i < mr * nv; i++) acc[i] = V(zero)();
  for (const X_ELEMENT *end = x + job->task->n; x != end; x++, w += column) {
    VEC wv[MAX_NV];
    UNROLL for (int v = 0; v < nv; v++) wv[v] = V(load)(v < nv - 1 ? w + v * LANES : w + last);
    UNROLL for (int r = 0; r < mr; r++) {
      const VEC xv = V(set1)((Y_ELEMENT)x[(size_t)r * ldx]);
      UNROLL for (int v = 0; v < nv; v++) acc[r * nv + v] = V(fma)(xv, wv[v], acc[r * nv + v]);
    }
  }
}

/* The plain finish in whole vectors. Where a block has less than one, the next block overwrites
   what is too much. */
ALWAYS_INLINE void each_store(const struct each_job *job, Y_ELEMENT *y, const VEC *acc,
                              const int mr, const int nv) {
  UNROLL for (int r = 0; r < mr; r++) {
    UNROLL for (int v = 0; v < nv; v++) V(store)(v < nv - 1 ? y + v * LANES : y + job->last,
                                                 finish_plain(acc[r * nv + v], job->alpha, false));
    y += job->task->ldy;
  }
}

/* Any finish of a block's sums, `side` apart. */
static __attribute__((noinline)) void each_finish(const struct kron_eye_task *task, size_t block,
                                                  Y_ELEMENT *y, Y_ELEMENT *sum, size_t rows,
                                                  size_t side) {
  const size_t outputs = task->outputs;
  struct kron_eye_finish finish = task->finish;
  if (finish.bias) finish.bias = (const Y_ELEMENT *)finish.bias + block * finish.bias_block;
  if (outputs % LANES != 0) { /* lanes without an output */
    Y_ELEMENT *part = sum + outputs / LANES * LANES;
    for (size_t r = 0; r < rows; r++, part += side)
      V(store)(part, V(fill)(V(load)(part), outputs % LANES));
  }
  finish_blocks(&finish, y, task->ldy, rows, outputs, sum, side);
}

/* Rows row .. row + mr - 1 of all blocks. */
ALWAYS_INLINE void each_rows(const struct each_job *job, size_t row, const int mr, const int nv) {
  const struct kron_eye_task *task = job->task;
  const size_t n = task->n, outputs = task->outputs, block = job->column * n;
  const X_ELEMENT *x = task_x(task, row);
  const Y_ELEMENT *w = task->w;
  Y_ELEMENT *y = (Y_ELEMENT *)task->y + row * task->ldy;
  for (size_t b = 0; b < task->blocks; b++, x += n, w += block, y += outputs) {
    VEC acc[MAX_TILE];
    if (job->ahead != 0) fetch((const char *)w + job->ahead, block * sizeof(Y_ELEMENT));
    each_sums(acc, job, x, w, mr, nv);
    if (b < job->stored) {
      each_store(job, y, acc, mr, nv);
    } else {
      enum { SIDE = MAX_NV * LANES };
      _Alignas(64) Y_ELEMENT sum[MAX_EACH * SIDE];
      UNROLL for (int r = 0; r < mr; r++) {
        UNROLL for (int v = 0; v < nv; v++) V(store)(sum + r * SIDE + v * LANES, acc[r * nv + v]);
        V(store)(sum + r * SIDE + job->last, acc[r * nv + nv - 1]);
      }
      each_finish(task, b, y, sum, (size_t)mr, SIDE);
    }
  }
}

/* Blocks whose y may be stored in whole vectors: those behind which a vector of the task's y is
   left in a row, if the finish is plain. */
static inline size_t each_stored(const struct kron_eye_task *task) {
  const size_t total = task->blocks * task->outputs;
  if (!finish_is_plain(&task->finish) || total < LANES) return 0;
  return task->outputs >= LANES ? task->blocks : (total - LANES) / task->outputs + 1;
}

/* What is left behind the last whole tile goes two rows at a time, then one. */
ALWAYS_INLINE void each_kernel(const struct kron_eye_task *task, const int mr, const int nv) {
  assert(task->n > 0 && task->x_column == 1 && task->y_column == 1 && mr <= MAX_EACH);
  assert(task->outputs <= (size_t)(nv * LANES) && task->outputs > (size_t)((nv - 1) * LANES));
  const size_t column = task->outputs > LANES ? task->outputs : LANES;
  const size_t block = column * task->n * sizeof(Y_ELEMENT);
  const bool far = block >= KRON_EYE_EACH_AHEAD_BLOCK && task->blocks * block > KRON_EYE_EACH_NEAR;
  const struct each_job job = {.task = task,
                               .column = column,
                               .last = column - LANES,
                               .stored = each_stored(task),
                               .ahead = far ? KRON_EYE_EACH_AHEAD_BYTES : 0,
                               .alpha = V(set1)((Y_ELEMENT)task->finish.alpha)};
  size_t row = 0;
  for (; row + (size_t)mr <= task->rows; row += (size_t)mr) each_rows(&job, row, mr, nv);
  for (; row + 2 <= task->rows; row += 2) each_rows(&job, row, 2, nv);
  if (row < task->rows) each_rows(&job, row, 1, nv);
}
