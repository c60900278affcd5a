/*
 * test_gradient_arguments.c - the exact status of every bad argument of the gradients and of the
 * backward of RELU, in the order of the arguments, with the output untouched; sizes at the edges of
 * size_t; which arrangements of dWs share elements; overlap to the element.
 */
#include "check.h"

#include <stdint.h>
#include <string.h>

#include <kron_eye.h>

#include "gradient_types.h"

enum { LEFT = 2, M = 3, N = 5, RIGHT = 2, BATCH = 2, X = LEFT * N * RIGHT, Y = LEFT * M * RIGHT };

/* All arguments of one call; a good one, to be spoilt. */
typedef struct call {
  kron_eye_shape shape;
  const kron_eye_shape *at;
  kron_eye_options options;
  size_t batch, ldx, lddy, lddw;
  void *x, *dy, *dw;
} call;

static double x_array[BATCH * X], dy_array[BATCH * Y], dw_array[LEFT * M * N + 64];

static call good(void) {
  call c = {.shape = KRON_EYE_SHAPE_INIT,
            .options = KRON_EYE_OPTIONS_INIT,
            .batch = BATCH,
            .ldx = X,
            .lddy = Y,
            .lddw = N,
            .x = x_array,
            .dy = dy_array,
            .dw = dw_array};
  c.shape.left = LEFT;
  c.shape.m = M;
  c.shape.n = N;
  c.shape.right = RIGHT;
  return c;
}

static int run(const gradient_types *t, call *c) {
  const kron_eye_shape *shape = c->at == NULL ? &c->shape : c->at;
  return t->gradient(shape, c->batch, 1, c->x, c->ldx, c->dy, c->lddy, 1, c->dw, c->lddw,
                     &c->options);
}

static size_t cases;

static void expect_status(call c, int status) {
  static double before[sizeof dw_array / sizeof *dw_array];
  for (size_t t = 0; t < GRADIENT_TYPES; t++, cases++) {
    memset(dw_array, 0x3c, sizeof dw_array);
    memcpy(before, dw_array, sizeof before);
    assert_int_equal(run(&all_gradient_types[t], &c), status);
    if (status != 0) assert_memory_equal(dw_array, before, sizeof before);
  }
}

/* From here on, each pair of statements spoils one argument of a good call, and then one more that
   comes later, which must not be what is reported. */
static void every_argument(void **state) {
  (void)state;
  cases = 0;
  expect_status(good(), 0);

  call c = good();
  c.shape.size = 8;
  c.x = NULL;
  expect_status(c, -1);
  c = good();
  c.shape.op = 2;
  c.lddw = 0;
  expect_status(c, -1);
  c = good();
  c.shape.reserved = 1;
  expect_status(c, -1);
  c = good();
  c.shape.m = SIZE_MAX / 2;
  expect_status(c, -1);

  c = good();
  c.batch = SIZE_MAX / 8;
  c.x = NULL;
  expect_status(c, -2);
  c = good();
  c.ldx = SIZE_MAX / 8; /* a bad stride is one that is too small; this is too large for the batch */
  expect_status(c, -2);
  c = good();
  c.lddy = SIZE_MAX / 8;
  expect_status(c, -2);

  c = good();
  c.ldx = c.lddy = 0; /* the arrays fit, the number of terms does not */
  c.batch = SIZE_MAX / c.shape.left + 1;
  expect_status(c, -2);

  c = good();
  c.x = NULL;
  c.ldx = 1;
  expect_status(c, -4);
  c = good();
  c.ldx = X - 1;
  c.dy = NULL;
  expect_status(c, -5);
  c = good();
  c.dy = NULL;
  c.lddy = 1;
  expect_status(c, -6);
  c = good();
  c.lddy = Y - 1;
  c.dw = NULL;
  expect_status(c, -7);
  c = good();
  c.dw = NULL;
  c.lddw = 0;
  expect_status(c, -9);
  c = good();
  c.lddw = N - 1;
  c.options.zeros = 7;
  expect_status(c, -10);
  c = good();
  c.lddw = SIZE_MAX / 8;
  expect_status(c, -10);
  c = good();
  c.shape.stridew = SIZE_MAX / 8;
  expect_status(c, -10);
  c = good();
  c.options.zeros = 3;
  c.dw = c.x;
  expect_status(c, -11);
  c = good();
  c.options.route = -1;
  expect_status(c, -11);
  c = good();
  c.options.size = 1;
  expect_status(c, -11);

  /* What is ignored, and what is good. */
  c = good();
  c.batch = 1;
  c.ldx = 1;
  c.lddy = 1;
  expect_status(c, 0);
  c = good();
  c.ldx = 0;
  c.lddy = 0;
  expect_status(c, 0);
  c = good();
  c.shape.m = 1;
  c.lddw = 0;
  expect_status(c, 0);
  c = good();
  c.batch = 0;
  c.x = NULL;
  c.dy = NULL;
  expect_status(c, 0);
  c = good();
  c.shape.m = 0;
  c.dy = NULL;
  c.dw = NULL;
  expect_status(c, 0);
  c = good();
  c.shape.left = 0;
  c.shape.stridew = 4;
  c.x = c.dy = c.dw = NULL;
  expect_status(c, 0);
  c = good();
  c.shape.left = 0;
  c.dw = NULL;
  expect_status(c, -9);
  c = good();
  c.shape.left = 1;
  c.shape.stridew = 1;
  expect_status(c, 0);
  check_cases("calls", cases, 28 * GRADIENT_TYPES);

  for (size_t t = 0; t < GRADIENT_TYPES; t++)
    assert_int_equal(all_gradient_types[t].gradient(NULL, 0, 1, NULL, 0, NULL, 0, 0, NULL, 0, NULL),
                     -1);
}

