/*
 * LIBXSMM's just-in-time kernels, used as well as possible: W packed transposed, its rows padded to
 * full vectors; x seen as a (rows*blocks) x n matrix in small blocks of rows, an OpenMP loop over
 * them. LIBXSMM is column-major: Y^T (m x r) = W (m x n) X^T (n x r), where column-major X^T is x
 * as it is in memory. The block size and the prefetch are the fastest of a trial during set-up.
 */
#include "form.h"
#include "util.h"

#include "support/stopwatch.h"

#include <libxsmm.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A kernel in either type; b_next is the x of the next block, for the prefetch. */
union kernel {
  libxsmm_smmfunction f32;
  libxsmm_dmmfunction f64;
};

struct state {
  struct task task;
  size_t vectors;            /* rows of X */
  size_t padded;             /* leading dimension of the packed W */
  void *w;                   /* n columns of `padded` outputs */
  size_t block;              /* rows of X in one call */
  union kernel kernel, last; /* for full blocks, and for the remainder */
};

static bool make_kernel(const struct state *state, size_t rows, int prefetch,
                        union kernel *kernel) {
  const int m = (int)state->task.m, n = (int)rows, k = (int)state->task.n;
  const int lda = (int)state->padded, flags = LIBXSMM_GEMM_FLAG_NONE;
  if (state->task.type == TYPE_F64) {
    const double one = 1, zero = 0;
    kernel->f64 = libxsmm_dmmdispatch(m, n, k, &lda, &k, &m, &one, &zero, &flags, &prefetch);
    return kernel->f64;
  }
  const float one = 1, zero = 0;
  kernel->f32 = libxsmm_smmdispatch(m, n, k, &lda, &k, &m, &one, &zero, &flags, &prefetch);
  return kernel->f32;
}

static void pack(struct state *state) {
  const struct task *task = &state->task;
  size_t lanes = 64 / y_size(task->type);
  state->padded = (task->m + lanes - 1) / lanes * lanes;
  state->w = allocate(state->padded * task->n, y_size(task->type));
  for (size_t j = 0; j < task->n; ++j)
    for (size_t i = 0; i < state->padded; ++i) {
      size_t to = j * state->padded + i, from = i * task->n + j;
      bool inside = i < task->m;
      if (task->type == TYPE_F64)
        ((double *)state->w)[to] = inside ? ((const double *)task->w)[from] : 0;
      else
        ((float *)state->w)[to] = inside ? ((const float *)task->w)[from] : 0;
    }
}

static void call(const struct state *state, size_t first, const union kernel *kernel) {
  const struct task *task = &state->task;
  size_t x = first * task->n, y = first * task->m, next = x + state->block * task->n;
  if (task->type == TYPE_F64) {
    const double *b = task->x;
    double *c = task->y;
    kernel->f64(state->w, b + x, c + y, state->w, b + next, c + y);
  } else {
    const float *b = task->x;
    float *c = task->y;
    kernel->f32(state->w, b + x, c + y, state->w, b + next, c + y);
  }
}

static int run(void *state_) {
  const struct state *state = state_;
  size_t full = state->vectors / state->block;
#pragma omp parallel for schedule(static)
  for (size_t block = 0; block < full; ++block) call(state, block * state->block, &state->kernel);
  if (full * state->block < state->vectors) call(state, full * state->block, &state->last);
  return 0;
}

static bool try_block(struct state *state, size_t block, int prefetch) {
  state->block = block;
  size_t rest = state->vectors % block;
  return make_kernel(state, block, prefetch, &state->kernel) &&
         (!rest || make_kernel(state, rest, prefetch, &state->last));
}

static double trial_seconds(struct state *state) {
  double best = INFINITY;
  for (int i = 0; i < 3; ++i) {
    double start = stopwatch_seconds();
    run(state);
    best = fmin(best, stopwatch_seconds() - start);
  }
  return best;
}

static void destroy(void *state_) {
  struct state *state = state_;
  free(state->w);
  free(state);
}

static void *prepare(const struct form *form, const struct task *task, char note[NOTE_SIZE]) {
  (void)form;
  static const size_t blocks[] = {6, 8, 12, 13, 14, 16, 28, 30, 60, 120, 240};
  static const int prefetches[] = {LIBXSMM_GEMM_PREFETCH_NONE, LIBXSMM_GEMM_PREFETCH_BL2_VIA_C};
  struct state *state = allocate(1, sizeof *state);
  *state = (struct state){.task = *task, .vectors = task->rows * task->blocks};
  pack(state);
  double best = INFINITY;
  size_t best_block = 0;
  int best_prefetch = 0;
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; ++i)
    for (size_t p = 0; p < sizeof prefetches / sizeof *prefetches; ++p) {
      if (!try_block(state, blocks[i], prefetches[p])) continue;
      double seconds = trial_seconds(state);
      if (seconds >= best) continue;
      best = seconds;
      best_block = blocks[i];
      best_prefetch = prefetches[p];
    }
  if (!best_block) {
    snprintf(note, NOTE_SIZE, "LIBXSMM has no kernel for this shape");
    destroy(state);
    return NULL;
  }
  try_block(state, best_block, best_prefetch);
  snprintf(note, NOTE_SIZE, "LIBXSMM %s, target %s: blocks of %zu rows of X%s", LIBXSMM_VERSION,
           libxsmm_get_target_arch(), best_block,
           best_prefetch == LIBXSMM_GEMM_PREFETCH_NONE ? "" : ", next block prefetched");
  return state;
}

struct form_list libxsmm_forms(void) {
  static const struct form forms[] = {{.name = "LIBXSMM, W packed, best block",
                                       .group = GROUP_PEER,
                                       .types = SET_PLAIN,
                                       .prepare = prepare,
                                       .run = run,
                                       .destroy = destroy}};
  return (struct form_list){1, forms};
}
