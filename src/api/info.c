/* Status texts, versions and the instruction set. */
#include "base/cpu.h"
#include "base/status.h"

#include <kron_eye.h>

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

const char *kron_eye_status_text(int status) {
  return kron_eye_base_status_text(status);
}

int kron_eye_version_number(void) {
  return KRON_EYE_VERSION_NUMBER;
}

const char *kron_eye_version(void) {
  return TEXT(KRON_EYE_VERSION_MAJOR) "." TEXT(KRON_EYE_VERSION_MINOR) "." TEXT(
      KRON_EYE_VERSION_PATCH);
}

const char *kron_eye_isa(void) {
  return kron_eye_base_isa_name(kron_eye_base_isa());
}
