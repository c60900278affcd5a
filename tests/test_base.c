/*
 * test_base.c - the base layer, with inputs that no real machine at hand would give: the
 * instruction set of CPUs that lack one feature, or whose operating system does not save the
 * registers; the cap; sizes around the largest that fits, compared with 128-bit arithmetic; the
 * allocator.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "base/checked_size.h"
#include "base/cpu.h"
#include "base/memory.h"

/* ---------------------------------------------------------------- CPUs */

/* CPUID's bits as Intel's manual has them (volume 2A, table 3-8 and leaf 7), XCR0's (volume 1,
 * section 13.3); independent of the library's own masks. */
static const struct feature {
  const char *name;
  enum { LEAF1_ECX, LEAF7_EBX, XCR0 } word;
  int bit;
  enum kron_eye_isa without; /* what the library uses on a machine that has all the others */
} features[] = {
    {"FMA", LEAF1_ECX, 12, KRON_EYE_PORTABLE},     {"POPCNT", LEAF1_ECX, 23, KRON_EYE_PORTABLE},
    {"OSXSAVE", LEAF1_ECX, 27, KRON_EYE_PORTABLE}, {"AVX", LEAF1_ECX, 28, KRON_EYE_PORTABLE},
    {"BMI1", LEAF7_EBX, 3, KRON_EYE_PORTABLE},     {"AVX2", LEAF7_EBX, 5, KRON_EYE_PORTABLE},
    {"BMI2", LEAF7_EBX, 8, KRON_EYE_PORTABLE},     {"XMM saved", XCR0, 1, KRON_EYE_PORTABLE},
    {"YMM saved", XCR0, 2, KRON_EYE_PORTABLE},     {"AVX512F", LEAF7_EBX, 16, KRON_EYE_AVX2},
    {"AVX512DQ", LEAF7_EBX, 17, KRON_EYE_AVX2},    {"AVX512BW", LEAF7_EBX, 30, KRON_EYE_AVX2},
    {"AVX512VL", LEAF7_EBX, 31, KRON_EYE_AVX2},    {"masks saved", XCR0, 5, KRON_EYE_AVX2},
    {"ZMM saved", XCR0, 6, KRON_EYE_AVX2},         {"ZMM 16 saved", XCR0, 7, KRON_EYE_AVX2},
};
enum { FEATURES = sizeof features / sizeof *features };

/* Features that no kernel needs make no difference: number of random words for each machine. */
enum { WORDS_OF_NOISE = 3 };
static const uint32_t noise[WORDS_OF_NOISE] = {0, 0xffffffff, 0x5a5a5a5a};

/* The instruction set that the library would use on a machine with the features in `has`. */
static enum kron_eye_isa isa_with(const bool has[FEATURES], uint32_t other_bits) {
  uint32_t words[3] = {other_bits, other_bits, other_bits};
  for (size_t f = 0; f < FEATURES; f++) {
    const uint32_t bit = UINT32_C(1) << features[f].bit;
    words[features[f].word] = (words[features[f].word] & ~bit) | (has[f] ? bit : 0);
  }
  const struct kron_eye_cpu_words machine = {words[LEAF1_ECX], words[LEAF7_EBX], words[XCR0]};
  return kron_eye_base_isa_of(&machine);
}

/* Every set of features: the result must be the best instruction set that needs no missing one.
 */
static void every_feature_counts(void **state) {
  (void)state;
  size_t cases = 0;
  for (uint32_t set = 0; set < UINT32_C(1) << FEATURES; set++) {
    bool has[FEATURES];
    enum kron_eye_isa expected = KRON_EYE_AVX512;
    for (size_t f = 0; f < FEATURES; f++) {
      has[f] = (set >> f & 1) != 0;
      if (!has[f] && features[f].without < expected) expected = features[f].without;
    }
    for (size_t i = 0; i < WORDS_OF_NOISE; i++, cases++)
      if (isa_with(has, noise[i]) != expected)
        fail_msg("features %04x, other bits %08x: set %d, not %d", (unsigned)set,
                 (unsigned)noise[i], (int)isa_with(has, noise[i]), (int)expected);
  }
  check_cases("machines", cases, ((size_t)1 << FEATURES) * WORDS_OF_NOISE);
}

/* One feature missing at a time, by name. */
static void a_missing_feature_is_seen(void **state) {
  (void)state;
  size_t cases = 0;
  for (size_t f = 0; f < FEATURES; f++, cases++) {
    bool has[FEATURES];
    for (size_t other = 0; other < FEATURES; other++) has[other] = other != f;
    if (isa_with(has, 0) != features[f].without) fail_msg("without %s", features[f].name);
  }
  check_cases("features", cases, 16);
}

static void the_cap_only_lowers(void **state) {
  (void)state;
  static const char *const names[] = {"portable", "avx2", "avx512"};
  static const char *const others[] = {"", "avx", "AVX2", "avx2 ", "avx5122", "sse2"};
  enum { OTHERS = sizeof others / sizeof *others };
  size_t cases = 0;
  for (int isa = 0; isa < KRON_EYE_ISA_COUNT; isa++) {
    const enum kron_eye_isa machine = (enum kron_eye_isa)isa;
    for (int cap = 0; cap < KRON_EYE_ISA_COUNT; cap++, cases++)
      assert_int_equal(kron_eye_base_isa_capped(machine, names[cap]), cap < isa ? cap : isa);
    for (size_t i = 0; i < OTHERS; i++, cases++)
      assert_int_equal(kron_eye_base_isa_capped(machine, others[i]), isa);
    assert_int_equal(kron_eye_base_isa_capped(machine, NULL), isa);
    assert_string_equal(kron_eye_base_isa_name(machine), names[isa]);
  }
  check_cases("caps", cases, KRON_EYE_ISA_COUNT * (3 + OTHERS));
}

