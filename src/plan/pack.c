/*
 * Packs W into panels. The layout depends on the family of the panel's kernels:
 *
 * panel,   packed[j * nr + i] = W[first + i, j]: each column of the panel is contiguous. Places
 * columns, beyond the rows of W repeat the last row, so that computing with them raises no other
 * lists,   floating-point exceptions.
 * fibre,
 * interleave
 * tuple    The same, with each element repeated for all lanes of a group.
 * block    The same, repeated for all c; places beyond the last output begin again with the first.
 * each     packed[j * column + i] = W[i, j], where a column is one vector, filled up as panel's, or
 *          more outputs without gaps.
 * lane     packed[j * outputs + i] = W[first + i, j].
 * dot      packed[i * padded + j] = W[first + i, j], where padded is n rounded up to whole vectors.
 *          Places beyond the columns of W hold 0, as do the lanes of x that they are multiplied by.
 */
#include "base/checked_size.h"
#include "base/thresholds.h"
#include "plan/plan.h"

#include <stdint.h>
#include <string.h>

/* Element (i, j) of a panel is at i*row + j*column. */
struct layout {
  size_t row, column, elements;
  bool again; /* places beyond the last output begin again with the first, else they repeat it */
};

static size_t whole(size_t n, size_t lanes) {
  return (n + lanes - 1) / lanes * lanes;
}

static struct layout layout_of(const struct kron_eye_panel *panel, size_t n, size_t right,
                               size_t lanes) {
  const size_t side = panel->dense->vectors * lanes, padded = whole(n, lanes);
  switch (panel->dense->family) {
  case KRON_EYE_DOT:
    return (struct layout){padded, 1, padded * panel->outputs, false};
  case KRON_EYE_EACH: {
    const size_t column = panel->outputs > lanes ? panel->outputs : lanes;
    return (struct layout){1, column, column * n, false};
  }
  case KRON_EYE_LANE:
    return (struct layout){1, panel->outputs, panel->outputs * n, false};
  case KRON_EYE_BLOCK:
    return (struct layout){right, side, side * n, true};
  case KRON_EYE_TUPLE:
    return (struct layout){kron_eye_kernel_group(right), side, side * n, false};
  default:
    return (struct layout){1, side, side * n, false};
  }
}

size_t kron_eye_plan_panel_elements(const struct kron_eye_panel *panel, size_t n, size_t right,
                                    size_t lanes) {
  return layout_of(panel, n, right, lanes).elements;
}

/*
 * Copying lines, which are contiguous in W: line l to places l*across + j*step. Each function
 * returns whether all elements are finite, that is, whether no exponent has all its bits set:
 * adding its lowest bit then carries into the sign. There is no other arithmetic here, because it
 * would raise an exception for a signalling NaN.
 */
struct lines {
  char *to;
  size_t across, step; /* in elements, as is ldfrom */
  const char *from;
  size_t ldfrom;
  size_t count, n; /* lines; elements of one */
};

typedef uint32_t f32_bits;
typedef uint64_t f64_bits;
typedef f32_bits f32_square __attribute__((vector_size(16)));
typedef f64_bits f64_square __attribute__((vector_size(16)));

/* Lanes of a and b in turn, of their lower or upper halves. */
#if defined(__clang__)
#define LOW_f32(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH_f32(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#define LOW_f64(a, b) __builtin_shufflevector(a, b, 0, 2)
#define HIGH_f64(a, b) __builtin_shufflevector(a, b, 1, 3)
#else
#define LOW_f32(a, b) __builtin_shuffle(a, b, (f32_square){0, 4, 1, 5})
#define HIGH_f32(a, b) __builtin_shuffle(a, b, (f32_square){2, 6, 3, 7})
#define LOW_f64(a, b) __builtin_shuffle(a, b, (f64_square){0, 2})
#define HIGH_f64(a, b) __builtin_shuffle(a, b, (f64_square){1, 3})
#endif

/* Lane l of v[k] changes places with lane k of v[l]. */
static inline void transpose_f32(f32_square *v) {
  const f32_square a = LOW_f32(v[0], v[2]), b = LOW_f32(v[1], v[3]);
  const f32_square c = HIGH_f32(v[0], v[2]), d = HIGH_f32(v[1], v[3]);
  v[0] = LOW_f32(a, b);
  v[1] = HIGH_f32(a, b);
  v[2] = LOW_f32(c, d);
  v[3] = HIGH_f32(c, d);
}
static inline void transpose_f64(f64_square *v) {
  const f64_square a = v[0];
  v[0] = LOW_f64(a, v[1]);
  v[1] = HIGH_f64(a, v[1]);
}