/* Every stridew and lddw up to where the dWs are apart, against a count of the elements. */
static void dws_may_share_no_element(void **state) {
  (void)state;
  enum { MOST = 14, BLOCKS = 3, ROWS = 3, COLUMNS = 2, SPACE = 256 };
  static double x[BLOCKS * COLUMNS], dy[BLOCKS * ROWS], dw[SPACE];
  size_t shared = 0, apart = 0;
  for (int op = 0; op <= 1; op++)
    for (size_t stride = 1; stride <= MOST; stride++)
      for (size_t ld = COLUMNS; ld <= MOST; ld++) {
        unsigned char owners[SPACE] = {0};
        bool share = false;
        for (size_t a = 0; a < BLOCKS; a++)
          for (size_t i = 0; i < ROWS; i++)
            for (size_t j = 0; j < COLUMNS; j++) share |= owners[a * stride + i * ld + j]++ != 0;
        /* Arrangements that are neither behind one another nor side by side are refused too. */
        const bool behind = stride >= (ROWS - 1) * ld + COLUMNS,
                   beside = stride >= COLUMNS && ld >= (BLOCKS - 1) * stride + COLUMNS;
        assert_true(!share || !(behind || beside));
        kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
        shape.left = BLOCKS;
        shape.m = op ? COLUMNS : ROWS;
        shape.n = op ? ROWS : COLUMNS;
        shape.op = op;
        shape.stridew = stride;
        assert_int_equal(
            kron_eye_gradient_f64(&shape, 1, 1, op ? dy : x, 0, op ? x : dy, 0, 0, dw, ld, NULL),
            behind || beside ? 0 : -1);
        shared += !(behind || beside);
        apart += behind || beside;
      }
  assert_true(shared > 0 && apart > 0);
  check_cases("arrangements", shared + apart, 2 * MOST * (MOST - COLUMNS + 1));
}

/* dW slides through an array that holds x, then dy. */
static void dw_overlaps_to_the_element(void **state) {
  (void)state;
  enum { SIZE = M * N, FREE = 40 };
  static double array[FREE + BATCH * X + FREE];
  size_t bad = 0, fine = 0;
  for (int which = 0; which <= 1; which++)
    for (size_t at = FREE - SIZE - 2; at <= FREE + BATCH * X + 2; at++) {
      call c = good();
      const size_t length = which ? BATCH * Y : BATCH * X;
      if (which)
        c.dy = array + FREE;
      else
        c.x = array + FREE;
      c.dw = array + at;
      const bool overlap = at + SIZE > FREE && at < FREE + length;
      assert_int_equal(run(&all_gradient_types[1], &c), overlap ? -9 : 0);
      bad += overlap;
      fine += !overlap;
    }
  assert_true(bad > 0 && fine > 0);
  check_cases("places of dW", bad + fine, 2 * (BATCH * X + SIZE + 5));
}

