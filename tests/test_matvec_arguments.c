/*
 * test_matvec_arguments.c - every bad argument of the one-call functions: the exact status, in the
 * documented order, and y untouched.
 */
#include "check.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <kron_eye.h>

#include "types.h"

enum { ELEMENTS = 64 };

/* w, x and y are in one arena, so that offsets determine whether they overlap. In elements: */
enum { W_AT = 0, X_AT = ELEMENTS, Y_AT = 2 * ELEMENTS, ARENA = 3 * ELEMENTS, NONE = -1 };

/* One call. Sizes, then where each array starts in the arena (NONE: a NULL pointer). */
typedef struct call {
  size_t batch, k, m, n;
  int w, x, y;
  int status;
} call;

/* The largest number of elements of one byte that fits, and of `size` bytes. */
#define MOST ((size_t)PTRDIFF_MAX)

static void *at(double *arena, element e, int offset) {
  return offset == NONE ? NULL : (char *)arena + (size_t)offset * element_size(e);
}

/* Makes the call on an arena that holds a pattern, and expects the status; unless that is 0, the
 * whole arena must be unchanged. */
static void expect(const call_types *t, bool batch, const call *c) {
  double arena[ARENA], before[ARENA];
  for (size_t i = 0; i < ARENA; i++) arena[i] = 1;
  memcpy(before, arena, sizeof arena);
  const void *w = at(arena, t->e, c->w), *x = at(arena, t->e, c->x);
  void *y = at(arena, t->e, c->y);
  const int status = batch ? t->matvec_batch(c->batch, c->k, c->m, c->n, w, x, y)
                           : t->matvec(c->k, c->m, c->n, w, x, y);
  if (status != c->status)
    fail_msg("%s%s batch=%zu k=%zu m=%zu n=%zu w=%d x=%d y=%d: status %d, not %d",
             batch ? "batch " : "", t->name, c->batch, c->k, c->m, c->n, c->w, c->x, c->y, status,
             c->status);
  if (status != 0) assert_memory_equal(arena, before, sizeof arena);
}

/* Runs a table for one type; `batch` says which function. */
static size_t expect_all(const call_types *t, bool batch, const call *calls, size_t count) {
  for (size_t c = 0; c < count; c++) expect(t, batch, &calls[c]);
  return count;
}

static size_t matvec_table(const call_types *t) {
  const size_t fit = MOST / element_size(t->e); /* most elements in an array */
  const call calls[] = {
      /* valid calls first, to show that the table can tell the difference */
      {1, 2, 3, 4, W_AT, X_AT, Y_AT, 0},
      {1, 1, 1, 1, W_AT, X_AT, Y_AT, 0},
      /* -1: k*n or k*m */
      {1, SIZE_MAX, 2, 2, W_AT, X_AT, Y_AT, -1},
      {1, fit / 2 + 1, 1, 2, W_AT, X_AT, Y_AT, -1},
      {1, fit / 2 + 1, 2, 1, W_AT, X_AT, Y_AT, -1},
      {1, SIZE_MAX / 2 + 1, 2, 0, W_AT, X_AT, Y_AT, -1}, /* the product wraps to 0 */
      {1, (size_t)1 << 32, (size_t)1 << 32, 1, W_AT, X_AT, Y_AT, -1},
      /* -2: m*n */
      {1, 0, SIZE_MAX, 2, W_AT, X_AT, Y_AT, -2},
      {1, 0, fit / 2 + 1, 2, W_AT, X_AT, Y_AT, -2},
      {1, 1, (size_t)1 << 32, (size_t)1 << 32, W_AT, X_AT, Y_AT, -2},
      {1, 0, 2, SIZE_MAX / 2 + 1, W_AT, X_AT, Y_AT, -2},
      /* -3: n */
      {1, 0, 0, fit + 1, W_AT, X_AT, Y_AT, -3},
      {1, 0, 0, SIZE_MAX, W_AT, X_AT, Y_AT, -3},
      {1, 0, 0, SIZE_MAX, NONE, NONE, NONE, -3},
      /* -4, -5, -6: a NULL pointer whose array is not empty; the first is reported */
      {1, 2, 3, 4, NONE, X_AT, Y_AT, -4},
      {1, 2, 3, 4, W_AT, NONE, Y_AT, -5},
      {1, 2, 3, 4, W_AT, X_AT, NONE, -6},
      {1, 2, 3, 4, NONE, NONE, NONE, -4},
      {1, 2, 3, 4, W_AT, NONE, NONE, -5},
      {1, 0, 3, 4, NONE, NONE, NONE, -4}, /* with k = 0, W is not empty */
      {1, 2, 0, 4, NONE, NONE, NONE, -5}, /* with m = 0, x is not empty */
      {1, 2, 3, 0, NONE, NONE, NONE, -6}, /* with n = 0, y is not empty */
      /* -6: y over w or x, by one element at each end; side by side is no overlap */
      {1, 2, 3, 4, W_AT, X_AT, X_AT, -6},
      {1, 2, 3, 4, W_AT, X_AT, W_AT, -6},
      {1, 2, 3, 4, W_AT, X_AT, X_AT + 7, -6},
      {1, 2, 3, 4, W_AT, X_AT, X_AT + 8, 0},
      {1, 2, 3, 4, W_AT, X_AT, X_AT - 5, -6},
      {1, 2, 3, 4, W_AT, X_AT, X_AT - 6, 0},
      {1, 2, 3, 4, W_AT, X_AT, W_AT + 11, -6},
      {1, 2, 3, 4, W_AT, X_AT, W_AT + 12, 0},
      {1, 2, 3, 4, W_AT + 6, X_AT, W_AT, 0},
      {1, 2, 3, 4, W_AT + 5, X_AT, W_AT, -6},
      {1, 2, 3, 4, W_AT, W_AT, Y_AT, 0}, /* w and x may be the same memory */
      /* an empty array overlaps nothing, wherever it is */
      {1, 2, 0, 4, W_AT, X_AT, X_AT + 1, 0},
      {1, 2, 3, 0, Y_AT + 1, Y_AT + 2, Y_AT, 0},
      /* the earlier argument is reported */
      {1, SIZE_MAX, SIZE_MAX, SIZE_MAX, NONE, NONE, NONE, -1},
      {1, 2, 3, 4, NONE, X_AT, X_AT, -4},
  };
  return expect_all(t, false, calls, sizeof calls / sizeof *calls);
}

