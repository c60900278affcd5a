/* main.c - a C program outside the project: one call, one plan, and the version that it was built
 * against. */
#include <stdio.h>

#include <kron_eye.h>

int main(void) {
  /* k = 2 blocks, W 1 x 2 */
  const float w[] = {1, 2}, x[] = {3, 4, 5, 6};
  float y[2] = {0}, z[2] = {0};
  if (kron_eye_matvec(2, 1, 2, w, x, y) != KRON_EYE_OK) return 1;

  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = 2;
  shape.m = 1;
  shape.n = 2;
  kron_eye_plan *plan;
  if (kron_eye_plan_create_f32(&plan, &shape, w, 2, NULL) != KRON_EYE_OK) return 2;
  const int status = kron_eye_apply_f32(plan, 1, 1, x, 4, 0, z, 2);
  kron_eye_plan_destroy(plan);
  if (status != KRON_EYE_OK) return 3;

  printf("kron_eye %s, %s: %g %g\n", kron_eye_version(), kron_eye_isa(), (double)y[0],
         (double)y[1]);
  if (kron_eye_version_number() != KRON_EYE_VERSION_NUMBER) return 4;
  return y[0] == 11 && y[1] == 17 && z[0] == 11 && z[1] == 17 ? 0 : 5;
}
