/*
 * test_plan_arguments.c - every bad argument of the plan functions: the exact status, in the
 * documented order; no plan, or y untouched. Also arguments that look invalid but are allowed.
 */
#include "check.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <kron_eye.h>

#include "types.h"

#define MOST ((size_t)PTRDIFF_MAX)

static kron_eye_shape shape_of(size_t left, size_t m, size_t n) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = left;
  shape.m = m;
  shape.n = n;
  return shape;
}

/* ---------------------------------------------------------------- create */

/* Calls create and expects the status; `*out` is set to garbage first, and must become a plan on 0,
 * or NULL on any other status. Returns 1, for the count. */
static size_t expect_create(const plan_types *t, const kron_eye_shape *shape, const void *w,
                            size_t ldw, const kron_eye_options *options, int expected) {
  char rubbish;
  kron_eye_plan *plan = (kron_eye_plan *)(void *)&rubbish;
  const int status = t->create(&plan, shape, w, ldw, options);
  if (status != expected) fail_msg("%s: create gives %d, not %d", t->name, status, expected);
  if (status == 0) {
    assert_non_null(plan);
    assert_ptr_not_equal(plan, &rubbish);
    kron_eye_plan_destroy(plan);
  } else {
    assert_null(plan);
  }
  return 1;
}

static void create_out_and_shape(void **state) {
  (void)state;
  const double w[64] = {0};
  size_t cases = 0;
  for (size_t p = 0; p < PLAN_TYPES; p++) {
    const plan_types *t = &all_plan_types[p];
    const kron_eye_shape good = shape_of(2, 3, 4);
    assert_int_equal(t->create(NULL, &good, w, 4, NULL), -1);
    assert_int_equal(t->create(NULL, NULL, NULL, 0, NULL), -1);
    cases += expect_create(t, &good, w, 4, NULL, 0);
    cases += expect_create(t, NULL, w, 4, NULL, -2);
    cases += expect_create(t, NULL, NULL, 0, NULL, -2);

    const size_t bad_sizes[] = {0, 1, offsetof(kron_eye_shape, stridew) - 1, 1025, SIZE_MAX};
    for (size_t s = 0; s < 5; s++) {
      kron_eye_shape bad = good;
      bad.size = bad_sizes[s];
      cases += expect_create(t, &bad, w, 4, NULL, -2);
    }
    const int bad_ops[] = {-1, 2, 100};
    for (size_t s = 0; s < 3; s++) {
      kron_eye_shape bad = good;
      bad.op = bad_ops[s];
      cases += expect_create(t, &bad, w, 4, NULL, -2);
    }
    kron_eye_shape bad = good;
    bad.reserved = 1;
    cases += expect_create(t, &bad, w, 4, NULL, -2);

    const size_t most_x = MOST / element_size(t->x), most_y = MOST / element_size(t->y);
    const size_t bad_shapes[][3] = {/* left, m, n */
                                    {SIZE_MAX, 2, 2},
                                    {most_x / 2 + 1, 1, 2},
                                    {most_y / 2 + 1, 2, 1},
                                    {1, most_y / 2 + 1, 2},
                                    {1, (size_t)1 << 32, (size_t)1 << 32},
                                    {(size_t)1 << 32, 1, (size_t)1 << 32},
                                    {SIZE_MAX / 2 + 1, 2, 0}, /* the product wraps to 0 */
                                    {0, SIZE_MAX, SIZE_MAX}};
    for (size_t s = 0; s < 8; s++) {
      bad = shape_of(bad_shapes[s][0], bad_shapes[s][1], bad_shapes[s][2]);
      cases += expect_create(t, &bad, w, SIZE_MAX, NULL, -2);
    }
  }
  check_cases("create: out and shape", cases, PLAN_TYPES * (3 + 5 + 3 + 1 + 8));
}

