#include "support/npy_product.h"

#include "support/size.h"

/* One combination of types and the library's functions for it, with one interface. */
struct npy_mixture {
  npy_type x;
  npy_type w; /* and y */
  int (*create)(kron_eye_plan **out, const kron_eye_shape *shape, const void *w,
                const kron_eye_options *options);
  int (*apply)(const kron_eye_plan *plan, size_t batch, double alpha, const void *x, size_t n,
               void *y, size_t m); /* n, m: elements of a unit of X and of Y */
};

#define MIXTURE_FUNCTIONS(suffix, real)                                                            \
  static int create_##suffix(kron_eye_plan **out, const kron_eye_shape *shape, const void *w,      \
                             const kron_eye_options *chosen) {                                     \
    const size_t ldw = shape->op == KRON_EYE_TRANSPOSE ? shape->m : shape->n;                      \
    return kron_eye_plan_create_##suffix(out, shape, w, ldw, chosen);                              \
  }                                                                                                \
  static int apply_##suffix(const kron_eye_plan *plan, size_t batch, double alpha, const void *x,  \
                            size_t n, void *y, size_t m) {                                         \
    return kron_eye_apply_##suffix(plan, batch, (real)alpha, x, n, 0, y, m);                       \
  }
MIXTURE_FUNCTIONS(f32, float)
MIXTURE_FUNCTIONS(f64, double)
MIXTURE_FUNCTIONS(f32_f64, double)
MIXTURE_FUNCTIONS(u8_f32, float)

static const struct npy_mixture mixtures[] = {
    {NPY_FLOAT32, NPY_FLOAT32, create_f32, apply_f32},
    {NPY_FLOAT64, NPY_FLOAT64, create_f64, apply_f64},
    {NPY_FLOAT32, NPY_FLOAT64, create_f32_f64, apply_f32_f64},
    {NPY_UINT8, NPY_FLOAT32, create_u8_f32, apply_u8_f32},
};

static const char *const type_names[] = {[NPY_UINT8] = "uint8",
                                         [NPY_FLOAT32] = "float32",
                                         [NPY_FLOAT64] = "float64",
                                         [NPY_INT32] = "int32",
                                         [NPY_INT64] = "int64"};

static const struct npy_mixture *find_mixture(npy_type x, npy_type w) {
  for (size_t i = 0; i < sizeof mixtures / sizeof mixtures[0]; ++i) {
    if (mixtures[i].x == x && mixtures[i].w == w) return &mixtures[i];
  }
  return NULL;
}

bool npy_product_check_weights(const npy_header *w, failure *why) {
  return w->ndim == 2 || explain(why, "has %zu dimensions, not 2", w->ndim);
}

/* How X is to be read: its units are n x right, and there are row_units in each of `rows`. */
typedef struct layout {
  size_t rows, row_units, n, right;
} layout;

/* One unit for each combination of indices before the axis. */
static bool read_along_axis(const npy_options *chosen, const npy_header *x, size_t n, layout *l,
                            failure *why) {
  if (chosen->axis > x->ndim || (!chosen->from_end && chosen->axis == x->ndim)) {
    return explain(why, "has %zu dimensions and no axis %s%zu", x->ndim,
                   chosen->from_end ? "-" : "", chosen->axis);
  }
  const size_t axis = chosen->from_end ? x->ndim - chosen->axis : chosen->axis;
  if (x->dims[axis] != n) {
    return explain(why, "has %zu elements along the axis, not %zu (columns of W)", x->dims[axis],
                   n);
  }
  *l = (layout){.rows = 1, .row_units = 1, .n = n, .right = 1};
  bool fits = true;
  for (size_t d = 0; d < axis; ++d) fits = fits && size_product(l->rows, x->dims[d], &l->rows);
  for (size_t d = axis + 1; d < x->ndim; ++d) {
    fits = fits && size_product(l->right, x->dims[d], &l->right);
  }
  return fits || explain(why, "gives a result that is too large");
}

/* Blocks of n x right in each row, from the shape and from --blocks and --right. */
static bool read_blocks(const npy_options *chosen, const npy_header *x, size_t n, layout *l,
                        failure *why) {
  const size_t wanted = chosen->blocks;
  const size_t right = chosen->right == 0 ? 1 : chosen->right;
  const size_t split = chosen->right == 0 ? 3 : 4; /* dimensions where blocks have their own */
  if (x->ndim != 2 && x->ndim != split) {
    return explain(why, "has %zu dimension%s, not 2 or %zu", x->ndim, x->ndim == 1 ? "" : "s",
                   split);
  }
  size_t block = 0;
  if (!size_product(n, right, &block)) return explain(why, "has smaller rows than one block");
  size_t width = x->dims[x->ndim - 1];
  if (x->ndim == 4 && width != right) {
    return explain(why, "has %zu elements in its last dimension, not %zu", width, right);
  }
  if (x->ndim == 4) width = x->dims[2] * right; /* the file holds them, or is empty */
  if (x->ndim != 2 ? x->dims[2] != n : block == 0 ? width != 0 : width % block != 0) {
    return explain(why, "has rows of %zu elements, which no blocks of %zu (columns of W%s) fill",
                   width, block, right == 1 ? "" : ", times R");
  }
  if (x->ndim == 2 && block == 0 && wanted == 0) {
    return explain(why, "has rows without elements: --blocks must say how many blocks they are");
  }
  const size_t blocks = x->ndim != 2 ? x->dims[1] : block == 0 ? wanted : width / block;
  *l = (layout){.rows = x->dims[0], .row_units = blocks, .n = n, .right = right};
  if (wanted == 0 || blocks == wanted) return true;
  return explain(why, "has %zu blocks a row, not %zu", blocks, wanted);
}

