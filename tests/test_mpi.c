/*
 * test_mpi.c - the MPI library on as many ranks as mpirun starts: whose rows are whose; plans that
 * do what the one of rank root does, bit for bit; every bad argument and every refusal of memory on
 * one rank is the same status on all. Linked to a malloc that can refuse (-Wl,--wrap=malloc).
 */
#include "check.h"
#include "mpi_check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye_mpi.h>

#include "guarded.h"
#include "random.h"
#include "types.h"

#ifndef KRON_EYE_TEST_REFUSALS
#define KRON_EYE_TEST_REFUSALS 0 /* allocations of each rank that this program's malloc sees */
#endif

static int rank, size; /* of MPI_COMM_WORLD */

/* ---------------------------------------------------------------- memory that can be refused */

static struct {
  bool counting;
  size_t asked;  /* allocations of this rank, refused ones too */
  size_t refuse; /* the number of the one to refuse, from 1 */
  long held;     /* blocks given and not taken back */
} memory;

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
void __real_free(void *block);
void __wrap_free(void *block);

static bool refused(void) {
  if (!memory.counting) return false;
  memory.held += ++memory.asked != memory.refuse;
  return memory.asked == memory.refuse;
}

void *__wrap_malloc(size_t bytes) {
  return refused() ? NULL : __real_malloc(bytes);
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes) {
  return refused() ? NULL : __real_aligned_alloc(alignment, bytes);
}

void __wrap_free(void *block) {
  memory.held -= memory.counting && block != NULL;
  __real_free(block);
}

/* ---------------------------------------------------------------- the functions of each type */

typedef int (*mpi_create)(kron_eye_plan **out, const kron_eye_shape *shape, const void *w,
                          size_t ldw, const kron_eye_options *options, int root, MPI_Comm comm);

#define MPI_CREATE(suffix, Y)                                                                      \
  static int create_##suffix(kron_eye_plan **out, const kron_eye_shape *shape, const void *w,      \
                             size_t ldw, const kron_eye_options *options, int root,                \
                             MPI_Comm comm) {                                                      \
    return kron_eye_mpi_plan_create_##suffix(out, shape, (const Y *)w, ldw, options, root, comm);  \
  }
MPI_CREATE(f32, float)
MPI_CREATE(f64, double)
MPI_CREATE(f32_f64, double)
MPI_CREATE(u8_f32, float)

/* As all_plan_types has them. */
static const mpi_create creators[PLAN_TYPES] = {create_f32, create_f64, create_f32_f64,
                                                create_u8_f32};

/* ---------------------------------------------------------------- rows */

/* Checks the rows of one communicator against their definition; every rank looks at its own. */
static void check_rows(MPI_Comm comm, size_t rows) {
  const size_t ranks = (size_t)mpi_size(comm), own = (size_t)mpi_rank(comm);
  size_t first = 1, count = 1, before = 0;
  REQUIRE_STATUS(kron_eye_mpi_local_rows(rows, comm, &first, &count), 0);
  REQUIRE(count == rows / ranks + (own < rows % ranks ? 1 : 0));
  for (size_t r = 0; r < own; r++) before += rows / ranks + (r < rows % ranks ? 1 : 0);
  REQUIRE(first == before);
}

static void rows_are_dealt_out(void **state) {
  (void)state;
  const size_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 100, 1666, SIZE_MAX};
  size_t cases = 0;
  MPI_Comm halves;
  MPI_Comm_split(MPI_COMM_WORLD, rank % 2, -rank, &halves); /* and in reverse order */
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    check_rows(MPI_COMM_WORLD, numbers[i]);
    check_rows(MPI_COMM_SELF, numbers[i]);
    check_rows(halves, numbers[i]);
    cases += 3;
  }
  MPI_Comm_free(&halves);
  check_cases("numbers of rows", cases, 39);
}

