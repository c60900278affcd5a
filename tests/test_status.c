/* test_status.c - status texts, versions, the name of the instruction set. */
#include "check.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <kron_eye.h>

/* Every documented status has a text, and so do values that no function returns. */
static void every_int_has_a_text(void **state) {
  (void)state;
  const int statuses[] = {KRON_EYE_OK,
                          KRON_EYE_NO_MEMORY,
                          KRON_EYE_UNSUPPORTED,
                          -1,
                          -2,
                          -3,
                          -4,
                          -5,
                          -6,
                          -7,
                          -8,
                          -9,
                          -100,
                          3,
                          99,
                          INT_MIN,
                          INT_MAX};
  size_t cases = 0;
  for (size_t s = 0; s < sizeof statuses / sizeof *statuses; s++) {
    const char *text = kron_eye_status_text(statuses[s]);
    assert_non_null(text);
    assert_true(strlen(text) > 0);
    assert_null(strchr(text, '\n'));
    assert_ptr_equal(text, kron_eye_status_text(statuses[s])); /* static, not a new string */
    cases++;
  }
  check_cases("texts", cases, 17);
}

/* Documented statuses have different texts; all unknown positive ones share one. */
static void documented_statuses_differ(void **state) {
  (void)state;
  enum { FIRST = -8, LAST = KRON_EYE_UNSUPPORTED };
  size_t pairs = 0;
  for (int a = FIRST; a <= LAST; a++)
    for (int b = a + 1; b <= LAST; b++, pairs++)
      assert_string_not_equal(kron_eye_status_text(a), kron_eye_status_text(b));
  assert_string_equal(kron_eye_status_text(99), kron_eye_status_text(INT_MAX));
  assert_string_not_equal(kron_eye_status_text(99), kron_eye_status_text(KRON_EYE_OK));
  check_cases("pairs of texts", pairs, 55);
}

/* A negative status names the argument. */
static void text_names_the_argument(void **state) {
  (void)state;
  for (int position = 1; position <= 8; position++) {
    char digit[2] = {(char)('0' + position), '\0'};
    assert_non_null(strstr(kron_eye_status_text(-position), digit));
  }
}

static void linked_version_is_the_headers(void **state) {
  (void)state;
  char text[32];
  snprintf(text, sizeof text, "%d.%d.%d", KRON_EYE_VERSION_MAJOR, KRON_EYE_VERSION_MINOR,
           KRON_EYE_VERSION_PATCH);
  assert_string_equal(kron_eye_version(), text);
  assert_int_equal(kron_eye_version_number(), KRON_EYE_VERSION_NUMBER);
  assert_string_equal(kron_eye_version(), KRON_EYE_TEST_PROJECT_VERSION); /* the version in CMake */
}

/* The path that the environment names is used where the machine has it (see check_isa_path). */
static void isa_is_the_expected_one(void **state) {
  (void)state;
  assert_string_equal(kron_eye_isa(), check_isa_expected());
  assert_ptr_equal(kron_eye_isa(), kron_eye_isa());
}

int main(void) {
  const int stop = check_isa_path();
  if (stop != 0) return stop;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_int_has_a_text),    cmocka_unit_test(documented_statuses_differ),
      cmocka_unit_test(text_names_the_argument), cmocka_unit_test(linked_version_is_the_headers),
      cmocka_unit_test(isa_is_the_expected_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