static void create_w_and_stride(void **state) {
  (void)state;
  const double w[64] = {0};
  size_t cases = 0;
  for (size_t p = 0; p < PLAN_TYPES; p++) {
    const plan_types *t = &all_plan_types[p];
    const size_t most = MOST / element_size(t->y);
    const kron_eye_shape good = shape_of(2, 3, 4), one_row = shape_of(2, 1, 4),
                         no_outputs = shape_of(2, 0, 4), no_inputs = shape_of(2, 3, 0),
                         no_blocks = shape_of(0, 3, 4);
    cases += expect_create(t, &good, NULL, 4, NULL, -3);
    cases += expect_create(t, &good, NULL, 0, NULL, -3);
    cases += expect_create(t, &no_blocks, NULL, 4, NULL, -3); /* W is not empty */
    cases += expect_create(t, &no_outputs, NULL, 4, NULL, 0);
    cases += expect_create(t, &no_inputs, NULL, 0, NULL, 0);
    cases += expect_create(t, &good, w, 3, NULL, -4);
    cases += expect_create(t, &good, w, 0, NULL, -4);
    cases += expect_create(t, &good, w, SIZE_MAX, NULL, -4);
    cases += expect_create(t, &good, w, most / 2 + 1, NULL, -4);
    cases += expect_create(t, &good, w, (most - 4) / 2 + 1, NULL, -4); /* its last row */
    cases += expect_create(t, &good, w, 5, NULL, 0);
    cases += expect_create(t, &one_row, w, 0, NULL, 0); /* ignored */
    cases += expect_create(t, &one_row, w, SIZE_MAX, NULL, 0);
    cases += expect_create(t, &no_outputs, w, 0, NULL, 0);
    cases += expect_create(t, &no_blocks, w, 4, NULL, 0);
  }
  check_cases("create: w and ldw", cases, PLAN_TYPES * 15);
}

static void create_options(void **state) {
  (void)state;
  const double w[64] = {0};
  const kron_eye_shape good = shape_of(2, 3, 4);
  size_t cases = 0;
  for (size_t p = 0; p < PLAN_TYPES; p++) {
    const plan_types *t = &all_plan_types[p];
    const kron_eye_options defaults = KRON_EYE_OPTIONS_INIT;
    cases += expect_create(t, &good, w, 4, &defaults, 0);
    const size_t bad_sizes[] = {0, 1, sizeof defaults - 1, 1025, SIZE_MAX};
    for (size_t s = 0; s < 5; s++) {
      kron_eye_options bad = defaults;
      bad.size = bad_sizes[s];
      cases += expect_create(t, &good, w, 4, &bad, -5);
    }
    for (int value = -1; value <= 3; value++) {
      kron_eye_options zeros = defaults, route = defaults;
      zeros.zeros = value;
      route.route = value;
      const bool known = value >= 0 && value <= 2;
      const bool mixed = t->x != t->y;
      cases += expect_create(t, &good, w, 4, &zeros, known ? 0 : -5);
      cases += expect_create(t, &good, w, 4, &route,
                             !known                                  ? -5
                             : mixed && value == KRON_EYE_ROUTE_BLAS ? KRON_EYE_UNSUPPORTED
                                                                     : 0);
    }
    const size_t threads[] = {0, 1, 2, 1000, SIZE_MAX};
    for (size_t s = 0; s < 5; s++) {
      kron_eye_options any = defaults;
      any.threads = threads[s];
      cases += expect_create(t, &good, w, 4, &any, 0);
    }
  }
  check_cases("create: options", cases, PLAN_TYPES * (1 + 5 + 10 + 5));
}

/* Structs of a later version: longer, and accepted as long as the unknown part is zero. */
static void create_longer_structs(void **state) {
  (void)state;
  enum { TAIL = 24 };
  struct {
    kron_eye_shape known;
    unsigned char tail[TAIL];
  } shape = {shape_of(2, 3, 4), {0}};
  struct {
    kron_eye_options known;
    unsigned char tail[TAIL];
  } options = {KRON_EYE_OPTIONS_INIT, {0}};
  const double w[64] = {0};
  shape.known.size = sizeof shape.known + TAIL;
  options.known.size = sizeof options.known + TAIL;
  size_t cases = 0;
  for (size_t p = 0; p < PLAN_TYPES; p++) {
    const plan_types *t = &all_plan_types[p];
    cases += expect_create(t, &shape.known, w, 4, &options.known, 0);
    for (size_t b = 0; b < TAIL; b++) {
      shape.tail[b] = 1;
      cases += expect_create(t, &shape.known, w, 4, NULL, -2);
      shape.tail[b] = 0;
      options.tail[b] = 128;
      cases += expect_create(t, &shape.known, w, 4, &options.known, -5);
      options.tail[b] = 0;
    }
    /* nothing is read beyond the size that the struct claims */
    shape.tail[TAIL - 1] = options.tail[TAIL - 1] = 1;
    shape.known.size -= 1;
    options.known.size -= 1;
    cases += expect_create(t, &shape.known, w, 4, &options.known, 0);
    shape.tail[TAIL - 1] = options.tail[TAIL - 1] = 0;
    shape.known.size += 1;
    options.known.size += 1;
  }
  check_cases("create: longer structs", cases, PLAN_TYPES * (2 + 2 * TAIL));
}

