/* What happens to a finished sum before it becomes an element of y. */
#ifndef KRON_EYE_BASE_FINISH_H
#define KRON_EYE_BASE_FINISH_H

#include <stdbool.h>
#include <stddef.h>

/*
 *     v = alpha * (sum + 0) + beta * y
 *     y = act(v + bias)              where there is an epilogue
 *
 * Each operation is rounded. beta = 0: y is not read. The kernels apply it (kernel/finish_body.h).
 */
struct kron_eye_finish {
  double alpha, beta; /* exact for float too */
  bool epilogue;      /* there is a bias or an activation */
  int activation;     /* an enum kron_eye_activation */
  const void *bias;   /* NULL, or of y's type: one for each output */
  size_t bias_block;  /* elements from one block's bias to the next; 0: one bias for all blocks */
  double low, high;   /* for CLAMP, rounded to y's type */
};

#endif
