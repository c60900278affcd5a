// main.cpp - a C++ program outside the project.
#include <iostream>
#include <vector>

#include <kron_eye.h>

int main() {
  const std::vector<double> w{1, 2}, x{3, 4, 5, 6};
  std::vector<double> y(2);
  const int status = kron_eye_matvec_f64(2, 1, 2, w.data(), x.data(), y.data());
  std::cout << "kron_eye " << kron_eye_version() << ": " << kron_eye_status_text(status) << '\n';
  return status == KRON_EYE_OK && y == std::vector<double>{11, 17} ? 0 : 1;
}
