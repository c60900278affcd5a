/*
 * test_kernels.c - every dense kernel of this path, called as kernel.h describes, whether or not
 * the library would choose it here: all numbers of rows around its tile, any inputs, outputs,
 * strides and zeros. Results are within the bound, and kernels that skip zeros give the bits of the
 * one that does not; those for right > 1 give the bits of panel on each fibre, and those that walk
 * many Ws the bits of panel on each block. W, x and y end at inaccessible pages, and W and x are
 * read-only. Linked to the static library only.
 */
#include "check.h"

#include <fenv.h>
#include <math.h>
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
  const size_t bytes = kron_eye_plan_panel_elements(&panel, o->n, 1, lanes) * element_size(o->t->y);
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
                                     .rows_after = o->n % 3,
                                     .far = true,
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

/* ------------------------------------------------------------------ right > 1 */

/* One call of a kernel with right > 1: how its arrays lie, and what becomes of a sum. */
typedef struct wide_call {
  const struct kron_eye_kernel_info *kernel;
  size_t rows, outputs, n, right;
  size_t x_column, y_column, ldx, ldy;
  bool far; /* x and y are fetched ahead, as if more rows followed */
  struct kron_eye_finish finish;
} wide_call;

static guarded wide_w(const wide_call *call, const void *w) {
  const struct kron_eye_operator op = {.types = call->kernel->types,
                                       .left = 1,
                                       .m = call->outputs,
                                       .n = call->n,
                                       .right = call->right,
                                       .w = w,
                                       .w_row = call->n,
                                       .w_column = 1};
  const struct kron_eye_panel panel = {.outputs = call->outputs, .dense = call->kernel};
  const size_t lanes = kron_eye_kernel_lanes(call->kernel->isa, call->kernel->types);
  const size_t size = element_size(all_plan_types[call->kernel->types].y);
  const size_t bytes = kron_eye_plan_panel_elements(&panel, call->n, call->right, lanes) * size;
  guarded packed = guarded_create((bytes + 63) / 64 * 64, GUARDED_END);
  memset(packed.data, 0xff, packed.bytes);
  kron_eye_plan_pack(&op, &panel, lanes, packed.data);
  guarded_read_only(&packed);
  return packed;
}

static void run_wide(const wide_call *call, const void *w, const void *x, void *y) {
  guarded packed = wide_w(call, w);
  const struct kron_eye_task task = {.rows = call->rows,
                                     .rows_after = call->far ? 1 : 0,
                                     .far = call->far,
                                     .n = call->n,
                                     .outputs = call->outputs,
                                     .right = call->right,
                                     .x = x,
                                     .ldx = call->ldx,
                                     .x_column = call->x_column,
                                     .w = packed.data,
                                     .y = y,
                                     .ldy = call->ldy,
                                     .y_column = call->y_column,
                                     .finish = call->finish};
  call->kernel->run(&task);
  guarded_destroy(&packed);
}

/* The kernel of family panel that holds so many outputs. */
static const struct kron_eye_kernel_info *panel_for(const wide_call *call) {
  const size_t lanes = kron_eye_kernel_lanes(call->kernel->isa, call->kernel->types);
  const struct kron_eye_kernel_info *panel = kron_eye_kernel_find(
      call->kernel->isa, call->kernel->types, KRON_EYE_PANEL, (call->outputs + lanes - 1) / lanes);
  assert_non_null(panel);
  return panel;
}

