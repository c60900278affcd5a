/*
 * The one place where sums become elements of y, for all families:
 *
 *     v = alpha * (sum + 0) + beta * y,   y = act(v + bias)
 *
 * Each operation is rounded, and y is not read if beta = 0. Lanes without an element of y get
 * copies of a lane that has one, so that they raise no other floating-point exceptions.
 */

ALWAYS_INLINE VEC activate(const struct kron_eye_finish *finish, VEC v) {
  if (finish->activation == KRON_EYE_ACTIVATION_RELU) return V(relu)(v);
  if (finish->activation == KRON_EYE_ACTIVATION_CLAMP) {
    const VEC low = V(set1)((Y_ELEMENT)finish->low), high = V(set1)((Y_ELEMENT)finish->high);
    return V(replace_above)(V(replace_below)(v, low, low), high, high);
  }
  return v;
}

/* y[0..count) from v, to which beta*y, the bias and the activation are still to come. */
ALWAYS_INLINE void finish_value(const struct kron_eye_finish *finish, Y_ELEMENT *y, VEC v, VEC bias,
                                size_t count) {
  if (finish->beta != 0) {
    const VEC beta = V(set1)((Y_ELEMENT)finish->beta);
    const VEC old = count >= LANES ? V(load)(y) : V(fill)(V(load_part)(y, count), count);
    v = V(add)(v, V(mul)(beta, old));
  }
  if (finish->epilogue) {
    if (finish->bias) v = V(add)(v, bias);
    v = activate(finish, v);
  }
  if (count >= LANES)
    V(store)(y, v);
  else
    V(store_part)(y, v, count);
}

/* y[0..count) from a vector of sums; the bias is that of these elements. */
ALWAYS_INLINE void finish_sum(const struct kron_eye_finish *finish, Y_ELEMENT *y, VEC sum, VEC bias,
                              size_t count) {
  const VEC alpha = V(set1)((Y_ELEMENT)finish->alpha);
  finish_value(finish, y, V(mul)(alpha, V(add)(sum, V(zero)())), bias, count);
}

/* The bias of outputs i .. i + count - 1. */
ALWAYS_INLINE VEC finish_bias(const struct kron_eye_finish *finish, size_t i, size_t count) {
  if (!finish->epilogue || !finish->bias) return V(zero)();
  const Y_ELEMENT *bias = (const Y_ELEMENT *)finish->bias + i;
  return count >= LANES ? V(load)(bias) : V(fill)(V(load_part)(bias, count), count);
}

/* Outputs i .. i + count - 1 of a block, side by side at y. */
ALWAYS_INLINE void finish_outputs(const struct kron_eye_finish *finish, Y_ELEMENT *y, VEC sum,
                                  size_t i, size_t count) {
  finish_sum(finish, y + i, sum, finish_bias(finish, i, count), count);
}

/* All outputs of some blocks, side by side, y's ldy apart and the sums nr. Not inlined, as the
   plain finish is what tiles of many copies need fast. */
static __attribute__((noinline)) void finish_blocks(const struct kron_eye_finish *finish,
                                                    Y_ELEMENT *y, size_t ldy, size_t blocks,
                                                    size_t outputs, const Y_ELEMENT *sum,
                                                    size_t nr) {
  for (size_t i = 0; i < outputs; i += LANES) {
    const VEC bias = finish_bias(finish, i, outputs - i);
    for (size_t r = 0; r < blocks; r++)
      finish_sum(finish, y + r * ldy + i, V(load)(sum + r * nr + i), bias, outputs - i);
  }
}

/* The same where a block's outputs stand y_column apart and have `count` elements each, of sums nr
   apart: a bias is for all elements of an output. A vector of sums is read behind the last ones. */
static __attribute__((noinline)) void finish_lanes(const struct kron_eye_finish *finish,
                                                   Y_ELEMENT *y, size_t y_column, size_t outputs,
                                                   size_t count, const Y_ELEMENT *sum, size_t nr) {
  const Y_ELEMENT *bias = finish->epilogue ? finish->bias : NULL;
  for (size_t i = 0; i < outputs; i++, y += y_column, sum += nr) {
    const VEC b = bias ? V(set1)(bias[i]) : V(zero)();
    for (size_t c = 0; c < count; c += LANES) {
      const VEC s = V(load)(sum + c);
      finish_sum(finish, y + c, count - c < LANES ? V(fill)(s, count - c) : s, b, count - c);
    }
  }
}

/* Is alpha * (sum + 0) all there is to write? With few inputs writing is most of the work. */
ALWAYS_INLINE bool finish_is_plain(const struct kron_eye_finish *finish) {
  return finish->beta == 0 && !finish->epilogue;
}

