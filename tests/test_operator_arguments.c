/*
 * test_operator_arguments.c - the product in one call and the adjoint shape: the exact status of
 * every bad argument, in the documented order, with the output untouched; sizes at their limits;
 * overlap to the element; empty sizes; shorter and longer structs.
 */
#include "check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "types.h"

/* ------------------------------------------------------------------ the product */

enum { LEFT = 2, M = 3, N = 4, RIGHT = 5, BATCH = 2, LDW = 6, LDX = 45, LDY = 33 };
enum { ROW_X = LEFT * N * RIGHT, ROW_Y = LEFT * M * RIGHT, STRIDEW = 20 };
/* Where W, x and y lie in the arena, in elements, with room before and behind. */
enum { AT_W = 10, AT_X = 150, AT_Y = 350, ARENA = 500 };

typedef struct arguments {
  kron_eye_shape shape;
  bool no_shape;
  char *w, *x, *y;
  size_t ldw, batch, ldx, ldy;
} arguments;

static _Alignas(double) char arena[ARENA * sizeof(double)];

static arguments good(element e) {
  const size_t size = element_size(e);
  arguments a = {.shape = KRON_EYE_SHAPE_INIT,
                 .w = arena + AT_W * size,
                 .x = arena + AT_X * size,
                 .y = arena + AT_Y * size,
                 .ldw = LDW,
                 .batch = BATCH,
                 .ldx = LDX,
                 .ldy = LDY};
  a.shape.left = LEFT;
  a.shape.m = M;
  a.shape.n = N;
  a.shape.right = RIGHT;
  a.shape.stridew = STRIDEW;
  return a;
}

static int product(element e, const arguments *a, double alpha, double beta) {
  const kron_eye_shape *shape = a->no_shape ? NULL : &a->shape;
  if (e == ELEMENT_F32)
    return kron_eye_product_f32(shape, (const float *)(const void *)a->w, a->ldw, a->batch,
                                (float)alpha, (const float *)(const void *)a->x, a->ldx,
                                (float)beta, (float *)(void *)a->y, a->ldy);
  return kron_eye_product_f64(shape, (const double *)(const void *)a->w, a->ldw, a->batch, alpha,
                              (const double *)(const void *)a->x, a->ldx, beta,
                              (double *)(void *)a->y, a->ldy);
}

/* The status, with nothing written unless it is 0. */
static void expect(element e, const arguments *a, double alpha, int status) {
  static char before[sizeof arena];
  memset(arena, 0, sizeof arena);
  memcpy(before, arena, sizeof before);
  before[0] = arena[0] = 1;
  assert_int_equal(product(e, a, alpha, 1), status);
  if (status != 0) assert_memory_equal(arena, before, sizeof before);
}

/* One fault each; the first letters say in which argument, for pairs of faults. */
typedef void spoil(arguments *a, size_t size);
static void shape_null(arguments *a, size_t size) {
  (void)size;
  a->no_shape = true;
}
static void shape_short(arguments *a, size_t size) {
  (void)size;
  a->shape.size = offsetof(kron_eye_shape, stridew) - 1;
}
static void shape_large(arguments *a, size_t size) {
  (void)size;
  a->shape.size = 1025;
}
static void shape_op(arguments *a, size_t size) {
  (void)size;
  a->shape.op = KRON_EYE_TRANSPOSE + 1;
}
static void shape_negative_op(arguments *a, size_t size) {
  (void)size;
  a->shape.op = -1;
}
static void shape_reserved(arguments *a, size_t size) {
  (void)size;
  a->shape.reserved = 1;
}
static void shape_left(arguments *a, size_t size) {
  a->shape.left = PTRDIFF_MAX / size / (N * RIGHT) + 1;
}
static void shape_m(arguments *a, size_t size) {
  a->shape.m = PTRDIFF_MAX / size / (LEFT * RIGHT) + 1;
}
static void shape_n(arguments *a, size_t size) {
  a->shape.n = PTRDIFF_MAX / size / (LEFT * RIGHT) + 1;
}
static void shape_right(arguments *a, size_t size) {
  a->shape.right = PTRDIFF_MAX / size / (LEFT * N) + 1;
}
static void shape_w(arguments *a, size_t size) {
  a->shape.left = a->shape.right = 1;
  a->shape.m = a->shape.n = (size_t)1 << 31;
  (void)size;
}
static void w_null(arguments *a, size_t size) {
  (void)size;
  a->w = NULL;
}
static void ldw_small(arguments *a, size_t size) {
  (void)size;
  a->ldw = N - 1;
}
static void ldw_large(arguments *a, size_t size) {
  a->ldw = PTRDIFF_MAX / size / (M - 1);
}
static void ldw_by_stridew(arguments *a, size_t size) {
  a->shape.stridew = PTRDIFF_MAX / size - (M - 1) * LDW - N + 1;
}
static void batch_large(arguments *a, size_t size) {
  a->batch = PTRDIFF_MAX / size;
}
static void x_null(arguments *a, size_t size) {
  (void)size;
  a->x = NULL;
}
static void ldx_small(arguments *a, size_t size) {
  (void)size;
  a->ldx = ROW_X - 1;
}
static void y_null(arguments *a, size_t size) {
  (void)size;
  a->y = NULL;
}
static void ldy_small(arguments *a, size_t size) {
  (void)size;
  a->ldy = ROW_Y - 1;
}
static void ldy_zero(arguments *a, size_t size) {
  (void)size;
  a->ldy = 0;
}
static void y_onto_x(arguments *a, size_t size) {
  a->y = arena + (AT_X + LDX + ROW_X - 1) * size;
}
static void y_onto_w(arguments *a, size_t size) {
  a->y = arena + (AT_W + STRIDEW + (M - 1) * LDW + N - 1) * size;
}