/* ---------------------------------------------------------------- sizes */

/* Sizes around 0, 1, 2, the square and fourth roots of the largest, and the most elements of 1, 2,
 * 4 and 8 bytes that fit. */
static const size_t edges[] = {
    0,
    1,
    2,
    3,
    5,
    (size_t)1 << 16,
    3037000499, /* the square root of PTRDIFF_MAX */
    (size_t)1 << 32,
    PTRDIFF_MAX / 8,
    PTRDIFF_MAX / 8 + 1,
    PTRDIFF_MAX / 4,
    PTRDIFF_MAX / 4 + 1,
    PTRDIFF_MAX / 2,
    PTRDIFF_MAX / 2 + 1,
    PTRDIFF_MAX,
    (size_t)PTRDIFF_MAX + 1,
    SIZE_MAX / 2 + 2,
    SIZE_MAX - 1,
    SIZE_MAX,
};
enum { EDGES = sizeof edges / sizeof *edges };
static const size_t element_sizes[] = {1, 4, 8};

__extension__ typedef unsigned __int128 wide;

/* a*b, if that and everything added to it stays far below 2^128; otherwise something too large. */
static wide product(wide a, wide b) {
  const wide huge = (wide)1 << 100;
  if (a == 0 || b == 0) return 0;
  return a > huge / b ? huge : a * b;
}

static void products_fit_to_the_byte(void **state) {
  (void)state;
  size_t cases = 0, fitting = 0;
  for (size_t i = 0; i < EDGES * EDGES * EDGES; i++)
    for (size_t s = 0; s < 3; s++, cases++) {
      const size_t a = edges[i % EDGES], b = edges[i / EDGES % EDGES], c = edges[i / EDGES / EDGES];
      const bool expected = product(product(a, b), product(c, element_sizes[s])) <= PTRDIFF_MAX;
      if (kron_eye_fits(a, b, c, element_sizes[s]) != expected)
        fail_msg("%zu * %zu * %zu elements of %zu bytes: fits is not %d", a, b, c, element_sizes[s],
                 expected);
      fitting += expected;
    }
  assert_in_range(fitting, cases / 10, cases - cases / 10);
  check_cases("products", cases, (size_t)EDGES * EDGES * EDGES * 3);
}

static void extents_fit_to_the_byte(void **state) {
  (void)state;
  size_t cases = 0, fitting = 0;
  for (size_t i = 0; i < EDGES * EDGES * EDGES; i++)
    for (size_t s = 0; s < 3; s++)
      for (size_t less = 0; less < 3; less++, cases++) {
        const size_t rows = edges[i % EDGES], stride = edges[i / EDGES % EDGES];
        /* a last row that ends at or near the limit, whatever comes before it */
        const wide before = rows == 0 ? 0 : product(product(rows - 1, stride), element_sizes[s]);
        const size_t left = before > PTRDIFF_MAX ? 0 : (PTRDIFF_MAX - (size_t)before);
        const size_t length =
            less == 0 ? edges[i / EDGES / EDGES] : left / element_sizes[s] + (less == 2);
        const bool empty = rows == 0 || length == 0;
        const bool expected =
            empty || before + product(length, element_sizes[s]) <= (wide)PTRDIFF_MAX;
        if (kron_eye_extent_fits(rows, stride, length, element_sizes[s]) != expected)
          fail_msg("%zu rows of %zu elements of %zu bytes, %zu apart: fits is not %d", rows, length,
                   element_sizes[s], stride, expected);
        if (expected)
          assert_true(kron_eye_extent(rows, stride, length) ==
                      (empty ? 0 : (rows - 1) * stride + length));
        fitting += expected;
      }
  assert_in_range(fitting, cases / 10, cases - cases / 10);
  check_cases("extents", cases, (size_t)EDGES * EDGES * EDGES * 3 * 3);
}

/* ---------------------------------------------------------------- memory */

/* Blocks of every small size, completely written; no block if the size exceeds all memory. */
static void memory_is_aligned_and_whole(void **state) {
  (void)state;
  enum { MOST = 300 };
  void *blocks[MOST + 1];
  size_t cases = 0;
  for (size_t size = 0; size <= MOST; size++, cases++) {
    blocks[size] = kron_eye_base_allocator.allocate(size);
    assert_true(blocks[size] != NULL || size == 0);
    assert_int_equal((uintptr_t)blocks[size] % KRON_EYE_ALIGNMENT, 0);
    if (size != 0) memset(blocks[size], (int)size, size);
  }
  for (size_t size = 1; size <= MOST; size++) { /* no block overlaps another */
    const unsigned char *bytes = blocks[size];
    for (size_t i = 0; i < size; i++) assert_int_equal(bytes[i], (unsigned char)size);
  }
  for (size_t size = 0; size <= MOST; size++) kron_eye_base_allocator.release(blocks[size]);
  kron_eye_base_allocator.release(NULL);
  const size_t beyond[] = {
      PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, SIZE_MAX - 63, SIZE_MAX - 62, SIZE_MAX - 1, SIZE_MAX};
  for (size_t i = 0; i < 6; i++, cases++) assert_null(kron_eye_base_allocator.allocate(beyond[i]));
  check_cases("blocks of memory", cases, MOST + 1 + 6);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_feature_counts),    cmocka_unit_test(a_missing_feature_is_seen),
      cmocka_unit_test(the_cap_only_lowers),     cmocka_unit_test(products_fit_to_the_byte),
      cmocka_unit_test(extents_fit_to_the_byte), cmocka_unit_test(memory_is_aligned_and_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
