/*
 * The gradient summed over ranks. Each rank's own gradient, packed, is dealt out: a rank gets every
 * rank's values of some elements, adds them in the order of the ranks, and gives the sums to all.
 * So the order of additions does not depend on the MPI or on the length of messages, each sum is
 * made on one rank alone, and the bits are the same on all.
 */
#include "mpi/known.h"
#include "mpi/matrix.h"
#include "mpi/ranks.h"

#include <kron_eye_mpi.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BAD_SHAPE = -1, BAD_OPTIONS = -11, BAD_COMM = -12 };

/* One type: x, dy and dw have it. The numbers alpha and beta are of it and fit in a double. */
struct type {
  size_t element; /* bytes */
  MPI_Datatype (*mpi)(void);
  int (*gradient)(const kron_eye_shape *shape, size_t batch, double alpha, const void *x,
                  size_t ldx, const void *dy, size_t lddy, double beta, void *dw, size_t lddw,
                  const kron_eye_options *options);
  /* sums[i] = the sum over ranks of parts[rank*count + i], in the order of the ranks. */
  void (*add)(size_t ranks, size_t count, const void *parts, void *sums);
  /* dw = alpha * sums + beta * dw for `count` elements in a row; beta = 0: dw is not read. */
  void (*finish)(size_t count, double alpha, const void *sums, double beta, void *dw);
};

struct call {
  const struct type *type;
  const kron_eye_shape *shape;
  size_t batch;
  double alpha;
  const void *x;
  size_t ldx;
  const void *dy;
  size_t lddy;
  double beta;
  void *dw;
  size_t lddw;
  const kron_eye_options *options;
  struct kron_eye_mpi_ranks ranks;
};

/* ---------------------------------------------------------------- the steps of one rank */

/* The library's own word on these arguments, with the factors and the options given. */
static int try(const struct call *c, const kron_eye_shape *shape, double beta,
               const kron_eye_options *options) {
  return c->type->gradient(shape, c->batch, 0, c->x, c->ldx, c->dy, c->lddy, beta, c->dw, c->lddw,
                           options);
}

/* May dw share bytes with an array of `batch` rows? True where the ranges from the first byte to
   the last have some in common, although each may lie in the other's gaps. */
static bool may_overlap(const struct call *c, const struct kron_eye_mpi_matrix *matrix,
                        const void *array, size_t ld, size_t row) {
  if (c->batch == 0 || row == 0) return false;
  const size_t elements = (c->batch > 1 ? (c->batch - 1) * ld : 0) + row;
  const uintptr_t first = (uintptr_t)array, last = first + elements * matrix->element;
  const uintptr_t dw = (uintptr_t)c->dw;
  return dw < last && first < dw + kron_eye_mpi_stored_bytes(matrix);
}

/* The status of this rank's arguments but comm; dw stays as it is. The library judges all up to the
   options in a call that has bad ones; the options, with an empty dw; and whether dw really
   overlaps x or dy, where it may, in a call that multiplies it by 1. */
static int check(const struct call *c) {
  kron_eye_options bad = KRON_EYE_OPTIONS_INIT;
  bad.route = -1;
  int status = try(c, c->shape, 1, &bad);
  if (status != BAD_OPTIONS) return status;
  const kron_eye_shape shape = kron_eye_mpi_known_shape(c->shape);
  kron_eye_shape empty = shape;
  empty.m = 0;
  status = try(c, &empty, 1, c->options);
  if (status != 0) return status;
  struct kron_eye_mpi_matrix matrix;
  kron_eye_mpi_matrix(&shape, c->lddw, c->type->element, &matrix);
  if (kron_eye_mpi_packed_bytes(&matrix) == 0) return 0;
  const size_t width = shape.left * shape.right;
  return may_overlap(c, &matrix, c->x, c->ldx, width * shape.n) ||
                 may_overlap(c, &matrix, c->dy, c->lddy, width * shape.m)
             ? try(c, &shape, 1, c->options)
             : 0;
}

