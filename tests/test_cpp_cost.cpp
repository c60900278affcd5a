// test_cpp_cost.cpp - calls through kron_eye.hpp. Each function here compiles to comparisons of
// sizes, one call of the C function, and jumps to the throwing functions (must_cost_nothing.cmake).
#include <kron_eye.hpp>

extern "C" {
void through_kron_eye_matvec(std::size_t k, kron_eye::span<const float> w,
                             kron_eye::span<const float> x, kron_eye::span<float> y);
void through_kron_eye_matvec_batch_f64(std::size_t k, kron_eye::span<const double> w,
                                       kron_eye::span<const double> x, kron_eye::span<double> y);
void through_kron_eye_apply_f32(const kron_eye::plan<float> &plan, kron_eye::span<const float> x,
                                kron_eye::span<float> y);
void through_kron_eye_apply_u8_f32(const kron_eye::plan<std::uint8_t, float> &plan,
                                   kron_eye::span<const std::uint8_t> x, kron_eye::span<float> y);
void through_kron_eye_apply_csr_f32_f64(const kron_eye::plan<float, double> &plan,
                                        const kron_eye_csr &x, kron_eye::span<double> y);
void through_kron_eye_product_f32(const kron_eye_shape &shape, kron_eye::span<const float> w,
                                  kron_eye::span<const float> x, kron_eye::span<float> y);
void through_kron_eye_apply_fused_f64(const kron_eye::plan<double> &plan,
                                      kron_eye::span<const double> x, kron_eye::span<double> y,
                                      const kron_eye::epilogue<double> &epilogue);
void through_kron_eye_chain_apply_f32(const kron_eye::chain<float> &chain,
                                      kron_eye::span<const float> x, kron_eye::span<float> y,
                                      kron_eye::span<std::byte> workspace);
void through_kron_eye_gradient_f64(const kron_eye_shape &shape, kron_eye::span<const double> x,
                                   kron_eye::span<const double> dy, kron_eye::span<double> dw);
}

void through_kron_eye_matvec(std::size_t k, kron_eye::span<const float> w,
                             kron_eye::span<const float> x, kron_eye::span<float> y) {
  kron_eye::matvec(k, 3, 2, w, x, y);
}
void through_kron_eye_matvec_batch_f64(std::size_t k, kron_eye::span<const double> w,
                                       kron_eye::span<const double> x, kron_eye::span<double> y) {
  kron_eye::matvec_batch(9, k, 3, 2, w, x, y);
}
void through_kron_eye_apply_f32(const kron_eye::plan<float> &plan, kron_eye::span<const float> x,
                                kron_eye::span<float> y) {
  plan.apply(x, y);
}
void through_kron_eye_apply_u8_f32(const kron_eye::plan<std::uint8_t, float> &plan,
                                   kron_eye::span<const std::uint8_t> x, kron_eye::span<float> y) {
  plan.apply(9, 0.5F, x, 6, 0.0F, y, 9);
}
void through_kron_eye_apply_csr_f32_f64(const kron_eye::plan<float, double> &plan,
                                        const kron_eye_csr &x, kron_eye::span<double> y) {
  plan.apply(x, y);
}
void through_kron_eye_product_f32(const kron_eye_shape &shape, kron_eye::span<const float> w,
                                  kron_eye::span<const float> x, kron_eye::span<float> y) {
  kron_eye::product(shape, w, x, y);
}
void through_kron_eye_apply_fused_f64(const kron_eye::plan<double> &plan,
                                      kron_eye::span<const double> x, kron_eye::span<double> y,
                                      const kron_eye::epilogue<double> &epilogue) {
  plan.apply_fused(x, y, epilogue);
}
void through_kron_eye_chain_apply_f32(const kron_eye::chain<float> &chain,
                                      kron_eye::span<const float> x, kron_eye::span<float> y,
                                      kron_eye::span<std::byte> workspace) {
  chain.apply(9, 1, x, 6, 0, y, 9, workspace);
}
void through_kron_eye_gradient_f64(const kron_eye_shape &shape, kron_eye::span<const double> x,
                                   kron_eye::span<const double> dy, kron_eye::span<double> dw) {
  kron_eye::gradient(shape, 9, 1, x, 6, dy, 9, 0, dw, 2);
}
