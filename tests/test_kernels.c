/*
 * test_kernels.c - every dense kernel of this path, called as kernel.h describes, whether or not
 * the library would choose it here: all numbers of rows around its tile, any inputs, outputs,
 * strides and zeros. Results are within the bound, and kernels that skip zeros give the bits of the
 * one that does not. W, x and y end at inaccessible pages, and W and x are read-only. Linked to the
 * static library only.
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/kernel.h"
#include "operands.h"
#include "plan/plan.h"

static const layout tight = {0, 0, false, GUARDED_END, 0};
static const double factors[] = {1, -1.5, 0, 0x1.010102p-8};

/* W, packed for the kernel. */
static guarded packed_w(const operands *o, const struct kron_eye_kernel_info *kernel) {
  const bool dot = kernel->family == KRON_EYE_DOT;
  const struct kron_eye_operator op = {.types = kernel->types,
                                       .left = 1,
                                       .m = o->m,
                                       .n = o->n,
                                       .right = 1,
                                       .w = o->w,
                                       .w_row = o->n,
                                       .w_column = 1};
  const struct kron_eye_panel panel = {
      .outputs = o->m,
      .dense =
          dot ? kernel
              : kron_eye_kernel_find(kernel->isa, kernel->types, KRON_EYE_PANEL, kernel->vectors)};
  const size_t lanes = kron_eye_kernel_lanes(kernel->isa, kernel->types);
  const size_t bytes = kron_eye_plan_panel_elements(&panel, o->n, lanes) * element_size(o->t->y);
  guarded w = guarded_create((bytes + 63) / 64 * 64, GUARDED_END);
  memset(w.data, 0xff, w.bytes);
  assert_true(kron_eye_plan_pack(&op, &panel, lanes, w.data));
  guarded_read_only(&w);
  return w;
}

/* `count` rows of `length` bytes, `stride` apart, with `filler` between them. */
static guarded laid_out(const void *rows, size_t count, size_t length, size_t stride, int filler) {
  guarded array = guarded_create((count - 1) * stride + length, GUARDED_END);
  memset(array.data, filler, array.bytes);
  for (size_t r = 0; r < count; r++)
    memcpy((char *)array.data + r * stride, (const char *)rows + r * length, length);
  return array;
}

/* Runs the kernel on all rows; returns the result without gaps, for free(). */
static char *run(const operands *o, const struct kron_eye_kernel_info *kernel, size_t pad,
                 double alpha, double beta) {
  enum { CANARY = 0xa5 };
  const size_t x_size = element_size(o->t->x), y_size = element_size(o->t->y);
  const size_t ldx = o->n + pad, ldy = o->m + pad, y_bytes = o->m * y_size;
  guarded w = packed_w(o, kernel);
  guarded x = laid_out(o->x, o->batch, o->n * x_size, ldx * x_size, 0xff);
  guarded y = laid_out(o->y, o->batch, y_bytes, ldy * y_size, CANARY);
  guarded_read_only(&x);
  for (size_t r = 0; r < o->batch && beta == 0; r++) /* not read: NaN */
    memset((char *)y.data + r * ldy * y_size, 0xff, y_bytes);
  const struct kron_eye_task task = {.rows = o->batch,
                                     .n = o->n,
                                     .outputs = o->m,
                                     .x = x.data,
                                     .right = 1,
                                     .ldx = ldx,
                                     .x_column = 1,
                                     .w = w.data,
                                     .y = y.data,
                                     .ldy = ldy,
                                     .y_column = 1,
                                     .finish = kron_eye_finish_plain(alpha, beta)};
  kernel->run(&task);
  char *result = malloc(o->batch * y_bytes);
  assert_non_null(result);
  for (size_t r = 0; r < o->batch; r++) {
    const unsigned char *row = (unsigned char *)y.data + r * ldy * y_size;
    memcpy(result + r * y_bytes, row, y_bytes);
    for (size_t b = y_bytes; b < ldy * y_size && r + 1 < o->batch; b++)
      assert_int_equal(row[b], CANARY);
  }
  guarded_destroy(&w);
  guarded_destroy(&x);
  guarded_destroy(&y);
  return result;
}