/* In the order of the checks. */
static const struct {
  spoil *spoil;
  int status;
} faults[] = {{shape_null, -1},
              {shape_short, -1},
              {shape_large, -1},
              {shape_op, -1},
              {shape_negative_op, -1},
              {shape_reserved, -1},
              {shape_left, -1},
              {shape_m, -1},
              {shape_n, -1},
              {shape_right, -1},
              {shape_w, -1},
              {w_null, -2},
              {ldw_small, -3},
              {ldw_large, -3},
              {ldw_by_stridew, -3},
              {batch_large, -4},
              {x_null, -6},
              {ldx_small, -7},
              {y_null, -9},
              {ldy_small, -10},
              {ldy_zero, -10},
              {y_onto_x, -9},
              {y_onto_w, -9}};
enum { FAULTS = sizeof faults / sizeof *faults };

static void product_faults(void **state) {
  (void)state;
  size_t cases = 0;
  for (int t = 0; t < 2; t++) {
    const element e = t == 0 ? ELEMENT_F32 : ELEMENT_F64;
    const arguments sound = good(e);
    expect(e, &sound, 1, 0);
    for (size_t f = 0; f < FAULTS; f++)
      for (size_t g = f; g < FAULTS; g++, cases++) {
        arguments a = sound;
        faults[g].spoil(&a, element_size(e));
        faults[f].spoil(&a, element_size(e)); /* the first one's value, where both set one */
        for (int alpha = 0; alpha <= 1; alpha++) expect(e, &a, alpha, faults[f].status);
      }
  }
  check_cases("faults and pairs of faults", cases, (size_t)FAULTS * (FAULTS + 1));
}

/* What is large but fits, or small but of another argument, is no fault. */
static void product_limits(void **state) {
  (void)state;
  size_t cases = 0;
  for (int t = 0; t < 2; t++, cases++) {
    const element e = t == 0 ? ELEMENT_F32 : ELEMENT_F64;
    const size_t size = element_size(e);
    arguments a = good(e);
    a.y = arena + (AT_X + LDX + ROW_X) * size; /* right behind x */
    expect(e, &a, 1, 0);
    a.y = arena + (AT_W + STRIDEW + (M - 1) * LDW + N) * size; /* right behind the last W */
    a.x = arena + 200 * size;
    expect(e, &a, 1, 0);
    a = good(e);
    a.y = a.x + ROW_X * size; /* rows of x and y take turns */
    a.ldx = a.ldy = ROW_X + ROW_Y;
    expect(e, &a, 1, 0);
    a.ldx--; /* the second row of x begins in the first one of y */
    expect(e, &a, 1, -9);
    a = good(e);
    a.ldx = 0;
    expect(e, &a, 1, 0);
    a.batch = 1;
    a.ldx = a.ldy = 1; /* ignored */
    expect(e, &a, 1, 0);
    a = good(e);
    a.shape.op = KRON_EYE_TRANSPOSE;
    a.ldw = M;
    a.shape.stridew = N * M;
    expect(e, &a, 1, 0);
    a.ldw--;
    expect(e, &a, 1, -3);
    a = good(e);
    a.shape.left = 1;
    a.shape.stridew = SIZE_MAX; /* ignored */
    expect(e, &a, 1, 0);
    a = good(e);
    a.shape.m = 1;
    a.ldw = 0; /* ignored */
    expect(e, &a, 1, 0);
  }
  check_cases("limits", cases, 2);
}

/* Pointers to empty arrays may be NULL; with no output nothing is done, with no input y = beta*y.
 */
static void product_empty(void **state) {
  (void)state;
  size_t cases = 0;
  for (int t = 0; t < 2; t++)
    for (unsigned empty = 1; empty < 32; empty++, cases++) {
      const element e = t == 0 ? ELEMENT_F32 : ELEMENT_F64;
      arguments a = good(e);
      if (empty & 1) a.shape.left = 0;
      if (empty & 2) a.shape.m = 0;
      if (empty & 4) a.shape.n = 0;
      if (empty & 8) a.shape.right = 0;
      if (empty & 16) a.batch = 0;
      if (empty & 7) a.w = NULL;
      if (empty & 29) a.x = NULL;
      const bool no_output = (empty & 27) != 0;
      if (no_output) a.y = NULL;
      memset(arena, 0, sizeof arena);
      if (!no_output) element_set(e, a.y, ROW_Y - 1, 3);
      assert_int_equal(product(e, &a, 1, -2), 0);
      if (!no_output) assert_true(element_get(e, a.y, ROW_Y - 1) == -6);
    }
  check_cases("empty products", cases, 2 * 31);
}

