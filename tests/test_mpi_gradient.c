/*
 * test_mpi_gradient.c - the gradient over ranks: that of all rows on one rank, exactly on integers
 * and within the bound on others; the same bits on all ranks; one rank's fault is the status of
 * all, dw untouched.
 */
#include "check.h"
#include "mpi_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye_mpi.h>

#include "random.h"

enum { LEFT = 2, M = 3, N = 5, RIGHT = 2, MOST_ROWS = 40, GAP = 2 };
enum { X_ROW = LEFT * N * RIGHT, DY_ROW = LEFT * M * RIGHT, MOST_DW = 64 };

static int rank, size; /* of MPI_COMM_WORLD */

/* All ranks' rows, the same on every rank. */
static double x[MOST_ROWS * X_ROW], dy[MOST_ROWS * DY_ROW];

static void fill(bool integers) {
  rng r = rng_seeded(31);
  for (size_t i = 0; i < sizeof x / sizeof *x; i++)
    x[i] = integers ? (double)rng_below(&r, 19) - 9 : rng_normal(&r);
  for (size_t i = 0; i < sizeof dy / sizeof *dy; i++)
    dy[i] = integers ? (double)rng_below(&r, 19) - 9 : rng_normal(&r);
}

static kron_eye_shape make_shape(bool transposed, size_t stridew) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = LEFT;
  shape.m = M;
  shape.n = N;
  shape.right = RIGHT;
  shape.op = transposed ? KRON_EYE_TRANSPOSE : KRON_EYE_NO_TRANSPOSE;
  shape.stridew = stridew;
  return shape;
}

static void old_dw(double dw[MOST_DW]) {
  for (size_t i = 0; i < MOST_DW; i++) dw[i] = (double)(i % 7) - 3;
}

/* Where dW_a[i][j] is stored. */
static size_t place(const kron_eye_shape *shape, size_t lddw, size_t a, size_t i, size_t j) {
  return a * shape->stridew + (shape->op == KRON_EYE_TRANSPOSE ? j * lddw + i : i * lddw + j);
}

/* By the equation, over the rows of all ranks; `magnitude` is the bound's. */
static double element(size_t rows, const kron_eye_shape *shape, size_t a, size_t i, size_t j,
                      double *magnitude) {
  double sum = 0;
  *magnitude = 0;
  for (size_t r = 0; r < rows; r++)
    for (size_t b = 0; b < LEFT; b++)
      for (size_t c = 0; c < RIGHT && (shape->stridew == 0 || a == b); c++) {
        const double product =
            dy[r * DY_ROW + (b * M + i) * RIGHT + c] * x[r * X_ROW + (b * N + j) * RIGHT + c];
        sum += product;
        *magnitude += fabs(product);
      }
  return sum;
}

/* One call, its result against the equation and against the other ranks'. */
static void check_sum(size_t rows, bool transposed, bool blocks, double alpha, double beta,
                      bool integers) {
  const size_t columns = transposed ? M : N, lddw = columns + GAP;
  const kron_eye_shape shape = make_shape(transposed, blocks ? (transposed ? N : M) * lddw + 1 : 0);
  size_t first = 0, count = 0;
  double dw[MOST_DW], old[MOST_DW];
  bool used[MOST_DW] = {false};
  fill(integers);
  old_dw(dw);
  old_dw(old);
  REQUIRE_STATUS(kron_eye_mpi_local_rows(rows, MPI_COMM_WORLD, &first, &count), 0);
  REQUIRE_STATUS(kron_eye_mpi_gradient_f64(&shape, count, alpha, x + first * X_ROW, X_ROW,
                                           dy + first * DY_ROW, DY_ROW, beta, dw, lddw, NULL,
                                           MPI_COMM_WORLD),
                 0);
  for (size_t a = 0; a < (blocks ? LEFT : 1); a++)
    for (size_t i = 0; i < M; i++)
      for (size_t j = 0; j < N; j++) {
        double magnitude;
        const size_t p = place(&shape, lddw, a, i, j);
        const double expected = alpha * element(rows, &shape, a, i, j, &magnitude) + beta * old[p];
        const double bound = (double)(rows * LEFT * RIGHT + (size_t)size + 3) * 0x1p-53 *
                             (fabs(alpha) * magnitude + fabs(beta * old[p]));
        REQUIRE(fabs(dw[p] - expected) <= (integers ? 0 : 2 * bound));
        used[p] = true;
      }
  for (size_t p = 0; p < MOST_DW; p++) REQUIRE(used[p] || dw[p] == old[p]);
  double of_first[MOST_DW];
  memcpy(of_first, dw, sizeof dw);
  MPI_Bcast(of_first, MOST_DW, MPI_DOUBLE, 0, MPI_COMM_WORLD);
  REQUIRE(memcmp(of_first, dw, sizeof dw) == 0);
}

