/*
 * kron_eye_bench_choice - is the automatic choice about zeros right? Nine kinds of x through a
 * plan: the automatic choice, and every way by itself; with --wrong also the automatic choice where
 * the estimate of one way is twice too dear or too cheap. The last columns are the time of each
 * choice over that of the best single way, paired round by round.
 */
#include "check.h"
#include "data.h"
#include "rounds.h"
#include "util.h"

#include "run/ways.h"

#include <kron_eye.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 3, MOST_CHOICES = 1 + 2 * WAYS };

static const char *const family_names[WAYS] = {"multiply", "columns", "lists"};

/* What a way's state is: a plan, and what its estimates are multiplied by. */
struct choice {
  const struct task *task;
  kron_eye_plan *plan;
  double skew[WAYS];
};

static void run(void *state) {
  const struct choice *c = state;
  const struct task *t = c->task;
  memcpy(kron_eye_run_ways_skew, c->skew, sizeof c->skew);
  const int status =
      kron_eye_apply_f32(c->plan, t->rows, 1, t->x, t->blocks * t->n, 0, t->y, t->blocks * t->m);
  if (status != 0) die("apply: %s", kron_eye_status_text(status));
}

static kron_eye_plan *create(const struct task *t) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = t->blocks;
  shape.m = t->m;
  shape.n = t->n;
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.threads = t->threads;
  kron_eye_plan *plan;
  const int status = kron_eye_plan_create_f32(&plan, &shape, t->w, t->n, &options);
  if (status != 0) die("plan: %s", kron_eye_status_text(status));
  return plan;
}

/* A way is taken alone where the others are estimated to be out of the question. */
static struct choice alone(const struct task *task, kron_eye_plan *plan, int way) {
  const double never = 1e6;
  struct choice c = {task, plan, {never, never, never}};
  c.skew[way] = 1 / never;
  return c;
}

static size_t add(struct way *ways, size_t count, struct choice *choices, struct choice choice,
                  const char *name) {
  choices[count] = choice;
  ways[count] = (struct way){.run = run, .state = &choices[count]};
  snprintf(ways[count].name, sizeof ways->name, "%s", name);
  return count + 1;
}

static size_t add_all(const struct rounds *r, const struct task *task, kron_eye_plan *plan,
                      struct way *ways, struct choice *choices) {
  size_t count = 0;
  for (int w = 0; w < WAYS; w++)
    count = add(ways, count, choices, alone(task, plan, w), family_names[w]);
  const struct choice automatic = {task, plan, {1, 1, 1}};
  count = add(ways, count, choices, automatic, "automatic");
  for (int w = 0; r->wrong && w < WAYS; w++)
    for (int cheap = 0; cheap < 2; cheap++) {
      struct choice c = automatic;
      c.skew[w] = cheap ? 0.5 : 2;
      char name[WAY_NAME];
      snprintf(name, sizeof name, "automatic, %s too %s", family_names[w],
               cheap ? "cheap" : "dear");
      count = add(ways, count, choices, c, name);
    }
  return count;
}

/* The first way against the oracle, the others against it: they promise the same bits. */
static void check(const struct task *task, size_t count, const struct way *ways) {
  const size_t bytes = task->rows * task->blocks * task->m * sizeof(float);
  const struct form form = {.name = "plan"};
  void *first = allocate(bytes, 1);
  for (size_t i = 0; i < count; i++) {
    char text[NOTE_SIZE];
    check_poison(task);
    ways[i].run(ways[i].state);
    if (i == 0) memcpy(first, task->y, bytes);
    if (i == 0 && !check_result(&form, task, text)) die("%s is wrong: %s", ways[i].name, text);
    if (memcmp(first, task->y, bytes) != 0) die("%s gives other bits", ways[i].name);
  }
  free(first);
}

/* Returns how many choices take more than the goal allows. */
static int print(const struct rounds *r, const char *data, size_t count, const struct way *ways) {
  const double goal = 1.03;
  int missed = 0;
  const struct way *best = rounds_best(WAYS, ways, "multiply|columns|lists");
  printf("%-9s", data);
  for (size_t i = 0; i < WAYS; i++) printf(" %7.2f", 1e3 * ways[i].median);
  printf("  %-8s", best->name);
  for (size_t i = WAYS; i < count; i++) {
    const struct interval loss = rounds_ratio(r, &ways[i], best);
    const bool miss = loss.low > goal;
    printf("  %.3f [%.3f, %.3f]%s", loss.median, loss.low, loss.high, miss ? "!" : " ");
    missed += miss;
  }
  putchar('\n');
  fflush(stdout);
  return missed;
}

static int run_data(const struct rounds *r, const char *name) {
  struct dataset data;
  const struct dimensions size = {r->rows, 30, 30, 784};
  data_create(&data, name, r->images, size, SET_F32);
  const struct task task = data_task(&data, TYPE_F32, r->threads);
  kron_eye_plan *plan = create(&task);
  struct way ways[WAYS + MOST_CHOICES];
  struct choice choices[WAYS + MOST_CHOICES];
  const size_t count = add_all(r, &task, plan, ways, choices);
  limit_threads(r->threads);
  check(&task, count, ways);
  rounds_measure(r, count, ways);
  const int missed = print(r, name, count, ways);
  rounds_free(count, ways);
  kron_eye_plan_destroy(plan);
  data_destroy(&data);
  return missed;
}

int main(int argc, char **argv) {
  static const char *const kinds[] = {"dense",   "random50", "random30", "random20", "random10",
                                      "random5", "random1",  "digits",   "mixture"};
  struct rounds r = {.threads = 1, .rounds = 41, .tries = 1, .sample_seconds = 2e-3, .rows = 1666};
  int missed = 0;
  rounds_options(&r, "kron_eye_bench_choice", "--images --rows --wrong", argc, argv);
  printf("ms of each way alone and the best; then the time over the best [95 %%] of the automatic "
         "choice%s; ! lower end above 1.03\n%-9s",
         r.wrong ? ", and where multiply, columns, lists are estimated twice too dear, too cheap"
                 : "",
         "x");
  for (int w = 0; w < WAYS; w++) printf(" %7s", family_names[w]);
  puts("  best");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (!rounds_wants(&r, kinds[i]) || (strcmp(kinds[i], "digits") == 0 && !r.images)) continue;
    missed += run_data(&r, kinds[i]);
  }
  printf("%d of these above 1.03\n", missed);
  return EXIT_SUCCESS;
}
