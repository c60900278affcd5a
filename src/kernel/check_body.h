/*
 * outside, descends: find out whether any integer of a CSR matrix is bad.
 *
 * An integer v is in [0, last] where neither v nor last - v has its sign bit set, and two that are
 * not negative ascend where their difference is not; so the bits of all are gathered with OR, and
 * looked at once. The vectors are the compiler's own: it has all operations that this takes.
 *
 * The array is read at four places at once, each prefetched, because a single stream does not reach
 * the memory bandwidth.
 */
enum { CHECK_PLACES = 4, CHECK_AHEAD = 1024, CHECK_LINE = 64 };

#define DEFINE_CHECKS(T, element)                                                                  \
  typedef element T##_vec __attribute__((vector_size(sizeof(f32_vec))));                           \
  enum { T##_LANES = sizeof(T##_vec) / sizeof(element), T##_LINE = CHECK_LINE / sizeof(element) }; \
  static inline T##_vec T##_load(const element *p) {                                               \
    T##_vec v;                                                                                     \
    memcpy(&v, p, sizeof v);                                                                       \
    return v;                                                                                      \
  }                                                                                                \
  /* What `bits` makes of each integer, joined by OR. */                                           \
  ALWAYS_INLINE bool T##_any_sign(const element *integers, size_t count, element last,             \
                                  T##_vec (*vector_bits)(const element *at, element last),         \
                                  element (*bits)(const element *at, element last)) {              \
    const size_t part = count / CHECK_PLACES / T##_LINE * T##_LINE;                                \
    element signs = 0;                                                                             \
    T##_vec some[CHECK_PLACES] = {{0}};                                                            \
    for (size_t i = 0; i < part; i += T##_LINE) {                                                  \
      UNROLL for (int p = 0; p < CHECK_PLACES; p++) {                                              \
        const element *at = integers + (size_t)p * part + i;                                       \
        __builtin_prefetch((const char *)at + CHECK_AHEAD);                                        \
        UNROLL for (int v = 0; v < T##_LINE; v += T##_LANES) some[p] |= vector_bits(at + v, last); \
      }                                                                                            \
    }                                                                                              \
    for (size_t i = CHECK_PLACES * part; i < count; i++) signs |= bits(integers + i, last);        \
    UNROLL for (int p = 0; p < CHECK_PLACES; p++)                                                  \
        UNROLL for (int lane = 0; lane < T##_LANES; lane++) signs |= some[p][lane];                \
    return signs >> (8 * sizeof signs - 1) != 0;                                                   \
  }                                                                                                \
  ALWAYS_INLINE T##_vec T##_outside_vector(const element *at, element last) {                      \
    const T##_vec here = T##_load(at);                                                             \
    return here | (last - here);                                                                   \
  }                                                                                                \
  ALWAYS_INLINE element T##_outside_one(const element *at, element last) {                         \
    return *at | (last - *at);                                                                     \
  }                                                                                                \
  ALWAYS_INLINE bool T##_outside(const element *integers, size_t count, size_t limit) {            \
    if (limit == 0) return count != 0;                                                             \
    const element last = (element)least(limit - 1, (element)-1 >> 1);                              \
    return T##_any_sign(integers, count, last, T##_outside_vector, T##_outside_one);               \
  }                                                                                                \
  ALWAYS_INLINE T##_vec T##_descends_vector(const element *at, element unused) {                   \
    (void)unused;                                                                                  \
    return T##_load(at) | (T##_load(at) - T##_load(at - 1));                                       \
  }                                                                                                \
  ALWAYS_INLINE element T##_descends_one(const element *at, element unused) {                      \
    (void)unused;                                                                                  \
    return at[0] | (at[0] - at[-1]);                                                               \
  }                                                                                                \
  ALWAYS_INLINE bool T##_descends(const element *integers, size_t count, size_t limit) {           \
    (void)limit;                                                                                   \
    if (count == 0) return false;                                                                  \
    return integers[0] >> (8 * sizeof(element) - 1) != 0 ||                                        \
           T##_any_sign(integers + 1, count - 1, 0, T##_descends_vector, T##_descends_one);        \
  }
DEFINE_CHECKS(i32, uint32_t)
DEFINE_CHECKS(i64, uint64_t)
