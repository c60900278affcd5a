/*
 * test_describe.c - kron_eye_plan_describe() as snprintf, and each thing that it tells: the
 * operator, the route, the kernels by name, threads, zeros, bytes, promises, and where sparse x has
 * W from. The wording is free but for the words looked for here.
 */
#include "check.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <kron_eye.h>

#include "operands.h"

/* What is said of threads: by a build with OpenMP, or by one without. */
#ifdef KRON_EYE_TEST_SERIAL
#define ALL_THREADS "one"
#define THREE_THREADS "one"
#else
#define ALL_THREADS "OpenMP"
#define THREE_THREADS "3"
#endif

static kron_eye_options options_of(int route, int zeros, size_t threads) {
  kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  options.route = route;
  options.zeros = zeros;
  options.threads = threads;
  return options;
}

/* snprintf's contract at every capacity; one line; NULL plans and texts. */
static void describe_is_like_snprintf(void **state) {
  (void)state;
  rng r = rng_start("describe");
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++) {
    operands o = operands_create(&all_plan_types[t], 1, 30, 30, 784, ZEROS_NONE, &r);
    kron_eye_plan *plan = operands_plan(&o, 0, NULL);
    char whole[1000];
    const size_t length = kron_eye_plan_describe(plan, whole, sizeof whole);
    assert_in_range(length, 10, sizeof whole - 1);
    assert_int_equal(strlen(whole), length);
    assert_null(strchr(whole, '\n'));
    assert_non_null(strstr(whole, all_plan_types[t].name));
    assert_non_null(strstr(whole, "784"));
    assert_int_equal(kron_eye_plan_describe(plan, NULL, 0), length);
    for (size_t capacity = 1; capacity <= length + 2; capacity++, cases++) {
      guarded text = guarded_create(capacity, GUARDED_END);
      memset(text.data, '#', capacity);
      assert_int_equal(kron_eye_plan_describe(plan, text.data, capacity), length);
      const size_t kept = capacity <= length ? capacity - 1 : length;
      assert_memory_equal(text.data, whole, kept);
      assert_int_equal(((char *)text.data)[kept], '\0');
      guarded_destroy(&text);
    }
    assert_true(cases > length);
    kron_eye_plan_destroy(plan);
    operands_destroy(&o);
  }
  char text[2] = "#";
  assert_int_equal(kron_eye_plan_describe(NULL, NULL, 0), 0);
  assert_int_equal(kron_eye_plan_describe(NULL, text, sizeof text), 0);
  assert_string_equal(text, "");
  printf("# %zu cases: capacities of describe\n", cases);
}

/* A plan of W all ones, but for one infinity where W is not to be finite; its description. */
static void describe(const plan_types *t, size_t left, size_t m, size_t n, bool finite,
                     const kron_eye_options *options, char text[1000]) {
  rng r = rng_seeded(1);
  operands o = operands_create(t, 1, left, m, n, ZEROS_NONE, &r);
  if (!finite) element_set(t->y, o.w, m * n - 1, (double)INFINITY);
  kron_eye_plan *plan = operands_plan(&o, 0, options);
  assert_in_range(kron_eye_plan_describe(plan, text, 1000), 1, 999);
  kron_eye_plan_destroy(plan);
  operands_destroy(&o);
}

/* The parts of a description stand between semicolons. One of them has the key; it must have the
 * word too, not as a piece of a longer one. Order, other parts and other words are free. */
static void expect(const char *text, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void expect(const char *text, const char *key, const char *format, ...) {
  char word[100], part[1000];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(word, sizeof word, format, arguments);
  va_end(arguments);
  const char *at = strstr(text, key);
  if (at == NULL) fail_msg("nothing about %s in: %s", key, text);
  while (at > text && at[-1] != ';') at--;
  const size_t length = strcspn(at, ";");
  assert_in_range(length, 1, sizeof part - 1);
  memcpy(part, at, length);
  part[length] = '\0';
  for (const char *found = part; (found = strstr(found, word)) != NULL; found++) {
    const bool starts = found == part || !isalnum((unsigned char)found[-1]);
    if (starts && !isalnum((unsigned char)found[strlen(word)])) return;
  }
  fail_msg("no %s where %s is told: %s", word, key, text);
}

static void expect_operator(const char *text, size_t left, size_t m, size_t n, const char *types) {
  expect(text, "W", "I_%zu", left);
  expect(text, "W", "%zu x %zu", m, n);
  expect(text, "W", "%s", types);
}

/* What is told of the BLAS route, and of plans that need no kernel. */
static void describe_says_what_the_plan_is(void **state) {
  (void)state;
  const size_t empty_shapes[][3] = {{0, 3, 4}, {2, 0, 4}, {2, 3, 0}};
  const kron_eye_options blas = options_of(KRON_EYE_ROUTE_BLAS, KRON_EYE_ZEROS_SKIP, 3),
                         kernel = options_of(KRON_EYE_ROUTE_KERNEL, KRON_EYE_ZEROS_SKIP, 0);
  char text[1000];
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++) {
    const plan_types *types = &all_plan_types[t];
    for (size_t s = 0; s < 3; s++, cases++) {
      const size_t left = empty_shapes[s][0], m = empty_shapes[s][1], n = empty_shapes[s][2];
      describe(types, left, m, n, true, &kernel, text);
      expect_operator(text, left, m, n, types->name);
      expect(text, "route", "kernels");
      expect(text, "route", "none");
      expect(text, "threads", ALL_THREADS);
      expect(text, "zeros", "multiplied");
      expect(text, "packed", "0 bytes");
      expect(text, "rows", "invariant");
      if (types->x != ELEMENT_U8) expect(text, "sparse", "panels");
      assert_int_equal(strstr(text, "sparse") == NULL, types->x == ELEMENT_U8);
    }
    if (types->x != types->y) continue; /* the BLAS knows no mixed ones */
    describe(types, 3, 30, 50, true, &blas, text);
    expect_operator(text, 3, 30, 50, types->name);
    expect(text, "route", "BLAS");
    expect(text, "threads", "BLAS");
    expect(text, "zeros", "multiplied");
    expect(text, "packed", "%zu bytes", 30 * 50 * element_size(types->y));
    expect(text, "rows", "no promise");
    expect(text, "sparse", "gathered");
    cases++;
  }
  check_cases("descriptions without kernels", cases, PLAN_TYPES * 3 + 2);
}

