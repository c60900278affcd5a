/* The library's plans: every setting for zeros, every route. */
#include "form.h"
#include "util.h"

#include <kron_eye.h>

#include <stdio.h>
#include <stdlib.h>

/* A form's parameter: the setting for zeros, plus ROUTE times the route. */
enum { ROUTE = 16 };

struct state {
  struct task task;
  kron_eye_plan *plan;
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
  case TYPE_F32_F64:
    return kron_eye_plan_create_f32_f64(&state->plan, &shape, task->w, task->n, options);
  default:
    return kron_eye_plan_create_u8_f32(&state->plan, &shape, task->w, task->n, options);
  }
}

/* `batch` rows, starting with row `first`. */
static int apply(const struct state *state, size_t first, size_t batch) {
  const struct task *task = &state->task;
  const kron_eye_plan *plan = state->plan;
  size_t ldx = task->blocks * task->n, ldy = task->blocks * task->m;
  const void *x = (const char *)task->x + first * ldx * x_size(task->type);
  void *y = (char *)task->y + first * ldy * y_size(task->type);
  switch (task->type) {
  case TYPE_F32:
    return kron_eye_apply_f32(plan, batch, 1, x, ldx, 0, y, ldy);
  case TYPE_F64:
    return kron_eye_apply_f64(plan, batch, 1, x, ldx, 0, y, ldy);
  case TYPE_F32_F64:
    return kron_eye_apply_f32_f64(plan, batch, 1, x, ldx, 0, y, ldy);
  default:
    return kron_eye_apply_u8_f32(plan, batch, (float)task->alpha, x, ldx, 0, y, ldy);
  }
}

static void *prepare(const struct form *form, const struct task *task, char note[NOTE_SIZE]) {
  struct state *state = allocate(1, sizeof *state);
  *state = (struct state){*task, NULL};
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.zeros = form->parameter % ROUTE;
  options.route = form->parameter / ROUTE;
  options.threads = task->threads;
  int status = create(state, &options);
  if (status == KRON_EYE_OK) {
    kron_eye_plan_describe(state->plan, note, NOTE_SIZE);
    return state;
  }
  if (status != KRON_EYE_UNSUPPORTED)
    die("%s (%s): %s", form->name, type_name(task->type), kron_eye_status_text(status));
  snprintf(note, NOTE_SIZE, "%s (%s)", kron_eye_status_text(status), type_name(task->type));
  free(state);
  return NULL;
}

static int run(void *state_) {
  const struct state *state = state_;
  return apply(state, 0, state->task.rows);
}

static int run_per_row(void *state_) {
  const struct state *state = state_;
  int status = 0;
  for (size_t row = 0; row < state->task.rows && !status; ++row) status = apply(state, row, 1);
  return status;
}

static void destroy(void *state_) {
  struct state *state = state_;
  kron_eye_plan_destroy(state->plan);
  free(state);
}

#define FORM(NAME, ZEROS, ROUTE_, RUN, SWEEP)                                                      \
  {                                                                                                \
    .name = NAME, .group = GROUP_OURS, .types = SET_ALL, .sweep = SWEEP,                           \
    .parameter = (ZEROS) + ROUTE * (ROUTE_), .prepare = prepare, .run = RUN, .destroy = destroy    \
  }

struct form_list plan_forms(void) {
  static const struct form forms[] = {
      FORM("kron_eye plan", KRON_EYE_ZEROS_AUTO, KRON_EYE_ROUTE_AUTO, run, true),
      FORM("kron_eye plan, a row a call", KRON_EYE_ZEROS_AUTO, KRON_EYE_ROUTE_AUTO, run_per_row,
           false),
      FORM("kron_eye plan, kernel, skip", KRON_EYE_ZEROS_SKIP, KRON_EYE_ROUTE_KERNEL, run, false),
      FORM("kron_eye plan, kernel, multiply", KRON_EYE_ZEROS_MULTIPLY, KRON_EYE_ROUTE_KERNEL, run,
           false),
      FORM("kron_eye plan, BLAS", KRON_EYE_ZEROS_AUTO, KRON_EYE_ROUTE_BLAS, run, false),
  };
  return (struct form_list){sizeof forms / sizeof *forms, forms};
}
