/*
 * The contract of a kernel: some evenly spaced rows times one panel of W.
 *
 *     y[r,i] = alpha * sum_j w[j,i] * x[r,j] + beta * y[r,i],  r in [0, rows), i in [0, outputs)
 *
 * Every family has one fixed order of additions, stated in its body, so a row's result does not
 * depend on the task it comes in. Each adds +0 to the finished sum before alpha and beta enter:
 * a sum of skipped zeros and a sum of multiplied ones may differ in the sign of a zero, and no
 * longer do. With beta = 0, y is not read.
 *
 * A kernel reads and writes nothing outside the extents given, the gaps between rows included.
 */
#ifndef KRON_EYE_KERNEL_H
#define KRON_EYE_KERNEL_H

#include "base/cpu.h"

#include <stdbool.h>
#include <stddef.h>

struct kron_eye_task {
  size_t rows;       /* of x and y, at least 1 */
  size_t rows_after; /* rows that follow in memory and will be wanted next: worth prefetching */
  size_t n;          /* inputs, at least 1 */
  size_t outputs;    /* of this panel: at most nr, and too many for one vector fewer */
  const void *x;     /* row r starts at element r*ldx; any alignment. Or a kron_eye_entries */
  size_t ldx;
  const void *w; /* the panel as plan/pack.c lays it out; KRON_EYE_ALIGNMENT bytes */
  void *y;       /* row r starts at element r*ldy; any alignment */
  size_t ldy;
  double alpha, beta;
};

/*
 * What x is for the families csr and gather: some rows of a CSR matrix, each of them one block of
 * inputs or several. Task row r is row first_row + r of the matrix.
 */
struct kron_eye_entries {
  const void *starts, *indices, *values; /* the matrix's arrays, whole */
  bool wide;                             /* starts and indices are int64_t, else int32_t */
  size_t first_row;
  size_t row_blocks;          /* blocks of n columns that a row of the matrix has */
  size_t first_block, blocks; /* those to compute */
  size_t y_block;             /* elements from a block's outputs to the next's */
  size_t w_stride;            /* elements from a column of W (gather: a row) to the next */
};

typedef void kron_eye_kernel(const struct kron_eye_task *task);

/*
 * Families, by what they do about zeros in x. panel, columns and lists give the same bits (where
 * W is finite) from the same packed W; dot has a packing and an order of additions of its own. csr
 * shares the packing of panel, gather that of dot or a plain copy of W; both have the order of
 * additions that csr_body.h states.
 */
enum kron_eye_family {
  KRON_EYE_PANEL,   /* multiplies everything */
  KRON_EYE_COLUMNS, /* skips the columns that are zero in all rows of a tile */
  KRON_EYE_LISTS,   /* skips every zero of every row */
  KRON_EYE_DOT,     /* few outputs: vectors along j instead of along i */
  KRON_EYE_CSR,     /* x is sparse: multiplies the entries that are stored */
  KRON_EYE_GATHER,  /* the same where W lies by rows */
  KRON_EYE_FAMILY_COUNT
};

/* Element types, as in problem.h, which this room does not see. */
enum kron_eye_kernel_types {
  KRON_EYE_KERNEL_f32,
  KRON_EYE_KERNEL_f64,
  KRON_EYE_KERNEL_f32_f64,
  KRON_EYE_KERNEL_u8_f32,
  KRON_EYE_KERNEL_TYPES_COUNT
};

struct kron_eye_kernel_info {
  const char *name; /* <types>_<family>_<mr>x<nr>__<isa> */
  kron_eye_kernel *run;
  enum kron_eye_isa isa;
  enum kron_eye_kernel_types types;
  enum kron_eye_family family;
  size_t mr; /* rows of a tile */
  size_t nr; /* outputs of a panel */
};

/* kron_eye_ and the kernel's name. */
#define KRON_EYE_KERNEL_NAME(types, family, mr, nr, isa)                                           \
  kron_eye_##types##_##family##_##mr##x##nr##__##isa

/* Every kernel that this build has; ends with a NULL name. */
extern const struct kron_eye_kernel_info kron_eye_kernel_table[];

/* The kernel of this very width, or NULL. */
const struct kron_eye_kernel_info *kron_eye_kernel_find(enum kron_eye_isa isa,
                                                        enum kron_eye_kernel_types types,
                                                        enum kron_eye_family family, size_t nr);

/* The widest panel there is, or 0. */
size_t kron_eye_kernel_widest(enum kron_eye_isa isa, enum kron_eye_kernel_types types,
                              enum kron_eye_family family);

/* Outputs in one vector: panel widths are multiples of it. 1 for the dot family. */
size_t kron_eye_kernel_lanes(enum kron_eye_isa isa, enum kron_eye_kernel_types types);

#endif
