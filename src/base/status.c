#include "base/status.h"

#include <kron_eye.h>

static const char *const argument_text[] = {
    "argument 1 is bad", "argument 2 is bad",  "argument 3 is bad",  "argument 4 is bad",
    "argument 5 is bad", "argument 6 is bad",  "argument 7 is bad",  "argument 8 is bad",
    "argument 9 is bad", "argument 10 is bad", "argument 11 is bad",
};

static const char *const failure_text[] = {
    [KRON_EYE_OK] = "success",
    [KRON_EYE_NO_MEMORY] = "memory was refused",
    [KRON_EYE_UNSUPPORTED] = "a valid request that this version does not support",
};

const char *kron_eye_base_status_text(int status) {
  const int arguments = sizeof argument_text / sizeof *argument_text;
  const int failures = sizeof failure_text / sizeof *failure_text;
  if (status < 0 && status >= -arguments) return argument_text[-status - 1];
  if (status >= 0 && status < failures) return failure_text[status];
  return "unknown status";
}