/* Shapes with right > 1, stored transposed, and with a W for each block: what is W's extent, and
   when it is empty. */
static void create_whole_shapes(void **state) {
  (void)state;
  const double w[64] = {0};
  size_t cases = 0;
  for (size_t p = 0; p < PLAN_TYPES; p++) {
    const plan_types *t = &all_plan_types[p];
    kron_eye_shape right = shape_of(2, 3, 4), transposed = shape_of(2, 3, 4),
                   own = shape_of(2, 3, 4);
    right.right = 5;
    transposed.op = KRON_EYE_TRANSPOSE;
    own.stridew = 12;
    kron_eye_options bad = KRON_EYE_OPTIONS_INIT;
    bad.zeros = 9;
    cases += expect_create(t, &right, w, 4, NULL, 0);
    cases += expect_create(t, &right, NULL, 4, NULL, -3);
    cases += expect_create(t, &right, w, 3, NULL, -4);
    cases += expect_create(t, &right, w, 4, &bad, -5);
    right.right = 0;
    cases += expect_create(t, &right, w, 4, NULL, 0);
    right.right = SIZE_MAX;
    cases += expect_create(t, &right, w, 4, NULL, -2);
    cases += expect_create(t, &transposed, w, 3, NULL, 0); /* stored 4 x 3 */
    cases += expect_create(t, &transposed, w, 2, NULL, -4);
    cases += expect_create(t, &transposed, NULL, 3, NULL, -3);
    cases += expect_create(t, &own, w, 4, NULL, 0);
    own.stridew = 1; /* Ws that are only read may overlap */
    cases += expect_create(t, &own, w, 4, NULL, 0);
    own.stridew = SIZE_MAX; /* a total that does not fit is ldw's fault */
    cases += expect_create(t, &own, w, 4, NULL, -4);
    own.left = 1; /* then it is ignored */
    cases += expect_create(t, &own, w, 4, NULL, 0);
    own.left = 0; /* then W is empty */
    cases += expect_create(t, &own, NULL, 4, NULL, 0);
    own.stridew = 0; /* and now it is not */
    cases += expect_create(t, &own, NULL, 4, NULL, -3);
  }
  check_cases("create: whole shapes", cases, PLAN_TYPES * 15);
}

/* ---------------------------------------------------------------- apply */

/* x and y are in one arena of doubles, x at its start; offsets in elements of each one's type. */
enum {
  ARENA = 512,
  Y_AT = 256,
  NONE = -1,
  LEFT = 2,
  M = 3,
  N = 4,
  ROW_X = LEFT * N,
  ROW_Y = LEFT * M
};

typedef struct call {
  size_t batch;
  int x;
  size_t ldx;
  int y;
  size_t ldy;
  int status;
} call;

static void *at(double *arena, element e, int offset) {
  return offset == NONE ? NULL : (char *)arena + (size_t)offset * element_size(e);
}

static size_t expect_apply(const plan_types *t, const kron_eye_plan *plan, const call *c) {
  double arena[ARENA], before[ARENA];
  for (size_t i = 0; i < ARENA; i++) arena[i] = 1;
  memcpy(before, arena, sizeof arena);
  const int status =
      t->apply(plan, c->batch, 1, at(arena, t->x, c->x), c->ldx, 0, at(arena, t->y, c->y), c->ldy);
  if (status != c->status)
    fail_msg("%s batch=%zu x=%d ldx=%zu y=%d ldy=%zu: status %d, not %d", t->name, c->batch, c->x,
             c->ldx, c->y, c->ldy, status, c->status);
  if (status != 0) assert_memory_equal(arena, before, sizeof arena);
  return 1;
}

