#include "support/number.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

bool number_parse_size(const char *text, size_t least, size_t most, size_t *number, failure *why) {
  char *end = NULL;
  errno = 0;
  const unsigned long long value = strtoull(text, &end, 10);
  const bool whole = *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
  if (!whole || value < least || value > most) {
    return explain(why, "'%s' is not a whole number from %zu to %zu", text, least, most);
  }
  *number = (size_t)value;
  return true;
}

bool number_parse_real(const char *text, double *number, failure *why) {
  char *end = NULL;
  double value = strtod(text, &end);
  bool good = end != text;
  if (good && *end == '/') {
    const char *divisor = end + 1;
    value /= strtod(divisor, &end);
    good = end != divisor;
  }
  if (!good || *end != '\0' || !isfinite(value)) {
    return explain(why, "'%s' is not a finite number, nor a quotient of two as 1/255", text);
  }
  *number = value;
  return true;
}
