// test_cpp.cpp - kron_eye.hpp: the results of the C functions, any contiguous container, errors
// that carry the status and leave y untouched, plans that can be moved. Built as C++17 and as
// C++20.
#include <kron_eye.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <string>
#include <type_traits>
#include <vector>

static std::size_t cases = 0;

// Stops the test: continuing would be pointless.
#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                 \
      std::exit(EXIT_FAILURE);                                                                     \
    }                                                                                              \
    ++cases;                                                                                       \
  } while (false)

// Runs `call`, which must throw kron_eye::error with this status and this text in its message.
template <class F> static void check_throws(int status, const std::string &words, F call) {
  try {
    call();
  } catch (const kron_eye::error &e) {
    if (e.status() != status || std::string(e.what()).find(words) == std::string::npos)
      std::fprintf(stderr, "thrown: %d, '%s'\n", e.status(), e.what());
    CHECK(e.status() == status);
    CHECK(std::string(e.what()).find(words) != std::string::npos);
    return;
  }
  const bool thrown = false;
  CHECK(thrown);
}

template <class T> static std::vector<T> count_up(std::size_t size, T first) {
  std::vector<T> result(size);
  std::iota(result.begin(), result.end(), first);
  return result;
}

// k = 3 blocks, W = 3 x 2, one row 1..6, computed by hand.
template <class W> static const std::vector<W> by_hand{5, 11, 17, 11, 25, 39, 17, 39, 61};

template <class T> static void one_call() {
  const auto w = count_up<T>(6, 1), x = count_up<T>(6, 1);
  std::vector<T> y(9);
  kron_eye::matvec(3, 3, 2, w, x, y);
  CHECK(y == by_hand<T>);
  std::vector<T> x2 = x, y2(18);
  x2.insert(x2.end(), x.begin(), x.end());
  kron_eye::matvec_batch(2, 3, 3, 2, w, x2, y2);
  CHECK(std::equal(y.begin(), y.end(), y2.begin()));
  CHECK(std::equal(y.begin(), y.end(), y2.begin() + 9));
}

// Arrays of any kind: vectors, std::array, plain arrays, spans, const or not.
static void every_container() {
  const std::array<float, 6> w{1, 2, 3, 4, 5, 6};
  float x[6] = {1, 2, 3, 4, 5, 6};
  std::array<float, 9> y{};
  kron_eye::matvec(3, 3, 2, w, x, y);
  CHECK(std::equal(y.begin(), y.end(), by_hand<float>.begin()));
  const kron_eye::span<float> view(y.data(), y.size());
  const kron_eye::span<const float> input = x;
  std::fill(view.begin(), view.end(), 0.0F);
  kron_eye::matvec(3, 3, 2, kron_eye::span<const float>(w.data(), 6), input, view);
  CHECK(view[8] == 61.0F && view.size() == 9 && !view.empty());
  const kron_eye::plan p(kron_eye::shape(3, 3, 2), w);
  float z[9] = {};
  p.apply(x, z);
  CHECK(std::equal(z, z + 9, by_hand<float>.begin()));
  CHECK(kron_eye::span<float>().empty() && kron_eye::span<float>().data() == nullptr);
  static_assert(!std::is_constructible_v<kron_eye::span<float>, const std::vector<float> &>);
  static_assert(!std::is_constructible_v<kron_eye::span<float>, std::vector<double> &>);
  static_assert(std::is_convertible_v<kron_eye::span<float>, kron_eye::span<const float>>);
}

