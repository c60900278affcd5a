/*
 * test_memory.c - the library's memory, through the test's own allocator: an allocation that fails
 * at any point gives a clear status and leaks nothing; new memory full of NaN changes no result;
 * packed W ends at an inaccessible page, also where right > 1; an apply and an update allocate
 * nothing; a gradient at most 64 copies of dW. Linked to the static library only, since a shared
 * one hides its allocator.
 */
#include "check.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <kron_eye.h>

#include "base/memory.h"
#include "chains.h"
#include "fused_types.h"
#include "operands.h"

/* ---------------------------------------------------------------- the allocator */

enum { MOST_BLOCKS = 64 };

static struct {
  guarded blocks[MOST_BLOCKS]; /* in use if data is not NULL */
  size_t asked;                /* allocations requested, including refused ones */
  size_t held;                 /* blocks in use */
  size_t bytes;                /* of all requests, including refused ones */
  size_t refuse;               /* the number of the first allocation to refuse, from 1; 0: none */
  bool once;                   /* refuse only that one, not all later ones */
} memory;

static void *allocate(size_t size) {
  if (size == 0) return NULL; /* as in some C libraries; not a refusal */
  memory.asked++;
  memory.bytes += size;
  if (memory.refuse != 0 &&
      (memory.once ? memory.asked == memory.refuse : memory.asked >= memory.refuse)) {
    errno = ENOMEM; /* as the C library's do; the library puts it back */
    return NULL;
  }
  const size_t whole = (size + KRON_EYE_ALIGNMENT - 1) / KRON_EYE_ALIGNMENT * KRON_EYE_ALIGNMENT;
  for (size_t b = 0; b < MOST_BLOCKS; b++)
    if (memory.blocks[b].data == NULL) {
      memory.blocks[b] = guarded_create(whole, GUARDED_END);
      memset(memory.blocks[b].data, 0xff, whole);
      memory.held++;
      return memory.blocks[b].data;
    }
  return NULL;
}

static void release(void *block) {
  if (block == NULL) return;
  for (size_t b = 0; b < MOST_BLOCKS; b++)
    if (memory.blocks[b].data == block) {
      guarded_destroy(&memory.blocks[b]);
      memory.held--;
      return;
    }
  fail_msg("memory was freed that was never allocated");
}

static int use_our_allocator(void **state) {
  (void)state;
  memory.asked = memory.refuse = 0;
  memory.once = false;
  kron_eye_base_allocator = (struct kron_eye_allocator){allocate, release};
  return 0;
}

/* ---------------------------------------------------------------- the tests */

static const layout tight = {0, 0, false, GUARDED_END, 0};

static int create(const operands *o, kron_eye_plan **plan, int route) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = o->left;
  shape.m = o->m;
  shape.n = o->n;
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = route;
  return o->t->create(plan, &shape, o->w, o->n, &options);
}

/* Refuses the nth allocation, for every n, either once or from then on. */
static size_t refuse_each(const operands *o, int route, bool once) {
  size_t refusals = 0;
  for (size_t n = 1;; n++, refusals++) {
    memory.asked = 0;
    memory.refuse = n;
    memory.once = once;
    kron_eye_plan *plan = (kron_eye_plan *)(void *)&memory;
    errno = ERANGE;
    const int status = create(o, &plan, route), error = errno;
    memory.refuse = 0;
    assert_int_equal(error, ERANGE);
    if (status == 0) { /* there is no nth allocation */
      assert_true(memory.asked < n);
      kron_eye_plan_destroy(plan);
      assert_int_equal(memory.held, 0);
      return refusals;
    }
    assert_int_equal(status, KRON_EYE_NO_MEMORY);
    assert_null(plan);
    assert_int_equal(memory.held, 0);
  }
}

static void every_refusal_is_a_clean_failure(void **state) {
  (void)state;
  const size_t ms[] = {1, 30, 300};
  rng r = rng_start("refusals");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < 3; s++)
      for (int route = KRON_EYE_ROUTE_AUTO; route <= KRON_EYE_ROUTE_BLAS; route++)
        for (int once = 0; once <= 1; once++) {
          const plan_types *types = &all_plan_types[t];
          if (route == KRON_EYE_ROUTE_BLAS && types->x != types->y) continue;
          operands o = operands_create(types, 1, 2, ms[s], 50, ZEROS_NONE, &r);
          assert_true(refuse_each(&o, route, once != 0) >= 1);
          operands_destroy(&o);
          cases++;
        }
  check_cases("plans refused memory at every point", cases, (3 + 3 + 2 + 2) * 3 * 2);
}

