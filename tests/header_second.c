/* header_second.c - a second file of the same program: the header defines nothing twice. */
#include <kron_eye.h>

int header_second(void);

int header_second(void) {
  const kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  const kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  return shape.size != sizeof shape || shape.left != 1 || shape.right != 1 || shape.m != 0 ||
         shape.n != 0 || shape.op != KRON_EYE_NO_TRANSPOSE || shape.reserved != 0 ||
         options.size != sizeof options || options.threads != 0 ||
         options.zeros != KRON_EYE_ZEROS_AUTO || options.route != KRON_EYE_ROUTE_AUTO;
}
