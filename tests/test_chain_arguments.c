/*
 * test_chain_arguments.c - chains: the exact status of every bad argument, in the documented order;
 * *out is NULL, y and the adjoint are untouched; sizes at the edges of size_t; structs of other
 * versions; the workspace too small, NULL, overlapping.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

enum { F = 3 };

static float w_a[3 * 2], w_b[7 * 5];

/* A (3 x 2) (x) I_4 (x) B (5 x 7, stored transposed): x has 56 elements, y 60. */
static void good(kron_eye_factor *factors) {
  factors[0] = kron_eye_factor_f32(3, 2, KRON_EYE_NO_TRANSPOSE, w_a, 2);
  factors[1] = kron_eye_factor_identity(4);
  factors[2] = kron_eye_factor_f32(5, 7, KRON_EYE_TRANSPOSE, w_b, 5);
}

static int create(size_t count, const kron_eye_factor *factors, const kron_eye_options *options) {
  kron_eye_chain *chain = (kron_eye_chain *)(void *)w_a;
  const int status = kron_eye_chain_create_f32(&chain, count, factors, options);
  if (status != 0) assert_null(chain);
  kron_eye_chain_destroy(chain);
  return status;
}

/* The status with one factor changed. */
#define WITH(index, change) (good(factors), factors[index] change, create(F, factors, NULL))

static void create_statuses(void **state) {
  (void)state;
  kron_eye_factor factors[F];
  good(factors);
  assert_int_equal(kron_eye_chain_create_f32(NULL, F, factors, NULL), -1);
  assert_int_equal(kron_eye_chain_create_f64(NULL, F, factors, NULL), -1);
  assert_int_equal(create(F, factors, NULL), 0);
  assert_int_equal(create(0, NULL, NULL), 0);
  assert_int_equal(create(F, NULL, NULL), -3);
  assert_int_equal(create(SIZE_MAX, NULL, NULL), -2);
  assert_int_equal(create(SIZE_MAX, factors, NULL), -2);
  assert_int_equal(create(PTRDIFF_MAX / sizeof *factors + 1, factors, NULL), -2);
  for (size_t f = 0; f < F; f++) {
    assert_int_equal(WITH(f, .size = 0), -3);
    assert_int_equal(WITH(f, .size--), -3);
    assert_int_equal(WITH(f, .size++), -3); /* not that of the others */
    assert_int_equal(WITH(f, .size = SIZE_MAX), -3);
    assert_int_equal(WITH(f, .kind = 2), -3);
    assert_int_equal(WITH(f, .kind = -1), -3);
    assert_int_equal(WITH(f, .reserved = 1), -3);
  }
  for (size_t f = 0; f < F; f += 2) {
    assert_int_equal(WITH(f, .op = 2), -3);
    assert_int_equal(WITH(f, .op = -1), -3);
    assert_int_equal(WITH(f, .w = NULL), -3);
    assert_int_equal(WITH(f, .ldw--), -3);
    assert_int_equal(WITH(f, .ldw = SIZE_MAX / 8), -3);
  }
  assert_int_equal(WITH(1, .op = 77), 0); /* an identity's op, w and ldw are not looked at */
  assert_int_equal(WITH(1, .ldw = SIZE_MAX), 0);
  assert_int_equal(WITH(1, .m = 5), -3);
  assert_int_equal(WITH(1, .n = 5), -3);
  assert_int_equal(WITH(0, .m = 0), 0);
  good(factors);
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = 3;
  assert_int_equal(create(F, factors, &options), -4);
  options = (kron_eye_options)KRON_EYE_OPTIONS_INIT;
  options.size--;
  assert_int_equal(create(F, factors, &options), -4);
  factors[2].kind = 9; /* the factors come first */
  assert_int_equal(create(F, factors, &options), -3);
}

/* Rows up to PTRDIFF_MAX bytes: nothing is applied. */
static void sizes_at_the_edge(void **state) {
  (void)state;
  kron_eye_factor factors[F];
  good(factors);
  factors[1] = kron_eye_factor_identity(PTRDIFF_MAX / sizeof(float) / 15); /* y: 15 of it */
  assert_int_equal(create(F, factors, NULL), 0);
  factors[1].m = ++factors[1].n;
  assert_int_equal(create(F, factors, NULL), -3);
  good(factors);
  factors[0].m = 0; /* y is empty; x, with 14, is what fits or not */
  factors[0].w = NULL;
  factors[1] = kron_eye_factor_identity(PTRDIFF_MAX / sizeof(float) / 14);
  assert_int_equal(create(F, factors, NULL), 0);
  factors[1].m = ++factors[1].n;
  assert_int_equal(create(F, factors, NULL), -3);
  factors[1] = kron_eye_factor_identity(SIZE_MAX);
  factors[2] = kron_eye_factor_identity(SIZE_MAX);
  assert_int_equal(create(F, factors, NULL), -3);
  factors[0].n = 0; /* empty on both sides, whatever the rest */
  assert_int_equal(create(F, factors, NULL), 0);
  kron_eye_factor many[3] = {kron_eye_factor_identity((size_t)1 << 40),
                             kron_eye_factor_identity((size_t)1 << 40),
                             kron_eye_factor_identity((size_t)1 << 40)};
  assert_int_equal(create(3, many, NULL), -3);
  assert_int_equal(create(1, many, NULL), 0);
}

