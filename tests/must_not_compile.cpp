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
#endif
}
