#include "run/scale.h"

#include <string.h>

static void scale_f32(float *y, size_t length, float beta) {
  for (size_t i = 0; i < length; i++) y[i] *= beta;
}

static void scale_f64(double *y, size_t length, double beta) {
  for (size_t i = 0; i < length; i++) y[i] *= beta;
}

void kron_eye_run_scale(const struct kron_eye_operator *op,
                        const struct kron_eye_operands *operands) {
  const size_t element = kron_eye_problem_types[op->types].y_size;
  const size_t length = op->left * op->m;
  const double beta = operands->beta;
  for (size_t r = 0; r < operands->batch; r++) {
    char *y = (char *)operands->y + r * operands->ldy * element;
    if (beta == 0)
      memset(y, 0, length * element);
    else if (element == sizeof(float))
      scale_f32((float *)y, length, (float)beta);
    else
      scale_f64((double *)y, length, beta);
  }
}
