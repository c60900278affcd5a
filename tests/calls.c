/* calls.c - one call of each kind. */
#include "calls.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  size_t batch, left, m, n, right;
  int op;
  bool own_w;
} sizes[CALL_KINDS] = {
    {"right = 2", 700, 3, 30, 40, 2, KRON_EYE_TRANSPOSE, false},
    {"right = 37", 120, 2, 20, 30, 37, KRON_EYE_NO_TRANSPOSE, true},
    {"product", 600, 4, 12, 40, 5, KRON_EYE_NO_TRANSPOSE, false},
    {"gradient", 700, 2, 20, 60, 3, KRON_EYE_TRANSPOSE, false},
    {"bias gradient", 700, 2, 20, 60, 3, KRON_EYE_NO_TRANSPOSE, false},
    {"chain", 50, 1, 30 * 26 * 3, 28 * 24 * 3, 1, KRON_EYE_NO_TRANSPOSE, false},
    {"chain of a long row", 1, 1, 40 * 90 * 41, 44 * 90 * 37, 1, KRON_EYE_NO_TRANSPOSE, false}};

static void *drawn(element e, size_t count, double scale, rng *r) {
  char *a = calloc(count + 1, element_size(e));
  assert_non_null(a);
  for (size_t i = 0; i < count; i++) element_set(e, a, i, scale * rng_normal(r));
  return a;
}

static bool is_chain(const whole_call *c) {
  return c->kind == CALL_CHAIN || c->kind == CALL_CHAIN_ROW;
}

static kron_eye_factor factor(const whole_call *c, size_t m, size_t n, int op, size_t at) {
  const size_t ldw = op == KRON_EYE_TRANSPOSE ? m : n;
  if (c->e == ELEMENT_F32) return kron_eye_factor_f32(m, n, op, (const float *)c->w + at, ldw);
  return kron_eye_factor_f64(m, n, op, (const double *)c->w + at, ldw);
}

static void create_chain(whole_call *c) {
  const kron_eye_factor small[] = {factor(c, 30, 28, KRON_EYE_NO_TRANSPOSE, 0),
                                   factor(c, 26, 24, KRON_EYE_TRANSPOSE, 900),
                                   kron_eye_factor_identity(3)};
  const kron_eye_factor long_row[] = {factor(c, 40, 44, KRON_EYE_NO_TRANSPOSE, 0),
                                      kron_eye_factor_identity(90),
                                      factor(c, 41, 37, KRON_EYE_TRANSPOSE, 1800)};
  const kron_eye_factor *factors = c->kind == CALL_CHAIN ? small : long_row;
  const int status = c->e == ELEMENT_F32
                         ? kron_eye_chain_create_f32(&c->chain, 3, factors, &c->options)
                         : kron_eye_chain_create_f64(&c->chain, 3, factors, &c->options);
  assert_int_equal(status, 0);
  c->workspace_bytes = kron_eye_chain_workspace(c->chain);
  c->workspace = malloc(c->workspace_bytes + 1);
  assert_non_null(c->workspace);
}

static size_t ldw_of(const whole_call *c) {
  return c->shape.op == KRON_EYE_TRANSPOSE ? c->shape.m : c->shape.n;
}

/* The plan or the chain, if the call has one. */
static void prepare(whole_call *c) {
  c->plan = NULL;
  c->chain = NULL;
  c->workspace = NULL;
  if (is_chain(c)) create_chain(c);
  if (c->kind != CALL_TUPLE && c->kind != CALL_LANE) return;
  const plan_types *t = &all_plan_types[c->e == ELEMENT_F32 ? 0 : 1];
  assert_int_equal(t->create(&c->plan, &c->shape, c->w, ldw_of(c), &c->options), 0);
}

whole_call call_create(call_kind kind, element e, size_t threads, double scale, rng *r) {
  whole_call c = {.name = sizes[kind].name, .kind = kind, .e = e, .batch = sizes[kind].batch};
  c.shape = (kron_eye_shape)KRON_EYE_SHAPE_INIT;
  c.shape.left = sizes[kind].left;
  c.shape.m = sizes[kind].m;
  c.shape.n = sizes[kind].n;
  c.shape.right = sizes[kind].right;
  c.shape.op = sizes[kind].op;
  if (sizes[kind].own_w) c.shape.stridew = c.shape.m * c.shape.n;
  c.row_x = c.shape.left * c.shape.n * c.shape.right;
  c.row_y = c.shape.left * c.shape.m * c.shape.right;
  c.options = (kron_eye_options)KRON_EYE_OPTIONS_INIT;
  c.options.route = KRON_EYE_ROUTE_KERNEL;
  c.options.threads = threads;
  size_t count = c.batch * c.row_y;
  if (kind == CALL_GRADIENT) count = c.shape.m * c.shape.n;
  if (kind == CALL_BIAS) count = c.shape.m;
  c.bytes = count * element_size(e);
  c.w = drawn(e, is_chain(&c) ? 4000 : c.shape.left * c.shape.m * c.shape.n, scale, r);
  c.x = drawn(e, c.batch * c.row_x, 1, r);
  c.dy = drawn(e, c.batch * c.row_y, scale, r);
  c.old = drawn(e, count, scale, r);
  prepare(&c);
  return c;
}

whole_call call_with_threads(const whole_call *c, size_t threads) {
  whole_call other = *c;
  other.options.threads = threads;
  prepare(&other);
  return other;
}

void call_release(whole_call *c) {
  kron_eye_plan_destroy(c->plan);
  kron_eye_chain_destroy(c->chain);
  free(c->workspace);
}

void call_destroy(whole_call *c) {
  call_release(c);
  free(c->w);
  free(c->x);
  free(c->dy);
  free(c->old);
}

#define DEFINE_RUN(T, type)                                                                        \
  static int run_##T(const whole_call *c, void *result, type alpha, type beta) {                   \
    switch (c->kind) {                                                                             \
    case CALL_PRODUCT:                                                                             \
      return kron_eye_product_##T(&c->shape, c->w, ldw_of(c), c->batch, alpha, c->x, c->row_x,     \
                                  beta, result, c->row_y);                                         \
    case CALL_GRADIENT:                                                                            \
      return kron_eye_gradient_##T(&c->shape, c->batch, alpha, c->x, c->row_x, c->dy, c->row_y,    \
                                   beta, result, ldw_of(c), &c->options);                          \
    case CALL_BIAS:                                                                                \
      return kron_eye_bias_gradient_##T(&c->shape, c->batch, alpha, c->dy, c->row_y, beta, result, \
                                        0);                                                        \
    case CALL_CHAIN:                                                                               \
    case CALL_CHAIN_ROW:                                                                           \
      return kron_eye_chain_apply_##T(c->chain, c->batch, alpha, c->x, c->row_x, beta, result,     \
                                      c->row_y, c->workspace, c->workspace_bytes);                 \
    default:                                                                                       \
      return kron_eye_apply_##T(c->plan, c->batch, alpha, c->x, c->row_x, beta, result, c->row_y); \
    }                                                                                              \
  }
DEFINE_RUN(f32, float)
DEFINE_RUN(f64, double)

int call_run(const whole_call *c, void *result) {
  memcpy(result, c->old, c->bytes);
  return c->e == ELEMENT_F32 ? run_f32(c, result, 0.75f, 0.5f) : run_f64(c, result, 0.75, 0.5);
}
