/*
 * The ways to call a BLAS directly. X is x seen as a (rows*blocks) x n matrix, Y is y seen as
 * (rows*blocks) x m; the forms compute Y = X W^T and differ in how they cut it into calls.
 */
#include "blas.h"
#include "form.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>

struct state {
  struct task task;
  size_t vectors; /* rows of X */
  size_t cut;     /* rows of X in one call */
  const void **x; /* one pointer per call, for the batched form */
  const void **w;
  void **y;
};

static const char *x_at(const struct state *state, size_t vector) {
  return (const char *)state->task.x + vector * state->task.n * x_size(state->task.type);
}

static char *y_at(const struct state *state, size_t vector) {
  return (char *)state->task.y + vector * state->task.m * y_size(state->task.type);
}

static void *prepare_state(const struct form *form, const struct task *task) {
  struct state *state = calloc(1, sizeof *state);
  if (!state) die("no memory");
  state->task = *task;
  state->vectors = task->rows * task->blocks;
  state->cut = form->parameter ? (size_t)form->parameter : task->blocks;
  return state;
}

static void *prepare(const struct form *form, const struct task *task, char note[NOTE_SIZE]) {
  (void)note;
  return prepare_state(form, task);
}

static void destroy(void *state_) {
  struct state *state = state_;
  free(state->x);
  free(state->w);
  free(state->y);
  free(state);
}

/* Rows [first, first + count) of Y in one gemm. */
static void some_vectors(const struct state *state, size_t first, size_t count) {
  const struct task *task = &state->task;
  blas_gemm(task->blas, task->type, BLAS_NO_TRANSPOSE, BLAS_TRANSPOSE, count, task->m, task->n,
            x_at(state, first), task->n, task->w, task->n, y_at(state, first), task->m);
}

static int run_gemv_per_block(void *state_) {
  const struct state *state = state_;
  const struct task *task = &state->task;
  for (size_t vector = 0; vector < state->vectors; ++vector)
    blas_gemv(task->blas, task->type, BLAS_NO_TRANSPOSE, task->m, task->n, task->w,
              x_at(state, vector), y_at(state, vector));
  return 0;
}

static int run_tall(void *state_) {
  const struct state *state = state_;
  some_vectors(state, 0, state->vectors);
  return 0;
}

static int run_cut(void *state_) {
  const struct state *state = state_;
  for (size_t first = 0; first < state->vectors; first += state->cut) {
    size_t left = state->vectors - first;
    some_vectors(state, first, left < state->cut ? left : state->cut);
  }
  return 0;
}

static int run_cut_openmp(void *state_) {
  const struct state *state = state_;
  size_t calls = (state->vectors + state->cut - 1) / state->cut;
#pragma omp parallel for schedule(static)
  for (size_t call = 0; call < calls; ++call) {
    size_t first = call * state->cut, left = state->vectors - first;
    some_vectors(state, first, left < state->cut ? left : state->cut);
  }
  return 0;
}

/* Y^T = W X^T, an m x (rows*blocks) result, as in the published answers. */
static int run_transposed(void *state_) {
  const struct state *state = state_;
  const struct task *task = &state->task;
  blas_gemm(task->blas, task->type, BLAS_NO_TRANSPOSE, BLAS_TRANSPOSE, task->m, state->vectors,
            task->n, task->w, task->n, task->x, task->n, task->y, state->vectors);
  return 0;
}

/* m = 1: y is X times the only row of W. */
static void *prepare_tall_gemv(const struct form *form, const struct task *task,
                               char note[NOTE_SIZE]) {
  if (task->m == 1) return prepare_state(form, task);
  snprintf(note, NOTE_SIZE, "only if m = 1");
  return NULL;
}

static int run_tall_gemv(void *state_) {
  const struct state *state = state_;
  const struct task *task = &state->task;
  blas_gemv(task->blas, task->type, BLAS_NO_TRANSPOSE, state->vectors, task->n, task->x, task->w,
            task->y);
  return 0;
}

static void *prepare_batched(const struct form *form, const struct task *task,
                             char note[NOTE_SIZE]) {
  const struct blas *blas = task->blas;
  if (!blas->sgemm_batch || !blas->dgemm_batch) {
    snprintf(note, NOTE_SIZE, "%s has no cblas_sgemm_batch or cblas_dgemm_batch", blas->name);
    return NULL;
  }
  struct state *state = prepare_state(form, task);
  state->x = allocate(task->rows, sizeof *state->x);
  state->w = allocate(task->rows, sizeof *state->w);
  state->y = allocate(task->rows, sizeof *state->y);
  for (size_t row = 0; row < task->rows; ++row) {
    state->x[row] = x_at(state, row * task->blocks);
    state->w[row] = task->w;
    state->y[row] = y_at(state, row * task->blocks);
  }
  return state;
}

static int run_batched(void *state_) {
  struct state *state = state_;
  const struct task *task = &state->task;
  blas_gemm_batch(task->blas, task->type, task->rows, task->blocks, task->m, task->n, state->x,
                  state->w, state->y);
  return 0;
}

#define FORM(NAME, PREPARE, RUN, ...)                                                              \
  {                                                                                                \
    .name = NAME, .group = GROUP_BLAS, .types = SET_PLAIN, .prepare = PREPARE, .run = RUN,         \
    .destroy = destroy, __VA_ARGS__                                                                \
  }

struct form_list blas_forms(void) {
  static const struct form forms[] = {
      FORM("gemv a block", prepare, run_gemv_per_block, .sweep = false),
      FORM("gemm a row", prepare, run_cut, .sweep = false),
      FORM("gemm a row, OpenMP rows", prepare, run_cut_openmp, .single_blas = true, .sweep = true),
      FORM("gemm batch", prepare_batched, run_batched, .sweep = true),
      FORM("one tall gemm", prepare, run_tall, .sweep = true),
      FORM("tall gemv (m = 1)", prepare_tall_gemv, run_tall_gemv, .sweep = true),
      FORM("tall gemm by 240 rows", prepare, run_cut, .parameter = 240),
      FORM("tall gemm by 960 rows", prepare, run_cut, .parameter = 960),
      FORM("gemm by 240 rows, OpenMP", prepare, run_cut_openmp, .single_blas = true,
           .parameter = 240, .sweep = true),
      FORM("transposed: W X^T", prepare, run_transposed, .transposed = true, .sweep = true),
  };
  return (struct form_list){sizeof forms / sizeof *forms, forms};
}