/* A plan of an empty W allocates no memory for it and reads none. */
static void empty_plans_hold_nothing(void **state) {
  (void)state;
  const size_t shapes[][3] = {{0, 3, 4}, {2, 0, 4}, {2, 3, 0}, {0, 0, 0}};
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t s = 0; s < 4; s++)
      for (int route = KRON_EYE_ROUTE_AUTO; route <= KRON_EYE_ROUTE_BLAS; route++) {
        const plan_types *types = &all_plan_types[t];
        if (route == KRON_EYE_ROUTE_BLAS && types->x != types->y) continue;
        rng r = rng_seeded(1);
        operands o =
            operands_create(types, 3, shapes[s][0], shapes[s][1], shapes[s][2], ZEROS_NONE, &r);
        kron_eye_plan *plan = NULL;
        assert_int_equal(create(&o, &plan, route), 0);
        char text[1000];
        assert_in_range(kron_eye_plan_describe(plan, text, sizeof text), 1, sizeof text - 1);
        void *y = operands_apply(&o, plan, 0, 3, &tight, 1, 1);
        operands_check(&o, 0, 3, &tight, 1, 1, y);
        free(y);
        kron_eye_plan_destroy(plan);
        assert_int_equal(memory.held, 0);
        operands_destroy(&o);
        cases++;
      }
  check_cases("empty plans", cases, (3 + 3 + 2 + 2) * 4);
}

/* Every panel width of the kernels and every setting for zeros: all of packed W that is read was
 * written, and it is not read beyond its end. */
static void fresh_memory_and_its_end(void **state) {
  (void)state;
  enum { MOST_M = 70 };
  rng r = rng_start("fresh memory");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t m = 1; m <= MOST_M; m++)
      for (int zeros = KRON_EYE_ZEROS_AUTO; zeros <= KRON_EYE_ZEROS_MULTIPLY; zeros++, cases++) {
        operands o = operands_create(&all_plan_types[t], 15, 2, m, 1 + rng_below(&r, 90),
                                     (zeros_in_x)rng_below(&r, ZEROS_PATTERNS), &r);
        kron_eye_options options = KRON_EYE_OPTIONS_INIT;
        options.route = KRON_EYE_ROUTE_KERNEL;
        options.zeros = zeros;
        operands_run(&o, 0, &options, &tight, 1, 1);
        assert_int_equal(memory.held, 0);
        operands_destroy(&o);
      }
  check_cases("plans in guarded memory", cases, PLAN_TYPES * MOST_M * 3);
}

static void apply_asks_for_none(void **state) {
  (void)state;
  rng r = rng_start("apply and memory");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (int zeros = KRON_EYE_ZEROS_AUTO; zeros <= KRON_EYE_ZEROS_MULTIPLY; zeros++, cases++) {
      operands o = operands_create(&all_plan_types[t], 200, 3, 30, 300, ZEROS_CLUSTERED, &r);
      kron_eye_options options = KRON_EYE_OPTIONS_INIT;
      options.zeros = zeros;
      kron_eye_plan *plan = operands_plan(&o, 0, &options);
      const size_t before = memory.asked;
      free(operands_apply(&o, plan, 0, 200, &tight, 1, 0));
      assert_int_equal(all_fused_types[t].update(plan, o.w, o.n), 0);
      assert_int_equal(memory.asked, before);
      kron_eye_plan_destroy(plan);
      operands_destroy(&o);
    }
  check_cases("applies", cases, PLAN_TYPES * 3);
}

/* ---------------------------------------------------------------- right > 1 */

/* A product of small integers. */
typedef struct wide {
  const plan_types *t;
  kron_eye_shape shape;
  guarded w, x, y;
} wide;

static guarded small_integers(element e, size_t count, rng *r) {
  guarded g = guarded_create(count * element_size(e), GUARDED_END);
  for (size_t i = 0; i < count; i++) element_set(e, g.data, i, (double)rng_below(r, 8));
  return g;
}

