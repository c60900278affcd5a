/*
 * kron_eye_bench_gradient - the gradient of W beside what a program writes with a BLAS: one
 * transposed GEMM, whole or in blocks of rows with beta = 1, or one for each thread with a sum at
 * the end; and oneDNN. Then bias and RELU inside the product beside a product without them, and
 * beside one with a pass over y. Results are checked before the clock starts.
 */
#include "gradient.h"
#include "data.h"
#include "oracle.h"
#include "util.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- checks */

static double get(const struct gradient *g, const void *array, size_t i) {
  return g->task.type == TYPE_F64 ? ((const double *)array)[i] : (double)((const float *)array)[i];
}

static void check_element(const struct gradient *g, size_t i, size_t j, const char *name) {
  const struct task *t = &g->task;
  const oracle_format *format = t->type == TYPE_F32 ? &oracle_float : &oracle_double;
  const size_t terms = gradient_vectors(g);
  long double sum = 0, magnitude = 0;
  for (size_t v = 0; v < terms; v++) {
    const long double term = (long double)get(g, g->dy, v * t->m + i) * get(g, t->x, v * t->n + j);
    sum += term;
    magnitude += fabsl(term);
  }
  const double got = get(g, g->dw, i * t->n + j);
  if (!(fabsl(got - sum) <= oracle_bound(format, terms, 1, magnitude, 0, 0)))
    die("%s is wrong: dW[%zu,%zu] is %.9g, should be %.9Lg", name, i, j, got, sum);
}

/* Some elements of dW, the first and the last among them. */
static void check_gradient(const struct gradient *g, const struct way *way) {
  const size_t count = g->task.m * g->task.n, checks = count < 60 ? count : 60;
  memset(g->dw, 0xFF, count * y_size(g->task.type)); /* NaN */
  way->run(way->state);
  for (size_t k = 0; k < checks; k++) {
    const size_t at = k * (count - 1) / (checks - 1);
    check_element(g, at / g->task.n, at % g->task.n, way->name);
  }
}

/* The fused product promises the bits of the product and the pass. */
static void check_fused(const struct gradient *g, const struct way *fused,
                        const struct way *passed) {
  const size_t bytes = gradient_vectors(g) * g->task.m * y_size(g->task.type);
  void *expected = allocate(bytes, 1);
  passed->run(passed->state);
  memcpy(expected, g->task.y, bytes);
  memset(g->task.y, 0xFF, bytes);
  fused->run(fused->state);
  if (memcmp(expected, g->task.y, bytes) != 0) die("the fused product gives other bits");
  free(expected);
}

static void check(const struct gradient *g, size_t count, const struct way *ways) {
  limit_threads(g->task.threads);
  for (size_t b = 0; b < g->blas_count; b++) blas_set_threads(&g->blas[b], 1);
  for (size_t i = 0; i < count; i++)
    if (starts_with(ways[i].name, "gradient|" GRADIENT_PEERS)) check_gradient(g, &ways[i]);
  check_fused(g, rounds_best(count, ways, "fused"), rounds_best(count, ways, "passed"));
}

/* ---------------------------------------------------------------- output */

static void print_ratio(const struct rounds *r, const char *text, const struct way *above,
                        const struct way *below) {
  const struct interval ratio = rounds_ratio(r, above, below);
  printf("    %-42s %.3f [%.3f, %.3f]\n", text, ratio.median, ratio.low, ratio.high);
}

/* The best form of each BLAS. */
static void print_blases(const struct rounds *r, const struct gradient *g, size_t count,
                         const struct way *ways, const struct way *gradient) {
  for (size_t b = 0; b < g->blas_count; b++) {
    char text[WAY_NAME];
    snprintf(text, sizeof text, "cblas %s", g->blas[b].name);
    const struct way *best = rounds_best(count, ways, text);
    snprintf(text, sizeof text, "best of %s / gradient", g->blas[b].name);
    print_ratio(r, text, best, gradient);
  }
}

