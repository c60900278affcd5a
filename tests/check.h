/*
 * check.h - cmocka with the headers it needs, and what all test programs share: the count of the
 * cases checked, and the instruction-set path that the program must run on.
 */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** Prints how many cases ran and fails unless that is the expected number, so that a sweep cannot
 * be skipped unnoticed. */
void check_cases(const char *what, size_t counted, size_t expected);

/** Whether KRON_EYE_TEST_FULL asks for every case instead of a sample. */
bool check_full(void);

/** The exit status that ctest counts as "skipped". */
#define CHECK_SKIPPED 77

/**
 * To be called first in main. Compares KRON_EYE_ISA, the machine (by the compiler's own CPU
 * detection, which is independent of the library's) and kron_eye_isa(). Returns 0 to continue,
 * CHECK_SKIPPED if the machine lacks the path that the variable names, or 1 if the machine has it
 * but the library uses another; that is a failure, reported on stderr.
 */
int check_isa_path(void);

/** The path that kron_eye_isa() must return here, or NULL if the machine lacks it. */
const char *check_isa_expected(void);

#endif