template <class X, class W> static void plan_of() {
  const auto w = count_up<W>(6, 1);
  const auto x = count_up<X>(12, 1); // two rows; the first is the one computed by hand
  const auto p = kron_eye::make_plan<X>(kron_eye::shape(3, 3, 2), w);
  static_assert(std::is_same_v<std::decay_t<decltype(p)>, kron_eye::plan<X, W>>);
  static_assert(std::is_same_v<typename kron_eye::plan<X, W>::y_type, W>);
  CHECK(p.x_row() == 6 && p.y_row() == 9 && p.get() != nullptr);
  std::vector<W> y(18, std::numeric_limits<W>::quiet_NaN());
  p.apply(x, y);
  CHECK(std::equal(by_hand<W>.begin(), by_hand<W>.end(), y.begin()));
  CHECK(y[17] == 11 * 5 + 12 * 6);
  p.apply(x, y, 2, 1); // 2 W x + y: three times as much
  CHECK(y[0] == 15 && y[17] == 3 * (11 * 5 + 12 * 6));
  p.apply(x, y, 0, -1);
  CHECK(y[0] == -15);

  // Rows with strides: x every 7 elements, y every 10, W every 3. The gaps stay unchanged.
  std::vector<X> wide_x(13);
  std::copy_n(x.begin(), 6, wide_x.begin());
  std::copy_n(x.begin() + 6, 6, wide_x.begin() + 7);
  std::vector<W> wide_y(19, W{-1});
  const std::vector<W> wide_w{1, 2, 0, 3, 4, 0, 5, 6};
  const kron_eye::plan<X, W> q(kron_eye::shape(3, 3, 2), wide_w, 3, kron_eye::options());
  q.apply(2, 1, wide_x, 7, 0, wide_y, 10);
  CHECK(std::equal(by_hand<W>.begin(), by_hand<W>.end(), wide_y.begin()));
  CHECK(wide_y[9] == -1 && wide_y[18] == 11 * 5 + 12 * 6);

  const std::string text = q.describe();
  CHECK(!text.empty() && text.find('\0') == std::string::npos &&
        text.find('\n') == std::string::npos);
  check_throws(-4, "x holds 11 elements, not 12",
               [&] { p.apply(kron_eye::span<const X>(x.data(), 11), y); });
  check_throws(-7, "y holds 17 elements, not 9",
               [&] { p.apply(x, kron_eye::span<W>(y.data(), 17)); });
  check_throws(-4, "x holds 13 elements, not 14", [&] { q.apply(2, 1, wide_x, 8, 0, wide_y, 10); });
  check_throws(-7, "y holds 19 elements, not 20", [&] { q.apply(2, 1, wide_x, 7, 0, wide_y, 11); });
  check_throws(-8, "argument 8 is bad", [&] { q.apply(2, 1, wide_x, 7, 0, wide_y, 8); });
  CHECK(wide_y[9] == -1 && wide_y[18] == 11 * 5 + 12 * 6);
}

// W^T (x) I_2 with W stored 3 x 2 as 1..6, on one row; computed by hand.
template <class T> static const std::vector<T> row{1, 2, 3, 4, 5, 7};
template <class T> static const std::vector<T> transposed_by_hand{35, 49, 44, 62};

static kron_eye::shape transposed() {
  return kron_eye::shape(1, 2, 3, 2).set_transpose();
}

template <class X, class W> static void whole_operator() {
  const auto w = count_up<W>(6, 1);
  const std::vector<X> x = row<X>;
  auto p = kron_eye::make_plan<X>(transposed(), w);
  CHECK(p.x_row() == 6 && p.y_row() == 4);
  std::vector<W> y(4, std::numeric_limits<W>::quiet_NaN());
  p.apply(x, y);
  CHECK(y == transposed_by_hand<W>);

  // A bias and an activation, in the compact call and with strides.
  const std::vector<W> bias{-40, 1};
  kron_eye::epilogue<W> epilogue;
  p.apply_fused(x, y, epilogue);
  CHECK(y == transposed_by_hand<W>);
  p.apply_fused(x, y, epilogue.set_bias(bias));
  CHECK((y == std::vector<W>{-5, 9, 45, 63}));
  p.apply_fused(x, y, epilogue.set_relu(), 1, 0);
  CHECK((y == std::vector<W>{0, 9, 45, 63}));
  std::vector<W> wide(11, -1);
  p.apply_fused(2, 2, x, 0, 0, wide, 7, epilogue.set_clamp(31, 99)); // one row of x for both
  CHECK((wide == std::vector<W>{31, 58, 89, 99, -1, -1, -1, 31, 58, 89, 99}));
  check_throws(-9, "bias holds 1 elements, not 2", [&] {
    p.apply_fused(x, y, kron_eye::epilogue<W>().set_bias(kron_eye::span<const W>(bias.data(), 1)));
  });
  check_throws(-9, "bias holds 0 elements, not 2", [&] {
    p.apply_fused(1, 1, x, 6, 0, y, 4, kron_eye::epilogue<W>().set_bias(kron_eye::span<const W>()));
  });
  check_throws(-9, "argument 9 is bad",
               [&] { p.apply_fused(x, y, kron_eye::epilogue<W>().set_clamp(2, 1)); });
  check_throws(-4, "x holds 5 elements, not 6", [&] {
    p.apply_fused(kron_eye::span<const X>(x.data(), 5), y, kron_eye::epilogue<W>());
  });
  check_throws(-7, "y holds 4 elements, not 5",
               [&] { p.apply_fused(2, 1, x, 0, 0, y, 1, kron_eye::epilogue<W>()); });
  CHECK((y == std::vector<W>{0, 9, 45, 63}));

  // A new W, without and with gaps.
  p.update(std::vector<W>{2, 4, 6, 8, 10, 12});
  p.apply(x, y, 1, 0);
  CHECK((y == std::vector<W>{70, 98, 88, 124}));
  p.update(std::vector<W>{1, 2, 0, 3, 4, 0, 5, 6}, 3);
  p.apply(x, y);
  CHECK(y == transposed_by_hand<W>);
  check_throws(-2, "plan::update: w holds 5 elements, not 6", [&] {
    p.update(std::vector<W>{1, 2, 3, 4, 5});
  });
  check_throws(-2, "w holds 7 elements, not 6", [&] { p.update(std::vector<W>(7)); });
  check_throws(-2, "w holds 6 elements, not 8", [&] { p.update(w, 3); });
  check_throws(-3, "argument 3 is bad", [&] { p.update(std::vector<W>(6), 1); });
  p.apply(x, y);
  CHECK(y == transposed_by_hand<W>);
}