/* Structs of a newer header: longer, the same for all. */
static void longer_structs(void **state) {
  (void)state;
  struct longer {
    kron_eye_factor factor;
    size_t more;
  } factors[F], adjoint[F];
  kron_eye_factor plain[F];
  good(plain);
  for (size_t f = 0; f < F; f++) {
    factors[f] = (struct longer){plain[f], 0};
    factors[f].factor.size = sizeof factors[f];
  }
  assert_int_equal(create(F, &factors[0].factor, NULL), 0);
  memset(adjoint, 0xff, sizeof adjoint);
  adjoint[0].factor.size = sizeof adjoint[0];
  assert_int_equal(kron_eye_factors_adjoint(F, &factors[0].factor, &adjoint[0].factor), 0);
  for (size_t f = 0; f < F; f++) {
    assert_int_equal(adjoint[f].factor.size, sizeof adjoint[f]);
    assert_int_equal(adjoint[f].more, 0);
    assert_int_equal(adjoint[f].factor.m, plain[f].n);
  }
  factors[F - 1].more = 1;
  assert_int_equal(create(F, &factors[0].factor, NULL), -3);
  assert_int_equal(kron_eye_factors_adjoint(F, &factors[0].factor, &adjoint[0].factor), -2);
}

static void adjoint_statuses(void **state) {
  (void)state;
  kron_eye_factor factors[F], adjoint[F], before[F];
  good(factors);
  for (size_t f = 0; f < F; f++) adjoint[f] = (kron_eye_factor)KRON_EYE_FACTOR_INIT;
  memcpy(before, adjoint, sizeof before);
  assert_int_equal(kron_eye_factors_adjoint(0, NULL, NULL), 0);
  assert_int_equal(kron_eye_factors_adjoint(F, NULL, adjoint), -2);
  assert_int_equal(kron_eye_factors_adjoint(SIZE_MAX, NULL, adjoint), -1);
  assert_int_equal(kron_eye_factors_adjoint(PTRDIFF_MAX / sizeof *factors + 1, factors, adjoint),
                   -1);
  factors[0].size = 1024; /* so many do not fit, and are not read */
  assert_int_equal(kron_eye_factors_adjoint(PTRDIFF_MAX / 1024 + 1, factors, adjoint), -1);
  good(factors);
  assert_int_equal(kron_eye_factors_adjoint(F, factors, NULL), -3);
  adjoint[0].size = 1;
  assert_int_equal(kron_eye_factors_adjoint(F, factors, adjoint), -3);
  adjoint[0].size = sizeof *adjoint;
  for (size_t f = 0; f < F; f++) {
    good(factors);
    factors[f].reserved = 1;
    assert_int_equal(kron_eye_factors_adjoint(F, factors, adjoint), -2);
    good(factors);
    factors[f].kind = 2;
    assert_int_equal(kron_eye_factors_adjoint(F, factors, adjoint), -2);
    good(factors);
    factors[f].size++;
    assert_int_equal(kron_eye_factors_adjoint(F, factors, adjoint), -2);
  }
  good(factors);
  factors[2].op = 2;
  assert_int_equal(kron_eye_factors_adjoint(F, factors, adjoint), -2);
  assert_memory_equal(adjoint, before, sizeof before);
  good(factors);
  assert_int_equal(kron_eye_factors_adjoint(F, factors, adjoint), 0);
  assert_int_equal(adjoint[0].m, 2);
  assert_int_equal(adjoint[0].n, 3);
  assert_int_equal(adjoint[0].op, KRON_EYE_TRANSPOSE);
  assert_ptr_equal(adjoint[0].w, w_a);
  assert_int_equal(adjoint[0].ldw, 2);
  assert_int_equal(adjoint[1].kind, KRON_EYE_FACTOR_IDENTITY);
  assert_int_equal(adjoint[1].m, 4);
  assert_int_equal(adjoint[2].op, KRON_EYE_NO_TRANSPOSE);
  assert_int_equal(kron_eye_factors_adjoint(F, adjoint, adjoint), 0); /* in place, and back */
  assert_memory_equal(adjoint, factors, sizeof adjoint);
}

enum { X = 56, Y = 60, BATCH = 3 };
static float x[X * BATCH], y[Y * BATCH], other[4 * (X + Y) * BATCH];

static int apply(const kron_eye_chain *chain, size_t batch, const float *from, size_t ldx,
                 float *to, size_t ldy, void *workspace, size_t bytes) {
  float before[Y * BATCH];
  memcpy(before, y, sizeof y);
  const int status =
      kron_eye_chain_apply_f32(chain, batch, 1, from, ldx, 1, to, ldy, workspace, bytes);
  if (status != 0) assert_memory_equal(before, y, sizeof y);
  return status;
}

