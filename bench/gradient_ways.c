/* The ways to compute the gradient of W, and the forward product beside them. */
#include "floor.h"
#include "gradient.h"
#include "util.h"

#include <kron_eye.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct state {
  const struct gradient *g;
  kron_eye_shape shape;
  kron_eye_options options;
  kron_eye_plan *plan;
  const struct blas *blas; /* cblas: which */
  size_t piece;            /* cblas: rows of x at a time */
};

static bool wide(const struct gradient *g) {
  return g->task.type == TYPE_F64;
}

static void must(int status, const char *what) {
  if (status != 0) die("%s: %s", what, kron_eye_status_text(status));
}

/* ---------------------------------------------------------------- kron_eye */

static void run_gradient(void *state) {
  const struct state *s = state;
  const struct gradient *g = s->g;
  const struct task *t = &g->task;
  const size_t ldx = t->blocks * t->n, lddy = t->blocks * t->m;
  must(wide(g) ? kron_eye_gradient_f64(&s->shape, t->rows, 1, t->x, ldx, g->dy, lddy, 0, g->dw,
                                       t->n, &s->options)
               : kron_eye_gradient_f32(&s->shape, t->rows, 1, t->x, ldx, g->dy, lddy, 0, g->dw,
                                       t->n, &s->options),
       "gradient");
}

static void apply(const struct state *s, const kron_eye_epilogue *epilogue) {
  const struct task *t = &s->g->task;
  const size_t ldx = t->blocks * t->n, ldy = t->blocks * t->m;
  must(wide(s->g)
           ? kron_eye_apply_fused_f64(s->plan, t->rows, 1, t->x, ldx, 0, t->y, ldy, epilogue)
           : kron_eye_apply_fused_f32(s->plan, t->rows, 1, t->x, ldx, 0, t->y, ldy, epilogue),
       "apply");
}

static void run_plan(void *state) {
  const struct state *s = state;
  const struct task *t = &s->g->task;
  const size_t ldx = t->blocks * t->n, ldy = t->blocks * t->m;
  must(wide(s->g) ? kron_eye_apply_f64(s->plan, t->rows, 1, t->x, ldx, 0, t->y, ldy)
                  : kron_eye_apply_f32(s->plan, t->rows, 1, t->x, ldx, 0, t->y, ldy),
       "apply");
}

static void run_fused(void *state) {
  const struct state *s = state;
  kron_eye_epilogue epilogue = KRON_EYE_EPILOGUE_INIT;
  epilogue.bias = s->g->bias;
  epilogue.activation = KRON_EYE_ACTIVATION_RELU;
  apply(s, &epilogue);
}

#define DEFINE_FINISH(NAME, REAL)                                                                  \
  static void NAME(REAL *y, const REAL *bias, size_t m) {                                          \
    for (size_t i = 0; i < m; i++) {                                                               \
      const REAL v = y[i] + bias[i];                                                               \
      y[i] = v < 0 ? 0 : v;                                                                        \
    }                                                                                              \
  }
DEFINE_FINISH(finish_f32, float)
DEFINE_FINISH(finish_f64, double)

/* The product, then a pass over y. */
static void run_plan_and_pass(void *state) {
  const struct state *s = state;
  const struct gradient *g = s->g;
  const size_t m = g->task.m, vectors = gradient_vectors(g);
  run_plan(state);
#pragma omp parallel for schedule(static)
  for (size_t v = 0; v < vectors; v++) {
    if (wide(g))
      finish_f64((double *)g->task.y + v * m, g->bias, m);
    else
      finish_f32((float *)g->task.y + v * m, g->bias, m);
  }
}

/* ---------------------------------------------------------------- the BLAS */

/* dw = dy^T x + beta dw, for some of the vectors */
static void multiply(const struct state *s, size_t first, size_t vectors, double beta, void *dw) {
  const struct gradient *g = s->g;
  const struct task *t = &g->task;
  const size_t size = y_size(t->type);
  blas_gemm_add(s->blas, t->type, BLAS_TRANSPOSE, BLAS_NO_TRANSPOSE, t->m, t->n, vectors,
                (const char *)g->dy + first * t->m * size, t->m,
                (const char *)t->x + first * t->n * size, t->n, beta, dw, t->n);
}

static void multiply_pieces(const struct state *s, size_t begin, size_t end, void *dw) {
  const size_t piece = s->piece;
  for (size_t v = begin; v < end; v += piece)
    multiply(s, v, v + piece < end ? piece : end - v, v == begin ? 0 : 1, dw);
}

static void run_pieces(void *state) {
  const struct state *s = state;
  multiply_pieces(s, 0, gradient_vectors(s->g), s->g->dw);
}

static void add_up(const struct gradient *g) {
  const size_t count = g->task.m * g->task.n;
  memcpy(g->dw, g->partial, count * y_size(g->task.type));
  for (size_t thread = 1; thread < g->task.threads; thread++)
    for (size_t i = 0; i < count; i++) {
      if (wide(g))
        ((double *)g->dw)[i] += ((double *)g->partial)[thread * count + i];
      else
        ((float *)g->dw)[i] += ((float *)g->partial)[thread * count + i];
    }
}