template <class T> static void products() {
  const auto w = count_up<T>(6, 1);
  std::vector<T> y(4, 1);
  kron_eye::product(transposed(), w, row<T>, y);
  CHECK(y == transposed_by_hand<T>);
  kron_eye::product(transposed(), w, row<T>, y, 2, -1);
  CHECK(y == transposed_by_hand<T>);
  std::vector<T> wide(10, -1);
  kron_eye::product(transposed(), std::vector<T>{1, 2, 0, 3, 4, 0, 5, 6}, 3, 2, 1, row<T>, 0, 0,
                    wide, 6);
  CHECK(std::equal(y.begin(), y.end(), wide.begin()) && wide[4] == -1 && wide[5] == -1);
  CHECK(std::equal(y.begin(), y.end(), wide.begin() + 6));
  check_throws(-2, "kron_eye::product: w holds 6 elements, not 8",
               [&] { kron_eye::product(transposed(), w, 3, 1, 1, row<T>, 6, 0, y, 4); });
  check_throws(-2, "w holds 6 elements, not 9",
               [&] { kron_eye::product(kron_eye::shape(1, 3, 3), w, row<T>, y); });
  check_throws(-6, "x holds 6 elements, not 13",
               [&] { kron_eye::product(transposed(), w, 2, 2, 1, row<T>, 7, 0, wide, 6); });
  check_throws(-6, "x holds 4 elements, not 6",
               [&] { kron_eye::product(transposed(), w, std::vector<T>(4), y); });
  check_throws(-9, "y holds 4 elements, not 8",
               [&] { kron_eye::product(transposed(), w, 2, 2, 1, row<T>, 0, 0, y, 4); });
  check_throws(-9, "y holds 10 elements, not 8",
               [&] { kron_eye::product(transposed(), w, row<T>, wide); });
  check_throws(-10, "argument 10 is bad",
               [&] { kron_eye::product(transposed(), w, 2, 2, 1, row<T>, 0, 0, wide, 3); });
  CHECK(y == transposed_by_hand<T>);
}