/* What y has to be: each fibre by itself through panel; everything else stays as it is. */
static void panel_by_fibres(const wide_call *call, const void *w, const char *x, char *y) {
  const plan_types *t = &all_plan_types[call->kernel->types];
  const size_t xs = element_size(t->x), ys = element_size(t->y);
  wide_call one = *call;
  one.kernel = panel_for(call);
  one.rows = one.right = one.x_column = one.y_column = 1;
  char *fibre = malloc(call->n * xs), *out = malloc(call->outputs * ys);
  assert_true(fibre && out);
  for (size_t r = 0; r < call->rows; r++)
    for (size_t c = 0; c < call->right; c++) {
      for (size_t j = 0; j < call->n; j++)
        memcpy(fibre + j * xs, x + (r * call->ldx + j * call->x_column + c) * xs, xs);
      for (size_t i = 0; i < call->outputs; i++)
        memcpy(out + i * ys, y + (r * call->ldy + i * call->y_column + c) * ys, ys);
      run_wide(&one, w, fibre, out);
      for (size_t i = 0; i < call->outputs; i++)
        memcpy(y + (r * call->ldy + i * call->y_column + c) * ys, out + i * ys, ys);
    }
  free(fibre);
  free(out);
}

static void *random_elements(element e, size_t count, rng *r) {
  char *v = malloc(count * element_size(e) + 1);
  assert_non_null(v);
  for (size_t i = 0; i < count; i++)
    element_set(e, v, i, e == ELEMENT_U8 ? (double)rng_below(r, 256) : rng_normal(r));
  return v;
}

/* The same numbers at an inaccessible page. */
static guarded at_the_edge(const void *from, size_t bytes) {
  guarded g = guarded_create(bytes, GUARDED_END);
  memcpy(g.data, from, bytes);
  return g;
}

static size_t wide_extent(size_t rows, size_t ld, size_t lines, size_t column, size_t right) {
  return (rows - 1) * ld + (lines - 1) * column + right;
}

/* The call with random numbers and strides. */
static void check_wide(wide_call call, rng *r) {
  const plan_types *t = &all_plan_types[call.kernel->types];
  const size_t xs = element_size(t->x), ys = element_size(t->y);
  const bool gaps = call.kernel->family != KRON_EYE_BLOCK;
  call.x_column = call.right + (gaps && rng_below(r, 3) == 0 ? rng_below(r, 20) : 0);
  call.y_column = call.right + (gaps && rng_below(r, 3) == 0 ? rng_below(r, 20) : 0);
  call.ldx = call.n * call.x_column + rng_below(r, 2) * rng_below(r, 5);
  call.ldy = call.outputs * call.y_column + rng_below(r, 2) * rng_below(r, 5);
  call.far = rng_below(r, 2);
  call.finish = kron_eye_finish_plain(factors[rng_below(r, 2)], factors[rng_below(r, 4)]);
  void *bias = random_elements(t->y, call.outputs, r);
  if (rng_below(r, 4) == 0) {
    call.finish.epilogue = true;
    call.finish.activation = KRON_EYE_ACTIVATION_RELU;
    call.finish.bias = rng_below(r, 2) ? bias : NULL;
  }
  const size_t nx = wide_extent(call.rows, call.ldx, call.n, call.x_column, call.right),
               ny = wide_extent(call.rows, call.ldy, call.outputs, call.y_column, call.right);
  void *w = random_elements(t->y, call.outputs * call.n, r),
       *numbers_x = random_elements(t->x, nx, r), *expected = random_elements(t->y, ny, r);
  guarded x = at_the_edge(numbers_x, nx * xs), y = at_the_edge(expected, ny * ys);
  guarded_read_only(&x);
  panel_by_fibres(&call, w, x.data, expected);
  run_wide(&call, w, x.data, y.data);
  if (memcmp(y.data, expected, ny * ys) != 0)
    fail_msg("%s rows=%zu n=%zu outputs=%zu right=%zu columns %zu %zu beta=%g epilogue=%d far=%d: "
             "not the bits of panel, or a gap was written",
             call.kernel->name, call.rows, call.n, call.outputs, call.right, call.x_column,
             call.y_column, call.finish.beta, call.finish.epilogue, call.far);
  guarded_destroy(&x);
  guarded_destroy(&y);
  free(w);
  free(numbers_x);
  free(expected);
  free(bias);
}

/* Kernels of this path for right > 1. */
static bool is_wide(const struct kron_eye_kernel_info *k) {
  return k->isa == kron_eye_base_isa() && k->family >= KRON_EYE_BLOCK &&
         k->family <= KRON_EYE_INTERLEAVE;
}