/* Two groups of ranks as one communicator; MPI_COMM_NULL where there is one rank. */
static MPI_Comm make_intercommunicator(MPI_Comm *group) {
  MPI_Comm between = MPI_COMM_NULL;
  MPI_Comm_split(MPI_COMM_WORLD, rank == 0, rank, group);
  if (size > 1) MPI_Intercomm_create(*group, 0, MPI_COMM_WORLD, rank == 0 ? 1 : 0, 0, &between);
  return between;
}

static void bad_arguments_of_rows(void **state) {
  (void)state;
  size_t first = 77, count = 78;
  MPI_Comm group, between = make_intercommunicator(&group);
  REQUIRE_STATUS(kron_eye_mpi_local_rows(5, MPI_COMM_NULL, NULL, NULL), -2);
  REQUIRE_STATUS(kron_eye_mpi_local_rows(5, between, &first, &count), -2);
  REQUIRE_STATUS(kron_eye_mpi_local_rows(5, MPI_COMM_WORLD, NULL, NULL), -3);
  REQUIRE_STATUS(kron_eye_mpi_local_rows(5, MPI_COMM_WORLD, NULL, &count), -3);
  REQUIRE_STATUS(kron_eye_mpi_local_rows(5, MPI_COMM_WORLD, &first, NULL), -4);
  REQUIRE(first == 77 && count == 78);
  if (between != MPI_COMM_NULL) MPI_Comm_free(&between);
  MPI_Comm_free(&group);
}

/* ---------------------------------------------------------------- plans */

enum { LEFT = 3, M = 5, N = 7, MOST_RIGHT = 2, ROWS = 11 };

/* What a plan is of: one W or one for each block, apart or overlapping by all rows but one. */
typedef enum form { PLAIN, TRANSPOSED, RIGHT, BLOCKS, BLOCKS_TRANSPOSED, OVERLAPPING, FORMS } form;

/* W of one shape as rank root stores it: random where elements are, NaN in the gaps. */
typedef struct stored {
  guarded memory;
  kron_eye_shape shape;
  size_t ldw;
} stored;

static stored make_w(const plan_types *t, form f, size_t gap) {
  const bool transposed = f == TRANSPOSED || f == BLOCKS_TRANSPOSED;
  const bool blocks = f == BLOCKS || f == BLOCKS_TRANSPOSED || f == OVERLAPPING;
  const size_t rows = transposed ? N : M, columns = transposed ? M : N;
  stored w = {.shape = KRON_EYE_SHAPE_INIT, .ldw = columns + gap};
  w.shape.left = LEFT;
  w.shape.m = M;
  w.shape.n = N;
  w.shape.right = f == RIGHT ? MOST_RIGHT : 1;
  w.shape.op = transposed ? KRON_EYE_TRANSPOSE : KRON_EYE_NO_TRANSPOSE;
  const size_t one = (rows - 1) * w.ldw + columns; /* elements of a W with its gaps */
  if (blocks) w.shape.stridew = f == OVERLAPPING ? w.ldw : one + gap;
  const size_t elements = (blocks ? LEFT - 1 : 0) * w.shape.stridew + one;
  rng r = rng_seeded(21);
  w.memory = guarded_create(elements * element_size(t->y), GUARDED_END);
  for (size_t i = 0; i < elements; i++) {
    const size_t in_block = blocks && f != OVERLAPPING ? i % w.shape.stridew : i;
    const bool used = in_block % w.ldw < columns && (in_block < one || f == OVERLAPPING);
    element_set(t->y, w.memory.data, i, used ? rng_normal(&r) : (double)NAN);
  }
  guarded_read_only(&w.memory);
  return w;
}

