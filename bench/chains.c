/*
 * kron_eye_bench_chains - Kronecker chains against the "shuffle" that programs write by hand: for
 * each factor a GEMM on the last dimension, then an explicit transpose that brings the next one to
 * the end; and against LIBXSMM, factor by factor in place of the other dimensions, the last factor
 * first; and against the same chain with every matrix stored transposed. The result is compared in
 * every case. A pass over x and y is the lower bound.
 */
#include "pass.h"
#include "product.h"
#include "rounds.h"
#include "util.h"

#include <cblas.h>
#include <kron_eye.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FACTORS = 20, TILE = 16 };

/* A case: factors as "8x8", "8x8t" (stored transposed), "I64", each with "^6" to repeat it. */
struct chain_case {
  const char *factors;
  size_t rows;
};

static const struct chain_case cases[] = {
    {"8x8^6", 16},       {"8x8t^6", 16},      {"16x16^4", 16},     {"16x16t^4", 16},
    {"32x32^3", 128},    {"32x32t^3", 128},   {"4x4^8", 16},       {"64x64^2", 256},
    {"64x64t^2", 256},   {"2x2^20", 1},       {"2x4,40x100", 256}, {"4x2,100x40", 256},
    {"3x5,7x4,6x9", 64}, {"8x8,I64,8x8", 64}, {"I30,30x784", 20},  {"30x784,I30", 20},
};

struct factor {
  size_t m, n;
  bool identity, transposed;
  void *w, *other; /* as stored, and its transpose */
};

struct bench {
  bool wide; /* double */
  size_t element, rows, count, m, n, longest;
  struct factor factors[MOST_FACTORS];
  void *x, *y, *expected, *product, *shuffled, *workspace;
  size_t workspace_bytes;
  kron_eye_chain *chain, *other; /* other: the same matrices, stored the other way round */
  size_t step_count;             /* LIBXSMM: a step for each factor that is no identity */
  struct product steps[MOST_FACTORS];
  struct way step_ways[MOST_FACTORS];
};

/* ---------------------------------------------------------------- a case */

static void set(const struct bench *b, void *array, size_t i, double value) {
  if (b->wide)
    ((double *)array)[i] = value;
  else
    ((float *)array)[i] = (float)value;
}

static double get(const struct bench *b, const void *array, size_t i) {
  return b->wide ? ((const double *)array)[i] : (double)((const float *)array)[i];
}

static void *random_array(const struct bench *b, size_t count, uint64_t *state) {
  void *array = allocate(count, b->element);
  for (size_t i = 0; i < count; i++) set(b, array, i, 2 * random_uniform(state) - 1);
  return array;
}

/* The transpose of W as it is stored. */
static void *other_way_round(const struct bench *b, const struct factor *f) {
  const size_t rows = f->transposed ? f->n : f->m, columns = f->transposed ? f->m : f->n;
  void *other = allocate(rows * columns, b->element);
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++) set(b, other, j * rows + i, get(b, f->w, i * columns + j));
  return other;
}

/* Reads one factor; returns what follows it. */
static const char *parse(struct bench *b, const char *text, uint64_t *state) {
  char *end;
  struct factor f = {.identity = *text == 'I'};
  f.m = strtoul(text + f.identity, &end, 10);
  f.n = f.identity ? f.m : strtoul(end + 1, &end, 10);
  f.transposed = *end == 't';
  end += f.transposed;
  size_t repeat = 1;
  if (*end == '^') repeat = strtoul(end + 1, &end, 10);
  for (; repeat > 0; repeat--) {
    if (b->count == MOST_FACTORS) die("too many factors");
    f.w = f.identity ? NULL : random_array(b, f.m * f.n, state);
    f.other = f.identity ? NULL : other_way_round(b, &f);
    b->factors[b->count++] = f;
    b->m *= f.m;
    b->n *= f.n;
  }
  return *end == ',' ? end + 1 : end;
}

