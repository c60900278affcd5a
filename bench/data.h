/* The arrays of one case, in every type requested. */
#ifndef KRON_EYE_BENCH_DATA_H
#define KRON_EYE_BENCH_DATA_H

#include "task.h"

#include <stdbool.h>
#include <stdint.h>

struct dimensions {
  size_t rows, blocks, m, n;
};

struct dataset {
  struct dimensions size;
  char description[160];
  double nonzero; /* share of x */
  /* NULL if no type of the set needs it; the float arrays are always there. The doubles of x are
   * the floats; W is drawn in double and rounded; the bytes are 255 x, rounded up. */
  float *x_f32, *w_f32;
  double *x_f64, *w_f64;
  uint8_t *x_u8;
  void *y; /* rows x blocks*m, of the widest type */
};

/** Names that data_create() knows, separated by bars. */
extern const char data_names[];

/**
 * Makes x of the kind `name` and a standard-normal W, both from fixed seeds. Images come from the
 * IDX file `images` (NULL: Debian's Fashion-MNIST) and are repeated if x is larger.
 */
void data_create(struct dataset *data, const char *name, const char *images, struct dimensions size,
                 unsigned types);
void data_destroy(struct dataset *data);

/** True if Debian's Fashion-MNIST is installed. */
bool data_has_fashion(void);

/** The task of one type on this data. */
struct task data_task(const struct dataset *data, enum type type, size_t threads);

#endif
