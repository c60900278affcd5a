/*
 * test_operator_promises.c - what the header promises of plans, for the whole operator: row
 * invariance bit for bit, blocks that depend on nothing else, arrays at any place between
 * inaccessible pages, a NaN or infinity that stays in its fibre, alpha = 0 that reads neither W
 * nor x, no floating-point exception that the written-out sums do not raise. Shapes with right > 1,
 * stored transposed, with a W for each block; with and without a bias and an activation.
 */
#include "check.h"

#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "guarded.h"
#include "random.h"
#include "types.h"

enum { FLAGS = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW };

typedef struct sizes {
  kron_eye_shape shape;
  size_t row_x, row_y, w_count;
} sizes;

/* A random shape; one in three is large enough for threads. */
static sizes sizes_draw(rng *r) {
  sizes s = {.shape = KRON_EYE_SHAPE_INIT};
  const bool large = rng_below(r, 3) == 0;
  s.shape.left = 1 + rng_below(r, 4);
  s.shape.m = 1 + rng_below(r, large ? 70 : 12);
  s.shape.n = 1 + rng_below(r, large ? 90 : 12);
  s.shape.right = rng_below(r, 4) == 0 ? 1 : 2 + rng_below(r, large ? 60 : 20);
  s.shape.op = (int)rng_below(r, 2);
  s.shape.stridew = rng_below(r, 3) == 0 ? s.shape.m * s.shape.n + 1 : 0;
  s.row_x = s.shape.left * s.shape.n * s.shape.right;
  s.row_y = s.shape.left * s.shape.m * s.shape.right;
  s.w_count = s.shape.m * s.shape.n + (s.shape.left - 1) * s.shape.stridew;
  return s;
}

static size_t ldw_of(const kron_eye_shape *shape) {
  return shape->op == KRON_EYE_TRANSPOSE ? shape->m : shape->n;
}

static void *normals(element e, size_t count, rng *r) {
  char *a = malloc(count * element_size(e) + 64);
  assert_non_null(a);
  for (size_t i = 0; i < count; i++)
    element_set(e, a, i, e == ELEMENT_U8 ? (double)rng_below(r, 256) : rng_normal(r));
  return a;
}

/* The plan functions with an epilogue, by type. */
static int apply_fused(const plan_types *t, const kron_eye_plan *plan, size_t batch, double alpha,
                       const void *x, size_t ldx, double beta, void *y, size_t ldy,
                       const kron_eye_epilogue *epilogue) {
  if (t->x == ELEMENT_U8)
    return kron_eye_apply_fused_u8_f32(plan, batch, (float)alpha, x, ldx, (float)beta, y, ldy,
                                       epilogue);
  if (t->y == ELEMENT_F32)
    return kron_eye_apply_fused_f32(plan, batch, (float)alpha, x, ldx, (float)beta, y, ldy,
                                    epilogue);
  if (t->x == ELEMENT_F32)
    return kron_eye_apply_fused_f32_f64(plan, batch, alpha, x, ldx, beta, y, ldy, epilogue);
  return kron_eye_apply_fused_f64(plan, batch, alpha, x, ldx, beta, y, ldy, epilogue);
}

static kron_eye_plan *plan_of(const plan_types *t, const sizes *s, const void *w, size_t threads) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = KRON_EYE_ROUTE_KERNEL;
  options.threads = threads;
  kron_eye_plan *plan = NULL;
  assert_int_equal(t->create(&plan, &s->shape, w, ldw_of(&s->shape), &options), 0);
  return plan;
}

static void same_bits(const plan_types *t, const sizes *s, const void *a, const void *b,
                      const char *what) {
  if (memcmp(a, b, s->row_y * element_size(t->y)) != 0)
    fail_msg("%s %s: left=%zu m=%zu n=%zu right=%zu op=%d stridew=%zu: other bits", t->name, what,
             s->shape.left, s->shape.m, s->shape.n, s->shape.right, s->shape.op, s->shape.stridew);
}

