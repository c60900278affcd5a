/*
 * The contracts of the kernels.
 *
 * Dense: some evenly spaced blocks of x times one panel of W.
 *
 *     y[r,i,c] = finish(sum_j w[j,i] * x[r,j,c])
 *     r in [0, rows), i in [0, outputs), c in [0, right)
 *
 * with the finish of base/finish.h. Every family has one fixed order of additions, stated in its
 * body, so the result of a block does not depend on its task. Each family adds +0 to the finished
 * sum before it applies alpha and beta: in round-to-nearest, a sum with skipped zeros and a sum
 * with multiplied ones can differ in the sign of a zero, and adding +0 removes this difference.
 * With beta = 0, y is not read.
 *
 * A kernel accesses nothing outside the given extents, and not the gaps between rows; tuple and
 * lane may read the gaps between the inputs of a block. Lanes that hold no element of y repeat one
 * that does, so that they raise no other floating-point exceptions.
 */
#ifndef KRON_EYE_KERNEL_H
#define KRON_EYE_KERNEL_H

#include "base/cpu.h"
#include "base/finish.h"
#include "base/memory.h"
#include "base/types.h"

#include <stdbool.h>
#include <stddef.h>

/* Element (r, j, c) of x stands at r*ldx + j*x_column + c, element (r, i, c) of y at
   r*ldy + i*y_column + c; any alignment. Strides in elements. */
struct kron_eye_task {
  size_t rows;       /* blocks of x and y, at least 1 */
  size_t rows_after; /* blocks that follow in memory and will be wanted next: worth prefetching */
  bool far;          /* x as a whole is more than the caches hold */
  size_t n;          /* inputs, at least 1 */
  size_t outputs;    /* of this panel: at most kron_eye_kernel_outputs(), and too many for one
                        vector fewer */
  size_t panels;     /* lane: with more than one, the task is all outputs of so many panels of W,
                        which follow one another at multiples of KRON_EYE_ALIGNMENT bytes. The
                        first ones have mr outputs, the others mr - 1; right is at least a tile,
                        beta is 0. Else 0 or 1. */
  size_t right;  /* block, tuple, lane, fibre, interleave, scale: elements side by side; else 1 */
  size_t blocks; /* each: blocks side by side in a row, n elements of x and `outputs` of y, whose
                    Ws follow one another */
  const void *x;
  size_t ldx, x_column; /* x_column is 1 for the families that do not say otherwise */
  const void *w; /* the panel as plan/pack.c lays it out; KRON_EYE_ALIGNMENT bytes, not for each */
  void *y;
  size_t ldy, y_column;          /* y_column likewise */
  struct kron_eye_finish finish; /* its bias is that of the first output, each: and block */
};

/*
 * Sparse: some rows of a CSR matrix, each of them one block of inputs or several. Task row r is row
 * first_row + r of the matrix; its block b is multiplied by the W that begins b*w_block elements
 * behind w, and its outputs begin r*ldy + (b - first_block)*y_block elements behind y.
 */
struct kron_eye_sparse_task {
  size_t rows, n, outputs;               /* as above; n is the columns of a block */
  const void *starts, *indices, *values; /* the matrix's arrays, whole */
  bool wide;                             /* starts and indices are int64_t, else int32_t */
  size_t first_row;
  size_t row_blocks;          /* blocks of n columns that a row of the matrix has */
  size_t first_block, blocks; /* those to compute */
  const void *w;
  size_t w_stride; /* elements from a column of W (gather: a row) to the next */
  size_t w_column; /* gather: elements from a column of W to the next */
  size_t w_block;  /* elements from the W of a block to that of the next; 0: one W for all */
  void *y;
  size_t ldy, y_block;
  struct kron_eye_finish finish; /* without an epilogue */
};

/* x or dy of a gradient: element (r, a, j, c) stands at r*row + a*block + j*right + c. */
struct kron_eye_gradient_operand {
  const void *data;
  size_t row, block;
};

/*
 * The gradient of W: some terms of
 *
 *     sum[i,j] += sum over terms (r,a,c) of dy[r,a,i,c] * x[r,a,j,c]
 *
 * Term t is c = t % right of block a = t / right % left of row r = t / right / left.
 */
