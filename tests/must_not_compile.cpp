// must_not_compile.cpp - misuse of kron_eye.hpp. With -D CASE=0 this file compiles; with any other
// case it must not, and the compiler must say the sentence beside the case (must_not_compile.cmake
// reads them here).
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
#if CASE == 1 /* deleted */
  kron_eye::plan copy = moved;
#elif CASE == 2  /* deleted */
  p = moved;
#elif CASE == 3  /* no matching function for call to */
  kron_eye::matvec(1, 1, 2, wd, xf, yf);
#elif CASE == 4  /* no matching function for call to */
  kron_eye::matvec(1, 1, 2, wf, xf, xf);
#elif CASE == 5  /* no matching function for call to */
  kron_eye::matvec(1, 1, 2, wf, scattered, yf);
#elif CASE == 6  /* no matching function for call to */
  kron_eye::matvec_batch(1, 1, 1, 2, wd, xd, yf);
#elif CASE == 7  /* x and W must be float and float, double and double, */
  kron_eye::make_plan<double>(shape, wf);
#elif CASE == 8  /* x and W must be float and float, double and double, */
  kron_eye::make_plan<std::uint8_t>(shape, wd);
#elif CASE == 9  /* x and W must be float and float, double and double, */
  kron_eye::plan q(shape, xi);
#elif CASE == 10 /* no matching */
  moved.apply(xd, yf);
#elif CASE == 11 /* no matching */
  moved.apply(xf, xf);
#elif CASE == 12 /* no matching */
  moved.apply(xf, std::vector<float>(1));
#elif CASE == 13 /* no matching */
  moved.apply(1, 1.0F, xf, 2, 0.0F, yd, 1);
#elif CASE == 14 /* kron_eye::csr: indptr and indices must hold the same integers */
  kron_eye::csr(2, wide, indices, values);
#elif CASE == 15 /* sparse x must be float or double */
  kron_eye::make_plan<std::uint8_t>(shape, wf).apply(kron_eye::csr(2, indptr, indices, values), yf);
#endif
}