/* Each row of a batch, on four threads, with gaps and shifted, has the bits of the row alone. */
static void rows_are_invariant(void **state) {
  (void)state;
  enum { SHAPES = 240, BATCH = 7 };
  rng r = rng_start("rows of the whole operator");
  size_t cases = 0;
  for (size_t k = 0; k < SHAPES; k++) {
    const plan_types *t = &all_plan_types[k % PLAN_TYPES];
    const sizes s = sizes_draw(&r);
    const size_t xs = element_size(t->x), ys = element_size(t->y);
    const size_t ldx = s.row_x + rng_below(&r, 4), ldy = s.row_y + rng_below(&r, 4);
    const double alpha = rng_below(&r, 2) ? 1 : rng_normal(&r), beta = rng_below(&r, 2) ? 0 : 0.75;
    char *w = normals(t->y, s.w_count, &r), *x = normals(t->x, BATCH * ldx + 1, &r) /* shifted */,
         *old = normals(t->y, BATCH * ldy + 1, &r), *y = malloc((BATCH * ldy + 1) * ys),
         *one = malloc(s.row_y * ys), *bias = normals(t->y, s.shape.left * (s.shape.m + 2), &r);
    assert_true(y && one);
    kron_eye_epilogue epilogue = KRON_EYE_EPILOGUE_INIT;
    epilogue.bias = bias;
    epilogue.bias_stride = rng_below(&r, 2) ? s.shape.m + 2 : 0;
    epilogue.activation = (int)rng_below(&r, 3);
    epilogue.low = -1;
    epilogue.high = 2;
    const kron_eye_epilogue *e = rng_below(&r, 2) ? &epilogue : NULL;
    kron_eye_plan *many = plan_of(t, &s, w, 4), *single = plan_of(t, &s, w, 1);
    memcpy(y, old, (BATCH * ldy + 1) * ys);
    assert_int_equal(apply_fused(t, many, BATCH, alpha, x + xs, ldx, beta, y + ys, ldy, e), 0);
    for (size_t b = 0; b < BATCH; b++, cases++) {
      memcpy(one, old + (1 + b * ldy) * ys, s.row_y * ys);
      assert_int_equal(apply_fused(t, single, 1, alpha, x + (1 + b * ldx) * xs, 0, beta, one, 0, e),
                       0);
      same_bits(t, &s, one, y + (1 + b * ldy) * ys, "a row of a batch");
    }
    kron_eye_plan_destroy(many);
    kron_eye_plan_destroy(single);
    free(w);
    free(x);
    free(old);
    free(y);
    free(one);
    free(bias);
  }
  check_cases("rows", cases, (size_t)SHAPES * BATCH);
}

/* Block a of a row has the bits of a plan of one block, with its W, applied to that block alone;
   and so have all blocks of a batch together when their plan has another left. */
static void blocks_are_independent(void **state) {
  (void)state;
  enum { SHAPES = 240, BATCH = 3 };
  rng r = rng_start("blocks of the whole operator");
  size_t cases = 0, expected = 0;
  for (size_t k = 0; k < SHAPES; k++) {
    const plan_types *t = &all_plan_types[k % PLAN_TYPES];
    const sizes s = sizes_draw(&r);
    const size_t xs = element_size(t->x), ys = element_size(t->y);
    const size_t block_x = s.shape.n * s.shape.right, block_y = s.shape.m * s.shape.right;
    char *w = normals(t->y, s.w_count, &r), *x = normals(t->x, BATCH * s.row_x, &r),
         *whole = normals(t->y, BATCH * s.row_y, &r), *parts = malloc(BATCH * s.row_y * ys);
    assert_non_null(parts);
    memcpy(parts, whole, BATCH * s.row_y * ys);
    kron_eye_plan *plan = plan_of(t, &s, w, 2);
    assert_int_equal(t->apply(plan, BATCH, -1.25, x, s.row_x, 0.5, whole, s.row_y), 0);
    kron_eye_plan_destroy(plan);
    sizes one = s; /* stridew stays, as the choice of a kernel may depend on it */
    one.shape.left = 1;
    for (size_t a = 0; a < s.shape.left; a++, cases++) {
      plan = plan_of(t, &one, w + a * s.shape.stridew * ys, 1);
      assert_int_equal(t->apply(plan, BATCH, -1.25, x + a * block_x * xs, s.row_x, 0.5,
                                parts + a * block_y * ys, s.row_y),
                       0);
      kron_eye_plan_destroy(plan);
    }
    for (size_t b = 0; b < BATCH; b++)
      same_bits(t, &s, parts + b * s.row_y * ys, whole + b * s.row_y * ys, "a block alone");
    expected += s.shape.left;
    free(w);
    free(x);
    free(whole);
    free(parts);
  }
  check_cases("blocks", cases, expected);
  assert_true(cases > SHAPES);
}

/* Blocks so wide that they are computed in strips, by many panels: each fibre has the bits that a
   plan of right = 1 gives it. */