/* alpha * (sum + 0), the product left out where `one` says that alpha is 1: the bits are the same.
 */
ALWAYS_INLINE VEC finish_plain(VEC sum, VEC alpha, const bool one) {
  const VEC v = V(add)(sum, V(zero)());
  return one ? v : V(mul)(alpha, v);
}

/* Is there no more than alpha, a bias and RELU? Then a tile is finished in registers. */
ALWAYS_INLINE bool finish_is_simple(const struct kron_eye_finish *finish) {
  return finish->beta == 0 && finish->activation != KRON_EYE_ACTIVATION_CLAMP;
}

/* Adds the bias to a tile's values. What stands behind the last output gets none. */
ALWAYS_INLINE void finish_tile_bias(const Y_ELEMENT *bias, size_t last, VEC *value, const int mr,
                                    const int nv) {
  UNROLL for (int v = 0; v < nv; v++) {
    const Y_ELEMENT *at = bias + v * LANES;
    const VEC b = v < nv - 1 || last == LANES ? V(load)(at) : V(load_part)(at, last);
    UNROLL for (int r = 0; r < mr; r++) value[r * nv + v] = V(add)(value[r * nv + v], b);
  }
}

/* Writes mr vectors, of which `last` lanes count. If the blocks follow one another, all but the
   last are stored whole: the next block overwrites what they have too much. */
ALWAYS_INLINE void finish_tile_last(Y_ELEMENT *y, size_t ldy, size_t last, const bool whole,
                                    const VEC *value, const int mr, const int nv) {
  if (last == LANES) {
    UNROLL for (int r = 0; r < mr; r++) V(store)(y + (size_t)r * ldy, value[r * nv]);
  } else if (last == LANES / 2) {
    UNROLL for (int r = 0; r < mr; r++)
        V(store_part)(y + (size_t)r * ldy, value[r * nv], LANES / 2);
  } else if (whole) {
    UNROLL for (int r = 0; r < mr - 1; r++) V(store)(y + (size_t)r * ldy, value[r * nv]);
    V(store_part)(y + (size_t)(mr - 1) * ldy, value[(mr - 1) * nv], last);
  } else {
    UNROLL for (int r = 0; r < mr; r++) V(store_part)(y + (size_t)r * ldy, value[r * nv], last);
  }
}

/* Writes mr blocks of nv vectors. */
ALWAYS_INLINE void finish_tile_store(Y_ELEMENT *y, size_t ldy, size_t outputs, const VEC *value,
                                     const int mr, const int nv) {
  const size_t before = (size_t)((nv - 1) * LANES), last = outputs - before;
  const bool whole = ldy == outputs && 2 * outputs >= before + LANES;
  finish_tile_last(y + before, ldy, last, whole, value + nv - 1, mr, nv);
  UNROLL for (int r = 0; r < mr; r++) {
    UNROLL for (int v = 0; v < nv - 1; v++)
        V(store)(y + (size_t)r * ldy + v * LANES, value[r * nv + v]);
  }
}

/* value = alpha * (sum + 0) for a tile. The product is left out where alpha is 1: the bits are the
   same. */
ALWAYS_INLINE void finish_tile_scale(const struct kron_eye_finish *finish, VEC *value,
                                     const VEC *sum, const int count) {
  UNROLL for (int i = 0; i < count; i++) value[i] = V(add)(sum[i], V(zero)());
  if (finish->alpha != 1) {
    const VEC alpha = V(set1)((Y_ELEMENT)finish->alpha);
    UNROLL for (int i = 0; i < count; i++) value[i] = V(mul)(alpha, value[i]);
  }
}

/* The simple finish of mr blocks of nv vectors of sums in registers. */
ALWAYS_INLINE void finish_tile_simple(const struct kron_eye_finish *finish, Y_ELEMENT *y,
                                      size_t ldy, size_t outputs, const VEC *sum, const int mr,
                                      const int nv) {
  VEC value[MAX_TILE];
  finish_tile_scale(finish, value, sum, mr * nv);
  if (finish->epilogue) {
    if (finish->bias)
      finish_tile_bias(finish->bias, outputs - (size_t)((nv - 1) * LANES), value, mr, nv);
    if (finish->activation == KRON_EYE_ACTIVATION_RELU) {
      UNROLL for (int i = 0; i < mr * nv; i++) value[i] = V(relu)(value[i]);
    }
  }
  finish_tile_store(y, ldy, outputs, value, mr, nv);
}
