/* header_first.c - the header first, alone and twice: it needs no other header before it. */
#include <kron_eye.h>

int header_second(void);

int main(void) {
  const float w[2] = {1, 2}, x[2] = {3, 4};
  float y[1] = {0};
  const int status = kron_eye_matvec(1, 1, 2, w, x, y);
  return status != KRON_EYE_OK || y[0] < 11 || y[0] > 11 || header_second() != 0;
}