static void strips_have_the_bits_of_fibres(void **state) {
  (void)state;
  enum { LEFT = 3, M = 61, RIGHT = 1607, BATCH = 2 };
  enum { FIBRES = BATCH * LEFT * RIGHT, CASES = 4 * PLAN_TYPES };
  rng r = rng_start("strips of the whole operator");
  size_t cases = 0;
  for (size_t k = 0; k < CASES; k++, cases++) {
    const plan_types *t = &all_plan_types[k / 4];
    const size_t n = k % 4 < 2 ? 53 : 409; /* of many, sums wait in y for the next part */
    const size_t threads = k % 2 == 0 ? 1 : 3, xs = element_size(t->x), ys = element_size(t->y);
    const sizes wide = {
        .shape = {sizeof wide.shape, LEFT, M, n, RIGHT, KRON_EYE_NO_TRANSPOSE, 0, 0}};
    sizes narrow = wide;
    narrow.shape.left = FIBRES;
    narrow.shape.right = 1;
    char *w = normals(t->y, (size_t)M * n, &r), *x = normals(t->x, (size_t)FIBRES * n, &r),
         *fibres = malloc((size_t)FIBRES * n * xs), *y = malloc((size_t)FIBRES * M * ys),
         *expected = malloc((size_t)FIBRES * M * ys);
    assert_true(fibres && y && expected);
    for (size_t f = 0; f < FIBRES; f++)
      for (size_t j = 0; j < n; j++)
        memcpy(fibres + (f * n + j) * xs, x + ((f / RIGHT * n + j) * RIGHT + f % RIGHT) * xs, xs);
    kron_eye_plan *plan = plan_of(t, &wide, w, threads), *by_fibre = plan_of(t, &narrow, w, 1);
    kron_eye_epilogue epilogue = KRON_EYE_EPILOGUE_INIT;
    char *bias = normals(t->y, M, &r);
    epilogue.bias = bias;
    const kron_eye_epilogue *end = k % 2 == 0 ? &epilogue : NULL;
    const double alpha = k % 4 < 2 ? 1.5 : 1;
    assert_int_equal(apply_fused(t, plan, BATCH, alpha, x, (size_t)LEFT * n * RIGHT, 0, y,
                                 (size_t)LEFT * M * RIGHT, end),
                     0);
    assert_int_equal(apply_fused(t, by_fibre, 1, alpha, fibres, 0, 0, expected, 0, end), 0);
    free(bias);
    for (size_t f = 0; f < FIBRES; f++)
      for (size_t i = 0; i < M; i++)
        assert_memory_equal(y + ((f / RIGHT * M + i) * RIGHT + f % RIGHT) * ys,
                            expected + (f * M + i) * ys, ys);
    kron_eye_plan_destroy(plan);
    kron_eye_plan_destroy(by_fibre);
    free(w);
    free(x);
    free(fibres);
    free(y);
    free(expected);
  }
  check_cases("types, inputs and threads", cases, CASES);
}

/* Many blocks with a W each, so many that they are cut for the cache and for threads: each block
   has the bits of a plan for its W alone. */
static void many_ws_have_the_bits_of_one(void **state) {
  (void)state;
  enum { LEFT = 211, N = 11, PAD = 3, KINDS = 3 * 2 * 2 };
  static const size_t ms[] = {5, 9, 30}, batches[] = {2, 131};
  rng r = rng_start("many Ws");
  size_t cases = 0;
  for (size_t k = 0; k < KINDS * (size_t)PLAN_TYPES; k++) {
    const plan_types *t = &all_plan_types[k / KINDS];
    const size_t xs = element_size(t->x), ys = element_size(t->y);
    const size_t m = ms[k % 3], batch = batches[k / 3 % 2], threads = k / 6 % 2 == 0 ? 1 : 3;
    const size_t stridew = m * N + PAD, ldx = LEFT * N + PAD, ldy = LEFT * m + PAD;
    const sizes all = {
        .shape = {sizeof all.shape, LEFT, m, N, 1, KRON_EYE_NO_TRANSPOSE, 0, stridew}};
    sizes one = all;
    one.shape.left = 1;
    char *w = normals(t->y, LEFT * stridew, &r), *x = normals(t->x, batch * ldx, &r),
         *y = normals(t->y, batch * ldy, &r), *expected = malloc(batch * ldy * ys);
    assert_non_null(expected);
    memcpy(expected, y, batch * ldy * ys);
    kron_eye_plan *plan = plan_of(t, &all, w, threads);
    assert_int_equal(t->apply(plan, batch, 1.5, x, ldx, 0, y, ldy), 0);
    kron_eye_plan_destroy(plan);
    for (size_t a = 0; a < LEFT; a++, cases++) {
      plan = plan_of(t, &one, w + a * stridew * ys, 1);
      assert_int_equal(
          t->apply(plan, batch, 1.5, x + a * N * xs, ldx, 0, expected + a * m * ys, ldy), 0);
      kron_eye_plan_destroy(plan);
    }
    assert_memory_equal(y, expected, batch * ldy * ys); /* with the gaps */
    free(w);
    free(x);
    free(y);
    free(expected);
  }
  check_cases("blocks", cases, KINDS * (size_t)PLAN_TYPES * LEFT);
}

