/*
 * interleave: a small odd right, vectors along i as in panel. A tile is all fibres of some blocks,
 * so that its sums are all of y for these outputs. They are brought into the order of y in
 * registers: right is odd and the number of lanes a power of two, so that each element of a fibre's
 * vector has a lane of its own in y. One permutation for each vector brings it there, and one
 * choice between two vectors for each bit of the lane's number then takes every lane from the right
 * fibre. No lane is left over for want of c.
 *
 * Order of additions: as panel's.
 */

/* acc[f][v] = sum over j of x[f, j] * w[j, v], where f counts the fibres of some blocks. What a
   tile has fewer of stays in registers, vectors of W or fibres of a block. */
ALWAYS_INLINE void interleave_sums(VEC *acc, const struct kron_eye_task *task, const X_ELEMENT *x,
                                   const int right, const int blocks, const int nv) {
  const size_t column = task->x_column, ldx = task->ldx;
  const Y_ELEMENT *w = task->w, *end = w + task->n * (size_t)(nv * LANES);
  UNROLL for (int i = 0; i < blocks * right * nv; i++) acc[i] = V(zero)();
  for (; w != end; w += nv * LANES, x += column) {
    VEC wv[MAX_NV], xv[MAX_MR];
    UNROLL for (int v = 0; nv <= right && v < nv; v++) wv[v] = V(load)(w + v * LANES);
    UNROLL for (int f = 0; f < blocks * right; f++) {
      xv[f] = V(set1)((Y_ELEMENT)x[(size_t)(f / right) * ldx + (size_t)(f % right)]);
      UNROLL for (int v = 0; nv <= right && v < nv; v++) acc[f * nv + v] =
          V(fma)(xv[f], wv[v], acc[f * nv + v]);
    }
    UNROLL for (int v = 0; nv > right && v < nv; v++) {
      wv[v] = V(load)(w + v * LANES);
      UNROLL for (int f = 0; f < blocks * right; f++) acc[f * nv + v] =
          V(fma)(xv[f], wv[v], acc[f * nv + v]);
    }
  }
}

/* out[q], lane l becomes element q * LANES + l of these outputs of a block: its c is that number
   modulo right. fibre[c * nv] has the outputs of fibre c. */
ALWAYS_INLINE void interleave_vectors(VEC *out, const VEC *fibre, const int right, const int nv) {
  VEC from[MAX_MR], to[MAX_MR];
  UNROLL for (int c = 0; c < right; c++) {
    uint32_t lane[LANES]; /* right to the third power is its inverse modulo 16 */
    UNROLL for (int l = 0; l < LANES; l++) lane[l] =
        (uint32_t)(right * right * right * (l - c + MAX_MR * LANES) % LANES);
    from[c] = V(take)(fibre[c * nv], V(places_at)(lane), false);
  }
  UNROLL for (int bit = 1; bit < LANES; bit *= 2) {
    UNROLL for (int c = 0; c < right; c++) to[c] = V(mix)(from[c], from[(c + bit) % right], bit);
    UNROLL for (int c = 0; c < right; c++) from[c] = to[c];
  }
  UNROLL for (int q = 0; q < right; q++) out[q] = from[q * LANES % right];
}

/* The plain finish of `count` elements of a block, at most right vectors. */
ALWAYS_INLINE void interleave_store(Y_ELEMENT *y, const VEC *value, size_t count, const int right) {
  UNROLL for (int q = 0; q < right; q++, y += LANES) {
    const size_t before = (size_t)(q * LANES);
    if (count >= before + LANES)
      V(store)(y, value[q]);
    else if (count > before)
      V(store_part)(y, value[q], count - before);
  }
}

/* Any finish of a block whose outputs stand side by side, from its sums and their bias. */
static __attribute__((noinline)) void interleave_finish(const struct kron_eye_finish *finish,
                                                        Y_ELEMENT *y, const Y_ELEMENT *sum,
                                                        const Y_ELEMENT *bias, size_t count) {
  for (size_t e = 0; e < count; e += LANES) {
    VEC s = V(load)(sum + e), b = V(load)(bias + e);
    if (count - e < LANES) {
      s = V(fill)(s, count - e);
      b = V(fill)(b, count - e);
    }
    finish_sum(finish, y + e, s, b, count - e);
  }
}