/* What has to be the same on all ranks: what dw is of, and of which type. */
static int compare(const struct call *c, const kron_eye_shape *shape) {
  enum { TERMS = 7 };
  const uint64_t own[TERMS] = {c->type->element,
                               shape->left,
                               shape->m,
                               shape->n,
                               shape->right,
                               (uint64_t)shape->op,
                               shape->left > 1 && shape->stridew != 0};
  uint64_t first[TERMS];
  memcpy(first, own, sizeof own);
  const int status = kron_eye_mpi_broadcast(&c->ranks, 0, first, sizeof first);
  if (status != 0) return status;
  return memcmp(own, first, sizeof own) == 0 ? 0 : BAD_SHAPE;
}

/* This rank's own sum, packed. */
static int own_gradient(const struct call *c, const kron_eye_shape *packed, size_t columns,
                        void *sums) {
  return c->type->gradient(packed, c->batch, 1, c->x, c->ldx, c->dy, c->lddy, 0, sums, columns,
                           c->options);
}

/* dw from the packed sums. */
static void finish(const struct call *c, const struct kron_eye_mpi_matrix *matrix,
                   const char *sums) {
  const size_t element = matrix->element, row = matrix->columns * element;
  for (size_t a = 0; a < matrix->blocks; a++)
    for (size_t i = 0; i < matrix->rows; i++, sums += row) {
      const size_t start = a * matrix->block_stride + i * matrix->row_stride;
      c->type->finish(matrix->columns, c->alpha, sums, c->beta, (char *)c->dw + start * element);
    }
}

/* ---------------------------------------------------------------- the sum over ranks */

/* Elements of each rank in one exchange: all messages of one together are few enough bytes. */
static size_t share_of(const struct call *c, size_t elements) {
  const size_t ranks = (size_t)c->ranks.size;
  const size_t most = KRON_EYE_MPI_MOST_BYTES / ranks / c->type->element;
  const size_t even = elements / ranks + (elements % ranks != 0);
  return most == 0 ? 1 : even < most ? even : most;
}

/* `elements` own values in place of them the sums over the ranks. `room`: a share of each rank, and
   one more, of whole exchanges. The values fill whole exchanges too. */
static int sum_over_ranks(const struct call *c, size_t elements, size_t share, char *values,
                          char *room) {
  const size_t ranks = (size_t)c->ranks.size, step = ranks * share;
  const size_t element = c->type->element;
  char *sums = room + step * element;
  MPI_Datatype type = c->type->mpi();
  for (size_t done = 0; done < elements; done += step, values += step * element) {
    if (MPI_Alltoall(values, (int)share, type, room, (int)share, type, c->ranks.comm) !=
        MPI_SUCCESS)
      return c->ranks.fault;
    c->type->add(ranks, share, room, sums);
    if (MPI_Allgather(sums, (int)share, type, values, (int)share, type, c->ranks.comm) !=
        MPI_SUCCESS)
      return c->ranks.fault;
  }
  return 0;
}

/* The sums and their way into dw, in memory of two packed dWs at most and what fills exchanges up.
 */
static int sum(const struct call *c, const kron_eye_shape *shape,
               const struct kron_eye_mpi_matrix *matrix) {
  const size_t element = c->type->element, ranks = (size_t)c->ranks.size;
  const size_t elements = kron_eye_mpi_packed_bytes(matrix) / element;
  const size_t share = share_of(c, elements), step = ranks * share;
  const size_t whole = (elements + step - 1) / step * step;
  char *values = calloc(whole, element), *room = malloc((step + share) * element);
  int status = values && room ? 0 : KRON_EYE_NO_MEMORY;
  const kron_eye_shape packed = kron_eye_mpi_packed_shape(shape, matrix);
  if (status == 0) status = own_gradient(c, &packed, matrix->columns, values);
  status = kron_eye_mpi_agree(&c->ranks, status);
  if (status == 0) status = sum_over_ranks(c, elements, share, values, room);
  if (status == 0) finish(c, matrix, values);
  free(values);
  free(room);
  return status;
}