#define DEFINE_COPY(T, exponent)                                                                   \
  enum { SIDE_##T = sizeof(T##_square) / sizeof(T##_bits) };                                       \
                                                                                                   \
  /* Some elements of one line. */                                                                 \
  static inline T##_bits copy_##T(char *to, size_t step, const char *from, size_t n) {             \
    T##_bits infinite = 0;                                                                         \
    for (size_t j = 0; j < n; j++) {                                                               \
      T##_bits bits;                                                                               \
      memcpy(&bits, from + j * sizeof bits, sizeof bits);                                          \
      memcpy(to + j * step * sizeof bits, &bits, sizeof bits);                                     \
      infinite |= (bits & (exponent)) + ((exponent) & -(exponent));                                \
    }                                                                                              \
    return infinite;                                                                               \
  }                                                                                                \
                                                                                                   \
  /* SIDE lines whose elements shall stand side by side: squares, transposed in registers. */      \
  static T##_bits transpose_lines_##T(const struct lines *lines, size_t first) {                   \
    enum { SIDE = SIDE_##T, SIZE = sizeof(T##_bits) };                                             \
    const size_t line = lines->ldfrom * SIZE, column = lines->step * SIZE;                         \
    const char *from = lines->from + first * line;                                                 \
    char *to = lines->to + first * SIZE;                                                           \
    T##_square infinite = {0};                                                                     \
    size_t j = 0;                                                                                  \
    for (; j + SIDE <= lines->n; j += SIDE, from += SIDE * SIZE) {                                 \
      T##_square v[SIDE];                                                                          \
      for (int k = 0; k < SIDE; k++) {                                                             \
        memcpy(&v[k], from + (size_t)k * line, sizeof v[k]);                                       \
        infinite |= (v[k] & (exponent)) + ((exponent) & -(exponent));                              \
      }                                                                                            \
      transpose_##T(v);                                                                            \
      for (int k = 0; k < SIDE; k++, to += column) memcpy(to, &v[k], sizeof v[k]);                 \
    }                                                                                              \
    T##_bits any = 0;                                                                              \
    for (int k = 0; k < SIDE; k++)                                                                 \
      any |= infinite[k] |                                                                         \
             copy_##T(to + k * SIZE, lines->step, from + (size_t)k * line, lines->n - j);          \
    return any;                                                                                    \
  }                                                                                                \
                                                                                                   \
  static bool copy_lines_##T(const struct lines *lines) {                                          \
    enum { SIDE = SIDE_##T, SIZE = sizeof(T##_bits) };                                             \
    const size_t line = lines->ldfrom * SIZE, across = lines->across * SIZE;                       \
    T##_bits any = 0;                                                                              \
    if (lines->across == 1 && lines->step != 1 && lines->count >= SIDE)                            \
      for (size_t l = 0; l < lines->count; l += SIDE) /* the last SIDE end with the last line */   \
        any |= transpose_lines_##T(lines, least(l, lines->count - SIDE));                          \
    else if (lines->step == 1)                                                                     \
      for (size_t l = 0; l < lines->count; l++)                                                    \
        any |= copy_##T(lines->to + l * across, 1, lines->from + l * line, lines->n);              \
    else                                                                                           \
      for (size_t l = 0; l < lines->count; l++)                                                    \
        any |= copy_##T(lines->to + l * across, lines->step, lines->from + l * line, lines->n);    \
    return (any & ~(~(T##_bits)0 >> 1)) == 0;                                                      \
  }
DEFINE_COPY(f32, UINT32_C(0x7f800000))
DEFINE_COPY(f64, UINT64_C(0x7ff0000000000000))

/*
 * Copies rows first .. first + rows - 1 of op(W), some columns of op(W) at a time. W is read along
 * its contiguous index.
 */
static bool copy_rows(const struct kron_eye_operator *op, size_t first, size_t rows, char *to,
                      struct layout layout) {
  const size_t element = kron_eye_base_types[op->types].y_size;
  const char *w = (const char *)op->w + first * op->w_row * element;
  bool finite = true;
  for (size_t j = 0; j < op->n; j += KRON_EYE_PACK_COLUMNS) {
    const size_t columns = least(KRON_EYE_PACK_COLUMNS, op->n - j);
    const char *from = w + j * op->w_column * element;
    char *at = to + j * layout.column * element;
    const struct lines lines =
        op->w_column == 1
            ? (struct lines){at, layout.row, layout.column, from, op->w_row, rows, columns}
            : (struct lines){at, layout.column, layout.row, from, op->w_column, columns, rows};
    finite &= element == sizeof(float) ? copy_lines_f32(&lines) : copy_lines_f64(&lines);
  }
  return finite;
}

/* The places of each column from `outputs` to its end, whole squares, repeat the last output. */
#define DEFINE_REPEAT_LAST(T)                                                                      \
  static void repeat_last_##T(char *to, size_t n, size_t outputs, size_t places) {                 \
    enum { SIDE = SIDE_##T, SIZE = sizeof(T##_bits) };                                             \
    for (size_t j = 0; j < n; j++, to += places * SIZE) {                                          \
      T##_bits bits;                                                                               \
      memcpy(&bits, to + (outputs - 1) * SIZE, sizeof bits);                                       \
      const T##_square all = bits - (T##_square){0};                                               \
      size_t i = outputs;                                                                          \
      for (; i % SIDE != 0; i++) memcpy(to + i * SIZE, &bits, sizeof bits);                        \
      for (; i < places; i += SIDE) memcpy(to + i * SIZE, &all, sizeof all);                       \
    }                                                                                              \
  }
DEFINE_REPEAT_LAST(f32)
DEFINE_REPEAT_LAST(f64)

/* `layout.row` places hold the same element. On entry only the first of them is set. */
#define DEFINE_REPEAT(T)                                                                           \
  static void repeat_##T(char *to, size_t n, size_t outputs, struct layout layout) {               \
    const size_t row = layout.row, first = row == 1 ? outputs : 0;                                 \
    for (size_t j = 0; j < n; j++, to += layout.column * sizeof(T##_bits))                         \
      for (size_t i = first; i < layout.column / row; i++) {                                       \
        T##_bits bits;                                                                             \
        const size_t from = layout.again ? i % outputs : least(i, outputs - 1);                    \
        memcpy(&bits, to + from * row * sizeof bits, sizeof bits);                                 \
        for (size_t k = 0; k < row; k++)                                                           \
          memcpy(to + (i * row + k) * sizeof bits, &bits, sizeof bits);                            \
      }                                                                                            \
  }
DEFINE_REPEAT(f32)
DEFINE_REPEAT(f64)

/* Fills the places of a panel that hold no element of W, or a repeated one. */
static void pad(const struct kron_eye_operator *op, const struct kron_eye_panel *panel, char *to,
                struct layout layout) {
  const size_t element = kron_eye_base_types[op->types].y_size;
  if (panel->dense->family == KRON_EYE_DOT)
    for (size_t i = 0; i < panel->outputs; i++)
      memset(to + (i * layout.row + op->n) * element, 0, (layout.row - op->n) * element);
  else if (layout.column == panel->outputs)
    return; /* no places are left */
  else if (layout.row == 1 && !layout.again && element == sizeof(float))
    repeat_last_f32(to, op->n, panel->outputs, layout.column);
  else if (layout.row == 1 && !layout.again)
    repeat_last_f64(to, op->n, panel->outputs, layout.column);
  else if (element == sizeof(float))
    repeat_f32(to, op->n, panel->outputs, layout);
  else
    repeat_f64(to, op->n, panel->outputs, layout);
}

bool kron_eye_plan_pack(const struct kron_eye_operator *op, const struct kron_eye_panel *panel,
                        size_t lanes, void *packed) {
  const struct layout layout = layout_of(panel, op->n, op->right, lanes);
  const bool finite = copy_rows(op, panel->first, panel->outputs, packed, layout);
  pad(op, panel, packed, layout);
  return finite;
}

bool kron_eye_plan_copy(const struct kron_eye_operator *op, void *to) {
  const struct layout layout = {op->n, 1, op->m * op->n, false};
  return copy_rows(op, 0, op->m, to, layout);
}