// A (x) I_2 (x) B on one row, A = [1 2 3] and B = [1; -1], compared with products by hand.
template <class T> static void chains() {
  const std::vector<T> a{1, 2, 3}, b{1, -1}, x{1, 2, 3, 4, 5, 7}; // x is 3 x 2
  const std::vector<T> by_hand_too{22, -22, 31, -31};             // 1+6+15, 2+8+21
  std::vector<T> y(4, std::numeric_limits<T>::quiet_NaN());
  const kron_eye::chain c{kron_eye::factor(1, 3, a), kron_eye::factor<T>::identity(2),
                          kron_eye::factor(2, 1, b)};
  static_assert(std::is_same_v<decltype(c), const kron_eye::chain<T>>);
  static_assert(!std::is_copy_constructible_v<kron_eye::chain<T>>);
  CHECK(c.x_row() == 6 && c.y_row() == 4 && c.get() != nullptr && !c.describe().empty());
  c.apply(x, y);
  CHECK(y == by_hand_too);
  std::vector<std::byte> workspace(c.workspace());
  c.apply(x, y, 2, -1, workspace);
  CHECK(y == by_hand_too);
  std::vector<T> wide(9, -1);
  c.apply(2, 1, x, 0, 0, wide, 5, workspace);
  CHECK(std::equal(y.begin(), y.end(), wide.begin()) && wide[4] == -1);
  CHECK(std::equal(y.begin(), y.end(), wide.begin() + 5));

  // The transposed chain, from the same matrices, and one stored with gaps.
  std::vector<kron_eye::factor<T>> factors{
      kron_eye::factor(1, 3, KRON_EYE_TRANSPOSE, std::vector<T>{1, 0, 2, 0, 3}, 2).adjoint()};
  CHECK(factors[0].m == 3 && factors[0].n == 1 && factors[0].op == KRON_EYE_NO_TRANSPOSE);
  const std::vector<T> gaps{1, 0, 2, 0, 3};
  factors = {kron_eye::factor(3, 1, KRON_EYE_NO_TRANSPOSE, gaps, 2)};
  kron_eye::chain t(factors, kron_eye::options().set_threads(1));
  std::vector<T> z(3);
  t.apply(std::vector<T>{5}, z);
  CHECK((z == std::vector<T>{5, 10, 15}));
  kron_eye::chain<T> moved = std::move(t);
  moved.apply(std::vector<T>{5}, z, 1, 1);
  CHECK((z == std::vector<T>{10, 20, 30}) && t.get() == nullptr && t.workspace() == 0);
  check_throws(-1, "kron_eye::chain::apply: argument 1", [&] { t.apply(std::vector<T>{5}, z); });
  check_throws(-4, "x holds 5 elements, not 6",
               [&] { c.apply(kron_eye::span<const T>(x.data(), 5), y); });
  check_throws(-7, "y holds 4 elements, not 5", [&] { c.apply(2, 1, x, 0, 0, y, 1); });
  check_throws(-4, "kron_eye::factor: w holds 3 elements, not 6",
               [&] { kron_eye::factor(2, 3, a); });
  check_throws(-4, "w holds 3 elements, not 5",
               [&] { kron_eye::factor(1, 3, KRON_EYE_TRANSPOSE, a, 2); });
  CHECK(y == by_hand_too);
  const kron_eye::chain<T> none(std::initializer_list<kron_eye::factor<T>>{});
  none.apply(std::vector<T>{3}, kron_eye::span<T>(z.data(), 1));
  CHECK(z[0] == 3);
}

// Shapes and options; a W and a bias for each block.
static void setters() {
  const kron_eye::shape shape = kron_eye::shape(2, 3, 4, 5).set_transpose().set_stridew(20);
  const kron_eye_shape adjoint = shape.adjoint();
  CHECK(shape.left == 2 && shape.m == 3 && shape.n == 4 && shape.right == 5);
  CHECK(shape.size == sizeof shape && shape.op == KRON_EYE_TRANSPOSE && shape.stridew == 20);
  CHECK(adjoint.left == 2 && adjoint.m == 4 && adjoint.n == 3 && adjoint.right == 5);
  CHECK(adjoint.op == KRON_EYE_NO_TRANSPOSE && adjoint.stridew == 20);
  CHECK(kron_eye::shape(shape).set_transpose(false).op == KRON_EYE_NO_TRANSPOSE);
  auto broken = shape;
  broken.op = 2;
  check_throws(-1, "kron_eye::shape::adjoint", [&] { broken.adjoint(); });
  const kron_eye::options options = kron_eye::options()
                                        .set_threads(1)
                                        .set_zeros(KRON_EYE_ZEROS_SKIP)
                                        .set_route(KRON_EYE_ROUTE_KERNEL);
  CHECK(options.threads == 1 && options.zeros == KRON_EYE_ZEROS_SKIP);
  CHECK(options.route == KRON_EYE_ROUTE_KERNEL && options.size == sizeof(kron_eye_options));

  const auto two = kron_eye::shape(2, 1, 2).set_stridew(3);
  const std::vector<double> w{1, 2, -9, 3, 4}, x{5, 1, 1, 2}, bias{100, -9, -9, 200};
  std::vector<double> y(2);
  const kron_eye::plan p(two, w, options);
  p.apply_fused(x, y, kron_eye::epilogue<double>().set_bias(bias, 3));
  CHECK((y == std::vector<double>{107, 211}));
  check_throws(-9, "bias holds 3 elements, not 4", [&] {
    p.apply_fused(x, y, kron_eye::epilogue<double>().set_bias({bias.data(), 3}, 3));
  });
  check_throws(-3, "w holds 4 elements, not 5",
               [&] { kron_eye::plan(two, std::vector<double>(4)); });
  check_throws(-3, "w holds 6 elements, not 5",
               [&] { kron_eye::plan(two, std::vector<double>(6)); });
  const kron_eye::plan single(kron_eye::shape(1, 1, 2).set_stridew(3), std::vector<double>{1, 2});
  single.apply_fused(std::vector<double>{5, 1}, kron_eye::span<double>(y.data(), 1),
                     kron_eye::epilogue<double>().set_bias({bias.data(), 1}, 3));
  CHECK(y[0] == 107);
}

