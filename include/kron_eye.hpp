/**
 * @file
 * kron_eye.hpp - kron_eye.h for C++17 and later: plans that free themselves, arrays that know
 * their sizes, exceptions. Header-only; what is computed is written in kron_eye.h.
 *
 *     std::vector<float> w(m * n), x(batch * k * n), y(batch * k * m);
 *
 *     kron_eye::matvec_batch(batch, k, m, n, w, x, y);          // one call
 *
 *     const kron_eye::plan p(kron_eye::shape(k, m, n), w);      // a plan<float, float>
 *     p.apply(x, y);                                            // as many rows as x and y hold
 *
 *     auto q = kron_eye::make_plan<std::uint8_t>(kron_eye::shape(k, m, n), w);
 *     q.apply(pixels, y, 1 / 255.F);                            // a plan<std::uint8_t, float>
 *
 *     p.apply(kron_eye::csr(k * n, indptr, indices, values), y); // sparse x
 *
 * An array is anything contiguous: std::vector, std::array, a plain array, a span. Its size is
 * checked before the C function is called, so no call reads or writes outside its arrays. What
 * remains is that C call: nothing is copied or allocated around it.
 */
#ifndef KRON_EYE_HPP
#define KRON_EYE_HPP

#if __cplusplus < 201703L
#error "kron_eye.hpp needs C++17; kron_eye.h does not"
#endif

#include "kron_eye.h"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#if __cplusplus >= 202002L && __has_include(<span>)
#include <span>
#endif

/* Keeps what throws away from the code that calls. */
#ifdef __GNUC__
#define KRON_EYE_COLD_ __attribute__((cold, noinline))
#else
#define KRON_EYE_COLD_
#endif

namespace kron_eye {

/* ------------------------------------------------------------------ errors */

/** Thrown for every status but 0, and for an array of the wrong size. */
class error : public std::runtime_error {
public:
  /** Function, cause and status. */
  error(const std::string &what, int status) : std::runtime_error(what), status_(status) {}

