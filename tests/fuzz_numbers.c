/* fuzz_numbers.c - sizes, numbers and guarded arrays out of a fuzz input. */
#define _GNU_SOURCE /* memfd_create, MAP_ANONYMOUS */
#include "fuzz_numbers.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support/splitmix64.h"

fuzz_numbers fuzz_numbers_of(fuzz_input *in, size_t kinds) {
  const uint8_t first = fuzz_byte(in);
  return (fuzz_numbers){(fuzz_kind)(first / 8 % kinds), fuzz_byte(in), first % 8};
}

double fuzz_number(fuzz_numbers *numbers, element e) {
  static const double special[] = {NAN, INFINITY, -INFINITY, NAN};
  const uint64_t bits = splitmix64(&numbers->seed);
  if (bits % 8 < numbers->zeros) return e != ELEMENT_U8 && (bits & 8) != 0 ? -0.0 : 0;
  if (e == ELEMENT_U8) return (double)(bits >> 8 & (numbers->kind == FUZZ_INTEGERS ? 7 : 255));
  if (numbers->kind == FUZZ_INTEGERS) return (double)(bits >> 8 & 7) - 4;
  if (numbers->kind == FUZZ_SPECIAL && (bits >> 8 & 63) == 0) return special[bits >> 16 & 3];
  const double fraction = (double)(bits >> 40) * 0x1p-23 - 1; /* 24 bits: a float */
  const int exponent = (bits >> 14 & 7) != 0 ? 0 : (int)(bits >> 20 & 31) - 16;
  if ((bits >> 14 & 511) == 8)
    return ldexp(e == ELEMENT_F32 ? 5 : fraction, e == ELEMENT_F32 ? -149 : -1060);
  return ldexp(fraction, exponent);
}

size_t fuzz_size(fuzz_input *in, size_t small, size_t large) {
  const bool is_large = fuzz_byte(in) % 8 == 7;
  const size_t value = (size_t)fuzz_byte(in) * 256 + fuzz_byte(in);
  return value % (is_large ? large : small);
}

static double product(const size_t *sizes, size_t count) {
  double all = 1;
  for (size_t i = 0; i < count; i++) all *= (double)sizes[i];
  return all;
}

kron_eye_shape fuzz_shape(fuzz_input *in, size_t *batch, size_t work) {
  enum { M, N, LEFT, RIGHT, BATCH, SIZES };
  size_t s[SIZES];
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  s[BATCH] = fuzz_size(in, 9, 300);
  s[LEFT] = fuzz_size(in, 5, 40);
  s[M] = fuzz_size(in, 40, 300);
  s[N] = fuzz_size(in, 40, 700);
  s[RIGHT] = fuzz_byte(in) % 4 == 0 ? 1 : fuzz_size(in, 24, 6000);
  shape.op = fuzz_byte(in) % 2;
  for (;;) {
    const double most = s[M] > s[N] ? (double)s[M] : (double)s[N];
    if (product(s, SIZES) <= (double)work && product(s + LEFT, 3) * most <= FUZZ_MOST_ELEMENTS &&
        2 * product(s, 3) <= FUZZ_MOST_ELEMENTS)
      break;
    size_t largest = 0;
    for (size_t i = 1; i < SIZES; i++)
      if (s[i] > s[largest]) largest = i;
    s[largest] /= 2;
  }
  *batch = s[BATCH];
  shape.left = s[LEFT];
  shape.m = s[M];
  shape.n = s[N];
  shape.right = s[RIGHT];
  return shape;
}

size_t fuzz_stored_rows(const kron_eye_shape *shape) {
  return shape->op == KRON_EYE_TRANSPOSE ? shape->n : shape->m;
}

size_t fuzz_stored_columns(const kron_eye_shape *shape) {
  return shape->op == KRON_EYE_TRANSPOSE ? shape->m : shape->n;
}

size_t fuzz_extent(size_t rows, size_t stride, size_t length) {
  return rows == 0 || length == 0 ? 0 : (rows - 1) * stride + length;
}

size_t fuzz_w_extent(const kron_eye_shape *shape, size_t ldw) {
  const size_t one = fuzz_extent(fuzz_stored_rows(shape), ldw, fuzz_stored_columns(shape));
  return shape->stridew == 0 ? one : fuzz_extent(one == 0 ? 0 : shape->left, shape->stridew, one);
}

size_t fuzz_w_place(const kron_eye_shape *shape, size_t ldw, size_t a, size_t i, size_t j) {
  const bool transposed = shape->op == KRON_EYE_TRANSPOSE;
  return a * shape->stridew + (transposed ? j * ldw + i : i * ldw + j);
}

