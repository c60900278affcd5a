/* interface.c - the same program through kron_eye_generic.h, which includes kron_eye.h. */
#include <stdio.h>

#include <kron_eye_generic.h>

int main(void) {
  /* k = 2 blocks, W 1 x 2 */
  const double w[] = {1, 2}, x[] = {3, 4, 5, 6};
  double y[2] = {0};
  if (kron_eye_matvec(2, 1, 2, w, x, y) != KRON_EYE_OK) return 1;

  const float narrow_w[] = {1, 2};
  const uint8_t pixels[] = {3, 4, 5, 6};
  float z[2] = {0};
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = 2;
  shape.m = 1;
  shape.n = 2;
  kron_eye_plan *plan;
  if (kron_eye_plan_create(uint8_t, &plan, &shape, narrow_w, 2, NULL) != KRON_EYE_OK) return 2;
  const int status = kron_eye_apply(plan, 1, 1, pixels, 4, 0, z, 2);
  kron_eye_plan_destroy(plan);
  if (status != KRON_EYE_OK) return 3;

  printf("kron_eye %s: %g %g\n", kron_eye_version(), y[0], y[1]);
  return y[0] == 11 && y[1] == 17 && z[0] == 11 && z[1] == 17 ? 0 : 4;
}