/* This rank's rows of y by its plan are those that a plan on all rows gives, bit for bit. */
static void check_plan(const plan_types *t, size_t right, const kron_eye_plan *plan,
                       const kron_eye_plan *alone) {
  unsigned char x[ROWS * LEFT * N * MOST_RIGHT * sizeof(double)];
  unsigned char y[ROWS * LEFT * M * MOST_RIGHT * sizeof(double)], expected[sizeof y];
  const size_t width_x = LEFT * N * right, width_y = LEFT * M * right;
  size_t first = 0, count = 0;
  rng r = rng_seeded(22);
  for (size_t i = 0; i < ROWS * width_x; i++)
    element_set(t->x, x, i, t->x == ELEMENT_U8 ? (double)rng_below(&r, 256) : rng_normal(&r));
  REQUIRE_STATUS(t->apply(alone, ROWS, 0.5, x, width_x, 0, expected, width_y), 0);
  for (size_t i = 0; i < ROWS * width_y; i++) REQUIRE(!isnan(element_get(t->y, expected, i)));
  REQUIRE_STATUS(kron_eye_mpi_local_rows(ROWS, MPI_COMM_WORLD, &first, &count), 0);
  const size_t x_row = width_x * element_size(t->x), y_row = width_y * element_size(t->y);
  REQUIRE_STATUS(t->apply(plan, count, 0.5, x + first * x_row, width_x, 0, y, width_y), 0);
  REQUIRE(memcmp(y, expected + first * y_row, count * y_row) == 0);
}

/* One plan of each rank, from the W of rank root. */
static void check_form(int t, form f, size_t gap, int root, const void *nothing) {
  const plan_types *types = &all_plan_types[t];
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  options.threads = 2;
  stored w = make_w(types, f, gap);
  kron_eye_plan *plan = NULL, *alone = NULL;
  const void *own = rank == root ? w.memory.data : root % 2 == 0 ? nothing : NULL;
  REQUIRE_STATUS(creators[t](&plan, &w.shape, own, w.ldw, &options, root, MPI_COMM_WORLD), 0);
  REQUIRE_STATUS(types->create(&alone, &w.shape, w.memory.data, w.ldw, &options), 0);
  check_plan(types, w.shape.right, plan, alone);
  char text[400], expected[400];
  kron_eye_plan_describe(plan, text, sizeof text);
  kron_eye_plan_describe(alone, expected, sizeof expected);
  REQUIRE(strcmp(text, expected) == 0);
  kron_eye_plan_destroy(plan);
  kron_eye_plan_destroy(alone);
  guarded_destroy(&w.memory);
}

static void plans_do_what_roots_does(void **state) {
  (void)state;
  size_t cases = 0;
  guarded nothing = guarded_create(0, GUARDED_END); /* no rank but root looks at its w */
  for (int t = 0; t < PLAN_TYPES; t++)
    for (form f = 0; f < FORMS; f++)
      for (size_t gap = 0; gap < 3; gap++)
        for (int root = 0; root < size; root++, cases++) check_form(t, f, gap, root, nothing.data);
  guarded_destroy(&nothing);
  check_cases("plans", cases, (size_t)(PLAN_TYPES * FORMS * 3 * size));
}

/* Empty operators need no W. */
static void empty_plans(void **state) {
  (void)state;
  static const size_t shapes[][3] = {{3, 0, 7}, {3, 5, 0}, {3, 0, 0}};
  size_t cases = 0;
  for (; cases < sizeof shapes / sizeof *shapes; cases++) {
    kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
    shape.left = shapes[cases][0];
    shape.m = shapes[cases][1];
    shape.n = shapes[cases][2];
    kron_eye_plan *plan = NULL;
    REQUIRE_STATUS(
        kron_eye_mpi_plan_create_f64(&plan, &shape, NULL, shape.n, NULL, size - 1, MPI_COMM_WORLD),
        0);
    REQUIRE(plan != NULL);
    double y[15] = {1};
    REQUIRE_STATUS(kron_eye_apply_f64(plan, 1, 1, y, 0, 0, y, 0), shape.m && shape.n ? -7 : 0);
    kron_eye_plan_destroy(plan);
  }
  check_cases("empty operators", cases, 3);
}

/* ---------------------------------------------------------------- statuses */

