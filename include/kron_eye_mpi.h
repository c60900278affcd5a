/**
 * @file
 * kron_eye_mpi.h - kron_eye on the ranks of an MPI communicator.
 *
 * Rows are independent, so the rows of x are divided among the ranks, and each rank applies a plan
 * to its own rows:
 *
 *     kron_eye_mpi_local_rows()     which rows are this rank's
 *     kron_eye_mpi_plan_create_T()  the same plan on every rank, from one rank's W
 *     kron_eye_apply_T()            of kron_eye.h: no communication
 *     kron_eye_mpi_gradient_T()     the gradient of W, summed over the rows of all ranks
 *
 * On a plan whose route is the library's own kernels, and on one instruction set, a row of y has
 * the same bits for any number of ranks (except for the payload and sign of a NaN), because rows
 * are invariant.
 *
 * Conventions, beyond those of kron_eye.h:
 * - The functions named "collective" are called by every rank of the communicator. A bad argument
 *   or a failed allocation on one rank gives a status on all ranks, never a hang: each returns the
 *   status of the lowest rank that failed. A bad communicator is the exception, because the ranks
 *   cannot communicate over it.
 * - MPI is initialised, and collective calls come from one thread of a rank at a time, as
 *   MPI_THREAD_SERIALIZED has it. MPI's own errors go to the communicator's error handler first,
 *   which ends the program unless another was set.
 * - Messages are cut so that every count fits in an int.
 */
#ifndef KRON_EYE_MPI_H
#define KRON_EYE_MPI_H

#include <kron_eye.h>

#include <mpi.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Computes which of `rows` rows belong to this rank. Each rank has rows / size rows, and each of
 * the first rows % size ranks has one more, in the order of the ranks. Not collective.
 *
 * @param rows   rows of all ranks together
 * @param comm   an intracommunicator
 * @param first  where the index of this rank's first row goes; with no rows, where they would begin
 * @param count  where the number of this rank's rows goes; 0 is possible
 * @return 0, or
 *         -2  comm is MPI_COMM_NULL or an intercommunicator, or MPI is not initialised,
 *         -3, -4  the pointer is NULL.
 *         Neither output is written on any status but 0.
 */
KRON_EYE_API int kron_eye_mpi_local_rows(size_t rows, MPI_Comm comm, size_t *first, size_t *count);

/**
 * kron_eye_plan_create_f32() on every rank of comm, with the W that one of them has. Collective.
 * The plan is an ordinary one of this rank, and no longer knows the communicator.
 *
 * Each rank needs memory for two copies of W during the call.
 *
 * @param out      where this rank's plan goes; the caller destroys it. NULL is written on any
 *                 failure (unless out itself is NULL)
 * @param shape    the operator, the same on all ranks; read during the call only
 * @param w        on rank root: W, as kron_eye_plan_create_f32() has it, read during the call only.
 *                 On the other ranks it is not looked at and may be NULL
 * @param ldw      elements from one row of W to the next as root stores it, the same on all ranks;
 *                 ignored when W has one row
 * @param options  NULL for the defaults; the same on all ranks
 * @param root     the rank that has W, the same on all ranks
 * @param comm     an intracommunicator
 * @return 0, or the status of the lowest rank that failed:
 *         -1  out is NULL,
 *         -2  shape is bad, as kron_eye_plan_create_f32() says; or, where every rank's
 *             arguments are sound, shape, ldw, options or the types of the plan differ from rank
 *             0's (a field that is ignored may differ),
 *         -3  w is NULL on root and W not empty,
 *         -4  ldw is less than a row of W, or the matrix does not fit,
 *         -5  options have a bad size or tail, or a value outside its enum,
 *         -6  root is not a rank of comm, or not rank 0's root,
 *         -7  comm is MPI_COMM_NULL or an intercommunicator, MPI is not initialised, or MPI
 *             reports an error: the status of this rank alone,
 *         KRON_EYE_NO_MEMORY,
 *         KRON_EYE_UNSUPPORTED  as kron_eye_plan_create_f32().
 */
