/*
 * kron_eye_bench_chains - Kronecker chains against the "shuffle" that programs write by hand: for
 * each factor a GEMM on the last dimension, then an explicit transpose that brings the next one to
 * the end. Both run in turn, round by round; the result is compared in every case. A copy of x to y
 * shows what reading and writing alone take. Processor time is printed as well, for machines that
 * others use too.
 */
#include "machine.h"
#include "stats.h"
#include "util.h"

#include "support/stopwatch.h"

#include <cblas.h>
#include <kron_eye.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FACTORS = 20, MOST_ROUNDS = 99, FORMS = 3, TILE = 16 };

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
  void *w;
};

struct bench {
  bool wide; /* double */
  size_t element, rows, count, m, n, longest;
  struct factor factors[MOST_FACTORS];
  void *x, *y, *expected, *product, *shuffled, *workspace;
  size_t workspace_bytes;
  kron_eye_chain *chain;
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
    b->factors[b->count++] = f;
    b->m *= f.m;
    b->n *= f.n;
  }
  return *end == ',' ? end + 1 : end;
}

static void make_chain(struct bench *b, size_t threads) {
  kron_eye_factor factors[MOST_FACTORS];
  for (size_t i = 0; i < b->count; i++) {
    const struct factor *f = &b->factors[i];
    const int op = f->transposed ? KRON_EYE_TRANSPOSE : KRON_EYE_NO_TRANSPOSE;
    const size_t ldw = f->transposed ? f->m : f->n;
    if (f->identity)
      factors[i] = kron_eye_factor_identity(f->n);
    else if (b->wide)
      factors[i] = kron_eye_factor_f64(f->m, f->n, op, f->w, ldw);
    else
      factors[i] = kron_eye_factor_f32(f->m, f->n, op, f->w, ldw);
  }
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.threads = threads;
  const int status = b->wide ? kron_eye_chain_create_f64(&b->chain, b->count, factors, &options)
                             : kron_eye_chain_create_f32(&b->chain, b->count, factors, &options);
  if (status != 0) die("chain: %s", kron_eye_status_text(status));
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

static struct bench begin(const struct chain_case *c, bool wide, size_t threads) {
  struct bench b = {.wide = wide,
                    .element = wide ? sizeof(double) : sizeof(float),
                    .rows = c->rows,
                    .m = 1,
                    .n = 1};
  uint64_t state = 1;
  for (const char *text = c->factors; *text;) text = parse(&b, text, &state);
  b.longest = longest_row(&b);
  b.x = random_array(&b, b.rows * b.n, &state);
  b.y = allocate(b.rows * b.m, b.element);
  b.expected = allocate(b.rows * b.longest, b.element);
  b.product = allocate(b.rows * b.longest, b.element);
  b.shuffled = allocate(b.rows * b.longest, b.element);
  make_chain(&b, threads);
  return b;
}

static void end(struct bench *b) {
  kron_eye_chain_destroy(b->chain);
  for (size_t i = 0; i < b->count; i++) free(b->factors[i].w);
  free(b->x);
  free(b->y);
  free(b->expected);
  free(b->product);
  free(b->shuffled);
  free(b->workspace);
}

/* ---------------------------------------------------------------- the forms */

static void run_chain(struct bench *b) {
  const int status = b->wide ? kron_eye_chain_apply_f64(b->chain, b->rows, 1, b->x, b->n, 0, b->y,
                                                        b->m, b->workspace, b->workspace_bytes)
                             : kron_eye_chain_apply_f32(b->chain, b->rows, 1, b->x, b->n, 0, b->y,
                                                        b->m, b->workspace, b->workspace_bytes);
  if (status != 0) die("apply: %s", kron_eye_status_text(status));
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

static void run_shuffle(struct bench *b) {
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

static void run_copy(struct bench *b) {
  const size_t least = b->m < b->n ? b->m : b->n;
  memcpy(b->product, b->x, b->rows * least * b->element);
}

static void (*const forms[FORMS])(struct bench *b) = {run_chain, run_shuffle, run_copy};

/* ---------------------------------------------------------------- measuring */

/* The largest difference, as a share of the largest element. */
static double difference(const struct bench *b) {
  double largest = 0, error = 0;
  for (size_t i = 0; i < b->rows * b->m; i++) {
    largest = fmax(largest, fabs(get(b, b->expected, i)));
    error = fmax(error, fabs(get(b, b->y, i) - get(b, b->expected, i)));
  }
  return error / largest;
}

/* Seconds of one call of each form, wall and processor. */
struct seconds {
  double wall[FORMS], processor[FORMS];
};

static struct seconds measure(struct bench *b, size_t rounds) {
  static double wall[FORMS][MOST_ROUNDS], processor[FORMS][MOST_ROUNDS];
  struct seconds result;
  for (size_t f = 0; f < FORMS; f++) forms[f](b);
  for (size_t r = 0; r < rounds; r++)
    for (size_t f = 0; f < FORMS; f++) {
      const double at = stopwatch_seconds(), used = stopwatch_processor_seconds();
      forms[f](b);
      wall[f][r] = stopwatch_seconds() - at;
      processor[f][r] = stopwatch_processor_seconds() - used;
    }
  for (size_t f = 0; f < FORMS; f++) {
    result.wall[f] = median_interval(rounds, wall[f]).median;
    result.processor[f] = median_interval(rounds, processor[f]).median;
  }
  return result;
}

static double run_case(const struct chain_case *c, bool wide, size_t threads, size_t rounds) {
  struct bench b = begin(c, wide, threads);
  const struct seconds s = measure(&b, rounds);
  const double error = difference(&b), ratio = s.processor[1] / s.processor[0];
  printf("%-14s %4zu  %9.3f %9.3f  %9.3f %9.3f  %9.3f  %6.2f  %.0e\n", c->factors, c->rows,
         1e3 * s.wall[0], 1e3 * s.processor[0], 1e3 * s.wall[1], 1e3 * s.processor[1],
         1e3 * s.wall[2], ratio, error);
  fflush(stdout);
  if (!(error < (wide ? 1e-12 : 1e-4))) die("%s: the results differ", c->factors);
  end(&b);
  return ratio;
}

static void run_cases(bool wide, size_t threads, size_t rounds) {
  double logs = 0;
  const size_t count = sizeof cases / sizeof *cases;
  printf("\n%s, %zu thread%s, milliseconds, medians of %zu rounds\n", wide ? "double" : "float",
         threads, threads == 1 ? "" : "s", rounds);
  printf("%-14s %4s  %9s %9s  %9s %9s  %9s  %6s  %s\n", "factors", "rows", "chain", "processor",
         "shuffle", "processor", "copy", "ratio", "difference");
  for (size_t c = 0; c < count; c++) logs += log(run_case(&cases[c], wide, threads, rounds));
  printf("geometric mean of shuffle / chain, processor time: %.2f\n", exp(logs / (double)count));
}

/* kron_eye_bench_chains [THREADS [ROUNDS]] */
int main(int argc, char **argv) {
  const size_t threads = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
  const size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 9;
  if (argc > 3 || threads == 0 || rounds == 0 || rounds > MOST_ROUNDS)
    die("usage: kron_eye_bench_chains [THREADS [ROUNDS]], at most %d rounds", MOST_ROUNDS);
  struct machine machine;
  machine_describe(&machine);
  printf("%s, %zu CPUs, load %.1f; kron_eye %s, %s\n", machine.cpu, machine.cpus, machine.load[0],
         kron_eye_version(), kron_eye_isa());
  limit_threads(threads);
  for (int wide = 0; wide <= 1; wide++) run_cases(wide != 0, threads, rounds);
  return EXIT_SUCCESS;
}
