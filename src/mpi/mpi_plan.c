/*
 * A plan on every rank from one rank's W. Between its steps the ranks agree that all go on:
 * arguments, sameness, memory, W's message, and the plan itself.
 */
#include "mpi/known.h"
#include "mpi/matrix.h"
#include "mpi/ranks.h"

#include <kron_eye_mpi.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BAD_ROOT = -6, BAD_COMM = -7 };

/* One mixture of types. */
struct types {
  int number;
  size_t element; /* bytes of an element of W */
  int (*create)(kron_eye_plan **out, const kron_eye_shape *shape, const void *w, size_t ldw,
                const kron_eye_options *options);
};

struct call {
  const struct types *types;
  kron_eye_plan **out;
  const kron_eye_shape *shape;
  const void *w;
  size_t ldw;
  const kron_eye_options *options;
  int root;
  struct kron_eye_mpi_ranks ranks;
};

/* What creating the plan says without a look at W: a plan that it makes is thrown away. */
static int try_without_w(const struct call *call, const kron_eye_shape *shape) {
  kron_eye_plan *plan = NULL;
  const int status = call->types->create(&plan, shape, NULL, call->ldw, call->options);
  kron_eye_plan_destroy(plan);
  return status;
}

/* The status of this rank's arguments but comm. The library itself judges shape and options: with
   no W where that is empty, else with a shape that makes it so. */
static int check(const struct call *call) {
  if (!call->out) return -1;
  *call->out = NULL;
  struct kron_eye_mpi_matrix matrix;
  int status = try_without_w(call, call->shape);
  if (status == -3) {
    if (call->ranks.rank == call->root && !call->w) return -3;
    kron_eye_shape empty = kron_eye_mpi_known_shape(call->shape);
    if (!kron_eye_mpi_matrix(&empty, call->ldw, call->types->element, &matrix)) return -4;
    empty.m = 0;
    status = try_without_w(call, &empty);
  }
  if (status < 0) return status;
  return call->root < 0 || call->root >= call->ranks.size ? BAD_ROOT : status;
}

/* What has to be the same on all ranks. */
enum { TERMS = 12, ROOT_TERM = TERMS - 1 };

static void list_terms(const struct call *call, const struct kron_eye_mpi_matrix *matrix,
                       uint64_t terms[TERMS]) {
  const kron_eye_shape shape = kron_eye_mpi_known_shape(call->shape);
  const kron_eye_options options = kron_eye_mpi_known_options(call->options);
  const uint64_t list[TERMS] = {(uint64_t)call->types->number,
                                shape.left,
                                shape.m,
                                shape.n,
                                shape.right,
                                (uint64_t)shape.op,
                                matrix->block_stride,
                                matrix->row_stride,
                                options.threads,
                                (uint64_t)options.zeros,
                                (uint64_t)options.route,
                                (uint64_t)call->root};
  memcpy(terms, list, sizeof list);
}

/* 0 where this rank's terms are rank 0's. */
static int compare(const struct call *call, const struct kron_eye_mpi_matrix *matrix) {
  uint64_t own[TERMS], first[TERMS];
  list_terms(call, matrix, own);
  memcpy(first, own, sizeof own);
  const int status = kron_eye_mpi_broadcast(&call->ranks, 0, first, sizeof first);
  if (status != 0) return status;
  if (memcmp(own, first, ROOT_TERM * sizeof own[0]) != 0) return -2;
  return own[ROOT_TERM] != first[ROOT_TERM] ? BAD_ROOT : 0;
}

/* Root's W packed on this rank; NULL with status 0 where W is empty. */
static int receive(const struct call *call, const struct kron_eye_mpi_matrix *matrix,
                   void **packed) {
  const size_t bytes = kron_eye_mpi_packed_bytes(matrix);
  if (bytes == 0) return 0;
  *packed = malloc(bytes);
  const int refused = *packed ? 0 : KRON_EYE_NO_MEMORY;
  const int status = kron_eye_mpi_agree(&call->ranks, refused);
  if (status != 0) return status;
  if (call->ranks.rank == call->root) kron_eye_mpi_pack(matrix, call->w, *packed);
  return kron_eye_mpi_broadcast(&call->ranks, call->root, *packed, bytes);
}

/* This rank's plan, which stays only where all ranks have theirs. */
static int build(const struct call *call, const struct kron_eye_mpi_matrix *matrix,
                 const void *packed) {
  const kron_eye_shape known = kron_eye_mpi_known_shape(call->shape);
  const kron_eye_shape shape = kron_eye_mpi_packed_shape(&known, matrix);
  const int own = call->types->create(call->out, &shape, packed, matrix->columns, call->options);
  const int status = kron_eye_mpi_agree(&call->ranks, own);
  if (status != 0) {
    kron_eye_plan_destroy(*call->out);
    *call->out = NULL;
  }
  return status;
}

static int create(struct call call, MPI_Comm comm) {
  const int fault = kron_eye_mpi_look(comm, BAD_COMM, &call.ranks);
  const int own = check(&call);
  if (fault != 0) return own < 0 ? own : fault;
  int status = kron_eye_mpi_agree(&call.ranks, own);
  if (status != 0) return status;
  struct kron_eye_mpi_matrix matrix;
  const kron_eye_shape shape = kron_eye_mpi_known_shape(call.shape);
  kron_eye_mpi_matrix(&shape, call.ldw, call.types->element, &matrix);
  status = kron_eye_mpi_agree(&call.ranks, compare(&call, &matrix));
  if (status != 0) return status;
  void *packed = NULL;
  status = receive(&call, &matrix, &packed);
  if (status == 0) status = build(&call, &matrix, packed);
  free(packed);
  return status;
}

#define CREATE(suffix, number, real)                                                               \
  static int create_##suffix(kron_eye_plan **out, const kron_eye_shape *shape, const void *w,      \
                             size_t ldw, const kron_eye_options *options) {                        \
    return kron_eye_plan_create_##suffix(out, shape, w, ldw, options);                             \
  }                                                                                                \
  int kron_eye_mpi_plan_create_##suffix(                                                           \
      kron_eye_plan **out, const kron_eye_shape *shape, const real *w, size_t ldw,                 \
      const kron_eye_options *options, int root, MPI_Comm comm) {                                  \
    static const struct types types = {number, sizeof(real), create_##suffix};                     \
    return create((struct call){.types = &types,                                                   \
                                .out = out,                                                        \
                                .shape = shape,                                                    \
                                .w = w,                                                            \
                                .ldw = ldw,                                                        \
                                .options = options,                                                \
                                .root = root},                                                     \
                  comm);                                                                           \
  }
CREATE(f32, 0, float)
CREATE(f64, 1, double)
CREATE(f32_f64, 2, double)
CREATE(u8_f32, 3, float)
