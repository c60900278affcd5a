/**
 * @file
 * kron_eye.hpp - kron_eye.h for C++17 and later: RAII plans and chains, arrays with sizes, and
 * exceptions. Header-only; kron_eye.h documents what is computed.
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
 *     // I_k (x) W^T (x) I_p, with a bias and ReLU
 *     const kron_eye::plan t(kron_eye::shape(k, n, m, p).set_transpose(), w);
 *     t.apply_fused(x, y, kron_eye::epilogue<float>().set_bias(bias).set_relu());
 *
 *     // A (x) I_5 (x) B
 *     const kron_eye::chain c{kron_eye::factor(3, 4, a), kron_eye::factor<float>::identity(5),
 *                             kron_eye::factor(2, 6, b)};
 *     c.apply(x, y);
 *
 *     kron_eye::gradient(kron_eye::shape(k, m, n), x, dy, dw);  // dW = sum of dy x^T
 *
 * An array is any contiguous range: std::vector, std::array, a plain array, a span. Its size is
 * checked before the C function is called, so no call reads or writes outside its arrays. Apart
 * from that, only the C function runs: nothing is copied or allocated.
 */
#ifndef KRON_EYE_HPP
#define KRON_EYE_HPP

#if __cplusplus < 201703L
#error "kron_eye.hpp needs C++17; kron_eye.h does not"
#endif

#include "kron_eye.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
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

/* Keeps the throwing code out of the callers. */
#ifdef __GNUC__
#define KRON_EYE_COLD_ __attribute__((cold, noinline))
#else
#define KRON_EYE_COLD_
#endif

namespace kron_eye {

/* ------------------------------------------------------------------ errors */

/** Thrown for every status other than 0, and for an array of the wrong size. */
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

/* Names the fault of the matrix, if that is the cause. */
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

/* `needs` may have overflowed; if the sizes then match by chance, the C function reports it. */
inline void check_size(const char *function, int argument, const char *name, std::size_t has,
                       std::size_t needs) {
  if (has != needs) fail_size(function, argument, name, has, needs);
}

inline void at_least(const char *function, int argument, const char *name, std::size_t has,
                     std::size_t needs) {
  if (has < needs) fail_size(function, argument, name, has, needs);
}

} // namespace detail

/* ------------------------------------------------------------------ shapes and options */

/**
 * The operator I_left (x) op(W) (x) I_right, where op(W) is m x n: a kron_eye_shape with a
 * constructor and setters.
 */
struct shape : kron_eye_shape {
  /** One W, not transposed. */
  shape(std::size_t left_, std::size_t m_, std::size_t n_, std::size_t right_ = 1) noexcept
      : kron_eye_shape KRON_EYE_SHAPE_INIT {
    left = left_;
    m = m_;
    n = n_;
    right = right_;
  }

  /** op(W) = W^T: W is stored n x m. */
  shape &set_transpose(bool transposed = true) noexcept {
    op = transposed ? KRON_EYE_TRANSPOSE : KRON_EYE_NO_TRANSPOSE;
    return *this;
  }

  /** A W for each block, `elements` apart; 0: one W for all. */
  shape &set_stridew(std::size_t elements) noexcept {
    stridew = elements;
    return *this;
  }

  /** kron_eye_shape_adjoint(): the shape of the transposed operator, for the same W. */
  shape adjoint() const {
    shape result = *this;
    const int status = kron_eye_shape_adjoint(this, &result);
    if (status != KRON_EYE_OK) detail::fail("kron_eye::shape::adjoint", status);
    return result;
  }
};

/** The default options, with setters. */
struct options : kron_eye_options {
  options() noexcept : kron_eye_options KRON_EYE_OPTIONS_INIT {}

  /** Most threads for one apply; 0: as many as OpenMP would use. */
  options &set_threads(std::size_t most) noexcept {
    threads = most;
    return *this;
  }

  /** What to do about zeros in x. */
  options &set_zeros(kron_eye_zeros choice) noexcept {
    zeros = choice;
    return *this;
  }

  /** Which implementation to use. */
  options &set_route(kron_eye_route choice) noexcept {
    route = choice;
    return *this;
  }
};

/* ------------------------------------------------------------------ the C functions by type */

