/* Whether a form's y is right: the promised bound, against the tests' oracle. */
#ifndef KRON_EYE_BENCH_CHECK_H
#define KRON_EYE_BENCH_CHECK_H

#include "form.h"

#include <stdbool.h>

/** Fills y with NaN, so that an element that a form does not write cannot pass. */
void check_poison(const struct task *task);

/**
 * Compares y with the oracle: all rows of a small task, otherwise some, including the first and the
 * last. On false, text says where the first difference is.
 */
bool check_result(const struct form *form, const struct task *task, char text[NOTE_SIZE]);

#endif
