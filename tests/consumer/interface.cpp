// interface.cpp - the same program through kron_eye.hpp, which includes kron_eye.h: one call, one
// plan, and a mistake that throws an exception.
#include <cstdint>
#include <iostream>
#include <vector>

#include <kron_eye.hpp>

int main() {
  const std::vector<float> w{1, 2}, x{3, 4, 5, 6};
  std::vector<float> y(2), z(2);
  kron_eye::matvec(2, 1, 2, w, x, y);

  const std::vector<std::uint8_t> pixels{3, 4, 5, 6};
  const auto plan = kron_eye::make_plan<std::uint8_t>(kron_eye::shape(2, 1, 2), w);
  plan.apply(pixels, z);
  std::cout << plan.describe() << '\n';
  try {
    kron_eye::matvec(2, 1, 2, w, x, kron_eye::span<float>(y.data(), 1)); // too short
    return 1;
  } catch (const kron_eye::error &mistake) {
    std::cout << mistake.what() << '\n';
    if (mistake.status() != -6) return 2;
  }
  const std::vector<float> expected{11, 17};
  return y == expected && z == expected ? 0 : 3;
}