static void apply_statuses(void **state) {
  (void)state;
  kron_eye_factor factors[F];
  good(factors);
  kron_eye_chain *chain = NULL;
  assert_int_equal(kron_eye_chain_create_f32(&chain, F, factors, NULL), 0);
  const size_t bytes = kron_eye_chain_workspace(chain);
  assert_true(bytes > 0);
  assert_int_equal(kron_eye_chain_workspace(NULL), 0);
  char *space = malloc(bytes + 1);
  assert_non_null(space);
  assert_int_equal(apply(chain, BATCH, x, X, y, Y, space, bytes), 0);
  assert_int_equal(apply(chain, BATCH, x, X, y, Y, space + 1, bytes), 0);
  assert_int_equal(apply(chain, BATCH, x, X, y, Y, NULL, 0), 0);
  assert_int_equal(apply(NULL, BATCH, x, X, y, Y, space, bytes), -1);
  assert_int_equal(
      kron_eye_chain_apply_f64(chain, 1, 1, (double[X]){0}, X, 0, (double[Y]){0}, Y, NULL, 0), -1);
  assert_int_equal(apply(chain, SIZE_MAX, x, X, y, Y, space, bytes), -2);
  assert_int_equal(apply(chain, BATCH, NULL, X, y, Y, space, bytes), -4);
  assert_int_equal(apply(chain, BATCH, x, X - 1, y, Y, space, bytes), -5);
  assert_int_equal(apply(chain, BATCH, x, 0, y, Y, space, bytes), 0); /* one row for all */
  assert_int_equal(apply(chain, BATCH, x, X, NULL, Y, space, bytes), -7);
  assert_int_equal(apply(chain, BATCH, x, X, y, Y - 1, space, bytes), -8);
  assert_int_equal(apply(chain, BATCH, x, X, y, 0, space, bytes), -8);
  assert_int_equal(apply(chain, 1, x, 1, y, 1, space, bytes), 0);
  assert_int_equal(apply(chain, BATCH, other, X, other + X * BATCH - 1, Y, space, bytes), -7);
  assert_int_equal(apply(chain, BATCH, other, X, other + X * BATCH, Y, space, bytes), 0);
  assert_int_equal(apply(chain, BATCH, x, X, y, Y, NULL, bytes), -9);
  assert_int_equal(apply(chain, BATCH, x, X, y, Y, NULL, 1), -9);
  assert_int_equal(apply(chain, BATCH, x, X, y, Y, space, bytes - 1), -10);
  assert_int_equal(apply(chain, BATCH, x, X, y, Y, space, 0), -10);
  assert_int_equal(apply(chain, 0, NULL, X, NULL, Y, space, bytes - 1),
                   -10); /* whatever the batch */
  assert_int_equal(apply(chain, 0, NULL, X, NULL, Y, NULL, 1), -9);
  assert_int_equal(apply(chain, 0, NULL, X, NULL, Y, NULL, 0), 0);
  assert_int_equal(apply(chain, BATCH, NULL, X, y, Y, space, 0), -4); /* in order */
  free(space);
  kron_eye_chain_destroy(chain);
  kron_eye_chain_destroy(NULL);
}

/* The workspace meets x or y by one byte, or just does not. */
static void workspace_overlap(void **state) {
  (void)state;
  kron_eye_factor factors[F];
  good(factors);
  kron_eye_chain *chain = NULL;
  assert_int_equal(kron_eye_chain_create_f32(&chain, F, factors, NULL), 0);
  const size_t bytes = kron_eye_chain_workspace(chain);
  const size_t rows = BATCH * Y * sizeof(float);
  char *all = calloc(1, rows + bytes + rows);
  assert_non_null(all);
  for (int is_y = 0; is_y <= 1; is_y++) {
    const size_t length = (is_y ? sizeof y : sizeof x);
    float *array = (float *)(void *)(all + rows);
    const float *from = is_y ? x : array;
    float *to = is_y ? array : y;
    char *behind = all + rows + length, *before = all + rows - bytes;
    assert_int_equal(apply(chain, BATCH, from, X, to, Y, behind - 1, bytes), -9);
    if (bytes + length <= bytes + rows)
      assert_int_equal(apply(chain, BATCH, from, X, to, Y, behind, bytes), 0);
    if (bytes <= rows) {
      assert_int_equal(apply(chain, BATCH, from, X, to, Y, before + 1, bytes), -9);
      assert_int_equal(apply(chain, BATCH, from, X, to, Y, before, bytes), 0);
    }
    assert_int_equal(apply(chain, BATCH, from, X, to, Y, all, SIZE_MAX), -9);
  }
  free(all);
  kron_eye_chain_destroy(chain);
}

int main(void) {
  for (size_t i = 0; i < sizeof w_b / sizeof *w_b; i++) w_b[i] = (float)i;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(create_statuses), cmocka_unit_test(sizes_at_the_edge),
      cmocka_unit_test(longer_structs),  cmocka_unit_test(adjoint_statuses),
      cmocka_unit_test(apply_statuses),  cmocka_unit_test(workspace_overlap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
