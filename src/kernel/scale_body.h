/*
 * scale: y = act(beta*y + bias), without a product. Used if alpha = 0 or n = 0, and as the second
 * pass of the BLAS route, which has no epilogue. A row is `outputs` rows of `right` elements. With
 * beta = 0, y is not read, and +0 takes the place of beta*y.
 */

/* y[0..count) *= beta, with a bias for each. */
ALWAYS_INLINE void scale_vector(const struct kron_eye_finish *finish, Y_ELEMENT *y, VEC bias,
                                size_t count) {
  VEC v = V(zero)();
  if (finish->beta != 0) {
    const VEC old = count >= LANES ? V(load)(y) : V(fill)(V(load_part)(y, count), count);
    v = V(mul)(old, V(set1)((Y_ELEMENT)finish->beta));
  }
  struct kron_eye_finish rest = *finish;
  rest.beta = 0;
  finish_value(&rest, y, v, bias, count);
}

ALWAYS_INLINE void scale_kernel(const struct kron_eye_task *task, const int mr, const int nv) {
  (void)mr;
  (void)nv;
  const struct kron_eye_finish *finish = &task->finish;
  const Y_ELEMENT *bias = finish->epilogue ? finish->bias : NULL;
  for (size_t r = 0; r < task->rows; r++) {
    Y_ELEMENT *y = (Y_ELEMENT *)task->y + r * task->ldy;
    if (task->right == 1) {
      for (size_t i = 0; i < task->outputs; i += LANES)
        scale_vector(finish, y + i, finish_bias(finish, i, task->outputs - i), task->outputs - i);
      continue;
    }
    for (size_t i = 0; i < task->outputs; i++, y += task->y_column) {
      const VEC b = bias ? V(set1)(bias[i]) : V(zero)();
      for (size_t c = 0; c < task->right; c += LANES)
        scale_vector(finish, y + c, b, task->right - c);
    }
  }
}
