/* describe.c - what a plan of default options says about itself. */
#include <stdio.h>

#include <kron_eye.h>

int main(void) {
  /* k = 5 blocks, W 2 x 3 */
  const float w[] = {1, 2, 3, 4, 5, 6};
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.left = 5;
  shape.m = 2;
  shape.n = 3;
  kron_eye_plan *plan;
  if (kron_eye_plan_create_f32(&plan, &shape, w, 3, NULL) != KRON_EYE_OK) return 1;
  char text[512];
  kron_eye_plan_describe(plan, text, sizeof text);
  kron_eye_plan_destroy(plan);
  puts(text);
  return 0;
}