static void print(const struct rounds *r, const struct gradient *g, size_t count,
                  const struct way *ways) {
  const struct way *gradient = rounds_best(count, ways, "gradient"),
                   *plan = rounds_best(count, ways, "plan"),
                   *fused = rounds_best(count, ways, "fused"),
                   *passed = rounds_best(count, ways, "passed"),
                   *read = rounds_best(count, ways, "read"),
                   *multiply_adds = rounds_best(count, ways, "multiply"),
                   *best = rounds_best(count, ways, GRADIENT_PEERS);
  for (size_t i = 0; i < count; i++)
    printf("  %-44s %9.3f ms\n", ways[i].name, 1e3 * ways[i].median);
  print_ratio(r, "best peer / gradient", best, gradient);
  print_blases(r, g, count, ways, gradient);
  print_ratio(r, "gradient / plan", gradient, plan);
  print_ratio(r, "gradient / floor", gradient,
              read->median > multiply_adds->median ? read : multiply_adds);
  print_ratio(r, "fused / plan", fused, plan);
  print_ratio(r, "plan and a pass over y / fused", passed, fused);
  printf("    the best peer is %s\n", best->name);
  fflush(stdout);
}

/* ---------------------------------------------------------------- a case */

static void *random_array(enum type type, size_t count) {
  uint64_t state = 7;
  void *array = allocate(count, y_size(type));
  for (size_t i = 0; i < count; i++) {
    const double value = 2 * random_uniform(&state) - 1;
    if (type == TYPE_F64)
      ((double *)array)[i] = value;
    else
      ((float *)array)[i] = (float)value;
  }
  return array;
}

static void run_type(const struct rounds *r, const struct dataset *data, enum type type) {
  struct blas blases[1 + ROUNDS_BLASES];
  blas_linked(&blases[0]);
  for (size_t b = 0; b < r->blas_count; b++) blas_open(&blases[1 + b], r->blas[b]);
  struct gradient g = {
      .task = data_task(data, type, r->threads), .blas = blases, .blas_count = 1 + r->blas_count};
  const struct task *t = &g.task;
  g.task.blas = blases;
  g.dy = random_array(type, gradient_vectors(&g) * t->m);
  g.bias = random_array(type, t->m);
  g.dw = allocate(t->m * t->n, y_size(type));
  g.partial = allocate(r->threads * t->m * t->n, y_size(type));
  struct way ways[GRADIENT_WAYS];
  const size_t count = gradient_ways(&g, ways);
  check(&g, count, ways);
  rounds_measure(r, count, ways);
  printf("\n%zu rows of %zu blocks, W %zu x %zu, %s, %s\n", t->rows, t->blocks, t->m, t->n,
         data->description, type_name(type));
  print(r, &g, count, ways);
  rounds_free(count, ways);
  free(g.dy);
  free(g.bias);
  free(g.dw);
  free(g.partial);
}

static void run_case(const struct rounds *r, const char *name, struct dimensions size) {
  struct dataset data;
  if (strcmp(name, "digits") == 0 && !r->images) return;
  data_create(&data, name, r->images, size, SET_PLAIN);
  run_type(r, &data, TYPE_F32);
  run_type(r, &data, TYPE_F64);
  data_destroy(&data);
}

int main(int argc, char **argv) {
  struct rounds r = {.threads = 1, .rounds = 11, .tries = 1, .sample_seconds = 2e-3, .rows = 1666};
  rounds_options(&r, "kron_eye_bench_gradient", "--images --rows --blas", argc, argv);
  if (rounds_wants(&r, "dense")) run_case(&r, "dense", (struct dimensions){r.rows, 30, 30, 784});
  if (rounds_wants(&r, "digits")) run_case(&r, "digits", (struct dimensions){r.rows, 30, 30, 784});
  if (rounds_wants(&r, "layer-two")) run_case(&r, "dense", (struct dimensions){r.rows, 30, 10, 30});
  return EXIT_SUCCESS;
}
