/*
 * fibre: right is more than 1, vectors along i as in panel. A row of a tile is a fibre (r, c),
 * whose inputs are x_column apart. Its sums become elements of y that are y_column apart, so a
 * tile's are transposed before they are written. No lane is left over for want of c.
 *
 * Order of additions: as panel's.
 */

/* Neighbouring fibres: all c of some blocks, or some c of one. */
struct fibre_place {
  const X_ELEMENT *x;
  Y_ELEMENT *y;
  size_t right; /* fibres that the block has from there on */
};

/* acc[r][v] = sum over j of x[r, j] * w[j, v] */
ALWAYS_INLINE void fibre_sums(VEC *acc, const struct kron_eye_task *task,
                              const struct fibre_place *place, const int mr, const int nv) {
  const X_ELEMENT *x[MAX_FIBRES];
  const X_ELEMENT *block = place->x;
  size_t c = 0;
  UNROLL for (int r = 0; r < mr; r++) {
    x[r] = block + c++;
    if (c == place->right) {
      block += task->ldx;
      c = 0;
    }
  }
  const size_t column = task->x_column;
  const Y_ELEMENT *w = task->w, *end = w + task->n * (size_t)(nv * LANES);
  UNROLL for (int i = 0; i < mr * nv; i++) acc[i] = V(zero)();
  for (size_t at = 0; w != end; w += nv * LANES, at += column) {
    VEC wv[MAX_NV];
    UNROLL for (int v = 0; v < nv; v++) wv[v] = V(load)(w + v * LANES);
    UNROLL for (int r = 0; r < mr; r++) {
      const VEC xv = V(set1)((Y_ELEMENT)x[r][at]);
      UNROLL for (int v = 0; v < nv; v++) acc[r * nv + v] = V(fma)(xv, wv[v], acc[r * nv + v]);
    }
  }
}

/* Output i of fibre r to sum[i * side + r]. Places without a fibre repeat the last one's sums, and
   so does a vector behind all of them: so they raise no other floating-point exceptions. */
ALWAYS_INLINE void fibre_transpose(Y_ELEMENT *sum, const VEC *acc, const int side, const int mr,
                                   const int nv) {
  UNROLL for (int v = 0; v < nv; v++) {
    UNROLL for (int first = 0; first < mr; first += LANES) {
      VEC square[LANES];
      UNROLL for (int l = 0; l < LANES; l++) square[l] =
          acc[(first + l < mr ? first + l : mr - 1) * nv + v];
      V(transpose)(square);
      UNROLL for (int l = 0; l < LANES; l++)
          V(store)(sum + (v * LANES + l) * side + first, square[l]);
      if (v == nv - 1) V(store)(sum + nv * LANES * side, square[LANES - 1]);
    }
  }
}

/* The plain finish of `count` neighbouring fibres of a block. A vector is stored whole where later
   outputs or fibres overwrite what it has too much. */
ALWAYS_INLINE void fibre_store(const struct kron_eye_task *task, const struct fibre_place *place,
                               Y_ELEMENT *y, const Y_ELEMENT *sum, size_t side, size_t count,
                               const int mr, const bool one) {
  const VEC alpha = V(set1)((Y_ELEMENT)task->finish.alpha);
  const size_t column = task->y_column, outputs = task->outputs;
  const size_t span = (count + LANES - 1) / LANES * LANES; /* what is stored of whole vectors */
  size_t whole = place->right >= span ? outputs : 0;       /* outputs of which all are whole */
  if (count == task->right && column == count && outputs * count >= span)
    whole = (outputs * count - span) / count + 1;
  for (size_t i = 0; i < outputs; i++, y += column, sum += side) {
    for (size_t c = 0; c < (size_t)mr && c < count; c += LANES) {
      const VEC product = finish_plain(V(load)(sum + c), alpha, one);
      if (i < whole || count - c >= LANES)
        V(store)(y + c, product);
      else
        V(store_part)(y + c, product, count - c);
    }
  }
}