static kron_eye_chain *new_chain(const struct bench *b, size_t threads, bool other) {
  kron_eye_factor factors[MOST_FACTORS];
  for (size_t i = 0; i < b->count; i++) {
    const struct factor *f = &b->factors[i];
    const bool transposed = f->transposed != other;
    const int op = transposed ? KRON_EYE_TRANSPOSE : KRON_EYE_NO_TRANSPOSE;
    const size_t ldw = transposed ? f->m : f->n;
    const void *w = other ? f->other : f->w;
    if (f->identity)
      factors[i] = kron_eye_factor_identity(f->n);
    else if (b->wide)
      factors[i] = kron_eye_factor_f64(f->m, f->n, op, w, ldw);
    else
      factors[i] = kron_eye_factor_f32(f->m, f->n, op, w, ldw);
  }
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  kron_eye_chain *chain;
  options.threads = threads;
  const int status = b->wide ? kron_eye_chain_create_f64(&chain, b->count, factors, &options)
                             : kron_eye_chain_create_f32(&chain, b->count, factors, &options);
  if (status != 0) die("chain: %s", kron_eye_status_text(status));
  return chain;
}

/* The two chains have the same sizes, and so the same workspace. */
static void make_chains(struct bench *b, size_t threads) {
  b->chain = new_chain(b, threads, false);
  b->other = new_chain(b, threads, true);
  b->workspace_bytes = kron_eye_chain_workspace(b->chain);
  b->workspace = allocate(b->workspace_bytes, 1);
}

/* The longest row on the shuffle's way. */
static size_t longest_row(const struct bench *b) {
  size_t row = b->n, longest = row;
  for (size_t i = b->count; i-- > 0;) {
    row = row / b->factors[i].n * b->factors[i].m;
    if (row > longest) longest = row;
  }
  return longest;
}

static void begin(struct bench *b, const struct chain_case *c, bool wide, size_t threads) {
  *b = (struct bench){.wide = wide,
                      .element = wide ? sizeof(double) : sizeof(float),
                      .rows = c->rows,
                      .m = 1,
                      .n = 1};
  uint64_t state = 1;
  for (const char *text = c->factors; *text;) text = parse(b, text, &state);
  b->longest = longest_row(b);
  b->x = random_array(b, b->rows * b->n, &state);
  b->y = allocate(b->rows * b->m, b->element);
  b->expected = allocate(b->rows * b->longest, b->element);
  b->product = allocate(b->rows * b->longest, b->element);
  b->shuffled = allocate(b->rows * b->longest, b->element);
  make_chains(b, threads);
}

static void end(struct bench *b) {
  kron_eye_chain_destroy(b->chain);
  kron_eye_chain_destroy(b->other);
  for (size_t i = 0; i < b->step_count; i++) b->step_ways[i].destroy(b->step_ways[i].state);
  for (size_t i = 0; i < b->count; i++) {
    free(b->factors[i].w);
    free(b->factors[i].other);
  }
  free(b->x);
  free(b->y);
  free(b->expected);
  free(b->product);
  free(b->shuffled);
  free(b->workspace);
}

/* ---------------------------------------------------------------- the forms */

static void apply(struct bench *b, const kron_eye_chain *chain) {
  const int status = b->wide ? kron_eye_chain_apply_f64(chain, b->rows, 1, b->x, b->n, 0, b->y,
                                                        b->m, b->workspace, b->workspace_bytes)
                             : kron_eye_chain_apply_f32(chain, b->rows, 1, b->x, b->n, 0, b->y,
                                                        b->m, b->workspace, b->workspace_bytes);
  if (status != 0) die("apply: %s", kron_eye_status_text(status));
}

static void run_chain(void *state) {
  struct bench *b = state;
  apply(b, b->chain);
}

static void run_other(void *state) {
  struct bench *b = state;
  apply(b, b->other);
}

