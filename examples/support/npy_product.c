#include "support/npy_product.h"

#include "support/size.h"

/* One combination of types and the library's functions for it, with one interface. */
struct npy_mixture {
  npy_type x;
  npy_type w; /* and y */
  int (*create)(kron_eye_plan **out, const kron_eye_shape *shape, const void *w,
                const kron_eye_options *options);
  int (*apply)(const kron_eye_plan *plan, size_t batch, double alpha, const void *x, size_t n,
               void *y, size_t m);
};

#define MIXTURE_FUNCTIONS(suffix, real)                                                            \
  static int create_##suffix(kron_eye_plan **out, const kron_eye_shape *shape, const void *w,      \
                             const kron_eye_options *chosen) {                                     \
    return kron_eye_plan_create_##suffix(out, shape, w, shape->n, chosen);                         \
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

/* The number of blocks in a row of X, from its shape and from --blocks. */
static bool find_blocks(const npy_header *x, size_t n, size_t wanted, size_t *blocks,
                        failure *why) {
  const size_t width = x->dims[x->ndim - 1];
  if (x->ndim == 3 ? width != n : n == 0 ? width != 0 : width % n != 0) {
    return explain(why, "has rows of %zu elements, which no blocks of %zu (columns of W) fill",
                   width, n);
  }
  if (x->ndim == 2 && n == 0 && wanted == 0) {
    return explain(why, "has rows without elements: --blocks must say how many blocks they are");
  }
  *blocks = x->ndim == 3 ? x->dims[1] : n == 0 ? wanted : width / n;
  if (wanted == 0 || *blocks == wanted) return true;
  return explain(why, "has %zu blocks a row, not %zu", *blocks, wanted);
}

/* The sizes of Y. Those of W and X, and so of a unit, fit since their files hold them. */
static bool size_result(npy_product *product, failure *why) {
  size_t units = 0;
  size_t outputs = 0;
  size_t elements = 0;
  if (!size_product(product->rows, product->row_units, &units) ||
      !size_product(product->row_units, product->y_length, &outputs) ||
      !size_product(units, product->y_length, &elements) ||
      !size_product(elements, npy_type_size(product->y_type), &product->y_total)) {
    return explain(why, "gives a result that is too large");
  }
  product->y_dims[0] = product->rows;
  product->y_dims[1] = product->y_ndim == 2 ? outputs : product->row_units;
  product->y_dims[2] = product->y_length;
  if (product->y_total == 0) product->row_units = 0; /* however many empty ones there are */
  return true;
}

bool npy_product_check_data(const npy_options *chosen, const npy_header *w, const npy_header *x,
                            npy_product *product, failure *why) {
  const size_t m = w->dims[0];
  const size_t n = w->dims[1];
  size_t blocks = 0;
  if (x->fortran_order) {
    return explain(why, "is in Fortran order; save numpy.ascontiguousarray of it");
  }
  if (x->ndim != 2 && x->ndim != 3) return explain(why, "has 1 dimension, not 2 or 3");
  const struct npy_mixture *types = find_mixture(x->type, w->type);
  if (types == NULL) {
    return explain(why, "holds %s, which does not go with weights in %s; see --help",
                   type_names[x->type], type_names[w->type]);
  }
  if (!find_blocks(x, n, chosen->blocks, &blocks, why)) return false;
  *product = (npy_product){.rows = x->dims[0],
                           .row_units = blocks,
                           .x_bytes = n * npy_type_size(x->type),
                           .y_bytes = m * npy_type_size(w->type),
                           .x_align = npy_type_size(x->type),
                           .y_type = w->type,
                           .y_ndim = x->ndim,
                           .types = types,
                           .x_length = n,
                           .y_length = m,
                           .scale = chosen->scale};
  return size_result(product, why);
}

bool npy_product_make(const npy_options *chosen, const npy_array *w, npy_product *product,
                      failure *why) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = w->header.dims[0];
  shape.n = w->header.dims[1];
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