/* Is there a rank whose alpha is not 0? Else no x and dy is read. */
static int any_alpha(const struct call *c, int *any) {
  const int own = c->alpha != 0;
  const int done = MPI_Allreduce(&own, any, 1, MPI_INT, MPI_LOR, c->ranks.comm);
  return done == MPI_SUCCESS ? 0 : c->ranks.fault;
}

static int gradient(struct call c, MPI_Comm comm) {
  const int fault = kron_eye_mpi_look(comm, BAD_COMM, &c.ranks);
  const int own = check(&c);
  if (fault != 0) return own < 0 ? own : fault;
  int status = kron_eye_mpi_agree(&c.ranks, own);
  if (status != 0) return status;
  const kron_eye_shape shape = kron_eye_mpi_known_shape(c.shape);
  struct kron_eye_mpi_matrix matrix;
  kron_eye_mpi_matrix(&shape, c.lddw, c.type->element, &matrix);
  status = kron_eye_mpi_agree(&c.ranks, compare(&c, &shape));
  if (status != 0 || kron_eye_mpi_packed_bytes(&matrix) == 0) return status;
  int any = 0;
  status = any_alpha(&c, &any);
  if (status != 0) return status;
  if (any) return sum(&c, &shape, &matrix);
  return try(&c, c.shape, c.beta, c.options);
}

/* ---------------------------------------------------------------- the types */

#define GRADIENT(suffix, real, datatype)                                                           \
  static MPI_Datatype mpi_##suffix(void) {                                                         \
    return datatype;                                                                               \
  }                                                                                                \
  static int gradient_##suffix(const kron_eye_shape *shape, size_t batch, double alpha,            \
                               const void *x, size_t ldx, const void *dy, size_t lddy,             \
                               double beta, void *dw, size_t lddw,                                 \
                               const kron_eye_options *options) {                                  \
    return kron_eye_gradient_##suffix(shape, batch, (real)alpha, x, ldx, dy, lddy, (real)beta, dw, \
                                      lddw, options);                                              \
  }                                                                                                \
  static void add_##suffix(size_t ranks, size_t count, const void *parts, void *sums) {            \
    const real *from = parts;                                                                      \
    real *to = sums;                                                                               \
    memcpy(to, from, count * sizeof *to);                                                          \
    for (size_t r = 1; r < ranks; r++)                                                             \
      for (size_t i = 0; i < count; i++) to[i] += from[r * count + i];                             \
  }                                                                                                \
  static void finish_##suffix(size_t count, double alpha, const void *sums, double beta,           \
                              void *dw) {                                                          \
    const real *from = sums, a = (real)alpha, b = (real)beta;                                      \
    real *to = dw;                                                                                 \
    for (size_t i = 0; i < count; i++) {                                                           \
      const real product = a == 0 ? 0 : a * from[i];                                               \
      to[i] = b == 0 ? product : a == 0 ? b * to[i] : product + b * to[i];                         \
    }                                                                                              \
  }                                                                                                \
  int kron_eye_mpi_gradient_##suffix(const kron_eye_shape *shape, size_t batch, real alpha,        \
                                     const real *x, size_t ldx, const real *dy, size_t lddy,       \
                                     real beta, real *dw, size_t lddw,                             \
                                     const kron_eye_options *options, MPI_Comm comm) {             \
    static const struct type type = {sizeof(real), mpi_##suffix, gradient_##suffix, add_##suffix,  \
                                     finish_##suffix};                                             \
    return gradient((struct call){.type = &type,                                                   \
                                  .shape = shape,                                                  \
                                  .batch = batch,                                                  \
                                  .alpha = alpha,                                                  \
                                  .x = x,                                                          \
                                  .ldx = ldx,                                                      \
                                  .dy = dy,                                                        \
                                  .lddy = lddy,                                                    \
                                  .beta = beta,                                                    \
                                  .dw = dw,                                                        \
                                  .lddw = lddw,                                                    \
                                  .options = options},                                             \
                    comm);                                                                         \
  }
GRADIENT(f32, float, MPI_FLOAT)
GRADIENT(f64, double, MPI_DOUBLE)
