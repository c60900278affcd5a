#include "support/number.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

bool number_parse_size(const char *text, size_t least, size_t *number) {
  char *end = NULL;
  errno = 0;
  const unsigned long long value = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0' || errno != 0) return false;
  if (value < least || value > (unsigned long long)PTRDIFF_MAX) return false;
  *number = (size_t)value;
  return true;
}

bool number_parse_real(const char *text, double *number) {
  char *end = NULL;
  const double value = strtod(text, &end);
  if (end == text || *end != '\0' || !isfinite(value)) return false;
  *number = value;
  return true;
}