/* The next right of interest, from `right` on: each that the families block, tuple and interleave
   take; each up to two tiles of fibre; for lane each up to a few vectors, where tiles end. 0 behind
   the last. */
static size_t next_right(const struct kron_eye_kernel_info *k, size_t right) {
  const size_t lanes = kron_eye_kernel_lanes(k->isa, k->types);
  size_t first = 2, last = lanes / 2;
  if (k->family == KRON_EYE_BLOCK) {
    const size_t next = right == 0 ? 1 : 2 * right;
    return next <= last ? next : 0;
  }
  if (k->family == KRON_EYE_INTERLEAVE) {
    const size_t next = right == 0 ? 3 : right + 2;
    return next <= k->mr ? next : 0;
  }
  if (k->family == KRON_EYE_FIBRE) last = 2 * k->mr + 1;
  if (k->family == KRON_EYE_LANE) {
    first = lanes / 2 + 1;
    last = (2 * k->vectors + 1) * lanes + 1;
  }
  const size_t next = right < first ? first : right + 1;
  return next <= last ? next : 0;
}

/* Rows from 1 to so many, which are several tiles. */
static size_t most_rows(const struct kron_eye_kernel_info *k, size_t right) {
  if (k->family == KRON_EYE_BLOCK)
    return 5 * kron_eye_kernel_lanes(k->isa, k->types) / (2 * right) + 2;
  return k->family == KRON_EYE_LANE ? 2 * k->vectors + 1 : 2 * k->mr + 1;
}

/* Outputs from the fewest to the most that a task of the kernel may have. */
static size_t any_outputs(const struct kron_eye_kernel_info *k, size_t right, rng *r) {
  const size_t lanes = kron_eye_kernel_lanes(k->isa, k->types);
  if (k->family == KRON_EYE_BLOCK)
    return right == 1 && all_plan_types[k->types].y == ELEMENT_F32 && rng_below(r, 2) ? 4 : 2;
  if (k->family == KRON_EYE_LANE) return 1 + rng_below(r, k->mr);
  const size_t group = k->family == KRON_EYE_TUPLE ? kron_eye_kernel_group(right) : 1;
  return k->vectors * (lanes / group) - rng_below(r, lanes / group);
}

/* As many inputs as the kernel allows, of at most `most`. */
static size_t any_inputs(const struct kron_eye_kernel_info *k, size_t outputs, size_t most,
                         rng *r) {
  return k->family == KRON_EYE_BLOCK ? outputs : 1 + rng_below(r, most);
}

static void every_kernel_for_a_wider_right(void **state) {
  (void)state;
  rng r = rng_start("wide kernels");
  size_t cases = 0, expected = 0, kernels = 0;
  for (const struct kron_eye_kernel_info *k = kron_eye_kernel_table; k->name != NULL; k++) {
    if (!is_wide(k)) continue;
    kernels++;
    for (size_t right = next_right(k, 0); right != 0; right = next_right(k, right)) {
      const size_t most = most_rows(k, right);
      expected += most;
      for (size_t rows = 1; rows <= most; rows++, cases++) {
        const size_t outputs = any_outputs(k, right, &r);
        const size_t n = any_inputs(k, outputs, rng_below(&r, 4) ? 6 : 90, &r);
        check_wide(
            (wide_call){.kernel = k, .rows = rows, .outputs = outputs, .n = n, .right = right}, &r);
      }
    }
  }
  printf("# %zu kernels\n", kernels);
  assert_true(kernels >= (size_t)PLAN_TYPES * 3);
  check_cases("kernel calls", cases, expected);
}

/* Column 0 of W is zero, x is infinite but for row 0 of a block, and alpha and the rest of W may be
   infinite: no product of the equation is invalid, but those of a lane that holds an element of
   another row or a zero would be. */
