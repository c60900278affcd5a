/* number.h - numbers from the command line. */
#ifndef KRON_EYE_EXAMPLES_NUMBER_H
#define KRON_EYE_EXAMPLES_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/** Parses decimal digits only, with a value from `least` to PTRDIFF_MAX. If it returns false,
 * *number is untouched. */
bool number_parse_size(const char *text, size_t least, size_t *number);

/** Parses a finite number as strtod() reads it, and nothing else. If it returns false, *number is
 * untouched. */
bool number_parse_real(const char *text, double *number);

#endif