/* x and y that end at an inaccessible page, or begin 0 to 15 elements after one: the same bits, and
   nothing outside is touched. */
static void every_place_gives_the_same_bits(void **state) {
  (void)state;
  enum { SHAPES = 120, PLACES = 17 };
  rng r = rng_start("places of the whole operator");
  size_t cases = 0;
  for (size_t k = 0; k < SHAPES; k++) {
    const plan_types *t = &all_plan_types[k % PLAN_TYPES];
    const sizes s = sizes_draw(&r);
    const size_t xs = element_size(t->x), ys = element_size(t->y);
    const size_t x_bytes = s.row_x * xs, y_bytes = s.row_y * ys;
    char *w = normals(t->y, s.w_count, &r), *x = normals(t->x, s.row_x, &r),
         *old = normals(t->y, s.row_y, &r), *expected = malloc(y_bytes);
    assert_non_null(expected);
    memcpy(expected, old, y_bytes);
    kron_eye_plan *plan = plan_of(t, &s, w, 2);
    assert_int_equal(t->apply(plan, 1, 0.75, x, 0, -1, expected, 0), 0);
    for (size_t place = 0; place < PLACES; place++, cases++) {
      const guarded_edge edge = place == 0 ? GUARDED_END : GUARDED_START;
      const size_t offset = place == 0 ? 0 : place - 1;
      guarded gx = guarded_create(x_bytes + offset * xs, edge);
      guarded gy = guarded_create(y_bytes + offset * ys, edge);
      char *const y = (char *)gy.data + offset * ys;
      memcpy((char *)gx.data + offset * xs, x, x_bytes);
      memcpy(y, old, y_bytes);
      guarded_read_only(&gx);
      assert_int_equal(t->apply(plan, 1, 0.75, (char *)gx.data + offset * xs, 0, -1, y, 0), 0);
      same_bits(t, &s, y, expected, "at another place");
      guarded_destroy(&gx);
      guarded_destroy(&gy);
    }
    kron_eye_plan_destroy(plan);
    free(w);
    free(x);
    free(old);
    free(expected);
  }
  check_cases("places", cases, (size_t)SHAPES * PLACES);
}

/* One element of x that is NaN or infinite changes its fibre of y and no other. */
static void a_fibre_keeps_its_poison(void **state) {
  (void)state;
  enum { SHAPES = 300 };
  rng r = rng_start("fibres");
  size_t cases = 0;
  for (size_t k = 0; k < SHAPES; k++, cases++) {
    const plan_types *t = &all_plan_types[k % (PLAN_TYPES - 1)]; /* bytes hold no NaN */
    const sizes s = sizes_draw(&r);
    char *w = normals(t->y, s.w_count, &r), *x = normals(t->x, s.row_x, &r),
         *clean = calloc(s.row_y, element_size(t->y)), *y = calloc(s.row_y, element_size(t->y));
    assert_true(clean && y);
    kron_eye_plan *plan = plan_of(t, &s, w, 1);
    assert_int_equal(t->apply(plan, 1, 1, x, 0, 0, clean, 0), 0);
    const size_t at = rng_below(&r, s.row_x), right = s.shape.right;
    const size_t a = at / (s.shape.n * right), c = at % right;
    element_set(t->x, x, at, rng_below(&r, 2) ? (double)NAN : (double)INFINITY);
    assert_int_equal(t->apply(plan, 1, 1, x, 0, 0, y, 0), 0);
    for (size_t i = 0; i < s.row_y; i++) {
      const bool hit = i / (s.shape.m * right) == a && i % right == c;
      const double v = element_get(t->y, y, i);
      if (hit ? isfinite(v) : v != element_get(t->y, clean, i))
        fail_msg("%s left=%zu m=%zu n=%zu right=%zu: x[%zu] %s y[%zu]", t->name, s.shape.left,
                 s.shape.m, s.shape.n, right, at, hit ? "does not reach" : "reaches", i);
    }
    kron_eye_plan_destroy(plan);
    free(w);
    free(x);
    free(clean);
    free(y);
  }
  check_cases("fibres", cases, SHAPES);
}