static void spare_lanes_raise_nothing(void **state) {
  (void)state;
  enum { OUTPUTS_N = 5 };
  rng r = rng_start("spare lanes");
  size_t calls = 0;
  for (const struct kron_eye_kernel_info *k = kron_eye_kernel_table; k->name != NULL; k++) {
    const plan_types *t = &all_plan_types[k->types];
    if (!is_wide(k) || t->x == ELEMENT_U8) continue;
    for (size_t right = next_right(k, 0); right != 0; right = next_right(k, right), calls++) {
      const size_t outputs = any_outputs(k, right, &r), n = any_inputs(k, outputs, OUTPUTS_N, &r);
      const double alpha = n > 1 && rng_below(&r, 2) ? INFINITY : 1;
      const wide_call call = {.kernel = k,
                              .rows = 1 + rng_below(&r, 2 * k->vectors),
                              .outputs = outputs,
                              .n = n,
                              .right = right,
                              .x_column = right,
                              .y_column = right,
                              .ldx = n * right,
                              .ldy = outputs * right,
                              .far = rng_below(&r, 2),
                              .finish = kron_eye_finish_plain(alpha, 0)};
      void *w = random_elements(t->y, outputs * n, &r),
           *x = random_elements(t->x, call.rows * call.ldx, &r),
           *y = random_elements(t->y, call.rows * call.ldy, &r);
      const double others = rng_below(&r, 2) ? INFINITY : 2;
      for (size_t i = 0; i < outputs * n; i++) element_set(t->y, w, i, i % n == 0 ? 0 : others);
      for (size_t i = 0; i < call.rows * call.ldx; i++)
        element_set(t->x, x, i, i % call.ldx < right ? 1 : INFINITY);
      feclearexcept(FE_ALL_EXCEPT);
      run_wide(&call, w, x, y);
      if (fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW))
        fail_msg("%s n=%zu outputs=%zu right=%zu raises an exception", k->name, n, outputs, right);
      free(w);
      free(x);
      free(y);
    }
  }
  assert_true(calls >= 3 * 3);
  printf("# %zu cases: kernel calls\n", calls);
}

/* ------------------------------------------------------------------ a W for each block */

/* Blocks side by side, each with its W, n inputs and some outputs. */
typedef struct each_call {
  const struct kron_eye_kernel_info *kernel;
  size_t rows, blocks, outputs, n, ldx, ldy;
  struct kron_eye_finish finish;
} each_call;

/* All Ws packed one after another, up to an inaccessible page. */
static guarded each_w(const each_call *call, const char *w) {
  const size_t size = element_size(all_plan_types[call->kernel->types].y);
  const size_t lanes = kron_eye_kernel_lanes(call->kernel->isa, call->kernel->types);
  const struct kron_eye_panel panel = {.outputs = call->outputs, .dense = call->kernel};
  const size_t bytes = kron_eye_plan_panel_elements(&panel, call->n, 1, lanes) * size;
  guarded packed = guarded_create(call->blocks * bytes, GUARDED_END);
  memset(packed.data, 0xff, packed.bytes);
  for (size_t b = 0; b < call->blocks; b++) {
    const struct kron_eye_operator op = {.types = call->kernel->types,
                                         .left = 1,
                                         .m = call->outputs,
                                         .n = call->n,
                                         .right = 1,
                                         .w = w + b * call->outputs * call->n * size,
                                         .w_row = call->n,
                                         .w_column = 1};
    kron_eye_plan_pack(&op, &panel, lanes, (char *)packed.data + b * bytes);
  }
  guarded_read_only(&packed);
  return packed;
}

static void run_each(const each_call *call, const void *w, const void *x, void *y) {
  guarded packed = each_w(call, w);
  const struct kron_eye_task task = {.rows = call->rows,
                                     .blocks = call->blocks,
                                     .n = call->n,
                                     .outputs = call->outputs,
                                     .right = 1,
                                     .x = x,
                                     .ldx = call->ldx,
                                     .x_column = 1,
                                     .w = packed.data,
                                     .y = y,
                                     .ldy = call->ldy,
                                     .y_column = 1,
                                     .finish = call->finish};
  call->kernel->run(&task);
  guarded_destroy(&packed);
}