static void sums_over_ranks(void **state) {
  (void)state;
  static const double factors[][2] = {{1, 0}, {-0.5, 2}, {0, 0.25}, {2, 1}};
  static const size_t rows[] = {0, 1, 2, MOST_ROWS};
  size_t cases = 0;
  for (size_t f = 0; f < sizeof factors / sizeof *factors; f++)
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
      for (int form = 0; form < 8; form++, cases++)
        check_sum(rows[r], form & 1, form & 2, factors[f][0], factors[f][1], form & 4);
  check_cases("gradients", cases, 128);
}

/* Each rank's own alpha, beta and old dw, in float. */
static void factors_of_each_rank(void **state) {
  (void)state;
  const kron_eye_shape shape = {sizeof shape, 1, 1, 2, 1, KRON_EYE_NO_TRANSPOSE, 0, 0};
  const float own_x[2] = {1, 2}, own_dy[1] = {3};
  float dw[2] = {10, (float)rank};
  REQUIRE_STATUS(kron_eye_mpi_gradient_f32(&shape, 1, (float)rank, own_x, 2, own_dy, 1, 2, dw, 2,
                                           NULL, MPI_COMM_WORLD),
                 0);
  REQUIRE(dw[0] == (float)(rank * 3 * size + 20));
  REQUIRE(dw[1] == (float)(rank * 6 * size + 2 * rank));
}

/* What is bad on one rank, by the number of the case; the status that all get. */
static int spoiled_call(int fault, bool spoil, double dw[MOST_DW], int *expected) {
  static const int statuses[] = {-1, -2, -4, -5, -6, -7, -9, -10, -11, -9, -1};
  kron_eye_shape shape = make_shape(false, 0);
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  const kron_eye_shape *shape_pointer = &shape;
  size_t batch = 2, ldx = X_ROW, lddy = DY_ROW, lddw = N;
  const double *own_x = x, *own_dy = dy;
  double *own_dw = dw;
  *expected = statuses[fault];
  if (spoil && fault == 0) shape_pointer = NULL;
  if (spoil && fault == 1) batch = SIZE_MAX;
  if (spoil && fault == 2) own_x = NULL;
  if (spoil && fault == 3) ldx = 1;
  if (spoil && fault == 4) own_dy = NULL;
  if (spoil && fault == 5) lddy = 1;
  if (spoil && fault == 6) own_dw = NULL;
  if (spoil && fault == 7) lddw = N - 1;
  if (spoil && fault == 8) options.zeros = 9;
  if (spoil && fault == 9) own_dw = x + 3;
  if (spoil && fault == 10) shape.left = 1; /* sound, but not the others' */
  return kron_eye_mpi_gradient_f64(shape_pointer, batch, 1, own_x, ldx, own_dy, lddy, 0, own_dw,
                                   lddw, &options, MPI_COMM_WORLD);
}

static void bad_arguments_on_one_rank(void **state) {
  (void)state;
  enum { FAULTS = 11 };
  size_t cases = 0;
  double dw[MOST_DW], old[MOST_DW];
  fill(true);
  old_dw(old);
  for (int fault = 0; fault < FAULTS; fault++)
    for (int spoiled = 0; spoiled < size; spoiled++, cases++) {
      int expected;
      if (fault == 10 && size == 1) continue;
      old_dw(dw);
      const double first = x[3];
      const int status = spoiled_call(fault, rank == spoiled, dw, &expected);
      REQUIRE_STATUS(status, expected);
      REQUIRE(memcmp(dw, old, sizeof dw) == 0 && x[3] == first);
    }
  const kron_eye_shape shape = make_shape(false, 0);
  REQUIRE_STATUS(
      kron_eye_mpi_gradient_f64(&shape, 1, 1, x, X_ROW, dy, DY_ROW, 0, dw, N, NULL, MPI_COMM_NULL),
      -12);
  check_cases("faults on one rank", cases, (size_t)(FAULTS * size));
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  rank = mpi_rank(MPI_COMM_WORLD);
  size = mpi_size(MPI_COMM_WORLD);
  if (argc != 2 || atoi(argv[1]) != size) MPI_Abort(MPI_COMM_WORLD, 1);
  if (rank != 0 && freopen("/dev/null", "w", stdout) == NULL) MPI_Abort(MPI_COMM_WORLD, 1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_over_ranks),
      cmocka_unit_test(factors_of_each_rank),
      cmocka_unit_test(bad_arguments_on_one_rank),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  MPI_Finalize();
  return failed;
}