/* product (rows x m) = from (rows x n) W^T */
static void multiply(const struct bench *b, const struct factor *f, size_t rows, const void *from) {
  const CBLAS_TRANSPOSE op = f->transposed ? CblasNoTrans : CblasTrans;
  const int r = (int)rows, m = (int)f->m, n = (int)f->n, ldw = f->transposed ? m : n;
  if (b->wide)
    cblas_dgemm(CblasRowMajor, CblasNoTrans, op, r, m, n, 1, from, n, f->w, ldw, 0, b->product, m);
  else
    cblas_sgemm(CblasRowMajor, CblasNoTrans, op, r, m, n, 1, from, n, f->w, ldw, 0, b->product, m);
}

#define DEFINE_TRANSPOSE(name, real)                                                               \
  static void name(const real *from, size_t rows, size_t columns, real *to) {                      \
    for (size_t r = 0; r < rows; r += TILE)                                                        \
      for (size_t c = 0; c < columns; c++)                                                         \
        for (size_t i = r; i < r + TILE && i < rows; i++)                                          \
          to[c * rows + i] = from[i * columns + c];                                                \
  }
DEFINE_TRANSPOSE(transpose_f32, float)
DEFINE_TRANSPOSE(transpose_f64, double)

static void run_shuffle(void *state) {
  struct bench *b = state;
  const void *from = b->x;
  size_t row = b->n;
  for (size_t i = b->count; i-- > 0;) {
    const struct factor *f = &b->factors[i];
    const size_t others = row / f->n;
    void *to = i % 2 == 0 ? b->expected : b->shuffled;
    if (!f->identity) multiply(b, f, b->rows * others, from);
    const void *product = f->identity ? from : b->product;
    row = others * f->m;
    for (size_t r = 0; r < b->rows; r++) {
      if (b->wide)
        transpose_f64((const double *)product + r * row, others, f->m, (double *)to + r * row);
      else
        transpose_f32((const float *)product + r * row, others, f->m, (float *)to + r * row);
    }
    from = to;
  }
}

/* Where LIBXSMM was found: a product for each factor, from one array to the other. False where it
   has no kernel for one. */
static bool make_steps(struct bench *b) {
  const void *from = b->x;
  size_t right = 1, left = b->rows * b->n;
  for (size_t i = b->count; i-- > 0;) {
    const struct factor *f = &b->factors[i];
    left /= f->n;
    struct product *step = &b->steps[b->step_count];
    void *to = b->step_count % 2 == 0 ? b->shuffled : b->product;
    *step = (struct product){.type = b->wide ? TYPE_F64 : TYPE_F32,
                             .batch = 1,
                             .left = left,
                             .m = f->m,
                             .n = f->n,
                             .right = right,
                             .transposed = f->transposed,
                             .w = f->w,
                             .x = (void *)(size_t)from,
                             .y = to};
    right *= f->m;
    if (f->identity) continue;
    if (!product_libxsmm(step, &b->step_ways[b->step_count])) return false;
    b->step_count++;
    from = to;
  }
  return b->step_count > 0;
}

static void run_steps(void *state) {
  struct bench *b = state;
  for (size_t i = 0; i < b->step_count; i++) b->step_ways[i].run(b->step_ways[i].state);
}

/* ---------------------------------------------------------------- a case */

/* The largest difference, as a share of the largest element. */
static double difference(const struct bench *b, const void *result) {
  double largest = 0, error = 0;
  for (size_t i = 0; i < b->rows * b->m; i++) {
    largest = fmax(largest, fabs(get(b, b->expected, i)));
    error = fmax(error, fabs(get(b, result, i) - get(b, b->expected, i)));
  }
  return error / largest;
}

/* All against the shuffle, whose last result is in `expected`. */
static void check(struct bench *b, size_t count, const struct way *ways, const char *name) {
  const double most = b->wide ? 1e-12 : 1e-4;
  run_shuffle(b);
  for (size_t i = 0; i < count; i++) {
    const bool steps = starts_with(ways[i].name, "LIBXSMM");
    if (!steps && !starts_with(ways[i].name, "chain|other")) continue;
    ways[i].run(b);
    const double error = difference(b, steps ? b->steps[b->step_count - 1].y : b->y);
    if (!(error < most)) die("%s: %s differs by %g", name, ways[i].name, error);
  }
}

