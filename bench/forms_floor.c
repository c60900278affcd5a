/*
 * The lower bounds: reading x once, and the multiply-adds alone. Each is measured like a form, on
 * all threads of the case, in the same rounds.
 *
 * The multiply-adds are counted in full vectors: m outputs take ceil(m / lanes) vectors for each of
 * n inputs (32 lanes for m = 30). If m is below one vector, a kernel may run along n instead: m
 * times ceil(n / lanes). The smaller of the two numbers is used.
 */
#include "floor.h"
#include "form.h"
#include "util.h"

#include <stdlib.h>

/* The loops' results go here, so that no compiler can remove the loops. */
static volatile double sink;

static void *prepare(const struct form *form, const struct task *task, char note[NOTE_SIZE]) {
  (void)form;
  (void)note; /* the head of the table names the vectors */
  struct task *state = allocate(1, sizeof *state);
  *state = *task;
  return state;
}

typedef uint64_t reader(const void *memory, size_t bytes);

static int read_x(const struct task *task, reader *read) {
  size_t bytes = task->rows * task->blocks * task->n * x_size(task->type);
  size_t share = (bytes / task->threads + 63) / 64 * 64;
  double sum = 0;
#pragma omp parallel for schedule(static) reduction(+ : sum)
  for (size_t thread = 0; thread < task->threads; ++thread) {
    size_t first = thread * share, left = first < bytes ? bytes - first : 0;
    sum += (double)read((const char *)task->x + first, left < share ? left : share);
  }
  sink = sum;
  return 0;
}

static int run_read_stream(void *state) {
  return read_x(state, floor_kernels()->read_stream);
}

static int run_read_streams(void *state) {
  return read_x(state, floor_kernels()->read_streams);
}

static size_t vectors_needed(const struct task *task) {
  size_t lanes = floor_kernels()->vector_bytes / y_size(task->type);
  size_t along_m = (task->m + lanes - 1) / lanes * task->n;
  size_t along_n = (task->n + lanes - 1) / lanes * task->m;
  size_t each = task->m < lanes && along_n < along_m ? along_n : along_m;
  return each * task->rows * task->blocks;
}

static int run_fma(void *state) {
  const struct task *task = state;
  const struct floor_kernels *kernels = floor_kernels();
  size_t share = vectors_needed(task) / task->threads;
  double sum = 0;
#pragma omp parallel for schedule(static) reduction(+ : sum)
  for (size_t thread = 0; thread < task->threads; ++thread)
    sum += y_size(task->type) == 4 ? (double)kernels->fma_f32(share) : kernels->fma_f64(share);
  sink = sum;
  return 0;
}

struct form_list floor_forms(void) {
  static const struct form forms[] = {
      {.name = "floor: read x, 1 stream",
       .group = GROUP_READ_FLOOR,
       .types = SET_ALL,
       .prepare = prepare,
       .run = run_read_stream,
       .destroy = free},
      {.name = "floor: read x, 4 streams",
       .group = GROUP_READ_FLOOR,
       .types = SET_ALL,
       .prepare = prepare,
       .run = run_read_streams,
       .destroy = free},
      {.name = "floor: multiply-adds",
       .group = GROUP_FMA_FLOOR,
       .types = SET_ALL,
       .prepare = prepare,
       .run = run_fma,
       .destroy = free},
  };
  return (struct form_list){sizeof forms / sizeof *forms, forms};
}