/* The arguments of one rank: good() ones, with what a case changes. */
typedef struct arguments {
  kron_eye_plan *plan;
  kron_eye_plan **out;
  kron_eye_shape shape;
  const kron_eye_shape *shape_pointer;
  float w[M * (N + 1)];
  const float *w_pointer;
  size_t ldw;
  kron_eye_options options;
  const kron_eye_options *options_pointer;
  int root;
} arguments;

static void good(arguments *a) {
  memset(a, 0, sizeof *a);
  a->plan = (kron_eye_plan *)a; /* must become NULL */
  a->out = &a->plan;
  a->shape = (kron_eye_shape)KRON_EYE_SHAPE_INIT;
  a->shape.left = LEFT;
  a->shape.m = M;
  a->shape.n = N;
  a->shape_pointer = &a->shape;
  a->w_pointer = a->w;
  a->ldw = N;
  a->options = (kron_eye_options)KRON_EYE_OPTIONS_INIT;
  a->options_pointer = &a->options;
}

static void no_out(arguments *a) {
  a->out = NULL;
}
static void no_shape(arguments *a) {
  a->shape_pointer = NULL;
}
static void short_shape(arguments *a) {
  a->shape.size = 8;
}
static void bad_op(arguments *a) {
  a->shape.op = 2;
}
static void large_shape(arguments *a) {
  a->shape.m = SIZE_MAX / 2;
}
static void small_ldw(arguments *a) {
  a->ldw = N - 1;
}
static void large_ldw(arguments *a) {
  a->ldw = (size_t)PTRDIFF_MAX / sizeof(float) / (M - 1);
}
static void large_stridew(arguments *a) {
  a->shape.stridew = (size_t)PTRDIFF_MAX / sizeof(float) / (LEFT - 1);
}
static void short_options(arguments *a) {
  a->options.size = 0;
}
static void bad_zeros(arguments *a) {
  a->options.zeros = 3;
}
static void bad_route(arguments *a) {
  a->options.route = -1;
}
static void negative_root(arguments *a) {
  a->root = -1;
}
static void large_root(arguments *a) {
  a->root = size;
}
static void no_shape_and_no_out(arguments *a) {
  no_shape(a);
  no_out(a);
}
static void small_ldw_and_bad_root(arguments *a) {
  small_ldw(a);
  large_root(a);
}
static void no_w_and_bad_options(arguments *a) {
  a->w_pointer = NULL; /* no other rank than root minds */
  bad_zeros(a);
}

static const struct {
  void (*spoil)(arguments *a);
  int status;
} faults[] = {
    {no_out, -1},
    {no_shape, -2},
    {short_shape, -2},
    {bad_op, -2},
    {large_shape, -2},
    {small_ldw, -4},
    {large_ldw, -4},
    {large_stridew, -4},
    {short_options, -5},
    {bad_zeros, -5},
    {bad_route, -5},
    {negative_root, -6},
    {large_root, -6},
    {no_shape_and_no_out, -1},
    {small_ldw_and_bad_root, -4},
};
enum { FAULTS = sizeof faults / sizeof *faults };

static void check_call(arguments *a, MPI_Comm comm, int expected) {
  REQUIRE_STATUS(kron_eye_mpi_plan_create_f32(a->out, a->shape_pointer, a->w_pointer, a->ldw,
                                              a->options_pointer, a->root, comm),
                 expected);
  if (a->out) REQUIRE((a->plan != NULL) == (expected == 0));
  if (expected == 0) kron_eye_plan_destroy(a->plan);
}

/* One rank's fault is the status of all; every rank once. */
static void bad_arguments_on_one_rank(void **state) {
  (void)state;
  size_t cases = 0;
  arguments a;
  for (size_t f = 0; f < FAULTS; f++)
    for (int spoiled = 0; spoiled < size; spoiled++, cases++) {
      good(&a);
      if (rank == spoiled) faults[f].spoil(&a);
      check_call(&a, MPI_COMM_WORLD, faults[f].status);
    }
  check_cases("faults on one rank", cases, (size_t)(FAULTS * size));
}

