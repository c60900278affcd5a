#include "pass.h"

#include "floor.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>

static volatile double sink;

static void run(void *state) {
  const struct pass *p = state;
  const struct floor_kernels *kernels = floor_kernels();
  const uint64_t w = kernels->read_streams(p->w, p->w_bytes);
  sink = (double)(w + kernels->pass(p->x, p->x_bytes, p->y, p->y_bytes, p->places, p->streaming));
}

size_t pass_ways(struct pass pass, struct way *ways, size_t count) {
  for (int streaming = 0; streaming < 2; streaming++)
    for (size_t places = 1; places <= 4; places += 3) {
      struct pass *state = allocate(1, sizeof *state);
      *state = pass;
      state->places = places;
      state->streaming = streaming != 0;
      ways[count++] = (struct way){.name = "pass", .run = run, .state = state, .destroy = free};
    }
  return count;
}
