/*
 * The promises about NaN, infinities, signed zeros and the order of additions need a compiler that
 * keeps to IEEE 754. A parent project's -ffast-math would break them without a word: 0 * Inf would
 * become 0. Included by what every file with arithmetic sees.
 */
#ifndef KRON_EYE_BASE_STRICT_ARITHMETIC_H
#define KRON_EYE_BASE_STRICT_ARITHMETIC_H

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ > 0) ||       \
    defined(__ASSOCIATIVE_MATH__) || defined(__RECIPROCAL_MATH__)
#error "kron_eye needs strict floating-point arithmetic: compile it without -ffast-math and -Ofast"
#endif

#endif
