/* number.h - numbers from the command line. */
#ifndef KRON_EYE_EXAMPLES_NUMBER_H
#define KRON_EYE_EXAMPLES_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/** Decimal digits and nothing else, from `least` to PTRDIFF_MAX. On false *number is untouched. */
bool number_parse_size(const char *text, size_t least, size_t *number);

/** A finite number as strtod() reads it, and nothing else. On false *number is untouched. */
bool number_parse_real(const char *text, double *number);

#endif