/* The sizes of Y, which has X's dimensions but m for n. */
static bool size_result(const npy_options *chosen, const npy_header *x, const layout *l, size_t m,
                        npy_product *product, failure *why) {
  const size_t x_size = npy_type_size(x->type);
  const size_t y_size = npy_type_size(product->y_type);
  size_t units = 0;
  size_t outputs = 0;
  if (!size_product(l->n, l->right, &product->x_length) ||
      !size_product(m, l->right, &product->y_length) ||
      !size_product(product->x_length, x_size, &product->x_bytes) ||
      !size_product(product->y_length, y_size, &product->y_bytes) ||
      !size_product(l->rows, l->row_units, &units) ||
      !size_product(l->row_units, product->y_length, &outputs) ||
      !size_product(units, product->y_bytes, &product->y_total)) {
    return explain(why, "gives a result that is too large");
  }
  product->y_ndim = x->ndim;
  for (size_t d = 0; d < x->ndim; ++d) product->y_dims[d] = x->dims[d];
  if (chosen->has_axis) {
    product->y_dims[chosen->from_end ? x->ndim - chosen->axis : chosen->axis] = m;
  } else if (x->ndim == 2) {
    product->y_dims[1] = outputs;
  } else {
    product->y_dims[2] = m;
  }
  if (product->y_total == 0) product->row_units = 0; /* however many empty ones there are */
  return true;
}

bool npy_product_check_data(const npy_options *chosen, const npy_header *w, const npy_header *x,
                            npy_product *product, failure *why) {
  const size_t m = w->dims[chosen->transpose ? 1 : 0];
  const size_t n = w->dims[chosen->transpose ? 0 : 1];
  layout l;
  if (x->fortran_order) {
    return explain(why, "is in Fortran order; save numpy.ascontiguousarray of it");
  }
  const struct npy_mixture *types = find_mixture(x->type, w->type);
  if (types == NULL) {
    return explain(why, "holds %s, which does not go with weights in %s; see --help",
                   type_names[x->type], type_names[w->type]);
  }
  if (!(chosen->has_axis ? read_along_axis : read_blocks)(chosen, x, n, &l, why)) return false;
  *product = (npy_product){.rows = l.rows,
                           .row_units = l.row_units,
                           .right = l.right,
                           .x_align = npy_type_size(x->type),
                           .y_type = w->type,
                           .types = types,
                           .scale = chosen->scale};
  return size_result(chosen, x, &l, m, product, why);
}

bool npy_product_make(const npy_options *chosen, const npy_array *w, npy_product *product,
                      failure *why) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = w->header.dims[chosen->transpose ? 1 : 0];
  shape.n = w->header.dims[chosen->transpose ? 0 : 1];
  shape.right = product->right;
  shape.op = chosen->transpose ? KRON_EYE_TRANSPOSE : KRON_EYE_NO_TRANSPOSE;
  kron_eye_options how = KRON_EYE_OPTIONS_INIT;
  how.threads = chosen->threads;
  how.route = KRON_EYE_ROUTE_KERNEL; /* a row's bits then do not depend on how X is cut */
  const int status = product->types->create(&product->plan, &shape, w->values, &how);
  return status == KRON_EYE_OK || explain(why, "%s", kron_eye_status_text(status));
}

bool npy_product_apply(const npy_product *product, size_t units, const void *x, void *y,
                       failure *why) {
  const int status = product->types->apply(product->plan, units, product->scale, x,
                                           product->x_length, y, product->y_length);
  return status == KRON_EYE_OK || explain(why, "%s", kron_eye_status_text(status));
}

void npy_product_free(npy_product *product) {
  kron_eye_plan_destroy(product->plan);
  product->plan = NULL;
}

size_t npy_product_units(const npy_product *product, size_t bytes) {
  const size_t longest = product->x_bytes > product->y_bytes ? product->x_bytes : product->y_bytes;
  const size_t fit = longest == 0 ? bytes : bytes / longest;
  return fit > 0 ? fit : 1;
}