/* What y has to be: each block by itself through panel. */
static void panel_by_blocks(const each_call *call, const char *w, const char *x, char *y) {
  const plan_types *t = &all_plan_types[call->kernel->types];
  const size_t xs = element_size(t->x), ys = element_size(t->y);
  wide_call one = {.kernel = call->kernel,
                   .rows = call->rows,
                   .outputs = call->outputs,
                   .n = call->n,
                   .right = 1,
                   .x_column = 1,
                   .y_column = 1,
                   .ldx = call->ldx,
                   .ldy = call->ldy,
                   .finish = call->finish};
  one.kernel = panel_for(&one);
  for (size_t b = 0; b < call->blocks; b++) {
    if (call->finish.bias)
      one.finish.bias = (const char *)call->finish.bias + b * call->finish.bias_block * ys;
    run_wide(&one, w + b * call->outputs * call->n * ys, x + b * call->n * xs,
             y + b * call->outputs * ys);
  }
}

/* The call with random numbers, strides and finish. */
static void check_each(each_call call, rng *r) {
  const plan_types *t = &all_plan_types[call.kernel->types];
  const size_t xs = element_size(t->x), ys = element_size(t->y);
  call.ldx = call.blocks * call.n + rng_below(r, 2) * rng_below(r, 20);
  call.ldy = call.blocks * call.outputs + rng_below(r, 2) * rng_below(r, 20);
  call.finish = kron_eye_finish_plain(factors[rng_below(r, 2)], factors[rng_below(r, 4)]);
  call.finish.bias_block = rng_below(r, 2) ? call.outputs + rng_below(r, 3) : 0;
  void *bias = random_elements(t->y, call.blocks * (call.outputs + 3), r);
  if (rng_below(r, 3) == 0) {
    call.finish.epilogue = true;
    call.finish.activation = KRON_EYE_ACTIVATION_RELU;
    call.finish.bias = rng_below(r, 3) ? bias : NULL;
  }
  const size_t nx = (call.rows - 1) * call.ldx + call.blocks * call.n,
               ny = (call.rows - 1) * call.ldy + call.blocks * call.outputs;
  void *w = random_elements(t->y, call.blocks * call.outputs * call.n, r),
       *numbers_x = random_elements(t->x, nx, r), *expected = random_elements(t->y, ny, r);
  guarded x = at_the_edge(numbers_x, nx * xs), y = at_the_edge(expected, ny * ys);
  guarded_read_only(&x);
  panel_by_blocks(&call, w, x.data, expected);
  run_each(&call, w, x.data, y.data);
  if (memcmp(y.data, expected, ny * ys) != 0)
    fail_msg("%s rows=%zu blocks=%zu n=%zu outputs=%zu beta=%g epilogue=%d: not the bits of panel, "
             "or a gap was written",
             call.kernel->name, call.rows, call.blocks, call.n, call.outputs, call.finish.beta,
             call.finish.epilogue);
  guarded_destroy(&x);
  guarded_destroy(&y);
  free(w);
  free(numbers_x);
  free(expected);
  free(bias);
}

static void every_kernel_that_walks_blocks(void **state) {
  (void)state;
  enum { REPEATS = 12, MANY = 70 };
  rng r = rng_start("blocks with a W each");
  size_t cases = 0, expected = 0, kernels = 0;
  for (const struct kron_eye_kernel_info *k = kron_eye_kernel_table; k->name != NULL; k++) {
    if (k->isa != kron_eye_base_isa() || k->family != KRON_EYE_EACH) continue;
    kernels++;
    expected += (2 * k->mr + 1) * REPEATS;
    for (size_t rows = 1; rows <= 2 * k->mr + 1; rows++)
      for (int repeat = 0; repeat < REPEATS; repeat++, cases++) {
        const size_t blocks = 1 + rng_below(&r, repeat == 0 ? MANY : 9);
        const size_t outputs = any_outputs(k, 1, &r), n = 1 + rng_below(&r, 40);
        check_each(
            (each_call){.kernel = k, .rows = rows, .blocks = blocks, .outputs = outputs, .n = n},
            &r);
      }
  }
  assert_int_equal(kernels, PLAN_TYPES * 4);
  check_cases("kernel calls", cases, expected);
}

