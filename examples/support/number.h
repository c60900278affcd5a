/* number.h - numbers from the command line. */
#ifndef KRON_EYE_EXAMPLES_NUMBER_H
#define KRON_EYE_EXAMPLES_NUMBER_H

#include "support/failure.h"

#include <stddef.h>

/**
 * Decimal digits and nothing else, from `least` to `most` (PTRDIFF_MAX at most). On false *number
 * is untouched, and the reason shows the text and the range.
 */
bool number_parse_size(const char *text, size_t least, size_t most, size_t *number, failure *why);

/**
 * A finite number as strtod() reads it, or two with a '/' between them: 0.5, 1e-3, 1/255. On false
 * *number is untouched, and the reason shows the text.
 */
bool number_parse_real(const char *text, double *number, failure *why);

#endif
