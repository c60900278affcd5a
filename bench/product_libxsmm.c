/*
 * LIBXSMM's just-in-time kernels for a product, as well as they can be used: op(W) packed in the
 * order that its column-major view asks for, all before the clock starts. Where right is 1, blocks
 * are columns of one matrix, as many to a kernel as a trial says; else a kernel takes one block, or
 * some columns of it.
 */
#include "product.h"

#include "util.h"

#include "support/stopwatch.h"

#include <libxsmm.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_COLUMNS = 512 }; /* of one kernel */

union kernel {
  libxsmm_smmfunction f32;
  libxsmm_dmmfunction f64;
};

struct state {
  const struct product *p;
  void *w;
  size_t count, part; /* what is cut into kernels' parts: blocks, or right */
  union kernel kernel, last;
};

/* C (m x n) = A (m x k) B (k x n), column-major */
static bool make(const struct product *p, size_t m, size_t n, size_t k, size_t lda, size_t ldb,
                 size_t ldc, union kernel *kernel) {
  const int a = (int)lda, b = (int)ldb, c = (int)ldc, flags = LIBXSMM_GEMM_FLAG_NONE;
  const int prefetch = LIBXSMM_GEMM_PREFETCH_NONE;
  if (p->type == TYPE_F64) {
    const double one = 1, zero = 0;
    kernel->f64 =
        libxsmm_dmmdispatch((int)m, (int)n, (int)k, &a, &b, &c, &one, &zero, &flags, &prefetch);
    return kernel->f64;
  }
  const float one = 1, zero = 0;
  kernel->f32 =
      libxsmm_smmdispatch((int)m, (int)n, (int)k, &a, &b, &c, &one, &zero, &flags, &prefetch);
  return kernel->f32;
}

/* The kernel for a part of `part` blocks or columns. */
static bool make_part(const struct product *p, size_t part, union kernel *kernel) {
  if (p->right > 1) return make(p, part, p->m, p->n, p->right, p->n, p->right, kernel);
  if (p->each) return make(p, p->m, part, p->n, p->m, p->left * p->n, p->left * p->m, kernel);
  return make(p, p->m, part, p->n, p->m, p->n, p->m, kernel);
}

static void call(const struct product *p, const union kernel *kernel, const void *a, const void *b,
                 size_t y) {
  void *c = (void *)(size_t)product_at(p, p->y, y);
  if (p->type == TYPE_F64)
    kernel->f64(a, b, c);
  else
    kernel->f32(a, b, c);
}

static const union kernel *kernel_at(const struct state *s, size_t first) {
  return first + s->part <= s->count ? &s->kernel : &s->last;
}

/* right = 1, one W: `count` blocks. */
static void run_blocks(void *state) {
  const struct state *s = state;
  const struct product *p = s->p;
  for (size_t ra = 0; ra < s->count; ra += s->part)
    call(p, kernel_at(s, ra), s->w, product_at(p, p->x, ra * p->n), ra * p->m);
}

/* right = 1, a W for each block: `count` rows. */
static void run_rows(void *state) {
  const struct state *s = state;
  const struct product *p = s->p;
  for (size_t a = 0; a < p->left; a++)
    for (size_t r = 0; r < s->count; r += s->part)
      call(p, kernel_at(s, r), product_at(p, s->w, a * product_w(p)),
           product_at(p, p->x, (r * p->left + a) * p->n), (r * p->left + a) * p->m);
}

/* right > 1: `count` columns of each block. */
static void run_columns(void *state) {
  const struct state *s = state;
  const struct product *p = s->p;
  for (size_t ra = 0; ra < p->batch * p->left; ra++)
    for (size_t c = 0; c < s->count; c += s->part)
      call(p, kernel_at(s, c), product_at(p, p->x, ra * p->n * p->right + c),
           product_at(p, s->w, p->each ? ra % p->left * product_w(p) : 0),
           ra * p->m * p->right + c);
}

static bool set_part(struct state *s, size_t part) {
  const size_t rest = s->count % part;
  s->part = part;
  return make_part(s->p, part, &s->kernel) && (rest == 0 || make_part(s->p, rest, &s->last));
}

static double trial(struct way *way) {
  double best = INFINITY;
  for (int i = 0; i < 5; i++) {
    const double start = stopwatch_seconds();
    way->run(way->state);
    best = fmin(best, stopwatch_seconds() - start);
  }
  return best;
}

/* The part that takes least; 0 where there is no kernel. */
static size_t best_part(struct state *s, struct way *way) {
  const size_t parts[] = {8, 16, 32, 64, s->count < MOST_COLUMNS ? s->count : MOST_COLUMNS};
  double best = INFINITY;
  size_t part = 0;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (parts[i] > s->count || !set_part(s, parts[i])) continue;
    const double seconds = trial(way);
    if (seconds < best) part = parts[i];
    best = fmin(best, seconds);
  }
  return part;
}

static void destroy(void *state) {
  struct state *s = state;
  free(s->w);
  free(s);
}

bool product_libxsmm(const struct product *p, struct way *way) {
  struct state *s = allocate(1, sizeof *s);
  *s = (struct state){.p = p, .w = product_pack(p, p->right == 1)};
  *way = (struct way){.name = "LIBXSMM", .state = s, .destroy = destroy};
  way->run = p->right > 1 ? run_columns : p->each ? run_rows : run_blocks;
  s->count = p->right > 1 ? p->right : p->each ? p->batch : p->batch * p->left;
  const size_t part = best_part(s, way);
  if (part != 0 && set_part(s, part)) return true;
  destroy(s);
  return false;
}