static kron_eye_plan *plan_of(const plan_types *t, size_t left, size_t m, size_t n) {
  static const double w[64] = {0};
  const kron_eye_shape shape = shape_of(left, m, n);
  kron_eye_plan *plan = NULL;
  assert_int_equal(t->create(&plan, &shape, w, n, NULL), 0);
  return plan;
}

static void apply_statuses(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t p = 0; p < PLAN_TYPES; p++) {
    const plan_types *t = &all_plan_types[p];
    const size_t most_x = MOST / element_size(t->x), most_y = MOST / element_size(t->y);
    kron_eye_plan *plan = plan_of(t, LEFT, M, N);
    const call calls[] = {
        {3, 0, ROW_X, Y_AT, ROW_Y, 0},
        {3, 0, ROW_X + 1, Y_AT, ROW_Y + 5, 0},
        {3, 0, 0, Y_AT, ROW_Y, 0}, /* one row of x for all */
        /* -2: the rows do not fit */
        {SIZE_MAX, 0, ROW_X, Y_AT, ROW_Y, -2},
        {most_x / ROW_X + 1, 0, ROW_X, Y_AT, ROW_Y, -2},
        {most_y / ROW_Y + 1, 0, 0, Y_AT, ROW_Y, -2},
        {2, 0, most_x, Y_AT, ROW_Y, -2},
        {2, 0, ROW_X, Y_AT, most_y, -2},
        {2, 0, SIZE_MAX, Y_AT, ROW_Y, -2},
        {3, 0, SIZE_MAX / 2 + 1, Y_AT, ROW_Y, -2},
        /* -4 */
        {3, NONE, ROW_X, Y_AT, ROW_Y, -4},
        {3, NONE, 0, Y_AT, ROW_Y, -4},
        {1, NONE, ROW_X, NONE, ROW_Y, -4},
        /* -5 */
        {3, 0, ROW_X - 1, Y_AT, ROW_Y, -5},
        {3, 0, 1, Y_AT, ROW_Y, -5},
        {3, 0, 1, NONE, ROW_Y, -5},
        /* -7: NULL */
        {3, 0, ROW_X, NONE, ROW_Y, -7},
        {3, 0, ROW_X, NONE, 0, -7},
        /* -8 */
        {3, 0, ROW_X, Y_AT, ROW_Y - 1, -8},
        {3, 0, ROW_X, Y_AT, 0, -8},
        {3, 0, ROW_X, 0, ROW_Y - 1, -8}, /* before the overlap */
        /* strides are ignored for a single row and for no rows */
        {1, 0, 1, Y_AT, 0, 0},
        {1, 0, SIZE_MAX, Y_AT, SIZE_MAX, 0},
        {0, 0, 1, Y_AT, 0, 0},
        {0, NONE, 1, NONE, 0, 0},
        /* -7: overlap */
        {3, 0, ROW_X, 0, ROW_Y, -7},
        {1, 0, ROW_X, 0, ROW_Y, -7},
        {3, 0, 0, 0, ROW_Y, -7},
        {0, 0, ROW_X, 0, ROW_Y, 0}, /* no rows overlap nothing */
    };
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++)
      cases += expect_apply(t, plan, &calls[c]);
    kron_eye_plan_destroy(plan);
  }
  check_cases("apply: statuses", cases, PLAN_TYPES * 29);
}

/* Rows of x and of y alternate in one array; if they are one element too close, the status is -7.
 */
