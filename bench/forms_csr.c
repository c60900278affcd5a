/*
 * The library's plans on sparse x, converted before the clock starts; and converted each time, to
 * see after how many products the conversion pays off. Then the parts by themselves: the check of a
 * matrix beside reading its integers once, the conversion beside reading x (the floors).
 */
#include "floor.h"
#include "form.h"
#include "util.h"

#include <kron_eye.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A form's parameter. */
enum { TRUSTED = 1, BLOCKS = 2, INT64 = 4, CONVERTED = 8, ONE_STEP = 16 };

struct state {
  struct task task;
  int parameter;
  kron_eye_plan *plan;
  kron_eye_csr x;
  void *indptr, *indices, *values; /* x's arrays, writable */
};

static int create(struct state *state, const kron_eye_options *options) {
  const struct task *task = &state->task;
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = task->blocks;
  shape.m = task->m;
  shape.n = task->n;
  switch (task->type) {
  case TYPE_F32:
    return kron_eye_plan_create_f32(&state->plan, &shape, task->w, task->n, options);
  case TYPE_F64:
    return kron_eye_plan_create_f64(&state->plan, &shape, task->w, task->n, options);
  default:
    return kron_eye_plan_create_f32_f64(&state->plan, &shape, task->w, task->n, options);
  }
}

static int count(const struct state *state) {
  const kron_eye_csr *x = &state->x;
  return x->value_type == KRON_EYE_VALUE_DOUBLE
             ? kron_eye_csr_count_f64(x->rows, x->cols, state->task.x, x->cols, x->index_type,
                                      state->indptr)
             : kron_eye_csr_count_f32(x->rows, x->cols, state->task.x, x->cols, x->index_type,
                                      state->indptr);
}

static int fill(const struct state *state) {
  const kron_eye_csr *x = &state->x;
  return x->value_type == KRON_EYE_VALUE_DOUBLE
             ? kron_eye_csr_fill_f64(x->rows, x->cols, state->task.x, x->cols, x->index_type,
                                     state->indptr, x->nnz, state->indices, state->values)
             : kron_eye_csr_fill_f32(x->rows, x->cols, state->task.x, x->cols, x->index_type,
                                     state->indptr, x->nnz, state->indices, state->values);
}

static int both(const struct state *state) {
  const kron_eye_csr *x = &state->x;
  const size_t all = x->rows * x->cols;
  return x->value_type == KRON_EYE_VALUE_DOUBLE
             ? kron_eye_csr_convert_f64(x->rows, x->cols, state->task.x, x->cols, x->index_type,
                                        state->indptr, all, state->indices, state->values)
             : kron_eye_csr_convert_f32(x->rows, x->cols, state->task.x, x->cols, x->index_type,
                                        state->indptr, all, state->indices, state->values);
}

static void must(int status) {
  if (status != KRON_EYE_OK) die("kron_eye CSR: %s", kron_eye_status_text(status));
}

/* Dense -> CSR in the form's shape and integers. */
static void convert(struct state *state) {
  const struct task *task = &state->task;
  const bool wide = (state->parameter & INT64) != 0, blocks = (state->parameter & BLOCKS) != 0;
  kron_eye_csr *x = &state->x;
  *x = (kron_eye_csr)KRON_EYE_CSR_INIT;
  x->rows = blocks ? task->rows * task->blocks : task->rows;
  x->cols = blocks ? task->n : task->blocks * task->n;
  x->index_type = wide ? KRON_EYE_INDEX_INT64 : KRON_EYE_INDEX_INT32;
  x->value_type = x_size(task->type) == 8 ? KRON_EYE_VALUE_DOUBLE : KRON_EYE_VALUE_FLOAT;
  x->trusted = (state->parameter & TRUSTED) != 0;
  const size_t integer = wide ? sizeof(int64_t) : sizeof(int32_t);
  state->indptr = allocate(x->rows + 1, integer);
  must(count(state));
  x->nnz = wide ? (size_t)((int64_t *)state->indptr)[x->rows]
                : (size_t)((int32_t *)state->indptr)[x->rows];
  const size_t room = state->parameter & ONE_STEP ? x->rows * x->cols : x->nnz;
  state->indices = allocate(room + 1, integer);
  state->values = allocate(room + 1, x_size(task->type));
  must(fill(state));
  x->indptr = state->indptr;
  x->indices = state->indices;
  x->values = state->values;
}

