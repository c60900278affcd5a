/*
 * The canonical problem that every public call becomes:
 *
 *     y[r,a,i] = alpha * sum_j W[i,j] * x[r,a,j]  +  beta * y[r,a,i]
 *
 *     r in [0, batch)   x rows ldx apart, y rows ldy apart
 *     a in [0, left)    x blocks n apart, y blocks m apart
 *     i in [0, m), j in [0, n)   W rows ldw apart
 *
 * in two halves: the operator (what a plan is made from) and the operands (what it is applied to).
 */
#ifndef KRON_EYE_PROBLEM_H
#define KRON_EYE_PROBLEM_H

#include <kron_eye.h>
#include <stdbool.h>
#include <stddef.h>

/* Element types of a product: x, then W and y where they differ. The list is closed. */
enum kron_eye_types {
  KRON_EYE_F32,
  KRON_EYE_F64,
  KRON_EYE_F32_F64,
  KRON_EYE_U8_F32,
  KRON_EYE_TYPES_COUNT
};

struct kron_eye_types_info {
  const char *name;
  size_t x_size; /* bytes of an element of x */
  size_t y_size; /* bytes of an element of W and of y */
};

extern const struct kron_eye_types_info kron_eye_problem_types[KRON_EYE_TYPES_COUNT];

struct kron_eye_operator {
  enum kron_eye_types types;
  size_t left, m, n;
  const void *w;
  size_t ldw;
};

struct kron_eye_operands {
  size_t batch;
  const void *x;
  size_t ldx;
  void *y;
  size_t ldy;
  double alpha, beta; /* exact for float too */
};

/*
 * Checks of one public call each, in the order that its comment in kron_eye.h documents. They
 * return the call's status and, when it is 0, the problem.
 */
int kron_eye_problem_from_matvec(enum kron_eye_types types, size_t k, size_t m, size_t n,
                                 const void *w, const void *x, void *y,
                                 struct kron_eye_operator *op, struct kron_eye_operands *operands);

int kron_eye_problem_from_batch(enum kron_eye_types types, size_t batch, size_t k, size_t m,
                                size_t n, const void *w, const void *x, void *y,
                                struct kron_eye_operator *op, struct kron_eye_operands *operands);

int kron_eye_problem_from_shape(enum kron_eye_types types, const kron_eye_shape *shape,
                                const void *w, size_t ldw, struct kron_eye_operator *op);

/* Options as the library uses them: NULL becomes the defaults. */
int kron_eye_problem_from_options(const kron_eye_options *options, kron_eye_options *known);

int kron_eye_problem_from_apply(const struct kron_eye_operator *op,
                                const struct kron_eye_operands *operands);

#endif
