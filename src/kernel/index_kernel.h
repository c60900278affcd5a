/*
 * The contracts of the kernels that check the integers of a CSR matrix, or convert dense rows to
 * CSR. They depend only on the types of the integers and of x, so they are compiled once for each
 * instruction set. Nothing outside the given extents is read or written. Elements of x are copied
 * and tested as bits: zeros of both signs count as zero, a NaN does not, and no floating-point
 * exception is raised.
 */
#ifndef KRON_EYE_KERNEL_INDEX_KERNEL_H
#define KRON_EYE_KERNEL_INDEX_KERNEL_H

#include "kernel/kernel.h"

/* Has one of integers[0..count) a fault? */
typedef bool kron_eye_check_kernel(const void *integers, size_t count, size_t limit);

struct kron_eye_convert_task {
  const void *x; /* cols elements */
  size_t cols;
  void *indices, *values; /* family compress: room for `capacity` entries each */
  size_t capacity;
  bool fetch; /* what follows x in memory will be wanted next: worth prefetching */
};
/* Elements of x that are not zero. */
typedef size_t kron_eye_convert_kernel(const struct kron_eye_convert_task *task);

enum kron_eye_index_family {
  KRON_EYE_OUTSIDE,  /* check: an integer that is negative, or `limit` or more */
  KRON_EYE_DESCENDS, /* check: one that is negative, or less than the one before it, the first
                        excepted; without `limit` */
  KRON_EYE_NONZEROS, /* convert: counts */
  KRON_EYE_COMPRESS  /* convert: also writes each element and its column, in order; the rest of the
                        capacity may be overwritten. Where that is too small, the result is larger
                        than the capacity, and what was written is not defined. */
};

struct kron_eye_index_kernel_info {
  const char *name; /* <types>_<family>_<mr>x<vectors>v__<isa> */
  enum kron_eye_isa isa;
  enum kron_eye_index_family family;
  bool wide;          /* integers are int64_t, else int32_t */
  size_t x_size;      /* bytes of an element of x; families of checks: 0 */
  size_t mr, vectors; /* rows, and parts of one that are looked at together: fixed by the bodies */
  kron_eye_check_kernel *check;
  kron_eye_convert_kernel *convert;
};

/* A row of the list for each of its types. */
#define KRON_EYE_CHECK_TYPES(DO, isa, family, mr, vectors)                                         \
  DO(isa, i32, family, mr, vectors)                                                                \
  DO(isa, i64, family, mr, vectors)
#define KRON_EYE_CONVERT_TYPES(DO, isa, family, mr, vectors)                                       \
  DO(isa, f32_i32, family, mr, vectors)                                                            \
  DO(isa, f32_i64, family, mr, vectors)                                                            \
  DO(isa, f64_i32, family, mr, vectors)                                                            \
  DO(isa, f64_i64, family, mr, vectors)

/* Every such kernel that this build has; ends with a NULL name. */
extern const struct kron_eye_index_kernel_info kron_eye_index_kernel_table[];

/* The kernel of this machine. */
kron_eye_check_kernel *kron_eye_check_kernel_find(enum kron_eye_index_family family, bool wide);
kron_eye_convert_kernel *kron_eye_convert_kernel_find(enum kron_eye_index_family family, bool wide,
                                                      size_t x_size);

#endif
