#include "run/backward.h"

#include "base/checked_size.h"

#include <math.h>

/* The number of outputs whose sums are kept on the stack while dy is read. */
enum { OUTPUTS = 64 };

/*
 * Sums `outputs` outputs over the rows and over `left` blocks of each row. For each (r, a) there is
 * one chain of additions from +0 along c, and the results are added in one chain along (r, a).
 */
#define ADD_UP(name, type)                                                                         \
  static void name(const struct kron_eye_bias_gradient *g, size_t left, const type *dy,            \
                   size_t outputs, type *sum) {                                                    \
    const size_t ld = g->batch > 1 ? g->lddy : 0, block = g->m * g->right;                         \
    for (size_t i = 0; i < outputs; i++) sum[i] = 0;                                               \
    for (size_t r = 0; r < g->batch; r++)                                                          \
      for (size_t a = 0; a < left; a++) {                                                          \
        const type *at = dy + r * ld + a * block;                                                  \
        if (g->right == 1) {                                                                       \
          for (size_t i = 0; i < outputs; i++) sum[i] += at[i];                                    \
          continue;                                                                                \
        }                                                                                          \
        for (size_t i = 0; i < outputs; i++, at += g->right) {                                     \
          type along = 0;                                                                          \
          for (size_t c = 0; c < g->right; c++) along += at[c];                                    \
          sum[i] += along;                                                                         \
        }                                                                                          \
      }                                                                                            \
  }
ADD_UP(add_up_f32, float)
ADD_UP(add_up_f64, double)

/* All biases: one for each block, or one, summed over the blocks. alpha = 0: dy is not read. */
#define BIAS_GRADIENT(name, type, add_up)                                                          \
  static void name(const struct kron_eye_bias_gradient *g) {                                       \
    const size_t blocks = g->block == 0 ? 1 : g->left, left = g->block == 0 ? g->left : 1;         \
    const type alpha = (type)g->alpha, beta = (type)g->beta;                                       \
    const bool none = alpha == 0 || g->batch == 0 || g->left == 0 || g->right == 0;                \
    for (size_t a = 0; a < blocks; a++)                                                            \
      for (size_t first = 0; first < g->m; first += OUTPUTS) {                                     \
        const size_t outputs = least(OUTPUTS, g->m - first);                                       \
        type sum[OUTPUTS], *db = (type *)g->db + a * g->block + first;                             \
        if (none) {                                                                                \
          for (size_t i = 0; i < outputs; i++) db[i] = beta == 0 ? 0 : beta * db[i];               \
          continue;                                                                                \
        }                                                                                          \
        add_up(g, left, (const type *)g->dy + (a * g->m + first) * g->right, outputs, sum);        \
        for (size_t i = 0; i < outputs; i++) {                                                     \
          const type product = alpha * (sum[i] + 0);                                               \
          db[i] = beta == 0 ? product : product + beta * db[i];                                    \
        }                                                                                          \
      }                                                                                            \
  }
BIAS_GRADIENT(bias_gradient_f32, float, add_up_f32)
BIAS_GRADIENT(bias_gradient_f64, double, add_up_f64)

void kron_eye_run_bias_gradient(enum kron_eye_types types,
                                const struct kron_eye_bias_gradient *gradient) {
  if (types == KRON_EYE_F32)
    bias_gradient_f32(gradient);
  else
    bias_gradient_f64(gradient);
}

/* isgreater() does not raise FE_INVALID for a NaN, as the operator > would. */
#define RELU_BACKWARD(name, type)                                                                  \
  static void name(const struct kron_eye_relu_backward *b) {                                       \
    if (b->cols == 0) return; /* then the arrays may be NULL */                                    \
    for (size_t r = 0; r < b->rows; r++) {                                                         \
      const type *y = (const type *)b->y + r * b->ldy, *dy = (const type *)b->dy + r * b->lddy;    \
      type *dz = (type *)b->dz + r * b->lddz;                                                      \
      for (size_t i = 0; i < b->cols; i++)                                                         \
        dz[i] = isgreater(y[i], 0) ? dy[i] : isunordered(y[i], 0) ? y[i] : 0;                      \
    }                                                                                              \
  }
RELU_BACKWARD(relu_backward_f32, float)
RELU_BACKWARD(relu_backward_f64, double)

void kron_eye_run_relu_backward(enum kron_eye_types types,
                                const struct kron_eye_relu_backward *backward) {
  if (types == KRON_EYE_F32)
    relu_backward_f32(backward);
  else
    relu_backward_f64(backward);
}
