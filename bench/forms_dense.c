/* The dense Kronecker matrix itself, from the tests' oracle, on a few rows. */
#include "blas.h"
#include "form.h"
#include "oracle.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>

/* The largest dense operator to form here, in elements: 1 GiB of doubles. */
#define MOST_ELEMENTS ((size_t)1 << 27)

struct state {
  struct task task;
  void *kron; /* (blocks*m) x (blocks*n) */
};

static void *prepare(const struct form *form, const struct task *task, char note[NOTE_SIZE]) {
  size_t y_length = task->blocks * task->m, x_length = task->blocks * task->n;
  if (y_length && x_length > MOST_ELEMENTS / y_length) {
    snprintf(note, NOTE_SIZE, "a dense operator of %zu x %zu is too large", y_length, x_length);
    return NULL;
  }
  size_t count = task->m * task->n;
  double *w = allocate(count, sizeof *w);
  for (size_t i = 0; i < count; ++i)
    w[i] = task->type == TYPE_F64 ? ((const double *)task->w)[i] : ((const float *)task->w)[i];
  double *kron = oracle_kron_identity(task->blocks, task->m, task->n, w);
  free(w);
  if (!kron) die("no memory for the dense operator");
  if (task->type == TYPE_F32) {
    float *narrow = allocate(y_length * x_length, sizeof *narrow);
    for (size_t i = 0; i < y_length * x_length; ++i) narrow[i] = (float)kron[i];
    free(kron);
    kron = (void *)narrow;
  }
  struct state *state = allocate(1, sizeof *state);
  *state = (struct state){*task, kron};
  snprintf(note, NOTE_SIZE,
           "the operator takes %.0f MB; at most %zu rows are measured, their time scaled to all",
           1e-6 * (double)(y_length * x_length * y_size(task->type)), form->most_rows);
  return state;
}

static int run(void *state_) {
  const struct state *state = state_;
  const struct task *task = &state->task;
  size_t y_length = task->blocks * task->m, x_length = task->blocks * task->n;
  blas_gemm(task->blas, task->type, BLAS_NO_TRANSPOSE, BLAS_TRANSPOSE, task->rows, y_length,
            x_length, task->x, x_length, state->kron, x_length, task->y, y_length);
  return 0;
}

static void destroy(void *state_) {
  struct state *state = state_;
  free(state->kron);
  free(state);
}

struct form_list dense_forms(void) {
  static const struct form forms[] = {{.name = "dense Kronecker matrix",
                                       .group = GROUP_DENSE,
                                       .types = SET_PLAIN,
                                       .most_rows = 8,
                                       .prepare = prepare,
                                       .run = run,
                                       .destroy = destroy}};
  return (struct form_list){1, forms};
}
