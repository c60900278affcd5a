/* The library's one-call functions. */
#include "form.h"
#include "util.h"

#include <kron_eye.h>

#include <stdio.h>
#include <stdlib.h>

static void *prepare_call(const struct form *form, const struct task *task, char note[NOTE_SIZE]) {
  (void)form;
  (void)note;
  struct task *state = allocate(1, sizeof *state);
  *state = *task;
  return state;
}

static int run_matvec_batch(void *state) {
  const struct task *t = state;
  return t->type == TYPE_F64
             ? kron_eye_matvec_batch_f64(t->rows, t->blocks, t->m, t->n, t->w, t->x, t->y)
             : kron_eye_matvec_batch(t->rows, t->blocks, t->m, t->n, t->w, t->x, t->y);
}

static int run_matvec_per_row(void *state) {
  const struct task *t = state;
  size_t x_row = t->blocks * t->n, y_row = t->blocks * t->m;
  int status = 0;
  for (size_t row = 0; row < t->rows && !status; ++row)
    status =
        t->type == TYPE_F64
            ? kron_eye_matvec_f64(t->blocks, t->m, t->n, t->w, (const double *)t->x + row * x_row,
                                  (double *)t->y + row * y_row)
            : kron_eye_matvec(t->blocks, t->m, t->n, t->w, (const float *)t->x + row * x_row,
                              (float *)t->y + row * y_row);
  return status;
}

struct form_list call_forms(void) {
  static const struct form forms[] = {
      {.name = "kron_eye matvec a row",
       .group = GROUP_OURS,
       .types = SET_PLAIN,
       .prepare = prepare_call,
       .run = run_matvec_per_row,
       .destroy = free},
      {.name = "kron_eye matvec_batch",
       .group = GROUP_OURS,
       .types = SET_PLAIN,
       .sweep = true,
       .prepare = prepare_call,
       .run = run_matvec_batch,
       .destroy = free},
  };
  return (struct form_list){sizeof forms / sizeof *forms, forms};
}