/* The kernels named in a text: each "<types>_<family>_..__<isa>", no two neighbours the same.
 * Returns how many. */
static size_t expect_kernels(const char *text, const char *types, const char *family) {
  char start[100], end[100], last[100] = "";
  snprintf(start, sizeof start, "%s_%s_", types, family);
  snprintf(end, sizeof end, "__%s", kron_eye_isa());
  size_t names = 0;
  for (const char *at = text; (at = strstr(at, "__")) != NULL; names++) {
    while (at > text && (isalnum((unsigned char)at[-1]) || at[-1] == '_')) at--;
    char name[100] = "";
    const size_t some = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_");
    assert_in_range(some, strlen(start) + strlen("1x1") + strlen(end), sizeof name - 1);
    memcpy(name, at, some);
    assert_memory_equal(name, start, strlen(start));
    assert_string_equal(name + some - strlen(end), end);
    assert_string_not_equal(name, last);
    memcpy(last, name, sizeof name);
    at += some;
  }
  return names;
}

/* Plans that run on kernels: 32 outputs fill whole panels on every path, 1 is for the dot family.
 */
static void describe_says_how_the_kernels_run(void **state) {
  (void)state;
  static const char *const zeros_words[] = {"skipped where it pays", "skipped", "multiplied"};
  char text[1000];
  size_t cases = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (int dot = 0; dot <= 1; dot++)
      for (int zeros = KRON_EYE_ZEROS_AUTO; zeros <= KRON_EYE_ZEROS_MULTIPLY; zeros++)
        for (int finite = 0; finite <= 1; finite++)
          for (size_t threads = 0; threads <= 3; threads += 3, cases++) {
            const plan_types *types = &all_plan_types[t];
            const kron_eye_options options = options_of(KRON_EYE_ROUTE_KERNEL, zeros, threads);
            const size_t m = dot ? 1 : 32;
            describe(types, 2, m, 64, finite != 0, &options, text);
            expect_operator(text, 2, m, 64, types->name);
            expect(text, "route", "kernels");
            assert_in_range(expect_kernels(text, types->name, dot ? "dot" : "panel"), 1, 9);
            expect(text, "threads", threads ? THREE_THREADS : ALL_THREADS);
            expect(text, "zeros", "%s", !dot && finite ? zeros_words[zeros] : "multiplied");
            if (!dot && !finite) expect(text, "zeros", "not finite");
            if (zeros != KRON_EYE_ZEROS_AUTO) assert_null(strstr(text, zeros_words[0]));
            expect(text, "packed", "%zu bytes", m * 64 * element_size(types->y));
            expect(text, "rows", "invariant");
            if (types->x != ELEMENT_U8) expect(text, "sparse", dot ? "gathered" : "panels");
          }
  check_cases("descriptions with kernels", cases, PLAN_TYPES * 2 * 3 * 2 * 2);
}

/* Panels of two widths where the vectors do not divide evenly: both are named. */
static void describe_names_every_kernel(void **state) {
  (void)state;
  enum { MOST_M = 130 };
  const kron_eye_options options = options_of(KRON_EYE_ROUTE_KERNEL, KRON_EYE_ZEROS_AUTO, 0);
  size_t cases = 0, several = 0;
  for (size_t t = 0; t < PLAN_TYPES; t++)
    for (size_t m = 16; m <= MOST_M; m++, cases++) {
      char text[1000];
      describe(&all_plan_types[t], 1, m, 2, true, &options, text);
      const size_t names = expect_kernels(text, all_plan_types[t].name, "panel");
      assert_true(names >= 1);
      several += names >= 2;
    }
  assert_in_range(several, 1, cases - 1);
  check_cases("plans whose kernels are named", cases, PLAN_TYPES * (MOST_M - 15));
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(describe_is_like_snprintf),
      cmocka_unit_test(describe_says_what_the_plan_is),
      cmocka_unit_test(describe_says_how_the_kernels_run),
      cmocka_unit_test(describe_names_every_kernel),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