static void root_needs_w(void **state) {
  (void)state;
  arguments a;
  for (int root = 0; root < size; root++) {
    good(&a);
    a.root = root;
    if (rank == root) no_w_and_bad_options(&a);
    check_call(&a, MPI_COMM_WORLD, -3);
    good(&a);
    a.root = root;
    if (rank == root)
      a.options_pointer = NULL; /* the same as the defaults */
    else
      a.w_pointer = NULL;
    check_call(&a, MPI_COMM_WORLD, 0);
  }
}

/* Of two ranks that fail, the lower one's status is everybody's. */
static void the_lowest_failing_rank_decides(void **state) {
  (void)state;
  size_t cases = 0;
  arguments a;
  for (int low = 0; low < size; low++)
    for (int high = low + 1; high < size; high++)
      for (size_t f = 0; f < FAULTS; f++, cases++) {
        good(&a);
        if (rank == low) faults[f].spoil(&a);
        if (rank == high) faults[FAULTS - 1 - f].spoil(&a);
        check_call(&a, MPI_COMM_WORLD, faults[f].status);
      }
  check_cases("faults on two ranks", cases, FAULTS * (size_t)(size * (size - 1) / 2));
}

static void other_left(arguments *a) {
  a->shape.left++;
}
static void other_m(arguments *a) {
  a->shape.m--;
}
static void other_n(arguments *a) {
  a->shape.n--;
}
static void other_right(arguments *a) {
  a->shape.right++;
}
static void other_op(arguments *a) {
  a->shape.op = KRON_EYE_TRANSPOSE;
}
static void other_stridew(arguments *a) {
  a->shape.stridew = M * N;
}
static void other_ldw(arguments *a) {
  a->ldw++;
}
static void other_threads(arguments *a) {
  a->options.threads = 1;
}
static void other_zeros(arguments *a) {
  a->options.zeros = KRON_EYE_ZEROS_MULTIPLY;
}
static void other_route(arguments *a) {
  a->options.route = KRON_EYE_ROUTE_KERNEL;
}
static void other_root(arguments *a) {
  a->root = 1;
}

/* Sound arguments that are not the same everywhere. */
static void ranks_that_differ(void **state) {
  (void)state;
  static const struct {
    void (*change)(arguments *a);
    int status;
  } changes[] = {{other_left, -2},  {other_m, -2},       {other_n, -2},   {other_right, -2},
                 {other_op, -2},    {other_stridew, -2}, {other_ldw, -2}, {other_threads, -2},
                 {other_zeros, -2}, {other_route, -2},   {other_root, -6}};
  enum { CHANGES = sizeof changes / sizeof *changes };
  size_t cases = 0;
  arguments a;
  for (size_t c = 0; c < CHANGES && size > 1; c++)
    for (int changed = 0; changed < size; changed++, cases++) {
      good(&a);
      if (rank == changed) changes[c].change(&a);
      check_call(&a, MPI_COMM_WORLD, changes[c].status);
    }
  check_cases("differences", cases, size > 1 ? (size_t)(CHANGES * size) : 0);
}

/* One row: ldw is ignored, and may differ and be anything; one block: so may stridew. */
static void what_is_ignored_may_differ(void **state) {
  (void)state;
  arguments a;
  good(&a);
  a.shape.m = 1;
  a.ldw = (size_t)rank;
  check_call(&a, MPI_COMM_WORLD, 0);
  good(&a);
  a.shape.left = 1;
  a.shape.stridew = (size_t)rank;
  check_call(&a, MPI_COMM_WORLD, 0);
}