static wide wide_create(const plan_types *t, size_t m, size_t right, rng *r) {
  wide o = {.t = t, .shape = KRON_EYE_SHAPE_INIT};
  o.shape.left = 1 + rng_below(r, 3);
  o.shape.m = m;
  o.shape.n = 1 + rng_below(r, 30);
  o.shape.right = right;
  o.shape.op = (int)rng_below(r, 2);
  if (rng_below(r, 2)) o.shape.stridew = m * o.shape.n;
  o.w = small_integers(t->y, o.shape.left * m * o.shape.n, r);
  o.x = small_integers(t->x, o.shape.left * o.shape.n * right, r);
  o.y = small_integers(t->y, o.shape.left * m * right, r);
  return o;
}

static void wide_destroy(wide *o) {
  guarded_destroy(&o->w);
  guarded_destroy(&o->x);
  guarded_destroy(&o->y);
}

static size_t wide_ldw(const wide *o) {
  return o->shape.op == KRON_EYE_TRANSPOSE ? o->shape.m : o->shape.n;
}

static void wide_check(const wide *o) {
  const kron_eye_shape *s = &o->shape;
  for (size_t k = 0; k < s->left * s->m * s->right; k++) {
    const size_t a = k / s->right / s->m, i = k / s->right % s->m, c = k % s->right;
    double sum = 0;
    for (size_t j = 0; j < s->n; j++)
      sum += element_get(o->t->y, o->w.data,
                         a * s->stridew +
                             (s->op == KRON_EYE_TRANSPOSE ? j * s->m + i : i * s->n + j)) *
             element_get(o->t->x, o->x.data, (a * s->n + j) * s->right + c);
    assert_true(element_get(o->t->y, o->y.data, k) == sum);
  }
}

/* All of packed W that is read was written, and it is not read beyond its end; refused at every
 * point; no memory for an apply or an update. */
static void wider_plans_in_guarded_memory(void **state) {
  (void)state;
  enum { MOST_M = 40, RIGHTS = 9 };
  const size_t rights[RIGHTS] = {2, 3, 4, 5, 7, 8, 9, 17, 40};
  rng r = rng_start("wider plans");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t m = 1; m <= MOST_M; m++)
      for (size_t s = 0; s < RIGHTS; s++, cases++) {
        wide o = wide_create(&all_plan_types[t], m, rights[s], &r);
        kron_eye_plan *plan = NULL;
        int status = KRON_EYE_NO_MEMORY;
        for (size_t n = 1; status != 0; n++) {
          memory.asked = 0;
          memory.refuse = n;
          status = o.t->create(&plan, &o.shape, o.w.data, wide_ldw(&o), NULL);
          assert_true(status == 0 || (status == KRON_EYE_NO_MEMORY && plan == NULL));
          assert_true(status == 0 || memory.held == 0);
        }
        memory.refuse = memory.asked + 1;
        assert_int_equal(all_fused_types[t].update(plan, o.w.data, wide_ldw(&o)), 0);
        assert_int_equal(o.t->apply(plan, 1, 1, o.x.data, 0, 0, o.y.data, 0), 0);
        assert_true(memory.asked < memory.refuse);
        wide_check(&o);
        memory.refuse = 0;
        kron_eye_plan_destroy(plan);
        assert_int_equal(memory.held, 0);
        wide_destroy(&o);
      }
  check_cases("wider plans in guarded memory", cases, PLAN_TYPES * MOST_M * RIGHTS);
}

/* Without memory, the product in one call continues through the BLAS. */
static void product_falls_back(void **state) {
  (void)state;
  enum { BATCH = 900, LEFT = 2, M = 3, N = 5, RIGHT = 4 };
  static double w[M * N], x[BATCH * LEFT * N * RIGHT], y[BATCH * LEFT * M * RIGHT];
  for (size_t i = 0; i < M * N; i++) w[i] = (double)(i % 7) - 3;
  for (size_t i = 0; i < BATCH * LEFT * N * RIGHT; i++) x[i] = (double)(i % 11) - 5;
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = LEFT;
  shape.m = M;
  shape.n = N;
  shape.right = RIGHT;
  for (size_t refuse = 0; refuse <= 3; refuse++) {
    memory.asked = 0;
    memory.refuse = refuse;
    memset(y, 0xff, sizeof y);
    const int status =
        kron_eye_product_f64(&shape, w, N, BATCH, 1, x, LEFT * N * RIGHT, 0, y, LEFT * M * RIGHT);
    assert_int_equal(status, 0);
    assert_true(memory.asked > 0);
    assert_int_equal(memory.held, 0);
    for (size_t k = 0; k < BATCH * LEFT * M * RIGHT; k++) {
      double sum = 0;
      for (size_t j = 0; j < N; j++)
        sum += w[k / RIGHT % M * N + j] * x[(k / RIGHT / M * N + j) * RIGHT + k % RIGHT];
      assert_true(y[k] == sum);
    }
  }
  memory.refuse = 0;
}