static void expect_panels_bits(const operands *o, const struct kron_eye_kernel_info *kernel,
                               double alpha, double beta, const char *y) {
  char *panel =
      run(o, kron_eye_kernel_find(kernel->isa, kernel->types, KRON_EYE_PANEL, kernel->vectors), 0,
          alpha, beta);
  if (memcmp(y, panel, o->batch * o->m * element_size(o->t->y)) != 0)
    fail_msg("%s rows=%zu n=%zu outputs=%zu: not the bits of panel", kernel->name, o->batch, o->n,
             o->m);
  free(panel);
}

static void check_kernel(const struct kron_eye_kernel_info *kernel, size_t rows, rng *r) {
  const size_t ns[] = {1 + rng_below(r, 20), 60 + rng_below(r, 80), 1 + rng_below(r, 1100)};
  const size_t n = ns[rng_below(r, 8) < 7 ? rng_below(r, 2) : 2];
  const bool dot = kernel->family == KRON_EYE_DOT;
  /* Only the last vector of a panel is partial. */
  const size_t lanes = kron_eye_kernel_lanes(kernel->isa, kernel->types);
  const size_t most = kron_eye_kernel_outputs(kernel);
  const size_t outputs = most - (dot ? 0 : rng_below(r, lanes));
  const double alpha = factors[rng_below(r, 2)], beta = factors[rng_below(r, 4)];
  const size_t pad = rng_below(r, 3);
  operands o = operands_create(&all_plan_types[kernel->types], rows, 1, outputs, n,
                               (zeros_in_x)rng_below(r, ZEROS_PATTERNS), r);
  char *y = run(&o, kernel, pad, alpha, beta);
  operands_check(&o, 0, rows, &tight, alpha, beta, y);
  if (!dot) expect_panels_bits(&o, kernel, alpha, beta, y);
  free(y);
  operands_destroy(&o);
}

static void every_kernel(void **state) {
  (void)state;
  enum { REPEATS = 10 };
  rng r = rng_start("kernels");
  size_t cases = 0, expected = 0, kernels = 0;
  for (const struct kron_eye_kernel_info *k = kron_eye_kernel_table; k->name != NULL; k++) {
    if (k->isa != kron_eye_base_isa() || k->family > KRON_EYE_DOT) continue;
    kernels++;
    expected += (2 * k->mr + 1) * REPEATS;
    for (size_t rows = 1; rows <= 2 * k->mr + 1; rows++)
      for (int repeat = 0; repeat < REPEATS; repeat++, cases++) check_kernel(k, rows, &r);
  }
  printf("# %zu kernels\n", kernels);
  assert_true(kernels >=
              (size_t)PLAN_TYPES * 9); /* portable has the fewest: 2 + 2 + 2 + 3 per type */
  check_cases("kernel calls", cases, expected);
}

/* Rows with none or a few zeros, the first column often among them, in as many columns as are
 * searched at a time or a multiple: lists that are full, beside some that are filled up to them. */
static void almost_full_rows(void **state) {
  (void)state;
  enum { REPEATS = 4, MOST_N = 640, STEP = 64, MOST_ZEROS = 18 };
  rng r = rng_start("almost full rows");
  size_t cases = 0, kernels = 0;
  for (const struct kron_eye_kernel_info *k = kron_eye_kernel_table; k->name != NULL; k++) {
    if (k->isa != kron_eye_base_isa()) continue;
    if (k->family != KRON_EYE_LISTS && k->family != KRON_EYE_COLUMNS) continue;
    kernels++;
    for (size_t n = STEP; n <= MOST_N; n += STEP)
      for (int repeat = 0; repeat < REPEATS; repeat++, cases++) {
        operands o = operands_create(&all_plan_types[k->types], k->mr + rng_below(&r, 2), 1,
                                     kron_eye_kernel_outputs(k), n, ZEROS_NONE, &r);
        for (size_t row = 0; row < o.batch; row++)
          for (size_t zeros = rng_below(&r, MOST_ZEROS); zeros > 0; zeros--)
            element_set(o.t->x, o.x, row * n + (zeros == 1 ? 0 : rng_below(&r, n)), 0);
        char *y = run(&o, k, 0, 1, 1);
        expect_panels_bits(&o, k, 1, 1, y);
        free(y);
        operands_destroy(&o);
      }
  }
  check_cases("almost full rows", cases, kernels * (MOST_N / STEP) * REPEATS);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kernel),
      cmocka_unit_test(almost_full_rows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
