/*
 * kron_eye_bench_operator - products of the whole operator beside what else computes them: a loop
 * of cblas calls, one call where the layout allows it, LIBXSMM, oneDNN for 1 x 1 convolutions.
 * Results are checked before the clock starts. The floor is the larger of a pass over x, W and y
 * (one or four places at a time, ordinary or streaming stores, whichever is the fastest) and the
 * multiply-adds alone.
 *
 *     finite        small W of finite elements, doubles, in cache
 *     right         right from 1 to 100; time for each multiply-add
 *     transposed    a W stored transposed, beside the same shape that is not
 *     convolution   1 x 1 convolutions of 32 images
 *     gate          2 x 2 and 4 x 4 at every place in 2^20 values and at some in 2^24
 *     each          a W for each block
 */
#include "product.h"
#include "util.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Logarithms of ratios, for a geometric mean; and shapes below 0.95. */
struct mean {
  double sum;
  size_t count, lost;
};

static void mean_add(struct mean *mean, struct interval ratio) {
  mean->sum += log(ratio.median);
  mean->count++;
  mean->lost += ratio.high < 0.95;
}

static void mean_print(const char *name, const struct mean *mean) {
  if (mean->count == 0) return;
  printf("geometric mean of %s / plan: %.2f over %zu shapes, %zu with the interval below 0.95\n",
         name, exp(mean->sum / (double)mean->count), mean->count, mean->lost);
}

struct group {
  const char *name;
  const struct rounds *rounds;
  struct mean loop, libxsmm, best, floor, small; /* small: the loop, right <= n <= 6 */
};

static void begin(struct group *group, const char *name, const struct rounds *rounds) {
  *group = (struct group){.name = name, .rounds = rounds};
  printf("\n%s\n%-5s %5s %5s %4s %4s %7s  %10s  %-22s %-22s %-22s %-22s %s\n", name, "type",
         "batch", "left", "m", "n", "right", "plan us", "/ floor", "best peer / plan",
         "cblas each / plan", "LIBXSMM / plan", "best peer, call us");
}

static void end(const struct group *g) {
  mean_print("cblas for each block", &g->loop);
  mean_print("the same, right <= n <= 6,", &g->small);
  mean_print("LIBXSMM", &g->libxsmm);
  mean_print("the best peer", &g->best);
  mean_print("the floor", &g->floor);
}

static void print_ratio(struct interval ratio) {
  char text[32] = "-";
  if (!isnan(ratio.median))
    snprintf(text, sizeof text, "%.2f [%.2f, %.2f]", ratio.median, ratio.low, ratio.high);
  printf(" %-22s", text);
}

/* The ratio to the plan, and into the mean. */
static void compare(const struct group *g, const struct way *above, const struct way *plan,
                    struct mean *mean) {
  const struct interval none = {NAN, NAN, NAN};
  const struct interval ratio = above ? rounds_ratio(g->rounds, above, plan) : none;
  print_ratio(ratio);
  if (above && mean) mean_add(mean, ratio);
}

static const struct way *floor_of(size_t count, const struct way *ways) {
  const struct way *pass = rounds_best(count, ways, "pass"),
                   *multiply_adds = rounds_best(count, ways, "multiply");
  return pass->median > multiply_adds->median ? pass : multiply_adds;
}

static void print(struct group *g, const struct product *p, size_t count, const struct way *ways) {
  const struct way *plan = rounds_best(count, ways, "plan"),
                   *best = rounds_best(count, ways, PRODUCT_PEERS),
                   *loop = rounds_best(count, ways, "cblas gemv each|cblas gemm each"),
                   *libxsmm = rounds_best(count, ways, "LIBXSMM"), *floor = floor_of(count, ways);
  printf("%-5s %5zu %5zu %4zu %4zu%c %6zu  %10.3f ", type_name(p->type), p->batch, p->left, p->m,
         p->n, p->transposed ? 't' : ' ', p->right, 1e6 * plan->median);
  print_ratio(rounds_ratio(g->rounds, plan, floor));
  mean_add(&g->floor, rounds_ratio(g->rounds, floor, plan));
  compare(g, best, plan, &g->best);
  compare(g, loop, plan, &g->loop);
  compare(g, libxsmm, plan, &g->libxsmm);
  if (strcmp(g->name, "finite") == 0 && p->right <= p->n && p->n <= 6)
    mean_add(&g->small, rounds_ratio(g->rounds, loop, plan));
  printf(" %s, %.3f\n", best->name, 1e6 * rounds_best(count, ways, "call")->median);
  fflush(stdout);
}

static void run(struct group *g, struct product p) {
  struct way ways[MOST_WAYS];
  struct blas blas;
  blas_linked(&blas);
  p.blas = &blas;
  p.threads = g->rounds->threads;
  product_create(&p);
  const size_t count = product_ways(&p, ways);
  rounds_measure(g->rounds, count, ways);
  print(g, &p, count, ways);
  rounds_free(count, ways);
  product_destroy(&p);
}

/* ---------------------------------------------------------------- the groups */

static const enum type both_types[] = {TYPE_F32, TYPE_F64};

static void finite(struct group *g, size_t most) {
  static const size_t sizes[] = {2, 3, 4, 5, 6, 8, 10, 12, 16};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
    for (int r = 0; r < 3; r++)
      for (int l = 0; l < 3; l++) {
        const size_t n = sizes[s], powers[] = {1, n, n * n};
        if (n > most) return;
        run(g, (struct product){.type = TYPE_F64,
                                .batch = 1,
                                .left = powers[2 - l],
                                .m = n,
                                .n = n,
                                .right = powers[r]});
      }
}