/* ------------------------------------------------------------------ the adjoint */

/* A struct in a larger array of a pattern, so that what is written around it is seen. */
typedef union room {
  kron_eye_shape shape;
  unsigned char bytes[1100];
} room;

static room room_of(size_t size) {
  room r;
  memset(r.bytes, 0xa5, sizeof r.bytes);
  r.shape.size = size;
  return r;
}

static void adjoint_writes_as_far_as_it_is_told(void **state) {
  (void)state;
  const kron_eye_shape shape = {sizeof shape, 2, 3, 4, 5, KRON_EYE_NO_TRANSPOSE, 0, 0};
  const size_t first = offsetof(kron_eye_shape, stridew);
  size_t cases = 0;
  for (size_t size = 0; size <= 1030; size++, cases++) {
    room to = room_of(size);
    const room before = to;
    const bool good_size = size >= first && size <= 1024;
    assert_int_equal(kron_eye_shape_adjoint(&shape, &to.shape), good_size ? 0 : -2);
    if (!good_size) {
      assert_memory_equal(to.bytes, before.bytes, sizeof to.bytes);
      continue;
    }
    assert_true(to.shape.size == size && to.shape.left == 2 && to.shape.m == 4 && to.shape.n == 3);
    assert_true(to.shape.right == 5 && to.shape.op == KRON_EYE_TRANSPOSE && to.shape.reserved == 0);
    for (size_t b = first; b < sizeof to.bytes; b++)
      assert_int_equal(to.bytes[b], b < size ? 0 : 0xa5); /* no stridew, and nothing unknown */
  }
  check_cases("sizes of the adjoint", cases, 1031);
}

static void adjoint_reads_any_known_struct(void **state) {
  (void)state;
  room from = room_of(offsetof(kron_eye_shape, stridew)), to = room_of(sizeof(kron_eye_shape));
  from.shape.left = 7;
  from.shape.m = 1;
  from.shape.n = 6;
  from.shape.right = 2;
  from.shape.op = KRON_EYE_TRANSPOSE;
  from.shape.reserved = 0;
  assert_int_equal(kron_eye_shape_adjoint(&from.shape, &to.shape), 0); /* no stridew is read */
  assert_true(to.shape.left == 7 && to.shape.m == 6 && to.shape.n == 1 && to.shape.right == 2);
  assert_true(to.shape.op == KRON_EYE_NO_TRANSPOSE && to.shape.stridew == 0);
  from.shape.size = 200;
  from.shape.stridew = 9;
  assert_int_equal(kron_eye_shape_adjoint(&from.shape, &to.shape), -1);
  memset(from.bytes + sizeof(kron_eye_shape), 0, 200 - sizeof(kron_eye_shape));
  assert_int_equal(kron_eye_shape_adjoint(&from.shape, &to.shape), 0);
  assert_true(to.shape.stridew == 9);
  from.bytes[199] = 1;
  assert_int_equal(kron_eye_shape_adjoint(&from.shape, &to.shape), -1);
  from.bytes[199] = 0;
  to = room_of(offsetof(kron_eye_shape, stridew));
  const room before = to;
  assert_int_equal(kron_eye_shape_adjoint(&from.shape, &to.shape), -2); /* no place for stridew */
  assert_memory_equal(to.bytes, before.bytes, sizeof to.bytes);
  assert_int_equal(kron_eye_shape_adjoint(&from.shape, &from.shape), 0); /* in place */
  assert_true(from.shape.size == 200 && from.shape.m == 6 && from.shape.n == 1);
}

static void adjoint_faults(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t f = 0; f < FAULTS && faults[f].status == -1; f++, cases++) {
    arguments a = good(ELEMENT_F32);
    faults[f].spoil(&a, sizeof(uint8_t)); /* the sizes must fit in bytes: it knows no type */
    room to = room_of(sizeof(kron_eye_shape));
    const room before = to;
    const kron_eye_shape *shape = a.no_shape ? NULL : &a.shape;
    if (faults[f].spoil == shape_w) a.shape.m = a.shape.n = (size_t)1 << 32;
    assert_int_equal(kron_eye_shape_adjoint(shape, &to.shape), -1);
    assert_int_equal(kron_eye_shape_adjoint(shape, NULL), -1);
    assert_memory_equal(to.bytes, before.bytes, sizeof to.bytes);
  }
  const arguments sound = good(ELEMENT_F32);
  assert_int_equal(kron_eye_shape_adjoint(&sound.shape, NULL), -2);
  check_cases("faults of the adjoint", cases, 11);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(product_faults),
      cmocka_unit_test(product_limits),
      cmocka_unit_test(product_empty),
      cmocka_unit_test(adjoint_writes_as_far_as_it_is_told),
      cmocka_unit_test(adjoint_reads_any_known_struct),
      cmocka_unit_test(adjoint_faults),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