/* Without memory, the one-call batch continues through the BLAS. */
static void batch_falls_back(void **state) {
  (void)state;
  enum { BATCH = 2000, K = 2, M = 3, N = 5 }; /* enough work for a plan */
  static double w[M * N], x[BATCH * K * N], y[BATCH * K * M];
  for (size_t i = 0; i < M * N; i++) w[i] = (double)(i % 7) - 3;
  for (size_t i = 0; i < BATCH * K * N; i++) x[i] = (double)(i % 11) - 5;
  for (size_t refuse = 0; refuse <= 3; refuse++) {
    memory.asked = 0;
    memory.refuse = refuse;
    memset(y, 0xff, sizeof y);
    errno = ERANGE;
    const int status = kron_eye_matvec_batch_f64(BATCH, K, M, N, w, x, y), error = errno;
    assert_int_equal(status, 0);
    assert_int_equal(error, ERANGE);
    assert_true(memory.asked > 0);
    assert_int_equal(memory.held, 0);
    for (size_t block = 0; block < BATCH * K; block++)
      for (size_t i = 0; i < M; i++) {
        double sum = 0;
        for (size_t j = 0; j < N; j++) sum += w[i * N + j] * x[block * N + j];
        assert_true(y[block * M + i] == sum);
      }
  }
}

/* In memory full of NaN and between inaccessible pages, as for plans; refused, dW stays. */
static void gradients_take_at_most_64_copies(void **state) {
  (void)state;
  const size_t shapes[][4] = {{1, 1, 1, 200000},  {1, 1, 5, 100000}, {3, 7, 1, 9000},
                              {1, 10, 30, 40000}, {2, 33, 70, 70},   {1, 130, 3, 5000},
                              {4, 5, 6, 5000}};
  enum { SHAPES = sizeof shapes / sizeof *shapes };
  size_t cases = 0;
  for (size_t s = 0; s < SHAPES; s++)
    for (int own = 0; own <= 1; own++)
      for (size_t threads = 1; threads <= 3; threads += 2, cases++) {
        const size_t left = shapes[s][0], m = shapes[s][1], n = shapes[s][2], batch = shapes[s][3];
        kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
        shape.left = left;
        shape.m = m;
        shape.n = n;
        shape.stridew = own ? m * n : 0;
        kron_eye_options options = KRON_EYE_OPTIONS_INIT;
        options.threads = threads;
        const size_t count = m * n * (own ? left : 1);
        float *x = malloc(batch * left * n * sizeof *x),
              *dy = malloc(batch * left * m * sizeof *dy), *dw = malloc(count * sizeof *dw);
        assert_true(x && dy && dw);
        for (size_t i = 0; i < batch * left * n; i++) x[i] = 1;
        for (size_t i = 0; i < batch * left * m; i++) dy[i] = 1;
        for (size_t i = 0; i < count; i++) dw[i] = 3;
        memory.refuse = 1;
        memory.asked = memory.bytes = 0;
        assert_int_equal(
            kron_eye_gradient_f32(&shape, batch, 1, x, left * n, dy, left * m, 1, dw, n, &options),
            KRON_EYE_NO_MEMORY);
        for (size_t i = 0; i < count; i++) assert_true(dw[i] == 3);
        memory.refuse = 0;
        memory.asked = memory.bytes = 0;
        assert_int_equal(
            kron_eye_gradient_f32(&shape, batch, 1, x, left * n, dy, left * m, 1, dw, n, &options),
            0);
        assert_in_range(memory.bytes, 1, 64 * count * sizeof *dw);
        assert_int_equal(memory.held, 0);
        const float expected = 3 + (float)(batch * (own ? 1 : left));
        for (size_t i = 0; i < count; i++) assert_true(dw[i] == expected);
        free(x);
        free(dy);
        free(dw);
      }
  check_cases("gradients", cases, SHAPES * 2 * 2);
}

/* ---------------------------------------------------------------- chains */

static const factor_spec specs[] = {
    {false, 3, 2, 0}, {false, 4, 4, 1}, {true, 5, 5, 0}, {false, 2, 7, 0}};