static void apply_interleaved(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t p = 0; p < PLAN_TYPES; p++) {
    const plan_types *t = &all_plan_types[p];
    if (t->x != t->y) continue;
    kron_eye_plan *plan = plan_of(t, LEFT, M, N);
    const size_t ld = ROW_X + ROW_Y;
    const call calls[] = {
        {4, 0, ld, ROW_X, ld, 0},
        {4, ROW_Y, ld, 0, ld, 0},
        {4, 0, ld, ROW_X - 1, ld, -7},
        {4, 0, ld, ROW_X + 1, ld, -7},
        {4, 0, ld - 1, ROW_X, ld, -7},
        {4, 0, ld, ROW_X, ld - 1, -7},
        {4, 0, ld, ROW_X, ld + 1, -7},
        /* no row beyond the last of x or y is considered: it would overlap one of the other's rows
         */
        {3, 0, 20, 8, 26, 0},
        {3, 6, 26, 0, 20, 0},
        /* one row of x for all, in the first gap of y, in a later one, and across a row */
        {4, ROW_Y, 0, 0, ld, 0},
        {4, ROW_Y + 2 * (int)ld, 0, 0, ld, 0},
        {4, ROW_Y + 1, 0, 0, ld, -7},
        {4, ROW_Y + 2 * (int)ld - 1, 0, 0, ld, -7},
    };
    for (size_t c = 0; c < sizeof calls / sizeof *calls; c++)
      cases += expect_apply(t, plan, &calls[c]);
    kron_eye_plan_destroy(plan);
  }
  check_cases("apply: interleaved", cases, 2 * 13);
}

/* Plans can be applied only by the functions of their own types. */
static void apply_plan(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t p = 0; p < PLAN_TYPES; p++) {
    kron_eye_plan *plan = plan_of(&all_plan_types[p], LEFT, M, N);
    for (size_t other = 0; other < PLAN_TYPES; other++) {
      const call c = {3, 0, ROW_X, Y_AT, ROW_Y, other == p ? 0 : -1};
      const call nothing = {SIZE_MAX, NONE, 1, NONE, 1, -1};
      cases += expect_apply(&all_plan_types[other], plan, &c);
      cases += expect_apply(&all_plan_types[other], NULL, &nothing);
    }
    kron_eye_plan_destroy(plan);
  }
  check_cases("apply: plans of other types", cases, 2 * PLAN_TYPES * PLAN_TYPES);
}

/* Empty sizes: pointers to empty arrays may be NULL; n = 0 gives y = beta*y. */
static void apply_empty(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t p = 0; p < PLAN_TYPES; p++) {
    const plan_types *t = &all_plan_types[p];
    const call no_x_needed = {3, NONE, 0, Y_AT, 6, 0}, no_y_needed = {3, 0, 8, NONE, 0, 0},
               nothing_needed = {3, NONE, 0, NONE, 0, 0}, x_needed = {3, NONE, 8, NONE, 0, -4},
               y_needed = {3, NONE, 0, NONE, 6, -7};
    kron_eye_plan *no_inputs = plan_of(t, LEFT, M, 0), *no_outputs = plan_of(t, LEFT, 0, N),
                  *no_blocks = plan_of(t, 0, M, N);
    cases += expect_apply(t, no_inputs, &no_x_needed) + expect_apply(t, no_inputs, &y_needed) +
             expect_apply(t, no_outputs, &no_y_needed) + expect_apply(t, no_outputs, &x_needed) +
             expect_apply(t, no_blocks, &nothing_needed);

    double y[8];
    for (size_t i = 0; i < 8; i++) element_set(t->y, y, i, 3);
    assert_int_equal(t->apply(no_inputs, 1, 5, NULL, 0, 2, y, 6), 0);
    for (size_t i = 0; i < 8; i++) assert_true(element_get(t->y, y, i) == (i < ROW_Y ? 6 : 3));
    assert_int_equal(t->apply(no_inputs, 1, 5, NULL, 0, 0, y, 6), 0);
    for (size_t i = 0; i < 8; i++) assert_true(element_get(t->y, y, i) == (i < ROW_Y ? 0 : 3));
    kron_eye_plan_destroy(no_inputs);
    kron_eye_plan_destroy(no_outputs);
    kron_eye_plan_destroy(no_blocks);
  }
  check_cases("apply: empty arrays", cases, PLAN_TYPES * 5);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(create_out_and_shape), cmocka_unit_test(create_w_and_stride),
      cmocka_unit_test(create_options),       cmocka_unit_test(create_longer_structs),
      cmocka_unit_test(create_whole_shapes),  cmocka_unit_test(apply_statuses),
      cmocka_unit_test(apply_interleaved),    cmocka_unit_test(apply_plan),
      cmocka_unit_test(apply_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