/* As spare_lanes_raise_nothing(). Or x is finite, the last output of each block is minus infinity
   plus something finite, and the others are infinite: a lane that mixes the two is invalid. */
static void spare_lanes_of_blocks_raise_nothing(void **state) {
  (void)state;
  enum { REPEATS = 20, INPUTS = 5 };
  rng r = rng_start("spare lanes of blocks");
  size_t calls = 0;
  for (const struct kron_eye_kernel_info *k = kron_eye_kernel_table; k->name != NULL; k++) {
    const plan_types *t = &all_plan_types[k->types];
    if (k->isa != kron_eye_base_isa() || k->family != KRON_EYE_EACH || t->x == ELEMENT_U8) continue;
    for (int repeat = 0; repeat < REPEATS; repeat++, calls++) {
      each_call call = {.kernel = k,
                        .rows = 1 + rng_below(&r, 2 * k->mr),
                        .blocks = 1 + rng_below(&r, 5),
                        .outputs = any_outputs(k, 1, &r),
                        .n = 1 + rng_below(&r, INPUTS),
                        .finish = kron_eye_finish_plain(1, rng_below(&r, 2) ? 1 : 0)};
      call.ldx = call.blocks * call.n;
      call.ldy = call.blocks * call.outputs;
      const size_t all_w = call.blocks * call.outputs * call.n;
      void *w = random_elements(t->y, all_w, &r),
           *x = random_elements(t->x, call.rows * call.ldx, &r),
           *y = random_elements(t->y, call.rows * call.ldy, &r);
      const bool mixed = repeat % 2 != 0;
      for (size_t i = 0; i < all_w; i++) {
        const bool last = i / call.n % call.outputs == call.outputs - 1;
        element_set(t->y, w, i, (mixed ? last : i % call.n == 0) ? 0 : (double)INFINITY);
      }
      for (size_t i = 0; i < call.rows * call.ldx; i++)
        element_set(t->x, x, i, mixed || i % call.n == 0 ? 1 : (double)INFINITY);
      for (size_t i = call.outputs - 1; mixed && i < call.rows * call.ldy; i += call.outputs)
        element_set(t->y, y, i, -(double)INFINITY);
      feclearexcept(FE_ALL_EXCEPT);
      run_each(&call, w, x, y);
      if (fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW))
        fail_msg("%s blocks=%zu n=%zu outputs=%zu raises an exception", k->name, call.blocks,
                 call.n, call.outputs);
      free(w);
      free(x);
      free(y);
    }
  }
  check_cases("kernel calls", calls, 3 * 4 * (size_t)REPEATS);
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

/* The kernels of an instruction set stand side by side, and are found from the first of them on. */
static void first_of_each_set(void **state) {
  (void)state;
  size_t found = 0, all = 0;
  for (const struct kron_eye_kernel_info *k = kron_eye_kernel_table; k->name != NULL; k++) all++;
  for (int isa = KRON_EYE_PORTABLE; isa < KRON_EYE_ISA_COUNT; isa++) {
    const struct kron_eye_kernel_info *k = kron_eye_kernel_first((enum kron_eye_isa)isa);
    assert_true(k == kron_eye_kernel_table || (int)k[-1].isa != isa);
    for (; (int)k->isa == isa; k++) found++;
  }
  assert_int_equal(found, all);
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kernel),
      cmocka_unit_test(every_kernel_for_a_wider_right),
      cmocka_unit_test(spare_lanes_raise_nothing),
      cmocka_unit_test(every_kernel_that_walks_blocks),
      cmocka_unit_test(spare_lanes_of_blocks_raise_nothing),
      cmocka_unit_test(almost_full_rows),
      cmocka_unit_test(first_of_each_set),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