/* The same, or with gaps between the outputs, from the sums of a block in registers. */
ALWAYS_INLINE void interleave_any(const struct kron_eye_task *task, Y_ELEMENT *y, const VEC *acc,
                                  const int right, const int nv) {
  _Alignas(64) Y_ELEMENT sum[(MAX_TILE + 1) * LANES], bias[MAX_TILE * LANES];
  UNROLL for (int v = 0; v < nv; v++) {
    VEC value[MAX_MR];
    interleave_vectors(value, acc + v, right, nv);
    UNROLL for (int q = 0; q < right; q++) V(store)(sum + (v * right + q) * LANES, value[q]);
  }
  if (task->y_column != (size_t)right) {
    V(store)(sum + nv * right * LANES, V(zero)());
    finish_lanes(&task->finish, y, task->y_column, task->outputs, (size_t)right, sum,
                 (size_t)right);
    return;
  }
  UNROLL for (int v = 0; v < nv; v++) {
    const VEC b =
        finish_bias(&task->finish, (size_t)(v * LANES), task->outputs - (size_t)(v * LANES));
    VEC fibres[MAX_MR], value[MAX_MR];
    UNROLL for (int c = 0; c < right; c++) fibres[c] = b;
    interleave_vectors(value, fibres, right, 1);
    UNROLL for (int q = 0; q < right; q++) V(store)(bias + (v * right + q) * LANES, value[q]);
  }
  interleave_finish(&task->finish, y, sum, bias, task->outputs * (size_t)right);
}

/* Some blocks from `row` of the task on. */
ALWAYS_INLINE void interleave_tile(const struct kron_eye_task *task, size_t row, const int right,
                                   const int blocks, const int nv) {
  const struct kron_eye_finish *finish = &task->finish;
  Y_ELEMENT *y = (Y_ELEMENT *)task->y + row * task->ldy;
  VEC acc[MAX_TILE];
  interleave_sums(acc, task, task_x(task, row), right, blocks, nv);
  const bool plain = task->y_column == (size_t)right && finish_is_plain(finish);
  const size_t count = task->outputs * (size_t)right;
  UNROLL for (int b = 0; b < blocks; b++, y += task->ldy) {
    if (!plain) {
      interleave_any(task, y, acc + b * right * nv, right, nv);
      continue;
    }
    UNROLL for (int v = 0; v < nv; v++) {
      const size_t before = (size_t)(v * right * LANES);
      VEC sum[MAX_MR], value[MAX_MR];
      interleave_vectors(sum, acc + b * right * nv + v, right, nv);
      finish_tile_scale(finish, value, sum, right);
      interleave_store(y + before, value, count - before, right);
    }
  }
}

/* All blocks. With one vector of outputs, a tile takes several blocks, as many as keep both
   multipliers busy. */
ALWAYS_INLINE void interleave_rows(const struct kron_eye_task *task, const int right,
                                   const int nv) {
  enum { MOST_SUMS = 12 };
  const int blocks = nv == 1 && right < MOST_SUMS ? MOST_SUMS / right : 1;
  size_t row = 0;
  for (; row + (size_t)blocks <= task->rows; row += (size_t)blocks)
    interleave_tile(task, row, right, blocks, nv);
  for (; row < task->rows; row++) interleave_tile(task, row, right, 1, nv);
}

/* A function for each right, as compilers keep the sums in registers best there. Those that no
   kernel of the list needs are dropped. */
#define INTERLEAVE_RIGHTS(DO, nv) DO(3, nv) DO(5, nv)
#define INTERLEAVE_TILES(DO)                                                                       \
  INTERLEAVE_RIGHTS(DO, 1)                                                                         \
  INTERLEAVE_RIGHTS(DO, 2) INTERLEAVE_RIGHTS(DO, 3) INTERLEAVE_RIGHTS(DO, 4)

#define DEFINE_INTERLEAVE(right, nv)                                                               \
  static __attribute__((noinline, unused)) void interleave_##right##x##nv(                         \
      const struct kron_eye_task *task) {                                                          \
    interleave_rows(task, right, nv);                                                              \
  }
INTERLEAVE_TILES(DEFINE_INTERLEAVE)

ALWAYS_INLINE void interleave_kernel(const struct kron_eye_task *task, const int mr, const int nv) {
  const size_t right = task->right;
  assert(task->n > 0 && right % 2 == 1 && right >= 3 && right <= (size_t)mr && mr < MAX_MR);
  assert(task->x_column >= right && task->y_column >= right);
#define CASE(count, vectors)                                                                       \
  case 16 * (vectors) + (count):                                                                   \
    if (nv == (vectors) && (count) <= mr) interleave_##count##x##vectors(task);                    \
    break;
  switch (16 * (size_t)nv + right) { INTERLEAVE_TILES(CASE) }
#undef CASE
}
