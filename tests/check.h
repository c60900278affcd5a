/*
 * check.h - cmocka with the headers it needs, and what every test program shares: the count of
 * the cases that it asserted, and the instruction-set path that it must run on.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** Prints how many cases ran and fails unless they are as many as expected: a sweep that silently
 *  does not run is the oldest bug of test suites. */
void check_cases(const char *what, size_t counted, size_t expected);

/** Whether KRON_EYE_TEST_FULL asks for every case where a sample is the rule. */
bool check_full(void);

/** What ctest is told to read as "skipped". */
#define CHECK_SKIPPED 77

/**
 * The first thing in main. Looks at KRON_EYE_ISA, at the machine (by the compiler's own CPU
 * detection, which knows nothing of the library's) and at kron_eye_isa():
 * 0 go on; CHECK_SKIPPED the machine lacks the path that the variable names; 1 the machine has it,
 * but the library uses another: a failure, said on stderr.
 */
int check_isa_path(void);

/** The name of the path that kron_eye_isa() must give here, NULL where the machine lacks it. */
const char *check_isa_expected(void);

#endif