static size_t batch_table(const call_types *t) {
  const size_t fit = MOST / element_size(t->e);
  const call calls[] = {
      {2, 2, 3, 4, W_AT, X_AT, Y_AT, 0},
      /* -1: batch*k*n or batch*k*m */
      {SIZE_MAX, 2, 1, 1, W_AT, X_AT, Y_AT, -1},
      {fit / 6 + 1, 2, 1, 3, W_AT, X_AT, Y_AT, -1},
      {fit / 6 + 1, 2, 3, 1, W_AT, X_AT, Y_AT, -1},
      {(size_t)1 << 32, (size_t)1 << 32, 1, 1, W_AT, X_AT, Y_AT, -1},
      {(size_t)1 << 32, (size_t)1 << 16, (size_t)1 << 16, 1, W_AT, X_AT, Y_AT, -1},
      {SIZE_MAX / 4 + 1, 2, 2, 0, W_AT, X_AT, Y_AT, -1}, /* the product wraps to 0 */
      /* -2: k*n or k*m */
      {0, SIZE_MAX, 2, 2, W_AT, X_AT, Y_AT, -2},
      {0, fit / 2 + 1, 1, 2, W_AT, X_AT, Y_AT, -2},
      {0, fit / 2 + 1, 2, 1, W_AT, X_AT, Y_AT, -2},
      /* -3: m*n */
      {0, 0, fit / 2 + 1, 2, W_AT, X_AT, Y_AT, -3},
      {1, 0, SIZE_MAX, 2, W_AT, X_AT, Y_AT, -3},
      /* -4: n */
      {0, 0, 0, fit + 1, W_AT, X_AT, Y_AT, -4},
      {1, 1, 0, SIZE_MAX, W_AT, X_AT, Y_AT, -1}, /* one row of x already does not fit */
      /* -5, -6, -7: NULL */
      {2, 2, 3, 4, NONE, X_AT, Y_AT, -5},
      {2, 2, 3, 4, W_AT, NONE, Y_AT, -6},
      {2, 2, 3, 4, W_AT, X_AT, NONE, -7},
      {0, 2, 3, 4, NONE, NONE, NONE, -5},
      {2, 2, 0, 4, NONE, NONE, NONE, -6},
      {2, 2, 3, 0, NONE, NONE, NONE, -7},
      /* -7: overlap */
      {2, 2, 3, 4, W_AT, X_AT, X_AT, -7},
      {2, 2, 3, 4, W_AT, X_AT, W_AT, -7},
      {2, 2, 3, 4, W_AT, X_AT, X_AT + 15, -7},
      {2, 2, 3, 4, W_AT, X_AT, X_AT + 16, 0},
      {2, 2, 3, 4, W_AT, X_AT, X_AT - 11, -7},
      {2, 2, 3, 4, W_AT, X_AT, X_AT - 12, 0},
      /* an empty array overlaps nothing */
      {0, 2, 3, 4, W_AT, X_AT, W_AT, 0},
      {2, 2, 0, 4, W_AT, X_AT, X_AT, 0},
      {2, 2, 0, 4, W_AT, X_AT, X_AT + 1, 0},
      {2, 2, 3, 0, Y_AT + 1, Y_AT + 2, Y_AT, 0},
  };
  return expect_all(t, true, calls, sizeof calls / sizeof *calls);
}

static void matvec_statuses(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t t = 0; t < CALL_TYPES; t++) cases += matvec_table(&all_call_types[t]);
  check_cases("matvec arguments", cases, CALL_TYPES * 37);
}

static void matvec_batch_statuses(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t t = 0; t < CALL_TYPES; t++) cases += batch_table(&all_call_types[t]);
  check_cases("matvec_batch arguments", cases, CALL_TYPES * 30);
}

/* Every size at the limits of its type, in every combination: a status, never undefined behaviour,
 * and no write. The arena is far too small for any accepted call, so those must have no output. */
static void extreme_sizes(void **state) {
  (void)state;
  const size_t sizes[] = {
      0, SIZE_MAX / 8, (size_t)INT32_MAX, (size_t)1 << 31, (size_t)1 << 32, SIZE_MAX};
  enum { SIZES = 6 };
  size_t cases = 0;
  for (size_t t = 0; t < CALL_TYPES; t++)
    for (size_t i = 0; i < SIZES * SIZES * SIZES * SIZES; i++, cases++) {
      const size_t b = sizes[i % SIZES], k = sizes[i / SIZES % SIZES],
                   m = sizes[i / SIZES / SIZES % SIZES], n = sizes[i / SIZES / SIZES / SIZES];
      const int status = all_call_types[t].matvec_batch(b, k, m, n, NULL, NULL, NULL);
      const bool empty = b == 0 || k == 0 || m == 0;
      assert_true(status <= 0 && status >= -7);
      assert_true(status < 0 || empty);
    }
  check_cases("extreme sizes", cases, CALL_TYPES * 1296);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(matvec_statuses),
      cmocka_unit_test(matvec_batch_statuses),
      cmocka_unit_test(extreme_sizes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
