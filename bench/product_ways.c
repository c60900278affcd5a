/* The ways to compute a product: floors, kron_eye, the BLAS. */
#include "floor.h"
#include "pass.h"
#include "product.h"
#include "util.h"

#include <kron_eye.h>

#include <stdio.h>
#include <stdlib.h>

struct state {
  const struct product *p;
  kron_eye_shape shape;
  kron_eye_plan *plan;
};

static volatile double sink;

/* ---------------------------------------------------------------- floors, on one thread */

static void run_multiply_adds(void *state) {
  const struct product *p = ((const struct state *)state)->p;
  const size_t lanes = floor_kernels()->vector_bytes / y_size(p->type);
  const size_t vectors = product_y(p) * p->n / lanes;
  sink = p->type == TYPE_F64 ? floor_kernels()->fma_f64(vectors)
                             : (double)floor_kernels()->fma_f32(vectors);
}

/* ---------------------------------------------------------------- kron_eye */

static void must(int status, const char *what) {
  if (status != 0) die("%s: %s", what, kron_eye_status_text(status));
}

static size_t ldw(const struct product *p) {
  return p->transposed ? p->m : p->n;
}

static void run_plan(void *state) {
  const struct state *s = state;
  const struct product *p = s->p;
  const size_t ldx = p->left * p->n * p->right, ldy = p->left * p->m * p->right;
  must(p->type == TYPE_F64 ? kron_eye_apply_f64(s->plan, p->batch, 1, p->x, ldx, 0, p->y, ldy)
                           : kron_eye_apply_f32(s->plan, p->batch, 1, p->x, ldx, 0, p->y, ldy),
       "apply");
}

static void run_call(void *state) {
  const struct state *s = state;
  const struct product *p = s->p;
  const size_t ldx = p->left * p->n * p->right, ldy = p->left * p->m * p->right;
  must(p->type == TYPE_F64
           ? kron_eye_product_f64(&s->shape, p->w, ldw(p), p->batch, 1, p->x, ldx, 0, p->y, ldy)
           : kron_eye_product_f32(&s->shape, p->w, ldw(p), p->batch, 1, p->x, ldx, 0, p->y, ldy),
       "product");
}

static void destroy(void *state) {
  struct state *s = state;
  kron_eye_plan_destroy(s->plan);
  free(s);
}

/* ---------------------------------------------------------------- the BLAS */

static enum blas_transpose op(const struct product *p, bool other) {
  return p->transposed != other ? BLAS_TRANSPOSE : BLAS_NO_TRANSPOSE;
}

/* One row of block a, and all rows of it where right is 1. */
static void block(const struct product *p, size_t ra, const void *w) {
  const void *x = product_at(p, p->x, ra * p->n * p->right);
  void *y = (void *)(size_t)product_at(p, p->y, ra * p->m * p->right);
  if (p->right == 1)
    blas_gemv(p->blas, p->type, op(p, false), p->transposed ? p->n : p->m, ldw(p), w, x, y);
  else
    blas_gemm(p->blas, p->type, op(p, false), BLAS_NO_TRANSPOSE, p->m, p->right, p->n, w, ldw(p), x,
              p->right, y, p->right);
}

static void run_loop(void *state) {
  const struct product *p = ((const struct state *)state)->p;
  for (size_t ra = 0; ra < p->batch * p->left; ra++)
    block(p, ra, product_at(p, p->w, p->each ? ra % p->left * product_w(p) : 0));
}

/* A W for each block, right = 1: a GEMM for each, of all rows. */
static void run_rows(void *state) {
  const struct product *p = ((const struct state *)state)->p;
  for (size_t a = 0; a < p->left; a++)
    blas_gemm(p->blas, p->type, BLAS_NO_TRANSPOSE, op(p, true), p->batch, p->m, p->n,
              product_at(p, p->x, a * p->n), p->left * p->n, product_at(p, p->w, a * product_w(p)),
              ldw(p), (void *)(size_t)product_at(p, p->y, a * p->m), p->left * p->m);
}

/* One W, right = 1: all blocks are rows of one matrix. */
static void run_tall(void *state) {
  const struct product *p = ((const struct state *)state)->p;
  blas_gemm(p->blas, p->type, BLAS_NO_TRANSPOSE, op(p, true), p->batch * p->left, p->m, p->n, p->x,
            p->n, p->w, ldw(p), p->y, p->m);
}

/* ---------------------------------------------------------------- all of them */

static kron_eye_shape shape_of(const struct product *p) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = p->left;
  shape.m = p->m;
  shape.n = p->n;
  shape.right = p->right;
  shape.op = p->transposed ? KRON_EYE_TRANSPOSE : KRON_EYE_NO_TRANSPOSE;
  shape.stridew = p->each ? product_w(p) : 0;
  return shape;
}

static kron_eye_plan *plan_of(const struct product *p, const kron_eye_shape *shape) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.threads = p->threads;
  kron_eye_plan *plan;
  must(p->type == TYPE_F64 ? kron_eye_plan_create_f64(&plan, shape, p->w, ldw(p), &options)
                           : kron_eye_plan_create_f32(&plan, shape, p->w, ldw(p), &options),
       "plan");
  return plan;
}

static size_t add(struct way *ways, size_t count, const char *name, void (*run)(void *state),
                  struct state start) {
  struct state *state = allocate(1, sizeof *state);
  *state = start;
  ways[count] = (struct way){.run = run, .state = state, .destroy = destroy};
  snprintf(ways[count].name, sizeof ways->name, "%s", name);
  return count + 1;
}

static size_t add_floors(const struct product *p, struct way *ways, size_t count) {
  const size_t size = y_size(p->type);
  const struct pass pass = {.x = p->x,
                            .x_bytes = product_x(p) * size,
                            .y = p->y,
                            .y_bytes = product_y(p) * size,
                            .w = p->w,
                            .w_bytes = product_all_w(p) * size};
  count = pass_ways(pass, ways, count);
  return add(ways, count, "multiply-adds", run_multiply_adds, (struct state){.p = p});
}

static size_t add_blas(const struct product *p, struct way *ways, size_t count) {
  const struct state start = {.p = p};
  count = add(ways, count, p->right == 1 ? "cblas gemv each" : "cblas gemm each", run_loop, start);
  if (p->right == 1 && p->each && p->batch > 1)
    count = add(ways, count, "cblas gemm for each W", run_rows, start);
  if (p->right == 1 && !p->each) count = add(ways, count, "cblas one gemm", run_tall, start);
  return count;
}

size_t product_ways(const struct product *p, struct way ways[MOST_WAYS]) {
  const kron_eye_shape shape = shape_of(p);
  size_t count = add(ways, 0, "plan", run_plan,
                     (struct state){.p = p, .shape = shape, .plan = plan_of(p, &shape)});
  count = add(ways, count, "call", run_call, (struct state){.p = p, .shape = shape});
  count = add_blas(p, ways, count);
  count += product_libxsmm(p, &ways[count]);
  count += product_onednn(p, &ways[count]);
  for (size_t i = 0; i < count; i++) product_check(p, &ways[i]);
  return add_floors(p, ways, count);
}