struct kron_eye_gradient_task {
  size_t left, right; /* at least 1 */
  size_t first;       /* the first term */
  size_t terms;       /* at least 1, at most KRON_EYE_GRADIENT_TERMS */
  size_t m, n;        /* i in [0, m), j in [0, n); both at least 1 */
  struct kron_eye_gradient_operand x, dy;
  void *sum; /* m rows of n up to whole vectors; the last ends with column n - 1 if n >= lanes */
  size_t ldsum;
  bool fresh;   /* the sums begin at +0 and are not read */
  bool ahead;   /* as many terms follow side by side and will be wanted next: worth prefetching */
  size_t *kept; /* family outer_skip: grows by the elements of x that were multiplied */
};

typedef void kron_eye_kernel(const struct kron_eye_task *task);
typedef void kron_eye_sparse_kernel(const struct kron_eye_sparse_task *task);
typedef void kron_eye_gradient_kernel(const struct kron_eye_gradient_task *task);

/*
 * Families. panel, columns, lists, block, tuple, lane, fibre, interleave and each give the same
 * bits (where W is finite), so they differ in time alone; dot has an order of additions of its own,
 * and csr and gather have the order that csr_body.h states. csr shares the packing of panel and
 * block, gather that of dot or of each, or a plain copy of W; both give the same bits.
 */
enum kron_eye_family {
  KRON_EYE_PANEL,      /* right = 1: multiplies everything */
  KRON_EYE_COLUMNS,    /* right = 1: skips the columns that are zero in all rows of a tile */
  KRON_EYE_LISTS,      /* right = 1: skips every zero of every row */
  KRON_EYE_DOT,        /* right = 1, few outputs: vectors along j instead of along i */
  KRON_EYE_BLOCK,      /* W of 2 x 2 or 4 x 4: a vector holds whole blocks */
  KRON_EYE_TUPLE,      /* right of at most half a vector: panel on tuples of elements */
  KRON_EYE_LANE,       /* vectors along c */
  KRON_EYE_FIBRE,      /* right > 1: panel on the fibres of x, with a transposition of y */
  KRON_EYE_INTERLEAVE, /* a small odd right: the same for whole blocks, in registers alone */
  KRON_EYE_EACH,       /* right = 1, a W for each block: panel on many blocks */
  KRON_EYE_CSR,        /* x is sparse: multiplies the entries that are stored */
  KRON_EYE_GATHER,     /* the same where W lies by rows */
  KRON_EYE_SCALE,      /* no product: y = finish(none) = act(beta * y + bias) */
  KRON_EYE_OUTER,      /* the gradient of W: multiplies everything */
  KRON_EYE_OUTER_SKIP, /* the same bits without the terms of x that are zero in a strip */
  KRON_EYE_FAMILY_COUNT
};

struct kron_eye_kernel_info {
  const char *name; /* <types>_<family>_<mr>x<vectors>v__<isa> */
  enum kron_eye_isa isa;
  enum kron_eye_types types;
  enum kron_eye_family family;
  size_t mr; /* rows of a tile; family lane: outputs of one; interleave: most fibres of a block */
  size_t vectors; /* vectors of sums for each of these; family dot: outputs, a vector each */
  kron_eye_kernel *run;
  kron_eye_sparse_kernel *run_sparse;     /* families csr and gather; then run is NULL */
  kron_eye_gradient_kernel *run_gradient; /* families outer and outer_skip; likewise */
};

/* The widest tile of any family, in vectors. */
enum { KRON_EYE_VECTORS_MAX = 4 };

/* kron_eye_ and the kernel's name. */
#define KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa)                                      \
  kron_eye_##types##_##family##_##mr##x##vectors##v__##isa

/* Every kernel that this build has, those of an instruction set one after another; ends with a NULL
   name. */
extern const struct kron_eye_kernel_info kron_eye_kernel_table[];

/* The first of an instruction set; the end of the table if this build has none. */
const struct kron_eye_kernel_info *kron_eye_kernel_first(enum kron_eye_isa isa);

/* The kernel of this very width, or NULL. */
const struct kron_eye_kernel_info *kron_eye_kernel_find(enum kron_eye_isa isa,
                                                        enum kron_eye_types types,
                                                        enum kron_eye_family family,
                                                        size_t vectors);

/* The most vectors that a kernel of the family has, or 0. */
size_t kron_eye_kernel_widest(enum kron_eye_isa isa, enum kron_eye_types types,
                              enum kron_eye_family family);

/* Most outputs of one panel; family tuple: of tuples of one element. */
size_t kron_eye_kernel_outputs(const struct kron_eye_kernel_info *kernel);

/* Lanes that one tuple of `right` elements takes: the least power of two. */
size_t kron_eye_kernel_group(size_t right);

/* Elements of y in one vector. */
size_t kron_eye_kernel_lanes(enum kron_eye_isa isa, enum kron_eye_types types);

#endif