size_t fuzz_w_strides(fuzz_input *in, kron_eye_shape *shape, bool may_overlap) {
  const size_t rows = fuzz_stored_rows(shape), columns = fuzz_stored_columns(shape);
  const size_t pad = fuzz_below(in, 4), form = fuzz_below(in, may_overlap ? 4 : 3);
  const size_t ldw = columns + pad;
  shape->stridew = 0;
  if (form == 1) shape->stridew = fuzz_extent(rows, ldw, columns) + fuzz_below(in, 3);
  if (form == 3) shape->stridew = fuzz_byte(in);
  if (form != 2 || shape->left == 0) return ldw;
  shape->stridew = columns + fuzz_below(in, 3);
  return (shape->left - 1) * shape->stridew + ldw;
}

fuzz_call fuzz_call_of(fuzz_input *in, size_t row_x, size_t row_y, bool own_kernels) {
  static const double factors[] = {1, 0, -1, 0.5, 2, -0.0, 0x1.91p-3, 1};
  const uint8_t pads = fuzz_byte(in);
  fuzz_call call = {.ldx = pads % 8 == 7 ? 0 : row_x + pads % 8, .ldy = row_y + pads / 8 % 4};
  call.alpha = factors[fuzz_byte(in) % 8];
  call.beta = factors[fuzz_byte(in) % 8];
  call.filler = call.beta == 0 ? 0xff : 0xa5;
  call.numbers = fuzz_numbers_of(in, own_kernels ? FUZZ_KINDS : FUZZ_SPECIAL);
  return call;
}

/* ------------------------------------------------------------------ arrays */

/* [inaccessible page | memory | inaccessible page], or the end of the program. */
static char *mapped(int file, int protection) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *map =
      mmap(NULL, FUZZ_ARENA_BYTES + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  FUZZ_REQUIRE(map != MAP_FAILED);
  FUZZ_REQUIRE(mmap(map + page, FUZZ_ARENA_BYTES, protection, MAP_SHARED | MAP_FIXED, file, 0) !=
               MAP_FAILED);
  return map + page;
}

/* The same memory twice: to write, and to read only. */
static struct arena { char *writer, *reader; } arenas[FUZZ_SLOTS];

void *fuzz_guarded(size_t slot, size_t bytes, bool at_end) {
  struct arena *arena = &arenas[slot];
  FUZZ_REQUIRE(bytes <= FUZZ_ARENA_BYTES);
  if (arena->writer == NULL) {
    const int file = memfd_create("arena", 0);
    FUZZ_REQUIRE(file >= 0 && ftruncate(file, FUZZ_ARENA_BYTES) == 0);
    arena->writer = mapped(file, PROT_READ | PROT_WRITE);
    arena->reader = mapped(file, PROT_READ);
    close(file);
  }
  return arena->writer + (at_end ? FUZZ_ARENA_BYTES - bytes : 0);
}

const void *fuzz_reader(size_t slot, const void *array) {
  return arenas[slot].reader + ((const char *)array - arenas[slot].writer);
}

void *fuzz_rows(fuzz_numbers *numbers, size_t slot, element e, size_t rows, size_t stride,
                size_t length, bool at_end, int filler) {
  const size_t bytes = fuzz_extent(rows, stride, length) * element_size(e);
  void *array = fuzz_guarded(slot, bytes, at_end);
  memset(array, filler, bytes);
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < length; i++)
      element_set(e, array, r * stride + i, fuzz_number(numbers, e));
  return array;
}

/* ------------------------------------------------------------------ results */

void fuzz_require_gaps(const void *array, element e, size_t rows, size_t stride, size_t length,
                       int filler) {
  const unsigned char *bytes = array;
  const size_t size = element_size(e);
  for (size_t r = 0; length != 0 && r + 1 < rows; r++)
    for (size_t b = (r * stride + length) * size; b < (r + 1) * stride * size; b++)
      FUZZ_REQUIRE(bytes[b] == filler);
}

void fuzz_require_same(element e, const void *a, const void *b, size_t count) {
  const size_t size = element_size(e);
  if (memcmp(a, b, count * size) == 0) return;
  for (size_t i = 0; i < count; i++) {
    const double u = element_get(e, a, i), v = element_get(e, b, i);
    FUZZ_REQUIRE((isnan(u) && isnan(v)) ||
                 memcmp((const char *)a + i * size, (const char *)b + i * size, size) == 0);
  }
}

void fuzz_require_near(double got, long double expected, long double bound) {
  if (isnan(expected))
    FUZZ_REQUIRE(isnan(got));
  else if (isinf(expected))
    FUZZ_REQUIRE((long double)got == expected);
  else
    FUZZ_REQUIRE(fabsl((long double)got - expected) <= bound);
}