static void *prepare(const struct form *form, const struct task *task, char note[NOTE_SIZE]) {
  struct state *state = allocate(1, sizeof *state);
  *state = (struct state){.task = *task, .parameter = form->parameter};
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.threads = task->threads;
  must(create(state, &options));
  convert(state);
  snprintf(note, NOTE_SIZE, "%zu x %zu, %zu entries", state->x.rows, state->x.cols, state->x.nnz);
  return state;
}

static int run_conversion(void *state_) {
  const struct state *state = state_;
  if (state->parameter & ONE_STEP) return both(state);
  must(count(state));
  return fill(state);
}

static int run_check(void *state_) {
  const struct state *state = state_;
  return kron_eye_csr_check(&state->x, NULL);
}

static volatile uint64_t sink; /* so that no compiler can remove the reading */

static int run_read(void *state_) {
  const struct state *state = state_;
  const size_t integer = state->parameter & INT64 ? sizeof(int64_t) : sizeof(int32_t);
  const struct task *task = &state->task;
  const struct floor_kernels *kernels = floor_kernels();
  const size_t bytes = state->x.nnz * integer, share = (bytes / task->threads + 63) / 64 * 64;
  uint64_t sum = kernels->read_streams(state->indptr, (state->x.rows + 1) * integer);
#pragma omp parallel for schedule(static) reduction(+ : sum)
  for (size_t thread = 0; thread < task->threads; ++thread) {
    size_t first = thread * share, left = first < bytes ? bytes - first : 0;
    sum += kernels->read_streams((const char *)state->indices + first, left < share ? left : share);
  }
  sink = sum;
  return 0;
}

static int run(void *state_) {
  const struct state *state = state_;
  const struct task *task = &state->task;
  if (state->parameter & CONVERTED) must(run_conversion(state_));
  size_t ldy = task->blocks * task->m;
  switch (task->type) {
  case TYPE_F32:
    return kron_eye_apply_csr_f32(state->plan, task->rows, 1, &state->x, 0, task->y, ldy);
  case TYPE_F64:
    return kron_eye_apply_csr_f64(state->plan, task->rows, 1, &state->x, 0, task->y, ldy);
  default:
    return kron_eye_apply_csr_f32_f64(state->plan, task->rows, 1, &state->x, 0, task->y, ldy);
  }
}

static void destroy(void *state_) {
  struct state *state = state_;
  kron_eye_plan_destroy(state->plan);
  free(state->indptr);
  free(state->indices);
  free(state->values);
  free(state);
}

#define FORM(NAME, PARAMETER)                                                                      \
  {                                                                                                \
    .name = NAME, .group = GROUP_OURS, .types = SET_PLAIN | SET_F32_F64, .parameter = (PARAMETER), \
    .prepare = prepare, .run = run, .destroy = destroy                                             \
  }

#define PART(NAME, RUN, PARAMETER)                                                                 \
  {                                                                                                \
    .name = NAME, .group = GROUP_PART, .types = SET_PLAIN, .parameter = (PARAMETER),               \
    .prepare = prepare, .run = RUN, .destroy = destroy                                             \
  }

struct form_list csr_forms(void) {
  static const struct form forms[] = {
      FORM("kron_eye CSR of rows", 0),
      FORM("kron_eye CSR of blocks", BLOCKS),
      FORM("kron_eye CSR of blocks, trusted", BLOCKS | TRUSTED),
      FORM("kron_eye CSR of blocks, int64", BLOCKS | INT64),
      FORM("kron_eye CSR of blocks, converted each time", BLOCKS | TRUSTED | CONVERTED),
      FORM("kron_eye CSR of blocks, one step each time", BLOCKS | TRUSTED | CONVERTED | ONE_STEP),
      PART("part: read indptr and indices", run_read, BLOCKS),
      PART("part: check", run_check, BLOCKS),
      PART("part: read indptr and indices, int64", run_read, BLOCKS | INT64),
      PART("part: check, int64", run_check, BLOCKS | INT64),
      PART("part: dense to CSR", run_conversion, BLOCKS),
      PART("part: dense to CSR, int64", run_conversion, BLOCKS | INT64),
      PART("part: dense to CSR in one step", run_conversion, BLOCKS | ONE_STEP),
      PART("part: dense to CSR in one step, int64", run_conversion, BLOCKS | INT64 | ONE_STEP),
  };
  return (struct form_list){sizeof forms / sizeof *forms, forms};
}