template <class X, class W, class I> static void sparse() {
  const auto p = kron_eye::make_plan<X>(kron_eye::shape(2, 3, 2), count_up<W>(6, 1));
  const std::vector<X> dense{0, 7, 0, 0, 1, 2, 3, 0}; // two rows of two blocks
  const std::array<I, 3> indptr{0, 1, 4};
  const std::vector<I> indices{1, 0, 1, 2};
  const std::vector<X> values{7, 1, 2, 3};
  std::vector<W> y(12, -1), expected(12);
  p.apply(dense, expected);
  p.apply(kron_eye::csr(4, indptr, indices, values), y);
  CHECK(y == expected);
  p.apply(kron_eye::csr(4, indptr, indices, values), y, 2, -1);
  CHECK(y == expected);
  check_throws(-6, "y holds 7 elements, not 6", [&] {
    p.apply(kron_eye::csr(4, indptr, indices, values), kron_eye::span<W>(y.data(), 7));
  });
  check_throws(-4, "at position 3", [&] { // an index outside
    p.apply(kron_eye::csr(4, indptr, std::vector<I>{1, 0, 1, 4}, values), y);
  });
  check_throws(-4, "argument 4 is bad", [&] { // a matrix of another shape
    p.apply(kron_eye::csr(5, indptr, indices, values), y);
  });
  check_throws(-4, "values holds 3 elements, not 4", [&] {
    kron_eye::csr(4, indptr, indices, std::vector<X>{1, 2, 3});
  });
  check_throws(-2, "indptr holds 0 elements, not 1",
               [&] { kron_eye::csr(4, std::vector<I>(), std::vector<I>(), std::vector<X>()); });
  CHECK(y == expected);
}

static void deduced_types() {
  const std::vector<double> w{1, 2};
  const double plain[2] = {1, 2};
  const kron_eye::plan p(kron_eye::shape(1, 1, 2), w);
  const kron_eye::plan q(kron_eye::shape(1, 1, 2), plain, 2, kron_eye::options());
  static_assert(std::is_same_v<decltype(p), const kron_eye::plan<double, double>>);
  static_assert(std::is_same_v<decltype(q), const kron_eye::plan<double>>);
  kron_eye_options options = kron_eye::options();
  options.route = KRON_EYE_ROUTE_KERNEL;
  options.threads = 1;
  const auto r = kron_eye::make_plan<float>(kron_eye::shape(1, 1, 2), w, options);
  std::vector<double> y(1);
  r.apply(std::vector<float>{3, 4}, y);
  CHECK(y[0] == 11);
}

static void plans_move() {
  using plan = kron_eye::plan<float>;
  static_assert(!std::is_copy_constructible_v<plan> && !std::is_copy_assignable_v<plan>);
  static_assert(std::is_nothrow_move_constructible_v<plan>);
  static_assert(std::is_nothrow_move_assignable_v<plan>);
  static_assert(std::is_base_of_v<std::runtime_error, kron_eye::error>);
  const std::vector<float> w{1, 2}, twice{2, 4}, x{3, 4};
  std::vector<float> y(1);
  plan first(kron_eye::shape(1, 1, 2), w);
  plan second = std::move(first);
  second.apply(x, y);
  CHECK(y[0] == 11);
  CHECK(first.get() == nullptr && first.describe().empty());
  check_throws(-1, "argument 1 is bad", [&] { first.apply(x, y); });
  first = plan(kron_eye::shape(1, 1, 2), twice); // and becomes usable again
  first.apply(x, y);
  CHECK(y[0] == 22);
  second = std::move(first); // the old plan of `second` is freed
  second.apply(x, y);
  CHECK(y[0] == 22);
}