/* Refuses the nth allocation of a chain's creation for every n that there is. */
static void chains_refused(void **state) {
  (void)state;
  rng r = rng_start("chains refused");
  size_t refusals = 0;
  for (size_t t = 0; t < CHAIN_TYPES; t++) {
    chain_numbers c = chain_numbers_create(&all_chain_types[t], 4, specs, true, &r);
    void *const w[] = {calloc(64, 8), calloc(64, 8), NULL, calloc(64, 8)};
    kron_eye_factor factors[4];
    for (size_t f = 0; f < 4; f++) {
      factors[f] = kron_eye_factor_f64(specs[f].m, specs[f].n, specs[f].op, w[f], 8);
      if (specs[f].identity) factors[f] = kron_eye_factor_identity(specs[f].n);
    }
    int status = KRON_EYE_NO_MEMORY;
    for (size_t n = 1; status != 0; n++, refusals++) {
      memory.asked = 0;
      memory.refuse = n;
      memory.once = n % 2 != 0;
      kron_eye_chain *chain = (kron_eye_chain *)(void *)&memory;
      status = c.t->create(&chain, 4, factors, NULL);
      memory.refuse = 0;
      assert_true(status == 0 || (status == KRON_EYE_NO_MEMORY && chain == NULL));
      if (status == 0) kron_eye_chain_destroy(chain);
      assert_int_equal(memory.held, 0);
    }
    for (size_t f = 0; f < 4; f++) free(w[f]);
    chain_numbers_destroy(&c);
  }
  assert_true(refusals >= CHAIN_TYPES * 6); /* the chain, and two for each of three plans */
}

/* With a workspace an apply asks for nothing; without one it asks once, or gives NO_MEMORY. */
static void chain_apply_and_memory(void **state) {
  (void)state;
  rng r = rng_start("chain applies");
  size_t cases = 0;
  for (size_t t = 0; t < CHAIN_TYPES; t++, cases++) {
    chain_numbers c = chain_numbers_create(&all_chain_types[t], 4, specs, true, &r);
    double *x = chain_values(&c, 3 * c.n, &r), *y = chain_values(&c, 3 * c.m, &r);
    kron_eye_chain *chain = chain_of(&c, 0, false, NULL);
    const size_t before = memory.asked, held = memory.held;
    free(chain_apply(&c, chain, false, 3, &tight, 1, x, 1, y, WORKSPACE_GIVEN));
    assert_int_equal(memory.asked, before);
    free(chain_apply(&c, chain, false, 3, &tight, 1, x, 1, y, WORKSPACE_OWN));
    assert_int_equal(memory.asked, before + 1);
    assert_int_equal(memory.held, held);
    free(chain_apply(&c, chain, false, 3, &tight, 0, x, 1, y, WORKSPACE_OWN));
    assert_int_equal(memory.asked, before + 1);
    memory.refuse = memory.asked + 1;
    memset(y, 0x5a, c.m * sizeof *y);
    double *untouched = calloc(c.m, sizeof *y);
    memcpy(untouched, y, c.m * sizeof *y);
    assert_int_equal(c.t->apply(chain, 1, 1, x, 0, 1, y, 0, NULL, 0), KRON_EYE_NO_MEMORY);
    assert_memory_equal(y, untouched, c.m * sizeof *y);
    memory.refuse = 0;
    kron_eye_chain_destroy(chain);
    assert_int_equal(memory.held, 0);
    free(untouched);
    free(x);
    free(y);
    chain_numbers_destroy(&c);
  }
  check_cases("chain applies", cases, CHAIN_TYPES);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(every_refusal_is_a_clean_failure, use_our_allocator),
      cmocka_unit_test_setup(empty_plans_hold_nothing, use_our_allocator),
      cmocka_unit_test_setup(fresh_memory_and_its_end, use_our_allocator),
      cmocka_unit_test_setup(apply_asks_for_none, use_our_allocator),
      cmocka_unit_test_setup(batch_falls_back, use_our_allocator),
      cmocka_unit_test_setup(wider_plans_in_guarded_memory, use_our_allocator),
      cmocka_unit_test_setup(product_falls_back, use_our_allocator),
      cmocka_unit_test_setup(gradients_take_at_most_64_copies, use_our_allocator),
      cmocka_unit_test_setup(chains_refused, use_our_allocator),
      cmocka_unit_test_setup(chain_apply_and_memory, use_our_allocator),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