enum { CHAIN_WAYS = 4 + PASS_WAYS };

static size_t make_ways(struct bench *b, struct way *ways) {
  const size_t size = b->element;
  const struct pass pass = {
      .x = b->x, .x_bytes = b->rows * b->n * size, .y = b->y, .y_bytes = b->rows * b->m * size};
  size_t count = 0;
  ways[count++] = (struct way){.name = "chain", .run = run_chain, .state = b};
  ways[count++] = (struct way){.name = "other way round", .run = run_other, .state = b};
  ways[count++] = (struct way){.name = "shuffle", .run = run_shuffle, .state = b};
  if (make_steps(b)) ways[count++] = (struct way){.name = "LIBXSMM", .run = run_steps, .state = b};
  return pass_ways(pass, ways, count);
}

/* Logarithms of what others take over what a chain takes. */
struct sums {
  double shuffle, libxsmm;
  size_t count, libxsmm_count;
};

static double print_ratio(const struct rounds *r, const struct way *above,
                          const struct way *below) {
  const struct interval ratio = rounds_ratio(r, above, below);
  char text[40];
  snprintf(text, sizeof text, "%.2f [%.2f, %.2f]", ratio.median, ratio.low, ratio.high);
  printf("  %-20s", text);
  return log(ratio.median);
}

static void print(const struct rounds *r, const struct chain_case *c, size_t count,
                  const struct way *ways, struct sums *sums) {
  const struct way *chain = rounds_best(count, ways, "chain"),
                   *libxsmm = rounds_best(count, ways, "LIBXSMM");
  printf("%-14s %4zu  %9.3f", c->factors, c->rows, 1e3 * chain->median);
  sums->shuffle += print_ratio(r, rounds_best(count, ways, "shuffle"), chain);
  sums->count++;
  print_ratio(r, chain, rounds_best(count, ways, "pass"));
  print_ratio(r, rounds_best(count, ways, "other"), chain);
  if (libxsmm) sums->libxsmm += print_ratio(r, libxsmm, chain);
  sums->libxsmm_count += libxsmm != NULL;
  putchar('\n');
  fflush(stdout);
}

static void run_case(const struct rounds *r, const struct chain_case *c, bool wide,
                     struct sums *sums) {
  struct bench b;
  struct way ways[CHAIN_WAYS];
  begin(&b, c, wide, r->threads);
  const size_t count = make_ways(&b, ways);
  check(&b, count, ways, c->factors);
  rounds_measure(r, count, ways);
  print(r, c, count, ways, sums);
  rounds_free(count, ways);
  end(&b);
}

static void run_cases(const struct rounds *r, bool wide) {
  struct sums sums = {0, 0, 0, 0};
  printf("\n%s\n%-14s %4s  %9s  %-20s  %-20s  %-20s  %-20s\n", wide ? "double" : "float", "factors",
         "rows", "chain ms", "shuffle / chain", "chain / pass", "transposed / chain",
         "LIBXSMM / chain");
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
    if (rounds_wants(r, cases[c].factors)) run_case(r, &cases[c], wide, &sums);
  printf("geometric means: shuffle / chain %.2f", exp(sums.shuffle / (double)sums.count));
  if (sums.libxsmm_count > 0)
    printf(", LIBXSMM / chain %.2f over %zu", exp(sums.libxsmm / (double)sums.libxsmm_count),
           sums.libxsmm_count);
  putchar('\n');
}

int main(int argc, char **argv) {
  struct rounds r = {.threads = 1, .rounds = 9, .tries = 1, .sample_seconds = 2e-3};
  rounds_options(&r, "kron_eye_bench_chains", "", argc, argv);
  limit_threads(r.threads);
  for (int wide = 0; wide <= 1; wide++) run_cases(&r, wide != 0);
  return EXIT_SUCCESS;
}