static void every_argument_of_the_bias(void **state) {
  (void)state;
  size_t count = 0;
  for (size_t t = 0; t < GRADIENT_TYPES; t++) {
    const gradient_types *g = &all_gradient_types[t];
    double db[LEFT * M] = {0}, before[LEFT * M] = {0};
    kron_eye_shape shape = good().shape;
#define EXPECT(status, shape_, batch, dy, lddy, db_, stride)                                       \
  assert_int_equal(g->bias(shape_, batch, 1, dy, lddy, 0, db_, stride), status), count++
    EXPECT(-1, NULL, BATCH, NULL, Y, db, 0);
    shape.op = 9;
    EXPECT(-1, &shape, BATCH, dy_array, Y, db, 0);
    shape.op = 0;
    EXPECT(-2, &shape, SIZE_MAX / 8, NULL, Y, db, 0);
    EXPECT(-2, &shape, SIZE_MAX / shape.left + 1, dy_array, 0, db, 0);
    EXPECT(-4, &shape, BATCH, NULL, 1, db, 0);
    EXPECT(-5, &shape, BATCH, dy_array, Y - 1, NULL, 0);
    EXPECT(-7, &shape, BATCH, dy_array, Y, NULL, 1);
    EXPECT(-7, &shape, BATCH, dy_array, Y, dy_array, 0);
    EXPECT(-8, &shape, BATCH, dy_array, Y, db, M - 1);
    EXPECT(-8, &shape, BATCH, dy_array, Y, db, SIZE_MAX / 4);
    assert_memory_equal(db, before, sizeof db);
    EXPECT(0, &shape, BATCH, dy_array, Y, db, M);
    EXPECT(0, &shape, BATCH, dy_array, 0, db, 0);
    EXPECT(0, &shape, 1, dy_array, 1, db, 0);
    shape.left = 0;
    EXPECT(0, &shape, BATCH, NULL, 0, NULL, M);
    EXPECT(-7, &shape, BATCH, NULL, 0, NULL, 0);
#undef EXPECT
  }
  check_cases("bias calls", count, 15 * GRADIENT_TYPES);
}

static void every_argument_of_relu(void **state) {
  (void)state;
  enum { ROWS = 3, COLS = 4 };
  size_t count = 0;
  for (size_t t = 0; t < GRADIENT_TYPES; t++) {
    const gradient_types *g = &all_gradient_types[t];
    const size_t size = element_size(g->e);
    static double y[ROWS * COLS], dy[2 * ROWS * COLS], dz[ROWS * COLS];
#define EXPECT(status, rows, cols, y_, ldy, dy_, lddy, dz_, lddz)                                  \
  assert_int_equal(g->relu(rows, cols, y_, ldy, dy_, lddy, dz_, lddz), status), count++
    EXPECT(-1, SIZE_MAX / 2, COLS, NULL, COLS, dy, COLS, dz, COLS);
    EXPECT(-1, ROWS, COLS, y, SIZE_MAX / 2, dy, COLS, dz, COLS);
    EXPECT(-3, ROWS, COLS, NULL, 1, dy, COLS, dz, COLS);
    EXPECT(-4, ROWS, COLS, y, COLS - 1, NULL, COLS, dz, COLS);
    EXPECT(-5, ROWS, COLS, y, COLS, NULL, 1, dz, COLS);
    EXPECT(-6, ROWS, COLS, y, COLS, dy, COLS - 1, NULL, COLS);
    EXPECT(-7, ROWS, COLS, y, COLS, dy, COLS, NULL, 1);
    EXPECT(-8, ROWS, COLS, y, COLS, dy, COLS, dz, COLS - 1);
    EXPECT(-7, ROWS, COLS, y, COLS, dy, COLS, y, COLS);
    EXPECT(-7, ROWS, COLS, y, COLS, dy, COLS, (char *)dy + size, COLS);
    EXPECT(-7, ROWS, COLS, y, COLS, dy, COLS, dy, COLS + 1);
    EXPECT(0, ROWS, COLS, y, COLS, dy, COLS, dy, COLS);
    EXPECT(0, 1, COLS, y, 0, dy, 0, dy, 1);
    EXPECT(0, 0, COLS, NULL, 0, NULL, 0, NULL, 0);
    EXPECT(0, ROWS, 0, NULL, 0, NULL, 0, NULL, 0);
#undef EXPECT
  }
  check_cases("RELU calls", count, 15 * GRADIENT_TYPES);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_argument),
      cmocka_unit_test(dws_may_share_no_element),
      cmocka_unit_test(dw_overlaps_to_the_element),
      cmocka_unit_test(every_argument_of_the_bias),
      cmocka_unit_test(every_argument_of_relu),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