namespace detail {

/* The C functions for x of type X, and W and y of type W. */
template <class X, class W> struct functions { static constexpr bool exist = false; };

template <> struct functions<float, float> {
  static constexpr bool exist = true;
  static constexpr auto create = kron_eye_plan_create_f32;
  static constexpr auto update = kron_eye_plan_update_f32;
  static constexpr auto apply = kron_eye_apply_f32;
  static constexpr auto apply_fused = kron_eye_apply_fused_f32;
  static constexpr bool sparse = true;
  static constexpr auto apply_csr = kron_eye_apply_csr_f32;
};

template <> struct functions<double, double> {
  static constexpr bool exist = true;
  static constexpr auto create = kron_eye_plan_create_f64;
  static constexpr auto update = kron_eye_plan_update_f64;
  static constexpr auto apply = kron_eye_apply_f64;
  static constexpr auto apply_fused = kron_eye_apply_fused_f64;
  static constexpr bool sparse = true;
  static constexpr auto apply_csr = kron_eye_apply_csr_f64;
};

template <> struct functions<float, double> {
  static constexpr bool exist = true;
  static constexpr auto create = kron_eye_plan_create_f32_f64;
  static constexpr auto update = kron_eye_plan_update_f32_f64;
  static constexpr auto apply = kron_eye_apply_f32_f64;
  static constexpr auto apply_fused = kron_eye_apply_fused_f32_f64;
  static constexpr bool sparse = true;
  static constexpr auto apply_csr = kron_eye_apply_csr_f32_f64;
};

template <> struct functions<std::uint8_t, float> {
  static constexpr bool exist = true;
  static constexpr auto create = kron_eye_plan_create_u8_f32;
  static constexpr auto update = kron_eye_plan_update_u8_f32;
  static constexpr auto apply = kron_eye_apply_u8_f32;
  static constexpr auto apply_fused = kron_eye_apply_fused_u8_f32;
  static constexpr bool sparse = false;
};

/* The C functions for one type T. */
template <class T> struct functions_of_one { static constexpr bool exist = false; };

template <> struct functions_of_one<float> {
  static constexpr bool exist = true;
  static constexpr auto product = kron_eye_product_f32;
  static constexpr auto chain_create = kron_eye_chain_create_f32;
  static constexpr auto chain_apply = kron_eye_chain_apply_f32;
  static constexpr auto gradient = kron_eye_gradient_f32;
};

template <> struct functions_of_one<double> {
  static constexpr bool exist = true;
  static constexpr auto product = kron_eye_product_f64;
  static constexpr auto chain_create = kron_eye_chain_create_f64;
  static constexpr auto chain_apply = kron_eye_chain_apply_f64;
  static constexpr auto gradient = kron_eye_gradient_f64;
};

struct destroy {
  void operator()(kron_eye_plan *plan) const noexcept { kron_eye_plan_destroy(plan); }
  void operator()(kron_eye_chain *chain) const noexcept { kron_eye_chain_destroy(chain); }
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

/* Elements from one stored row of W to the next, where there are no gaps. */
inline std::size_t row_of_w(const kron_eye_shape &s) {
  return s.op == KRON_EYE_TRANSPOSE ? s.m : s.n;
}

/* Elements of W, from the first row of the first block to the last row of the last block. */
inline std::size_t extent_of_w(const kron_eye_shape &s, std::size_t ldw) {
  const std::size_t one = extent(s.op == KRON_EYE_TRANSPOSE ? s.n : s.m, ldw, row_of_w(s));
  return s.stridew == 0 ? one : extent(s.left, s.stridew, one);
}

/* Elements of a row of x and of a row of y. */
inline std::size_t row_of_x(const kron_eye_shape &s) {
  return s.left * s.n * s.right;
}
inline std::size_t row_of_y(const kron_eye_shape &s) {
  return s.left * s.m * s.right;
}

template <class C>
using element = std::remove_cv_t<std::remove_pointer_t<decltype(std::data(std::declval<C &>()))>>;

} // namespace detail

/* ------------------------------------------------------------------ arrays */

/* Declarations that involve spans differ between C++17 and C++20, and files of both may be linked
 * together. Two inline namespaces, invisible to users, keep them apart. */
#ifdef __cpp_lib_span
inline namespace with_std_span {

/** A non-owning view of contiguous elements. */
template <class T> using span = std::span<T>;

#else
inline namespace with_own_span {

/** A non-owning view of contiguous elements; std::span where there is one. */
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

namespace typed { /* for one T; called by the overloads below */

/** kron_eye_product_f32() or _f64, by T. */
template <class T>
[[gnu::always_inline]] inline void
product(const kron_eye_shape &shape, span<const T> w, std::size_t ldw, std::size_t batch, T alpha,
        span<const T> x, std::size_t ldx, T beta, span<T> y, std::size_t ldy) {
  static constexpr const char *name = "kron_eye::product";
  detail::at_least(name, 2, "w", w.size(), detail::extent_of_w(shape, ldw));
  detail::at_least(name, 6, "x", x.size(), detail::extent(batch, ldx, detail::row_of_x(shape)));
  detail::at_least(name, 9, "y", y.size(), detail::extent(batch, ldy, detail::row_of_y(shape)));
  detail::check(name, detail::functions_of_one<T>::product(&shape, w.data(), ldw, batch, alpha,
                                                           x.data(), ldx, beta, y.data(), ldy));
}

/** The same on arrays without gaps; the batch follows from y. */
template <class T>
[[gnu::always_inline]] inline void product(const kron_eye_shape &shape, span<const T> w,
                                           span<const T> x, span<T> y, T alpha, T beta) {
  static constexpr const char *name = "kron_eye::product";
  const std::size_t x_row = detail::row_of_x(shape), y_row = detail::row_of_y(shape),
                    ldw = detail::row_of_w(shape);
  const std::size_t batch = y_row == 0 ? 0 : y.size() / y_row;
  detail::check_size(name, 2, "w", w.size(), detail::extent_of_w(shape, ldw));
  detail::check_size(name, 9, "y", y.size(), batch * y_row);
  if (y_row != 0) detail::check_size(name, 6, "x", x.size(), batch * x_row);
  detail::check(name, detail::functions_of_one<T>::product(&shape, w.data(), ldw, batch, alpha,
                                                           x.data(), x_row, beta, y.data(), y_row));
}

} // namespace typed

/** kron_eye_product_f32() on as many whole rows as x and y hold; w without gaps in its rows. */
[[gnu::always_inline]] inline void product(const kron_eye_shape &shape, span<const float> w,
                                           span<const float> x, span<float> y, float alpha = 1,
                                           float beta = 0) {
  typed::product(shape, w, x, y, alpha, beta);
}

/** kron_eye_product_f64(). */
[[gnu::always_inline]] inline void product(const kron_eye_shape &shape, span<const double> w,
                                           span<const double> x, span<double> y, double alpha = 1,
                                           double beta = 0) {
  typed::product(shape, w, x, y, alpha, beta);
}

/** kron_eye_product_f32(), with all its arguments. */
[[gnu::always_inline]] inline void product(const kron_eye_shape &shape, span<const float> w,
                                           std::size_t ldw, std::size_t batch, float alpha,
                                           span<const float> x, std::size_t ldx, float beta,
                                           span<float> y, std::size_t ldy) {
  typed::product(shape, w, ldw, batch, alpha, x, ldx, beta, y, ldy);
}

/** kron_eye_product_f64(), with all its arguments. */
[[gnu::always_inline]] inline void product(const kron_eye_shape &shape, span<const double> w,
                                           std::size_t ldw, std::size_t batch, double alpha,
                                           span<const double> x, std::size_t ldx, double beta,
                                           span<double> y, std::size_t ldy) {
  typed::product(shape, w, ldw, batch, alpha, x, ldx, beta, y, ldy);
}

/* ------------------------------------------------------------------ 2. a plan */

/** What plan::apply_fused() does after the product, for y of type T: a bias, an activation. */
template <class T> class epilogue {
public:
  /** A bias for each of the m outputs; it remains the caller's. */
  epilogue &set_bias(span<const T> bias) noexcept { return set_bias(bias, 0); }

  /** The same, and a bias of its own for each block, `stride` elements apart if that is not 0. */
  epilogue &set_bias(span<const T> bias, std::size_t stride) noexcept {
    fields_.bias = bias.data();
    fields_.bias_stride = stride;
    has_bias_ = true;
    size_ = bias.size();
    return *this;
  }

  /** Negative values become 0. */
  epilogue &set_relu() noexcept {
    fields_.activation = KRON_EYE_ACTIVATION_RELU;
    return *this;
  }

  /** Values are limited to [low, high]. */
  epilogue &set_clamp(T low, T high) noexcept {
    fields_.activation = KRON_EYE_ACTIVATION_CLAMP;
    fields_.low = low;
    fields_.high = high;
    return *this;
  }

  /** The C struct, still owned by this object. */
  const kron_eye_epilogue *get() const noexcept { return &fields_; }

  /** Throws unless the bias, if there is one, has the size that this shape needs. */
  [[gnu::always_inline]] inline void check(const char *function,
                                           const kron_eye_shape &shape) const {
    const std::size_t stride = shape.left <= 1 ? 0 : fields_.bias_stride;
    if (!has_bias_) return;
    if (stride == 0) return detail::check_size(function, 9, "bias", size_, shape.m);
    detail::at_least(function, 9, "bias", size_, detail::extent(shape.left, stride, shape.m));
  }

private:
  kron_eye_epilogue fields_ = KRON_EYE_EPILOGUE_INIT;
  bool has_bias_ = false; /* an empty bias is one, of the wrong size */
  std::size_t size_ = 0;
};

/**
 * A kron_eye_plan for x of type X, and W and y of type W. Movable, not copyable. Any number of
 * threads may apply one plan at once. Applying a moved-from plan throws.
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

  /** W without gaps in its rows: m*n elements, or as many as all blocks take with a stridew. */
  plan(const kron_eye_shape &shape, span<const W> w,
       const kron_eye_options &options = KRON_EYE_OPTIONS_INIT)
      : plan(shape, w, detail::row_of_w(shape), options) {
    /* A larger w is an error here, although the C function would accept it. */
    detail::check_size("kron_eye::plan", 3, "w", w.size(),
                       detail::extent_of_w(shape, detail::row_of_w(shape)));
  }

  /** A stored row of W every ldw elements. */
  plan(const kron_eye_shape &shape, span<const W> w, std::size_t ldw,
       const kron_eye_options &options = KRON_EYE_OPTIONS_INIT)
      : shape_(shape) {
    detail::at_least("kron_eye::plan", 3, "w", w.size(), detail::extent_of_w(shape, ldw));
    kron_eye_plan *made = nullptr;
    detail::check("kron_eye::plan", functions::create(&made, &shape, w.data(), ldw, &options));
    plan_.reset(made);
    x_row_ = detail::row_of_x(shape); /* these fit: the C function has checked */
    y_row_ = detail::row_of_y(shape);
  }

  /** kron_eye_plan_update_f32() and its like: a new W, without gaps in its rows. */
  void update(span<const W> w) {
    const std::size_t ldw = detail::row_of_w(shape_);
    detail::check_size("kron_eye::plan::update", 2, "w", w.size(),
                       detail::extent_of_w(shape_, ldw));
    update(w, ldw);
  }

  /** The same with a stored row of W every ldw elements. */
  void update(span<const W> w, std::size_t ldw) {
    detail::at_least("kron_eye::plan::update", 2, "w", w.size(), detail::extent_of_w(shape_, ldw));
    detail::check("kron_eye::plan::update", functions::update(plan_.get(), w.data(), ldw));
  }

  /* `inline` is redundant here, but clang inlines these functions only with it. */

  /** y = alpha * K * x + beta * y, with K the operator, on as many whole rows as x and y hold. */
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
    detail::at_least("kron_eye::plan::apply", 4, "x", x.size(), detail::extent(batch, ldx, x_row_));
    detail::at_least("kron_eye::plan::apply", 7, "y", y.size(), detail::extent(batch, ldy, y_row_));
    detail::check("kron_eye::plan::apply",
                  functions::apply(get(), batch, alpha, x.data(), ldx, beta, y.data(), ldy));
  }

  /** y = act(alpha * K * x + beta * y + bias) on as many whole rows as x and y hold. */
  [[gnu::always_inline]] inline void apply_fused(span<const X> x, span<W> y,
                                                 const epilogue<W> &epilogue, W alpha = 1,
                                                 W beta = 0) const {
    if (y_row_ == 0 && y.empty()) return; /* no outputs */
    const std::size_t batch = y_row_ == 0 ? 0 : y.size() / y_row_;
    detail::check_size("kron_eye::plan::apply_fused", 7, "y", y.size(), batch * y_row_);
    detail::check_size("kron_eye::plan::apply_fused", 4, "x", x.size(), batch * x_row_);
    epilogue.check("kron_eye::plan::apply_fused", shape_);
    detail::check("kron_eye::plan::apply_fused",
                  functions::apply_fused(get(), batch, alpha, x.data(), x_row_, beta, y.data(),
                                         y_row_, epilogue.get()));
  }

  /** The same on `batch` rows, one every ldx elements of x and every ldy elements of y. */
  [[gnu::always_inline]] inline void apply_fused(std::size_t batch, W alpha, span<const X> x,
                                                 std::size_t ldx, W beta, span<W> y,
                                                 std::size_t ldy,
                                                 const epilogue<W> &epilogue) const {
    static constexpr const char *name = "kron_eye::plan::apply_fused";
    detail::at_least(name, 4, "x", x.size(), detail::extent(batch, ldx, x_row_));
    detail::at_least(name, 7, "y", y.size(), detail::extent(batch, ldy, y_row_));
    epilogue.check(name, shape_);
    detail::check(name, functions::apply_fused(get(), batch, alpha, x.data(), ldx, beta, y.data(),
                                               ldy, epilogue.get()));
  }

  /** kron_eye_apply_csr_f32(), _f64 or _f32_f64 on as many whole rows as y holds. */
  inline void apply(const kron_eye_csr &x, span<W> y, W alpha = 1, W beta = 0) const {
    static_assert(functions::sparse, "kron_eye::plan<X, W>: sparse x must be float or double");
    if (y_row_ == 0 && y.empty()) return; /* no outputs */
    const std::size_t batch = y_row_ == 0 ? 0 : y.size() / y_row_;
    detail::check_size("kron_eye::plan::apply", 6, "y", y.size(), batch * y_row_);
    const int status = functions::apply_csr(get(), batch, alpha, &x, beta, y.data(), y_row_);
    if (status != KRON_EYE_OK) detail::fail_csr("kron_eye::plan::apply", x, status);
  }

  std::size_t x_row() const noexcept { return x_row_; } /**< elements of a row of x */
  std::size_t y_row() const noexcept { return y_row_; } /**< elements of a row of y */

  /** kron_eye_plan_describe(): one line. */
  std::string describe() const {
    std::string text(kron_eye_plan_describe(get(), nullptr, 0), '\0');
    kron_eye_plan_describe(get(), text.data(), text.size() + 1);
    return text;
  }

  /** The C plan, still owned by this object; null after a move. */
  const kron_eye_plan *get() const noexcept { return plan_.get(); }

private:
  std::unique_ptr<kron_eye_plan, detail::destroy> plan_;
  kron_eye_shape shape_;
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
 * A kron_eye_csr of `cols` columns over arrays that remain the caller's. indptr has one integer per
 * row plus one, of the same type as indices (std::int32_t or std::int64_t); values are float or
 * double.
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

/* ------------------------------------------------------------------ 4. chains */

/** One factor of a chain of T: a kron_eye_factor whose matrix has been checked for its size. */
template <class T> struct factor : kron_eye_factor {
  static_assert(detail::functions_of_one<T>::exist,
                "kron_eye::factor<T>: T must be float or double");
  using value_type = T; /**< element of the matrix */

  /** The matrix W, m x n, without gaps in its rows. */
  factor(std::size_t m_, std::size_t n_, span<const T> w_)
      : factor(m_, n_, KRON_EYE_NO_TRANSPOSE, w_, n_) {
    detail::check_size("kron_eye::factor", 4, "w", w_.size(), m_ * n_);
  }

  /** The matrix op(W), m x n, with a stored row of W every ldw elements. */
  factor(std::size_t m_, std::size_t n_, kron_eye_op op_, span<const T> w_, std::size_t ldw_)
      : kron_eye_factor KRON_EYE_FACTOR_INIT {
    const bool transposed = op_ == KRON_EYE_TRANSPOSE;
    detail::at_least("kron_eye::factor", 4, "w", w_.size(),
                     detail::extent(transposed ? n_ : m_, ldw_, transposed ? m_ : n_));
    op = op_;
    m = m_;
    n = n_;
    w = w_.data();
    ldw = ldw_;
  }

  /** The identity of order n. */
  static factor identity(std::size_t n) noexcept { return factor(kron_eye_factor_identity(n)); }

  /** The transposed factor, of the same matrix: kron_eye_factors_adjoint() of one. */
  factor adjoint() const {
    factor result = *this;
    detail::check("kron_eye::factor::adjoint", kron_eye_factors_adjoint(1, this, &result));
    return result;
  }

private:
  explicit factor(const kron_eye_factor &fields) noexcept : kron_eye_factor(fields) {}
};

/** factor(m, n, w) has the type of its matrix. */
template <class C> factor(std::size_t, std::size_t, const C &) -> factor<detail::element<const C>>;
/** factor(m, n, op, w, ldw) has the type of its matrix. */
template <class C>
factor(std::size_t, std::size_t, kron_eye_op, const C &, std::size_t)
    -> factor<detail::element<const C>>;

/**
 * A kron_eye_chain of T. Movable, not copyable. Any number of threads may apply one chain at once,
 * each with a workspace of its own. Applying a moved-from chain throws.
 */
template <class T> class chain {
  using functions = detail::functions_of_one<T>;
  static_assert(sizeof(factor<T>) == sizeof(kron_eye_factor), "an array of them is one of these");

public:
  /** The factors from left to right; none are the identity of order 1. */
  explicit chain(span<const factor<T>> factors,
                 const kron_eye_options &options = KRON_EYE_OPTIONS_INIT) {
    kron_eye_chain *made = nullptr;
    detail::check("kron_eye::chain",
                  functions::chain_create(&made, factors.size(), factors.data(), &options));
    chain_.reset(made);
    for (const factor<T> &f : factors) {
      x_row_ *= f.n; /* these fit: the C function has checked */
      y_row_ *= f.m;
    }
  }

  /** The same from a list in braces. */
  chain(std::initializer_list<factor<T>> factors,
        const kron_eye_options &options = KRON_EYE_OPTIONS_INIT)
      : chain(span<const factor<T>>(factors.begin(), factors.size()), options) {}

  /**
   * y = alpha * (F_1 (x) ... (x) F_q) * x + beta * y on as many whole rows as x and y hold.
   * Allocates nothing if it is given a workspace of workspace() bytes.
   */
  inline void apply(span<const T> x, span<T> y, T alpha = 1, T beta = 0,
                    span<std::byte> workspace = {}) const {
    if (y_row_ == 0 && y.empty()) return; /* no outputs */
    const std::size_t batch = y_row_ == 0 ? 0 : y.size() / y_row_;
    detail::check_size("kron_eye::chain::apply", 7, "y", y.size(), batch * y_row_);
    detail::check_size("kron_eye::chain::apply", 4, "x", x.size(), batch * x_row_);
    detail::check("kron_eye::chain::apply",
                  functions::chain_apply(get(), batch, alpha, x.data(), x_row_, beta, y.data(),
                                         y_row_, workspace.data(), workspace.size()));
  }

  /** The same on `batch` rows, one every ldx elements of x and every ldy elements of y. */
  inline void apply(std::size_t batch, T alpha, span<const T> x, std::size_t ldx, T beta, span<T> y,
                    std::size_t ldy, span<std::byte> workspace = {}) const {
    static constexpr const char *name = "kron_eye::chain::apply";
    detail::at_least(name, 4, "x", x.size(), detail::extent(batch, ldx, x_row_));
    detail::at_least(name, 7, "y", y.size(), detail::extent(batch, ldy, y_row_));
    detail::check(name, functions::chain_apply(get(), batch, alpha, x.data(), ldx, beta, y.data(),
                                               ldy, workspace.data(), workspace.size()));
  }

  std::size_t x_row() const noexcept { return x_row_; } /**< elements of a row of x */
  std::size_t y_row() const noexcept { return y_row_; } /**< elements of a row of y */

  /** kron_eye_chain_workspace(): bytes of a workspace for any batch. */
  std::size_t workspace() const noexcept { return kron_eye_chain_workspace(get()); }

  /** kron_eye_chain_describe(). */
  std::string describe() const {
    std::string text(kron_eye_chain_describe(get(), nullptr, 0), '\0');
    kron_eye_chain_describe(get(), text.data(), text.size() + 1);
    return text;
  }

  /** The C chain, still owned by this object; null after a move. */
  const kron_eye_chain *get() const noexcept { return chain_.get(); }

private:
  std::unique_ptr<kron_eye_chain, detail::destroy> chain_;
  std::size_t x_row_ = 1;
  std::size_t y_row_ = 1;
};

/** chain(factors, ...) has the type of its factors. */
template <class C, class... Rest>
chain(const C &, const Rest &...) -> chain<typename detail::element<const C>::value_type>;

/* ------------------------------------------------------------------ 5. the gradient of W */

namespace typed { /* for one T; called by the overloads below */

/** kron_eye_gradient_f32() or _f64, by T. */
template <class T>
[[gnu::always_inline]] inline void gradient(const kron_eye_shape &shape, std::size_t batch, T alpha,
                                            span<const T> x, std::size_t ldx, span<const T> dy,
                                            std::size_t lddy, T beta, span<T> dw, std::size_t lddw,
                                            const kron_eye_options &options) {
  static constexpr const char *name = "kron_eye::gradient";
  detail::at_least(name, 4, "x", x.size(), detail::extent(batch, ldx, detail::row_of_x(shape)));
  detail::at_least(name, 6, "dy", dy.size(), detail::extent(batch, lddy, detail::row_of_y(shape)));
  detail::at_least(name, 9, "dw", dw.size(), detail::extent_of_w(shape, lddw));
  detail::check(name, detail::functions_of_one<T>::gradient(&shape, batch, alpha, x.data(), ldx,
                                                            dy.data(), lddy, beta, dw.data(), lddw,
                                                            &options));
}

/** The same on arrays without gaps; the batch follows from dy. */
template <class T>
[[gnu::always_inline]] inline void gradient(const kron_eye_shape &shape, span<const T> x,
                                            span<const T> dy, span<T> dw, T alpha, T beta,
                                            const kron_eye_options &options) {
  static constexpr const char *name = "kron_eye::gradient";
  const std::size_t x_row = detail::row_of_x(shape), y_row = detail::row_of_y(shape),
                    lddw = detail::row_of_w(shape);
  const std::size_t batch = y_row != 0 ? dy.size() / y_row : x_row != 0 ? x.size() / x_row : 0;
  detail::check_size(name, 4, "x", x.size(), batch * x_row);
  detail::check_size(name, 6, "dy", dy.size(), batch * y_row);
  detail::check_size(name, 9, "dw", dw.size(), detail::extent_of_w(shape, lddw));
  detail::check(name, detail::functions_of_one<T>::gradient(&shape, batch, alpha, x.data(), x_row,
                                                            dy.data(), y_row, beta, dw.data(), lddw,
                                                            &options));
}

} // namespace typed

/** kron_eye_gradient_f32() over as many whole rows as x and dy hold; dw without gaps in its rows.
 */
[[gnu::always_inline]] inline void
gradient(const kron_eye_shape &shape, span<const float> x, span<const float> dy, span<float> dw,
         float alpha = 1, float beta = 0, const kron_eye_options &options = KRON_EYE_OPTIONS_INIT) {
  typed::gradient(shape, x, dy, dw, alpha, beta, options);
}

/** kron_eye_gradient_f64(). */
[[gnu::always_inline]] inline void
gradient(const kron_eye_shape &shape, span<const double> x, span<const double> dy, span<double> dw,
         double alpha = 1, double beta = 0,
         const kron_eye_options &options = KRON_EYE_OPTIONS_INIT) {
  typed::gradient(shape, x, dy, dw, alpha, beta, options);
}

/** kron_eye_gradient_f32(), with all its arguments. */
[[gnu::always_inline]] inline void
gradient(const kron_eye_shape &shape, std::size_t batch, float alpha, span<const float> x,
         std::size_t ldx, span<const float> dy, std::size_t lddy, float beta, span<float> dw,
         std::size_t lddw, const kron_eye_options &options = KRON_EYE_OPTIONS_INIT) {
  typed::gradient(shape, batch, alpha, x, ldx, dy, lddy, beta, dw, lddw, options);
}

/** kron_eye_gradient_f64(), with all its arguments. */
[[gnu::always_inline]] inline void
gradient(const kron_eye_shape &shape, std::size_t batch, double alpha, span<const double> x,
         std::size_t ldx, span<const double> dy, std::size_t lddy, double beta, span<double> dw,
         std::size_t lddw, const kron_eye_options &options = KRON_EYE_OPTIONS_INIT) {
  typed::gradient(shape, batch, alpha, x, ldx, dy, lddy, beta, dw, lddw, options);
}

} // namespace with_std_span or with_own_span
} // namespace kron_eye

#undef KRON_EYE_COLD_

#endif /* KRON_EYE_HPP */
