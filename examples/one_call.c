/* one_call - y = (I_3 (x) W) x in one call: three blocks of x, each multiplied by W. */
#include <kron_eye.h>

#include <stdio.h>

int main(void) {
  const float w[3 * 2] = {1, 2, 3, 4, 5, 6};            /* W is 3 x 2 */
  const float x[3 * 2] = {1, 0, /**/ 0, 1, /**/ 1, -1}; /* three blocks of 2 */
  float y[3 * 3];                                       /* three blocks of 3 */
  const int status = kron_eye_matvec(3, 3, 2, w, x, y);
  if (status != KRON_EYE_OK) {
    fprintf(stderr, "kron_eye: %s\n", kron_eye_status_text(status));
    return 1;
  }
  for (int a = 0; a < 3; ++a) printf("%g %g %g\n", y[3 * a], y[3 * a + 1], y[3 * a + 2]);
  return 0;
}
