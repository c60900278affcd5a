// header_cxx.cpp - the C header as C++17: it compiles, the macros initialise the structs, and the
// names link.
#include <kron_eye.h>

int main() {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  const kron_eye_options options = KRON_EYE_OPTIONS_INIT;
  shape.m = 1;
  const double w[2] = {1, 2}, x[2] = {3, 4};
  double y[1] = {0};
  const int status = kron_eye_matvec_f64(1, shape.m, 2, w, x, y);
  const bool right = y[0] >= 11 && y[0] <= 11;
  return status == KRON_EYE_OK && right && options.size == sizeof options ? 0 : 1;
}