  /** The C function's status. For a wrong size: minus that array's position in the C function. */
  int status() const noexcept { return status_; }

private:
  int status_;
};

namespace detail {

[[noreturn]] KRON_EYE_COLD_ inline void fail(const char *function, int status) {
  throw error(std::string(function) + ": " + kron_eye_status_text(status), status);
}

[[noreturn]] KRON_EYE_COLD_ inline void fail_size(const char *function, int argument,
                                                  const char *name, std::size_t has,
                                                  std::size_t needs) {
  throw error(std::string(function) + ": " + name + " holds " + std::to_string(has) +
                  " elements, not " + std::to_string(needs),
              -argument);
}

/* Says what is wrong with the matrix, where it is the matrix. */
[[noreturn]] KRON_EYE_COLD_ inline void fail_csr(const char *function, const kron_eye_csr &x,
                                                 int status) {
  kron_eye_csr_fault fault{};
  if (status != -4 || kron_eye_csr_check(&x, &fault) == 0) fail(function, status);
  throw error(std::string(function) + ": x: " + kron_eye_csr_fault_text(fault.kind) +
                  ", at position " + std::to_string(fault.position),
              status);
}

inline void check(const char *function, int status) {
  if (status != KRON_EYE_OK) fail(function, status);
}

/* `needs` may be a product that does not fit: then the C function finds that out, if not this. */
inline void check_size(const char *function, int argument, const char *name, std::size_t has,
                       std::size_t needs) {
  if (has != needs) fail_size(function, argument, name, has, needs);
}

} // namespace detail

/* ------------------------------------------------------------------ shapes and options */

/** I_left (x) W with W m x n. */
inline kron_eye_shape shape(std::size_t left, std::size_t m, std::size_t n) {
  kron_eye_shape result = KRON_EYE_SHAPE_INIT;
  result.left = left;
  result.m = m;
  result.n = n;
  return result;
}

/** The default options; set fields of the result to change them. */
inline kron_eye_options options() {
  return KRON_EYE_OPTIONS_INIT;
}

/* ------------------------------------------------------------------ the C functions by type */

namespace detail {

/* The C functions for x of X, and W and y of W. */
template <class X, class W> struct functions { static constexpr bool exist = false; };

template <> struct functions<float, float> {
  static constexpr bool exist = true;
  static constexpr auto create = kron_eye_plan_create_f32;
  static constexpr auto apply = kron_eye_apply_f32;
  static constexpr bool sparse = true;
  static constexpr auto apply_csr = kron_eye_apply_csr_f32;
};

template <> struct functions<double, double> {
  static constexpr bool exist = true;
  static constexpr auto create = kron_eye_plan_create_f64;
  static constexpr auto apply = kron_eye_apply_f64;
  static constexpr bool sparse = true;
  static constexpr auto apply_csr = kron_eye_apply_csr_f64;
};

template <> struct functions<float, double> {
  static constexpr bool exist = true;
  static constexpr auto create = kron_eye_plan_create_f32_f64;
  static constexpr auto apply = kron_eye_apply_f32_f64;
  static constexpr bool sparse = true;
  static constexpr auto apply_csr = kron_eye_apply_csr_f32_f64;
};

template <> struct functions<std::uint8_t, float> {
  static constexpr bool exist = true;
  static constexpr auto create = kron_eye_plan_create_u8_f32;
  static constexpr auto apply = kron_eye_apply_u8_f32;
  static constexpr bool sparse = false;
};

struct destroy {
  void operator()(kron_eye_plan *plan) const noexcept { kron_eye_plan_destroy(plan); }
};

template <class T> struct csr_type; /* the code of what a matrix's arrays hold */
template <> struct csr_type<std::int32_t> : std::integral_constant<int, KRON_EYE_INDEX_INT32> {};
template <> struct csr_type<std::int64_t> : std::integral_constant<int, KRON_EYE_INDEX_INT64> {};
template <> struct csr_type<float> : std::integral_constant<int, KRON_EYE_VALUE_FLOAT> {};
template <> struct csr_type<double> : std::integral_constant<int, KRON_EYE_VALUE_DOUBLE> {};

/* Elements from the first of `rows` rows to the end of the last one; the largest number if that
 * does not fit. */
constexpr std::size_t extent(std::size_t rows, std::size_t stride, std::size_t row) {
  if (rows == 0 || row == 0) return 0;
  const std::size_t most = std::numeric_limits<std::size_t>::max();
  if (stride != 0 && rows - 1 > (most - row) / stride) return most;
  return (rows - 1) * stride + row;
}

template <class C>
using element = std::remove_cv_t<std::remove_pointer_t<decltype(std::data(std::declval<C &>()))>>;

} // namespace detail

/* ------------------------------------------------------------------ arrays */

/* What has to do with spans is not the same in C++17 and in C++20, yet such files may be linked
 * together: so it has two names, of which the user sees none. */
#ifdef __cpp_lib_span
inline namespace with_std_span {

/** A view of contiguous elements that somebody else owns. */
template <class T> using span = std::span<T>;

#else
inline namespace with_own_span {

/** A view of contiguous elements that somebody else owns; std::span where there is one. */
template <class T> class span {
  template <class C> using data_of = std::remove_pointer_t<decltype(std::data(std::declval<C>()))>;
  template <class C>
  using views = std::enable_if_t<std::is_convertible_v<data_of<C> (*)[], T (*)[]>>;

public:
  using element_type = T;
  using value_type = std::remove_cv_t<T>;

  constexpr span() noexcept = default;
  constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
  template <class C, class = views<C &>>
  constexpr span(C &container) : data_(std::data(container)), size_(std::size(container)) {}
  template <class C, class = views<const C &>>
  constexpr span(const C &container) : data_(std::data(container)), size_(std::size(container)) {}

  constexpr T *data() const noexcept { return data_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr T *begin() const noexcept { return data_; }
  constexpr T *end() const noexcept { return data_ + size_; }
  constexpr T &operator[](std::size_t i) const { return data_[i]; }

private:
  T *data_ = nullptr;
  std::size_t size_ = 0;
};

#endif

/* ------------------------------------------------------------------ 1. one call */

/** kron_eye_matvec(): w holds m*n elements, x k*n, y k*m. */
inline void matvec(std::size_t k, std::size_t m, std::size_t n, span<const float> w,
                   span<const float> x, span<float> y) {
  detail::check_size("kron_eye_matvec", 4, "w", w.size(), m * n);
  detail::check_size("kron_eye_matvec", 5, "x", x.size(), k * n);
  detail::check_size("kron_eye_matvec", 6, "y", y.size(), k * m);
  detail::check("kron_eye_matvec", kron_eye_matvec(k, m, n, w.data(), x.data(), y.data()));
}

/** kron_eye_matvec_f64(). */
inline void matvec(std::size_t k, std::size_t m, std::size_t n, span<const double> w,
                   span<const double> x, span<double> y) {
  detail::check_size("kron_eye_matvec_f64", 4, "w", w.size(), m * n);
  detail::check_size("kron_eye_matvec_f64", 5, "x", x.size(), k * n);
  detail::check_size("kron_eye_matvec_f64", 6, "y", y.size(), k * m);
  detail::check("kron_eye_matvec_f64", kron_eye_matvec_f64(k, m, n, w.data(), x.data(), y.data()));
}

/** kron_eye_matvec_batch(): w holds m*n elements, x batch*k*n, y batch*k*m. */
inline void matvec_batch(std::size_t batch, std::size_t k, std::size_t m, std::size_t n,
                         span<const float> w, span<const float> x, span<float> y) {
  detail::check_size("kron_eye_matvec_batch", 5, "w", w.size(), m * n);
  detail::check_size("kron_eye_matvec_batch", 6, "x", x.size(), batch * k * n);
  detail::check_size("kron_eye_matvec_batch", 7, "y", y.size(), batch * k * m);
  detail::check("kron_eye_matvec_batch",
                kron_eye_matvec_batch(batch, k, m, n, w.data(), x.data(), y.data()));
}

/** kron_eye_matvec_batch_f64(). */
inline void matvec_batch(std::size_t batch, std::size_t k, std::size_t m, std::size_t n,
                         span<const double> w, span<const double> x, span<double> y) {
  detail::check_size("kron_eye_matvec_batch_f64", 5, "w", w.size(), m * n);
  detail::check_size("kron_eye_matvec_batch_f64", 6, "x", x.size(), batch * k * n);
  detail::check_size("kron_eye_matvec_batch_f64", 7, "y", y.size(), batch * k * m);
  detail::check("kron_eye_matvec_batch_f64",
                kron_eye_matvec_batch_f64(batch, k, m, n, w.data(), x.data(), y.data()));
}

/* ------------------------------------------------------------------ 2. a plan */

/**
 * A kron_eye_plan for x of X, and W and y of W. Moves, does not copy; any number of threads may
 * apply one at once. A plan that was moved from throws when it is applied.
 */
template <class X, class W = X> class plan {
  using functions = detail::functions<X, W>;
  static_assert(functions::exist,
                "kron_eye::plan<X, W>: x and W must be float and float, double and double, "
                "float and double, or std::uint8_t and float");

public:
  using x_type = X; /**< element of x */
  using w_type = W; /**< element of W */
  using y_type = W; /**< element of y */

  /** W without gaps between its rows: m*n elements. */
  plan(const kron_eye_shape &shape, span<const W> w,
       const kron_eye_options &options = KRON_EYE_OPTIONS_INIT)
      : plan(shape, w, shape.n, options) {
    /* A larger w is a mistake here, though not for the C function. */
    detail::check_size("kron_eye::plan", 3, "w", w.size(), shape.m * shape.n);
  }

  /** A row of W every ldw elements: at least (m-1)*ldw + n of them. */
  plan(const kron_eye_shape &shape, span<const W> w, std::size_t ldw,
       const kron_eye_options &options = KRON_EYE_OPTIONS_INIT) {
    const std::size_t needs = detail::extent(shape.m, ldw, shape.n);
    if (w.size() < needs) detail::fail_size("kron_eye::plan", 3, "w", w.size(), needs);
    kron_eye_plan *made = nullptr;
    detail::check("kron_eye::plan", functions::create(&made, &shape, w.data(), ldw, &options));
    plan_.reset(made);
    x_row_ = shape.left * shape.n * shape.right; /* these fit: the C function has checked */
    y_row_ = shape.left * shape.m * shape.right;
  }

  /* `inline` says nothing new here, but clang asks for it before it does so. */

  /** y = alpha * (I_left (x) W) * x + beta * y on as many whole rows as x and y hold. */
  inline void apply(span<const X> x, span<W> y, W alpha = 1, W beta = 0) const {
    if (y_row_ == 0 && y.empty()) return; /* no outputs */
    const std::size_t batch = y_row_ == 0 ? 0 : y.size() / y_row_;
    detail::check_size("kron_eye::plan::apply", 7, "y", y.size(), batch * y_row_);
    detail::check_size("kron_eye::plan::apply", 4, "x", x.size(), batch * x_row_);
    detail::check("kron_eye::plan::apply",
                  functions::apply(get(), batch, alpha, x.data(), x_row_, beta, y.data(), y_row_));
  }

  /** The same on `batch` rows, one every ldx elements of x and every ldy elements of y. */
  inline void apply(std::size_t batch, W alpha, span<const X> x, std::size_t ldx, W beta, span<W> y,
                    std::size_t ldy) const {
    const std::size_t x_needs = detail::extent(batch, ldx, x_row_);
    const std::size_t y_needs = detail::extent(batch, ldy, y_row_);
    if (x.size() < x_needs) detail::fail_size("kron_eye::plan::apply", 4, "x", x.size(), x_needs);
    if (y.size() < y_needs) detail::fail_size("kron_eye::plan::apply", 7, "y", y.size(), y_needs);
    detail::check("kron_eye::plan::apply",
                  functions::apply(get(), batch, alpha, x.data(), ldx, beta, y.data(), ldy));
  }

  /** kron_eye_apply_csr_f32() and its like on as many whole rows as y holds. */
  inline void apply(const kron_eye_csr &x, span<W> y, W alpha = 1, W beta = 0) const {
    static_assert(functions::sparse, "kron_eye::plan<X, W>: sparse x must be float or double");
    if (y_row_ == 0 && y.empty()) return; /* no outputs */
    const std::size_t batch = y_row_ == 0 ? 0 : y.size() / y_row_;
    detail::check_size("kron_eye::plan::apply", 6, "y", y.size(), batch * y_row_);
    const int status = functions::apply_csr(get(), batch, alpha, &x, beta, y.data(), y_row_);
    if (status != KRON_EYE_OK) detail::fail_csr("kron_eye::plan::apply", x, status);
  }

  std::size_t x_row() const noexcept { return x_row_; } /**< elements of a row of x: left*n */
  std::size_t y_row() const noexcept { return y_row_; } /**< elements of a row of y: left*m */

  /** kron_eye_plan_describe(): one line. */
  std::string describe() const {
    std::string text(kron_eye_plan_describe(get(), nullptr, 0), '\0');
    kron_eye_plan_describe(get(), text.data(), text.size() + 1);
    return text;
  }

  /** The C plan, which stays this object's; null after a move. */
  const kron_eye_plan *get() const noexcept { return plan_.get(); }

private:
  std::unique_ptr<kron_eye_plan, detail::destroy> plan_;
  std::size_t x_row_ = 0;
  std::size_t y_row_ = 0;
};

/** plan(shape, w, ...) has x of the type of w. */
template <class C, class... Rest>
plan(const kron_eye_shape &, const C &, const Rest &...) -> plan<detail::element<const C>>;

/** A plan for x of X and W as w has it. */
template <class X, class C, class... Rest>
auto make_plan(const kron_eye_shape &shape, const C &w, const Rest &...rest) {
  return plan<X, detail::element<const C>>(shape, w, rest...);
}

/* ------------------------------------------------------------------ 3. sparse input */

/**
 * A kron_eye_csr of `cols` columns over arrays that stay the caller's: indptr has an integer for
 * each row and one more, std::int32_t or std::int64_t as in indices; values are float or double.
 */
template <class P, class I, class V>
kron_eye_csr csr(std::size_t cols, const P &indptr, const I &indices, const V &values) {
  using integer = detail::element<const P>;
  static_assert(std::is_same_v<integer, detail::element<const I>>,
                "kron_eye::csr: indptr and indices must hold the same integers");
  if (std::size(indptr) == 0) detail::fail_size("kron_eye::csr", 2, "indptr", 0, 1);
  detail::check_size("kron_eye::csr", 4, "values", std::size(values), std::size(indices));
  kron_eye_csr result = KRON_EYE_CSR_INIT;
  result.rows = std::size(indptr) - 1;
  result.cols = cols;
  result.nnz = std::size(indices);
  result.indptr = std::data(indptr);
  result.indices = std::data(indices);
  result.values = std::data(values);
  result.index_type = detail::csr_type<integer>::value;
  result.value_type = detail::csr_type<detail::element<const V>>::value;
  return result;
}

} // namespace with_std_span or with_own_span
} // namespace kron_eye

#undef KRON_EYE_COLD_

#endif /* KRON_EYE_HPP */