static void errors() {
  const std::vector<float> w{1, 2}, x{3, 4}, empty;
  std::vector<float> y{-1};
  const auto shape = kron_eye::shape(1, 1, 2);
  check_throws(-4, "kron_eye_matvec: w holds 2 elements, not 3",
               [&] { kron_eye::matvec(1, 1, 3, w, x, y); });
  check_throws(-5, "x holds 2 elements, not 4", [&] { kron_eye::matvec(2, 1, 2, w, x, y); });
  check_throws(-6, "y holds 0 elements, not 1",
               [&] { kron_eye::matvec(1, 1, 2, w, x, kron_eye::span<float>()); });
  check_throws(-5, "w holds 0 elements", [&] { kron_eye::matvec_batch(1, 1, 1, 2, empty, x, y); });
  check_throws(-6, "x holds", [&] { kron_eye::matvec_batch(2, 1, 1, 2, w, x, y); });
  check_throws(-7, "y holds", [&] {
    kron_eye::matvec_batch(1, 1, 1, 2, w, x, kron_eye::span<float>(y.data(), 0));
  });
  check_throws(-3, "kron_eye::plan: w holds 2 elements, not 4",
               [&] { kron_eye::plan(kron_eye::shape(1, 2, 2), w); });
  check_throws(-3, "w holds 2 elements, not 1",
               [&] { kron_eye::plan(kron_eye::shape(1, 1, 1), w); });
  check_throws(-4, "argument 4 is bad", [&] { // rows of W closer together than their length
    kron_eye::plan(kron_eye::shape(1, 2, 2), std::vector<float>(4), 1);
  });
  auto broken = shape;
  broken.reserved = 1;
  check_throws(-2, "argument 2 is bad", [&] { kron_eye::plan(broken, w); });
  // Products that do not fit are as wrong as others, whatever they wrap to.
  const std::size_t half = std::size_t{1} << (std::numeric_limits<std::size_t>::digits - 1);
  check_throws(-1, "argument 1 is bad",
               [&] { kron_eye::matvec(half, 0, 2, empty, empty, kron_eye::span<float>()); });
  check_throws(-2, "argument 2 is bad", [&] { kron_eye::plan(kron_eye::shape(half, 2, 1), w); });
  const kron_eye::plan p(shape, w);
  check_throws(-4, "x holds 2 elements", [&] { p.apply(3, 1, x, half, 0, y, 1); });
  CHECK(y[0] == -1);
}

// Empty products succeed.
static void empty_arrays() {
  const std::vector<float> none;
  std::vector<float> y, zeros(3, 7);
  kron_eye::matvec(0, 3, 2, std::vector<float>(6), none, y);
  kron_eye::matvec(3, 1, 0, none, none, zeros);
  CHECK(zeros == std::vector<float>(3));
  const kron_eye::plan p(kron_eye::shape(3, 3, 2), std::vector<float>(6));
  p.apply(none, y);
  const kron_eye::plan no_outputs(kron_eye::shape(3, 0, 2), none);
  no_outputs.apply(std::vector<float>(6), y);
  check_throws(-7, "y holds 3 elements, not 0", [&] { no_outputs.apply(none, zeros); });
  const kron_eye::plan no_inputs(kron_eye::shape(3, 1, 0), none);
  zeros.assign(3, 7);
  no_inputs.apply(none, zeros, 1, 2);
  CHECK(zeros == std::vector<float>(3, 14));
}

int main() {
  one_call<float>();
  one_call<double>();
  every_container();
  plan_of<float, float>();
  plan_of<double, double>();
  plan_of<float, double>();
  plan_of<std::uint8_t, float>();
  sparse<float, float, std::int32_t>();
  sparse<double, double, std::int64_t>();
  sparse<float, double, std::int32_t>();
  whole_operator<float, float>();
  whole_operator<double, double>();
  whole_operator<float, double>();
  whole_operator<std::uint8_t, float>();
  products<float>();
  products<double>();
  chains<float>();
  chains<double>();
  setters();
  deduced_types();
  plans_move();
  errors();
  empty_arrays();
#ifdef __cpp_lib_span
  const char *const span = "std::span";
#else
  const char *const span = "its own span";
#endif
  std::printf("# %zu checks with %s\n", cases, span);
  return cases == 124 + 3 * 13 + 4 * 28 + 2 * 19 + 2 * 20 + 17 ? EXIT_SUCCESS : EXIT_FAILURE;
}