/* alpha = 0: y = beta*y whatever W and x hold; beta = 0 too: +0, whatever y held. */
static void alpha_zero_reads_nothing(void **state) {
  (void)state;
  enum { SHAPES = 120 };
  rng r = rng_start("alpha = 0");
  size_t cases = 0;
  for (size_t k = 0; k < SHAPES; k++, cases++) {
    const plan_types *t = &all_plan_types[k % PLAN_TYPES];
    const sizes s = sizes_draw(&r);
    char *w = normals(t->y, s.w_count, &r), *x = normals(t->x, s.row_x, &r),
         *y = normals(t->y, s.row_y, &r);
    for (size_t i = 0; i < s.w_count; i++) element_set(t->y, w, i, (double)NAN);
    if (t->x != ELEMENT_U8)
      for (size_t i = 0; i < s.row_x; i++) element_set(t->x, x, i, (double)INFINITY);
    const double first = element_get(t->y, y, 0);
    kron_eye_plan *plan = plan_of(t, &s, w, 1);
    assert_int_equal(t->apply(plan, 1, 0, x, 0, -2, y, 0), 0);
    assert_true(element_get(t->y, y, 0) == -2 * first);
    for (size_t i = 0; i < s.row_y; i++) element_set(t->y, y, i, (double)NAN);
    assert_int_equal(t->apply(plan, 1, 0, x, 0, 0, y, 0), 0);
    for (size_t i = 0; i < s.row_y; i++) {
      assert_true(element_get(t->y, y, i) == 0);
      assert_false(signbit(element_get(t->y, y, i)));
    }
    kron_eye_plan_destroy(plan);
    free(w);
    free(x);
    free(y);
  }
  check_cases("products with alpha = 0", cases, SHAPES);
}

/* Finite numbers raise nothing; infinities in x, and none in W, raise nothing that Inf * w and
   Inf - Inf do not. */
static void no_exception_of_its_own(void **state) {
  (void)state;
  enum { SHAPES = 300 };
  rng r = rng_start("exceptions");
  size_t cases = 0;
  for (size_t k = 0; k < SHAPES; k++, cases++) {
    const plan_types *t = &all_plan_types[k % PLAN_TYPES];
    const sizes s = sizes_draw(&r);
    const bool infinite = k % 3 == 0 && t->x != ELEMENT_U8;
    char *w = normals(t->y, s.w_count, &r), *x = normals(t->x, s.row_x, &r),
         *y = normals(t->y, s.row_y, &r);
    /* One infinity a row at most, and no zero in W: no sum is Inf - Inf and no product 0 * Inf. */
    if (infinite) element_set(t->x, x, rng_below(&r, s.row_x), (double)INFINITY);
    kron_eye_epilogue epilogue = KRON_EYE_EPILOGUE_INIT;
    epilogue.activation = (int)rng_below(&r, 3);
    epilogue.high = 1;
    kron_eye_plan *plan = plan_of(t, &s, w, 1);
    feclearexcept(FLAGS);
    assert_int_equal(apply_fused(t, plan, 1, 1.5, x, 0, k % 2 ? 0 : 0.5, y, 0, &epilogue), 0);
    if (fetestexcept(FLAGS))
      fail_msg("%s left=%zu m=%zu n=%zu right=%zu raises%s%s", t->name, s.shape.left, s.shape.m,
               s.shape.n, s.shape.right, fetestexcept(FE_INVALID) ? " FE_INVALID" : "",
               fetestexcept(FE_OVERFLOW) ? " FE_OVERFLOW" : "");
    /* A NaN in y through the activations is quiet. */
    element_set(t->y, y, s.row_y - 1, (double)NAN);
    feclearexcept(FLAGS);
    assert_int_equal(apply_fused(t, plan, 1, 0, x, 0, 1, y, 0, &epilogue), 0);
    assert_int_equal(fetestexcept(FLAGS), 0);
    assert_true(isnan(element_get(t->y, y, s.row_y - 1)));
    kron_eye_plan_destroy(plan);
    free(w);
    free(x);
    free(y);
  }
  check_cases("products", cases, SHAPES);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_are_invariant),
      cmocka_unit_test(blocks_are_independent),
      cmocka_unit_test(strips_have_the_bits_of_fibres),
      cmocka_unit_test(many_ws_have_the_bits_of_one),
      cmocka_unit_test(every_place_gives_the_same_bits),
      cmocka_unit_test(a_fibre_keeps_its_poison),
      cmocka_unit_test(alpha_zero_reads_nothing),
      cmocka_unit_test(no_exception_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