static void other_types(void **state) {
  (void)state;
  if (size == 1) return;
  arguments a;
  good(&a);
  double w[M * N] = {0};
  const int status =
      rank == size - 1
          ? kron_eye_mpi_plan_create_f64(a.out, &a.shape, w, N, NULL, 0, MPI_COMM_WORLD)
          : kron_eye_mpi_plan_create_f32(a.out, &a.shape, a.w, N, NULL, 0, MPI_COMM_WORLD);
  REQUIRE_STATUS(status, -2);
  REQUIRE(a.plan == NULL);
}

static void bad_communicators(void **state) {
  (void)state;
  arguments a;
  MPI_Comm group, between = make_intercommunicator(&group);
  good(&a);
  check_call(&a, MPI_COMM_NULL, -7);
  good(&a);
  check_call(&a, between, -7);
  good(&a);
  a.ldw = 1;
  check_call(&a, MPI_COMM_NULL, -4);
  good(&a);
  check_call(&a, MPI_COMM_SELF, 0);
  if (between != MPI_COMM_NULL) MPI_Comm_free(&between);
  MPI_Comm_free(&group);
}

static void unsupported_is_said_by_all(void **state) {
  (void)state;
  stored w = make_w(&all_plan_types[2], PLAIN, 0);
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  kron_eye_plan *plan = NULL;
  options.route = KRON_EYE_ROUTE_BLAS; /* not for mixed types */
  REQUIRE_STATUS(kron_eye_mpi_plan_create_f32_f64(&plan, &w.shape, w.memory.data, w.ldw, &options,
                                                  0, MPI_COMM_WORLD),
                 KRON_EYE_UNSUPPORTED);
  REQUIRE(plan == NULL);
  guarded_destroy(&w.memory);
}

/* Each allocation of each rank refused in turn; nothing leaks on any. */
static void refused_memory_on_one_rank(void **state) {
  (void)state;
  size_t cases = 0;
  for (int spoiled = 0; spoiled < size; spoiled++)
    for (size_t number = 1;; number++, cases++) {
      arguments a;
      good(&a);
      memory.asked = 0;
      memory.refuse = rank == spoiled ? number : 0;
      memory.held = 0;
      memory.counting = true;
      const int status =
          kron_eye_mpi_plan_create_f32(a.out, &a.shape, a.w, N, NULL, 0, MPI_COMM_WORLD);
      REQUIRE(status == 0 || status == KRON_EYE_NO_MEMORY);
      REQUIRE((a.plan != NULL) == (status == 0));
      kron_eye_plan_destroy(a.plan);
      memory.counting = false;
      REQUIRE(memory.held == 0);
      if (status == 0) break; /* there was no allocation of that number */
    }
  printf("# %zu refusals\n", cases);
  REQUIRE(cases >= KRON_EYE_TEST_REFUSALS * (size_t)size);
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  rank = mpi_rank(MPI_COMM_WORLD);
  size = mpi_size(MPI_COMM_WORLD);
  if (argc != 2 || atoi(argv[1]) != size) {
    fprintf(stderr, "%d ranks, not %s\n", size, argc == 2 ? argv[1] : "what one argument says");
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  if (rank != 0 && freopen("/dev/null", "w", stdout) == NULL) MPI_Abort(MPI_COMM_WORLD, 1);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_are_dealt_out),
      cmocka_unit_test(bad_arguments_of_rows),
      cmocka_unit_test(plans_do_what_roots_does),
      cmocka_unit_test(empty_plans),
      cmocka_unit_test(bad_arguments_on_one_rank),
      cmocka_unit_test(root_needs_w),
      cmocka_unit_test(the_lowest_failing_rank_decides),
      cmocka_unit_test(ranks_that_differ),
      cmocka_unit_test(what_is_ignored_may_differ),
      cmocka_unit_test(other_types),
      cmocka_unit_test(bad_communicators),
      cmocka_unit_test(unsupported_is_said_by_all),
      cmocka_unit_test(refused_memory_on_one_rank),
  };
  const int failed = cmocka_run_group_tests(tests, NULL, NULL);
  MPI_Finalize();
  return failed;
}
