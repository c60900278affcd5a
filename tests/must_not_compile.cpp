// must_not_compile.cpp - misuse of kron_eye.hpp. Without MISUSE this file compiles; with it, each
// statement under a comment "refused: SENTENCE" must draw an error with that sentence
// (must_not_compile.cmake reads them here).
#include <kron_eye.hpp>

#include <deque>
#include <vector>

int main() {
  const kron_eye_shape shape = kron_eye::shape(1, 1, 2);
  const std::vector<float> wf{1, 2}, xf{3, 4};
  const std::vector<double> wd{1, 2}, xd{3, 4};
  const std::vector<std::uint8_t> xu{3, 4};
  const std::vector<int> xi{3, 4};
  const std::deque<float> scattered{3, 4};
  std::vector<float> yf(1);
  std::vector<double> yd(1);
  kron_eye::matvec(1, 1, 2, wf, xf, yf);
  kron_eye::matvec(1, 1, 2, wd, xd, yd);
  kron_eye::plan p(shape, wf);
  p.apply(xf, yf);
  auto moved = std::move(p);
  kron_eye::make_plan<std::uint8_t>(shape, wf).apply(xu, yf);
  kron_eye::make_plan<float>(shape, wd).apply(xf, yd);
  const std::vector<std::int32_t> indptr{0, 1}, indices{1};
  const std::vector<std::int64_t> wide{0, 1};
  const std::vector<float> values{3};
  moved.apply(kron_eye::csr(2, indptr, indices, values), yf);
  moved.update(wf);
  moved.apply_fused(xf, yf, kron_eye::epilogue<float>().set_bias(yf).set_relu());
  kron_eye::product(shape, wd, xd, yd);
  kron_eye::gradient(shape, xd, yd, yd);
  kron_eye::chain chain{kron_eye::factor(1, 2, wf), kron_eye::factor<float>::identity(1)};
  const std::vector factors{kron_eye::factor(1, 2, wd)};
  kron_eye::chain(factors).apply(xd, yd);
  chain.apply(xf, yf);
#ifdef MISUSE
  // refused: deleted
  kron_eye::plan copy = moved;
  // refused: deleted
  p = moved;
  // refused: no matching function for call to
  kron_eye::matvec(1, 1, 2, wd, xf, yf);
  // refused: no matching function for call to
  kron_eye::matvec(1, 1, 2, wf, xf, xf);
  // refused: no matching function for call to
  kron_eye::matvec(1, 1, 2, wf, scattered, yf);
  // refused: no matching function for call to
  kron_eye::matvec_batch(1, 1, 1, 2, wd, xd, yf);
  // refused: x and W must be float and float, double and double,
  kron_eye::make_plan<double>(shape, wf);
  // refused: x and W must be float and float, double and double,
  kron_eye::make_plan<std::uint8_t>(shape, wd);
  // refused: x and W must be float and float, double and double,
  kron_eye::plan q(shape, xi);
  // refused: no matching
  moved.apply(xd, yf);
  // refused: no matching
  moved.apply(xf, xf);
  // refused: no matching
  moved.apply(xf, std::vector<float>(1));
  // refused: no matching
  moved.apply(1, 1.0F, xf, 2, 0.0F, yd, 1);
  // refused: kron_eye::csr: indptr and indices must hold the same integers
  kron_eye::csr(2, wide, indices, values);
  // refused: sparse x must be float or double
  kron_eye::make_plan<std::uint8_t>(shape, wf).apply(kron_eye::csr(2, indptr, indices, values), yf);
  // refused: no matching
  moved.update(wd);
  // refused: no matching
  moved.apply_fused(xf, yf, kron_eye::epilogue<double>());
  // refused: no matching
  kron_eye::epilogue<float>().set_bias(wd);
  // refused: no matching function for call to
  kron_eye::product(shape, wf, xd, yd);
  // refused: no matching function for call to
  kron_eye::product(shape, wf, xf, xf);
  // refused: no matching function for call to
  kron_eye::gradient(shape, xf, yd, yf);
  // refused: kron_eye::factor<T>: T must be float or double
  kron_eye::factor(1, 2, xi);
  // refused: no matching
  kron_eye::chain<float> mixed{kron_eye::factor(1, 2, wf), kron_eye::factor(1, 2, wd)};
  // refused: no matching
  chain.apply(xd, yd);
  // refused: deleted
  kron_eye::chain<float> second = chain;
#endif
}