/* One tile. */
ALWAYS_INLINE void fibre_tile(const struct kron_eye_task *task, const struct fibre_place *place,
                              const int mr, const int nv) {
  const int side = (mr + LANES - 1) / LANES * LANES;
  VEC acc[MAX_TILE];
  fibre_sums(acc, task, place, mr, nv);
  enum { MOST_SIDE = (int)MAX_FIBRES > (int)LANES ? MAX_FIBRES : LANES };
  _Alignas(64) Y_ELEMENT sum[MAX_NV * LANES * MOST_SIDE + LANES];
  fibre_transpose(sum, acc, side, mr, nv);
  const size_t count = least((size_t)mr, place->right);
  Y_ELEMENT *y = place->y;
  for (size_t r = 0; r < (size_t)mr; r += count, y += task->ldy) {
    if (!finish_is_plain(&task->finish))
      finish_lanes(&task->finish, y, task->y_column, task->outputs, count, sum + r, (size_t)side);
    else if (task->finish.alpha == 1)
      fibre_store(task, place, y, sum + r, (size_t)side, count, mr, true);
    else
      fibre_store(task, place, y, sum + r, (size_t)side, count, mr, false);
  }
}

/* A function for each number of fibres, as panel's. */
#define FIBRE_UP_TO_3(DO, nv) DO(1, nv) DO(2, nv) DO(3, nv)
#define FIBRE_UP_TO_6(DO, nv) FIBRE_UP_TO_3(DO, nv) DO(4, nv) DO(5, nv) DO(6, nv)
#define FIBRE_UP_TO_8(DO, nv) FIBRE_UP_TO_6(DO, nv) DO(7, nv) DO(8, nv)
#define FIBRE_TILES(DO)                                                                            \
  FIBRE_UP_TO_8(DO, 1) FIBRE_UP_TO_8(DO, 2) FIBRE_UP_TO_8(DO, 3) FIBRE_UP_TO_6(DO, 4)

#define DEFINE_FIBRE_TILE(fibres, nv)                                                              \
  static __attribute__((noinline, unused)) void fibre_tile_##fibres##x##nv(                        \
      const struct kron_eye_task *task, const struct fibre_place *place) {                         \
    fibre_tile(task, place, fibres, nv);                                                           \
  }
FIBRE_TILES(DEFINE_FIBRE_TILE)

/* The tile of so many fibres, at most mr, from c of a block on. */
ALWAYS_INLINE void fibre_rows(const struct kron_eye_task *task, size_t block, size_t c,
                              size_t fibres, const int mr, const int nv) {
  const struct fibre_place place = {task_x(task, block) + c,
                                    (Y_ELEMENT *)task->y + block * task->ldy + c, task->right - c};
#define CASE(count, vectors)                                                                       \
  case 16 * (vectors) + (count):                                                                   \
    if (nv == (vectors) && (count) <= mr) fibre_tile_##count##x##vectors(task, &place);            \
    break;
  switch (16 * (size_t)nv + fibres) { FIBRE_TILES(CASE) }
#undef CASE
}

/* Whole blocks to a tile where these fit, otherwise tiles of about the same size for each block. */
ALWAYS_INLINE void fibre_kernel(const struct kron_eye_task *task, const int mr, const int nv) {
  assert(task->n > 0 && task->right > 0 && task->x_column >= task->right && mr <= MAX_FIBRES);
  const size_t right = task->right, together = (size_t)mr / right;
  if (together > 0) {
    for (size_t block = 0; block < task->rows; block += together)
      fibre_rows(task, block, 0, least(together, task->rows - block) * right, mr, nv);
    return;
  }
  const struct tiles tiles = tiles_of(right, (size_t)mr);
  for (size_t block = 0; block < task->rows; block++)
    for (size_t t = 0, c = 0, fibres; t < tiles.count; t++, c += fibres) {
      fibres = tiles.rows + (t < tiles.longer);
      fibre_rows(task, block, c, fibres, mr, nv);
    }
}
