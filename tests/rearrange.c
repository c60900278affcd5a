#include "rearrange.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

char *elements(element e, size_t count) {
  char *a = calloc(count + 1, element_size(e));
  assert_non_null(a);
  return a;
}

char *drawn(element e, size_t count, bool integers, rng *r) {
  char *a = elements(e, count);
  for (size_t i = 0; i < count; i++) {
    const double small = (double)rng_below(r, 9) - (e == ELEMENT_U8 ? 0 : 4);
    const double any = e == ELEMENT_U8 ? (double)rng_below(r, 256) : rng_normal(r);
    element_set(e, a, i, integers ? small : any);
  }
  return a;
}

void scale(element e, void *array, size_t count, double by) {
  for (size_t i = 0; i < count; i++) element_set(e, array, i, by * element_get(e, array, i));
}

void permutation(size_t order[PERMUTED_MOST], size_t count, rng *r) {
  assert_true(count <= PERMUTED_MOST);
  for (size_t k = 0; k < count; k++) {
    const size_t other = rng_below(r, k + 1);
    order[k] = order[other];
    order[other] = k;
  }
}

size_t moved(const size_t *order, size_t k) {
  return order != NULL ? order[k] : k;
}

char *rearranged(element e, const char *from, box whole, box part, moves move) {
  const size_t size = element_size(e);
  char *to = elements(e, part.outer * part.middle * part.inner), *next = to;
  for (size_t i = 0; i < part.outer; i++)
    for (size_t j = 0; j < part.middle; j++)
      for (size_t c = 0; c < part.inner; c++, next += size) {
        const size_t at =
            (moved(move.outer, i) * whole.middle + moved(move.middle, j)) * whole.inner +
            moved(move.inner, c);
        memcpy(next, from + at * size, size);
      }
  return to;
}

size_t at_w(const kron_eye_shape *s, size_t a, size_t i, size_t j) {
  return a * s->stridew + (s->op == KRON_EYE_TRANSPOSE ? j * s->m + i : i * s->n + j);
}
