/* What is computed: y[r,a,i] = sum_j w[i,j] * x[r,a,j], with the arrays that all forms share. */
#ifndef KRON_EYE_BENCH_TASK_H
#define KRON_EYE_BENCH_TASK_H

#include <stddef.h>

/** The types of x, then of W and y where they differ, as in kron_eye.h's suffixes. */
enum type { TYPE_F32, TYPE_F64, TYPE_F32_F64, TYPE_U8_F32, TYPE_COUNT };

/** Bits of a set of types. */
enum {
  SET_F32 = 1 << TYPE_F32,
  SET_F64 = 1 << TYPE_F64,
  SET_F32_F64 = 1 << TYPE_F32_F64,
  SET_U8_F32 = 1 << TYPE_U8_F32,
  SET_PLAIN = SET_F32 | SET_F64,
  SET_ALL = SET_PLAIN | SET_F32_F64 | SET_U8_F32,
};

static inline const char *type_name(enum type type) {
  static const char *const names[] = {"f32", "f64", "f32_f64", "u8_f32"};
  return names[type];
}
/** Bytes of an element of x. */
static inline size_t x_size(enum type type) {
  static const size_t sizes[] = {4, 8, 4, 1};
  return sizes[type];
}
/** Bytes of an element of W and y, which is the type of the sums. */
static inline size_t y_size(enum type type) {
  static const size_t sizes[] = {4, 8, 8, 4};
  return sizes[type];
}
/** The plain type with the same precision, with which mixed forms are compared. */
static inline enum type plain_type(enum type type) {
  return y_size(type) == 8 ? TYPE_F64 : TYPE_F32;
}

struct blas;

/** The part of a case that one form computes. Rows of x hold blocks*n elements, rows of y blocks*m.
 */
struct task {
  enum type type;
  size_t rows, blocks, m, n;
  const void *w; /* m x n */
  const void *x; /* rows x blocks*n */
  void *y;       /* rows x blocks*m */
  double alpha;  /* 1, or 1/255 for bytes */
  size_t threads;
  const struct blas *blas; /* NULL for forms that use none */
};

/** Multiply-adds of the task. */
static inline double task_products(const struct task *task) {
  return (double)task->rows * (double)task->blocks * (double)task->m * (double)task->n;
}

#endif