KRON_EYE_API int kron_eye_mpi_plan_create_f32(kron_eye_plan **out, const kron_eye_shape *shape,
                                              const float *w, size_t ldw,
                                              const kron_eye_options *options, int root,
                                              MPI_Comm comm);
/** kron_eye_mpi_plan_create_f32() for x, W and y double. */
KRON_EYE_API int kron_eye_mpi_plan_create_f64(kron_eye_plan **out, const kron_eye_shape *shape,
                                              const double *w, size_t ldw,
                                              const kron_eye_options *options, int root,
                                              MPI_Comm comm);
/** kron_eye_mpi_plan_create_f32() for x float, W and y double. */
KRON_EYE_API int kron_eye_mpi_plan_create_f32_f64(kron_eye_plan **out, const kron_eye_shape *shape,
                                                  const double *w, size_t ldw,
                                                  const kron_eye_options *options, int root,
                                                  MPI_Comm comm);
/** kron_eye_mpi_plan_create_f32() for x bytes, W and y float. */
KRON_EYE_API int kron_eye_mpi_plan_create_u8_f32(kron_eye_plan **out, const kron_eye_shape *shape,
                                                 const float *w, size_t ldw,
                                                 const kron_eye_options *options, int root,
                                                 MPI_Comm comm);

/**
 * kron_eye_gradient_f32() with the sum over the rows of all ranks. Collective. On each rank
 *
 *     dw = alpha * (the sum over ranks, r, a, c of dy x^T) + beta * dw
 *
 * with the x and dy of each rank, and this rank's alpha, beta and old dw. Where these three are the
 * same on all ranks, so are the new bits of dw: each sum over ranks is made once, in the order of
 * the ranks. Another number of ranks may give other bits.
 *
 * May allocate two copies of dW beside what kron_eye_gradient_f32() may.
 *
 *     |error| <= (N + ranks + 3) u (|alpha| |dy||x| + |beta||dW|) + underflow
 *
 * N being the terms of a sum on the rank that has most.
 *
 * @param shape    the operator whose W is learned, the same on all ranks; but of stridew, only
 *                 whether it is 0 has to be
 * @param batch    number of this rank's rows of x and dy; may be 0
 * @param alpha    factor of the sum; where it is 0 on all ranks, neither x nor dy is read
 * @param x, ldx, dy, lddy  as in kron_eye_gradient_f32()
 * @param beta     factor of the old dw; 0: it is not read
 * @param dw, lddw, options  as in kron_eye_gradient_f32(); they may differ from rank to rank
 * @param comm     an intracommunicator
 * @return 0, or the status of the lowest rank that failed:
 *         -1 to -11  as kron_eye_gradient_f32(); -1 also where every rank's arguments are sound and
 *             the shape or the type differs from rank 0's,
 *         -12  comm is MPI_COMM_NULL or an intercommunicator, MPI is not initialised, or MPI
 *             reports an error: the status of this rank alone,
 *         KRON_EYE_NO_MEMORY, KRON_EYE_UNSUPPORTED  as kron_eye_gradient_f32().
 *         dw is untouched by any status but 0.
 */
KRON_EYE_API int kron_eye_mpi_gradient_f32(const kron_eye_shape *shape, size_t batch, float alpha,
                                           const float *x, size_t ldx, const float *dy, size_t lddy,
                                           float beta, float *dw, size_t lddw,
                                           const kron_eye_options *options, MPI_Comm comm);
/** kron_eye_mpi_gradient_f32() in double. */
KRON_EYE_API int kron_eye_mpi_gradient_f64(const kron_eye_shape *shape, size_t batch, double alpha,
                                           const double *x, size_t ldx, const double *dy,
                                           size_t lddy, double beta, double *dw, size_t lddw,
                                           const kron_eye_options *options, MPI_Comm comm);

#ifdef __cplusplus
}
#endif

#endif /* KRON_EYE_MPI_H */
