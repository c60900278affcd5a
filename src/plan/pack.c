/*
 * Packs W into panels. The layout depends on the family of the panel's kernels:
 *
 * panel,   packed[j * nr + i] = W[first + i, j]: each column of the panel is contiguous. Places
 * columns, beyond the rows of W repeat the last row, so that computing with them raises no other
 * lists,   floating-point exceptions.
 * fibre
 * tuple    The same, with each element repeated for all lanes of a group.
 * block    The same, repeated for all c; places beyond the last output begin again with the first.
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

/* Copies n elements to places `step` apart, and returns whether all are finite, that is, whether no
   exponent has all its bits set. There is no arithmetic here, because it would raise an exception
   for a signalling NaN. */
#define DEFINE_COPY(name, bits_T, exponent)                                                        \
  static bool name(char *to, size_t step, const char *from, size_t n) {                            \
    int finite = 1;                                                                                \
    for (size_t j = 0; j < n; j++) {                                                               \
      bits_T bits;                                                                                 \
      memcpy(&bits, from + j * sizeof bits, sizeof bits);                                          \
      memcpy(to + j * step * sizeof bits, &bits, sizeof bits);                                     \
      finite &= (bits & (exponent)) != (exponent);                                                 \
    }                                                                                              \
    return finite;                                                                                 \
  }
DEFINE_COPY(copy_f32, uint32_t, UINT32_C(0x7f800000))
DEFINE_COPY(copy_f64, uint64_t, UINT64_C(0x7ff0000000000000))

static bool copy_line(char *to, size_t step, const char *from, size_t n, size_t element) {
  return element == sizeof(float) ? copy_f32(to, step, from, n) : copy_f64(to, step, from, n);
}

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
    if (op->w_column == 1)
      for (size_t i = 0; i < rows; i++)
        finite &= copy_line(at + i * layout.row * element, layout.column,
                            from + i * op->w_row * element, columns, element);
    else
      for (size_t k = 0; k < columns; k++)
        finite &= copy_line(at + k * layout.column * element, layout.row,
                            from + k * op->w_column * element, rows, element);
  }
  return finite;
}

/* `layout.row` places hold the same element. On entry only the first of them is set. */
#define DEFINE_REPEAT(name, bits_T)                                                                \
  static void name(char *to, size_t n, size_t outputs, struct layout layout) {                     \
    const size_t row = layout.row, first = row == 1 ? outputs : 0;                                 \
    for (size_t j = 0; j < n; j++, to += layout.column * sizeof(bits_T))                           \
      for (size_t i = first; i < layout.column / row; i++) {                                       \
        bits_T bits;                                                                               \
        const size_t from = layout.again ? i % outputs : least(i, outputs - 1);                    \
        memcpy(&bits, to + from * row * sizeof bits, sizeof bits);                                 \
        for (size_t k = 0; k < row; k++)                                                           \
          memcpy(to + (i * row + k) * sizeof bits, &bits, sizeof bits);                            \
      }                                                                                            \
  }
DEFINE_REPEAT(repeat_f32, uint32_t)
DEFINE_REPEAT(repeat_f64, uint64_t)

/* Fills the places of a panel that hold no element of W, or a repeated one. */
static void pad(const struct kron_eye_operator *op, const struct kron_eye_panel *panel, char *to,
                struct layout layout) {
  const size_t element = kron_eye_base_types[op->types].y_size;
  if (panel->dense->family == KRON_EYE_DOT)
    for (size_t i = 0; i < panel->outputs; i++)
      memset(to + (i * layout.row + op->n) * element, 0, (layout.row - op->n) * element);
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