static void transposed(struct group *g, size_t most) {
  for (size_t t = 0; t < 2; t++)
    for (int wide = 0; wide < 2; wide++)
      for (int stored = 0; stored < 2; stored++) {
        if (784 > most) return;
        run(g, (struct product){.type = both_types[t],
                                .batch = 10,
                                .left = 30,
                                .m = wide ? 784 : 30,
                                .n = wide ? 30 : 784,
                                .right = 1,
                                .transposed = stored != 0});
      }
}

static void convolution(struct group *g, size_t most) {
  static const size_t channels[] = {64, 256}, pixels[] = {56 * 56, 14 * 14};
  for (size_t c = 0; c < 2; c++)
    for (size_t s = 0; s < 2; s++) {
      const size_t n = channels[c] < most ? channels[c] : most;
      run(g, (struct product){.type = TYPE_F32,
                              .batch = most < 64 ? 2 : 32,
                              .left = 1,
                              .m = n,
                              .n = n,
                              .right = most < 64 ? 9 : pixels[s]});
    }
}

static void gate(struct group *g, size_t most) {
  for (int large = 0; large < 2; large++)
    for (size_t t = 0; t < 2; t++)
      for (size_t n = 2; n <= 4; n += 2) {
        const size_t values = (size_t)1 << (most < 64 ? 6 : large ? 24 : 20);
        const size_t step = large ? 16 : 2;
        for (size_t right = 1; right <= values / n; right *= step)
          run(g, (struct product){.type = both_types[t],
                                  .batch = 1,
                                  .left = values / n / right,
                                  .m = n,
                                  .n = n,
                                  .right = right});
      }
}

static void each(struct group *g, size_t most) {
  static const size_t sizes[] = {5, 6, 7, 8, 9, 10};
  for (size_t t = 0; t < 2; t++)
    for (size_t batch = 1; batch <= 64; batch += 63) {
      const struct product p = {.type = both_types[t], .batch = batch, .right = 1, .each = true};
      for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct product small = p;
        small.left = most < 64 ? 7 : 10000;
        small.m = small.n = sizes[s];
        run(g, small);
      }
      struct product large = p;
      large.left = most < 64 ? 3 : 300;
      large.m = 30;
      large.n = most < 64 ? 31 : 784;
      run(g, large);
    }
}

/* ---------------------------------------------------------------- right from 1 to 100 */

enum { RIGHTS = 13 };
static const size_t rights[RIGHTS] = {1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 31, 32, 100};

/* The plans alone, in the same rounds, as they are compared with one another. */
static void print_rights(const struct rounds *r, enum type type, size_t m, size_t n,
                         const struct product *products, const struct way *ways) {
  const double goal = 1.3;
  double each[RIGHTS];
  for (size_t i = 0; i < RIGHTS; i++)
    each[i] = 1e9 * ways[i].median / (double)(product_y(&products[i]) * n);
  printf("%s, %zu x %zu, %zu thread%s\n", type_name(type), m, n, r->threads,
         r->threads == 1 ? "" : "s");
  for (size_t i = 0; i < RIGHTS; i++) {
    double better = each[0];
    if (i > 0) better = fmin(better, each[i - 1]);
    if (i + 1 < RIGHTS) better = fmin(better, each[i + 1]);
    printf("  right %4zu  %.4f ns a multiply-add, %.2f times right = 1, %.2f times the best of "
           "that and the neighbours%s\n",
           rights[i], each[i], each[i] / each[0], each[i] / better,
           each[i] > goal * better ? " !" : "");
  }
  fflush(stdout);
}

static void run_rights(const struct rounds *r, enum type type, size_t m, size_t n) {
  struct product products[RIGHTS];
  struct way ways[RIGHTS];
  struct blas blas;
  blas_linked(&blas);
  for (size_t i = 0; i < RIGHTS; i++) {
    const size_t left = 60000 / (n * rights[i]) + 1; /* x in the second level */
    products[i] = (struct product){.type = type,
                                   .batch = 1,
                                   .left = left,
                                   .m = m,
                                   .n = n,
                                   .right = rights[i],
                                   .threads = r->threads,
                                   .blas = &blas};
    product_create(&products[i]);
    struct way all[MOST_WAYS];
    const size_t count = product_ways(&products[i], all);
    ways[i] = all[0]; /* the plan */
    for (size_t k = 1; k < count; k++) all[k].destroy(all[k].state);
  }
  rounds_measure(r, RIGHTS, ways);
  print_rights(r, type, m, n, products, ways);
  rounds_free(RIGHTS, ways);
  for (size_t i = 0; i < RIGHTS; i++) product_destroy(&products[i]);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*run)(struct group *group, size_t most);
  } groups[] = {{"finite", finite},
                {"transposed", transposed},
                {"convolution", convolution},
                {"gate", gate},
                {"each", each}};
  struct rounds r = {.threads = 1, .rounds = 11, .tries = 3, .sample_seconds = 1e-4};
  rounds_options(&r, "kron_eye_bench_operator", "--most", argc, argv);
  const size_t most = r.most ? r.most : 1000;
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
    if (!rounds_wants(&r, groups[i].name)) continue;
    struct group group;
    begin(&group, groups[i].name, &r);
    groups[i].run(&group, most);
    end(&group);
  }
  if (!rounds_wants(&r, "right")) return EXIT_SUCCESS;
  puts("\nright");
  for (size_t t = 0; t < 2; t++) {
    run_rights(&r, both_types[t], 16, 16);
    if (most >= 784) run_rights(&r, both_types[t], 30, 784);
  }
  return EXIT_SUCCESS;
}