/* Each thread its own vectors and dW, and a sum at the end. */
static void run_threads(void *state) {
  const struct state *s = state;
  const struct gradient *g = s->g;
  const size_t vectors = gradient_vectors(g), threads = g->task.threads;
  const size_t bytes = g->task.m * g->task.n * y_size(g->task.type);
#pragma omp parallel for schedule(static)
  for (size_t thread = 0; thread < threads; thread++)
    multiply_pieces(s, thread * vectors / threads, (thread + 1) * vectors / threads,
                    (char *)g->partial + thread * bytes);
  add_up(g);
}

/* ---------------------------------------------------------------- floors */

static volatile double sink;

static void run_read(void *state) {
  const struct gradient *g = ((const struct state *)state)->g;
  const struct task *t = &g->task;
  const size_t vectors = gradient_vectors(g), share = (vectors + t->threads - 1) / t->threads;
  const size_t size = y_size(t->type);
  double sum = 0;
#pragma omp parallel for schedule(static) reduction(+ : sum)
  for (size_t thread = 0; thread < t->threads; thread++) {
    const size_t first = thread * share, left = first < vectors ? vectors - first : 0;
    const size_t count = left < share ? left : share;
    sum += (double)floor_kernels()->read_streams((const char *)t->x + first * t->n * size,
                                                 count * t->n * size);
    sum += (double)floor_kernels()->read_streams((const char *)g->dy + first * t->m * size,
                                                 count * t->m * size);
  }
  sink = sum;
}

static void run_multiply_adds(void *state) {
  const struct gradient *g = ((const struct state *)state)->g;
  const struct task *t = &g->task;
  const size_t lanes = floor_kernels()->vector_bytes / y_size(t->type);
  const size_t share = gradient_vectors(g) * t->m * t->n / lanes / t->threads;
  double sum = 0;
#pragma omp parallel for schedule(static) reduction(+ : sum)
  for (size_t thread = 0; thread < t->threads; thread++)
    sum += wide(g) ? floor_kernels()->fma_f64(share) : (double)floor_kernels()->fma_f32(share);
  sink = sum;
}

/* ---------------------------------------------------------------- all of them */

static void destroy(void *state) {
  struct state *s = state;
  kron_eye_plan_destroy(s->plan);
  free(s);
}

static struct state *new_state(const struct gradient *g, const struct blas *blas, size_t piece) {
  const struct task *t = &g->task;
  struct state *s = allocate(1, sizeof *s);
  *s = (struct state){g, KRON_EYE_SHAPE_INIT, KRON_EYE_OPTIONS_INIT, NULL, blas, piece};
  s->shape.left = t->blocks;
  s->shape.m = t->m;
  s->shape.n = t->n;
  s->options.threads = t->threads;
  must(wide(g) ? kron_eye_plan_create_f64(&s->plan, &s->shape, t->w, t->n, &s->options)
               : kron_eye_plan_create_f32(&s->plan, &s->shape, t->w, t->n, &s->options),
       "plan");
  return s;
}

/* A BLAS, with pieces of so many rows; 0: all. */
static size_t blas_ways(const struct gradient *g, const struct blas *blas, struct way *ways) {
  const struct {
    const char *name;
    void (*run)(void *state);
    size_t piece;
    bool single;
  } list[] = {{"whole", run_pieces, 0, false},
              {"240 rows", run_pieces, 240, false},
              {"960 rows", run_pieces, 960, false},
              {"each thread whole", run_threads, 0, true},
              {"each thread 960 rows", run_threads, 960, true}};
  const size_t count = sizeof list / sizeof *list;
  for (size_t i = 0; i < count; i++) {
    const size_t piece = list[i].piece ? list[i].piece : gradient_vectors(g);
    ways[i] = (struct way){.run = list[i].run,
                           .state = new_state(g, blas, piece),
                           .destroy = destroy,
                           .blas = blas,
                           .single_blas = list[i].single};
    snprintf(ways[i].name, sizeof ways[i].name, "cblas %s, %s", blas->name, list[i].name);
  }
  return count;
}

size_t gradient_ways(const struct gradient *g, struct way ways[GRADIENT_WAYS]) {
  const struct {
    const char *name;
    void (*run)(void *state);
  } list[] = {{"gradient", run_gradient},  {"plan", run_plan},
              {"fused plan", run_fused},   {"passed plan", run_plan_and_pass},
              {"read x and dy", run_read}, {"multiply-adds", run_multiply_adds}};
  size_t count = 0;
  for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
    struct way way = {.run = list[i].run, .state = new_state(g, NULL, 0), .destroy = destroy};
    snprintf(way.name, sizeof way.name, "%s", list[i].name);
    ways[count++] = way;
  }
  for (size_t b = 0; b < g->blas_count; b++) count += blas_ways(g, &g->blas[b], &ways[count]);
  return count + gradient_onednn(g, &ways[count]);
}

#ifndef KRON_EYE_BENCH_ONEDNN
bool gradient_onednn(const struct gradient *gradient, struct way *way) {
  (void)gradient;
  (void)way;
  return false;
}
#endif
