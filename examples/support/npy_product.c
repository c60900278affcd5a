#include "support/npy_product.h"

#include "support/size.h"

#include <stdlib.h>

/* One combination of types and the library's functions for it, with one interface. */
struct npy_mixture {
  npy_type x;
  npy_type w; /* and y */
  int (*create)(kron_eye_plan **out, const kron_eye_shape *shape, const void *w,
                const kron_eye_options *options);
  /* n, m: elements of a unit of X and of Y */
  int (*apply)(const npy_product *product, size_t batch, const void *x, size_t n, void *y,
               size_t m);
  /* NULL where x and W are of two types. */
  int (*create_chain)(kron_eye_chain **out, size_t count, const kron_eye_factor *factors,
                      const kron_eye_options *options);
  int (*apply_chain)(const npy_product *product, size_t batch, const void *x, size_t n, void *y,
                     size_t m);
};

#define MIXTURE_FUNCTIONS(suffix, real)                                                            \
  static int create_##suffix(kron_eye_plan **out, const kron_eye_shape *shape, const void *w,      \
                             const kron_eye_options *chosen) {                                     \
    const size_t ldw = shape->op == KRON_EYE_TRANSPOSE ? shape->m : shape->n;                      \
    return kron_eye_plan_create_##suffix(out, shape, w, ldw, chosen);                              \
  }                                                                                                \
  static int apply_##suffix(const npy_product *product, size_t batch, const void *x, size_t n,     \
                            void *y, size_t m) {                                                   \
    return kron_eye_apply_##suffix(product->plan, batch, (real)product->scale, x, n, 0, y, m);     \
  }
MIXTURE_FUNCTIONS(f32, float)
MIXTURE_FUNCTIONS(f64, double)
MIXTURE_FUNCTIONS(f32_f64, double)
MIXTURE_FUNCTIONS(u8_f32, float)

#define CHAIN_FUNCTION(suffix, real)                                                               \
  static int apply_chain_##suffix(const npy_product *product, size_t batch, const void *x,         \
                                  size_t n, void *y, size_t m) {                                   \
    return kron_eye_chain_apply_##suffix(product->chain, batch, (real)product->scale, x, n, 0, y,  \
                                         m, product->workspace, product->workspace_bytes);         \
  }
CHAIN_FUNCTION(f32, float)
CHAIN_FUNCTION(f64, double)

static const struct npy_mixture mixtures[] = {
    {NPY_FLOAT32, NPY_FLOAT32, create_f32, apply_f32, kron_eye_chain_create_f32, apply_chain_f32},
    {NPY_FLOAT64, NPY_FLOAT64, create_f64, apply_f64, kron_eye_chain_create_f64, apply_chain_f64},
    {NPY_FLOAT32, NPY_FLOAT64, create_f32_f64, apply_f32_f64, NULL, NULL},
    {NPY_UINT8, NPY_FLOAT32, create_u8_f32, apply_u8_f32, NULL, NULL},
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

/* ---------------------------------------------------------------------- the factors of W */

/* Of the first `count` factors, is one a matrix? */
static bool has_matrix(const npy_options *chosen, size_t count) {
  for (size_t f = 0; f < count; ++f) {
    if (chosen->factors[f].weights != NULL) return true;
  }
  return false;
}

static size_t rows_of(const npy_factor *factor, const npy_header *w) {
  return factor->weights == NULL ? factor->identity : w->dims[factor->transpose ? 1 : 0];
}

static size_t columns_of(const npy_factor *factor, const npy_header *w) {
  return factor->weights == NULL ? factor->identity : w->dims[factor->transpose ? 0 : 1];
}

static bool check_matrix(const npy_header *w, const npy_product *product, bool first,
                         failure *why) {
  if (w->ndim != 2) return explain(why, "has %zu dimensions, not 2", w->ndim);
  return first || w->type == product->y_type ||
         explain(why, "holds %s, but the weights before it are %s", type_names[w->type],
                 type_names[product->y_type]);
}

bool npy_product_add_factor(const npy_options *chosen, size_t f, const npy_header *w,
                            npy_product *product, failure *why) {
  const npy_factor *factor = &chosen->factors[f];
  if (factor->weights != NULL) {
    if (!check_matrix(w, product, !has_matrix(chosen, f), why)) return false;
    product->y_type = w->type;
  }
  if (f == 0) product->m = product->n = 1;
  return (size_product(product->m, rows_of(factor, w), &product->m) &&
          size_product(product->n, columns_of(factor, w), &product->n)) ||
         explain(why, "makes the product of all factors too large");
}

/* ------------------------------------------------------------------------ the units of X */

/* How X is to be read: its units are n x right, and there are row_units in each of `rows`. */
typedef struct layout {
  size_t rows, row_units, n, right;
  size_t axis; /* with --axis */
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
  *l = (layout){.rows = 1, .row_units = 1, .n = n, .right = 1, .axis = axis};
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
static bool size_result(const npy_options *chosen, const npy_header *x, const layout *l,
                        npy_product *product, failure *why) {
  const size_t m = product->m;
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
    product->y_dims[l->axis] = m;
  } else if (x->ndim == 2) {
    product->y_dims[1] = outputs;
  } else {
    product->y_dims[2] = m;
  }
  if (product->y_total == 0) product->row_units = 0; /* however many empty ones there are */
  return true;
}

/* Which functions there are for the types of X and of W. */
static bool find_functions(const npy_options *chosen, npy_type x, npy_product *product,
                           failure *why) {
  const bool several = chosen->factor_count > 1;
  const struct npy_mixture *types = find_mixture(x, product->y_type);
  product->types = types;
  return (types != NULL && (!several || types->create_chain != NULL)) ||
         explain(why, "holds %s, which does not go with %s in %s; see --help", type_names[x],
                 several ? "several factors" : "weights", type_names[product->y_type]);
}

bool npy_product_check_data(const npy_options *chosen, const npy_header *x, npy_product *product,
                            failure *why) {
  layout l;
  if (x->fortran_order) {
    return explain(why, "is in Fortran order; save numpy.ascontiguousarray of it");
  }
  if (!find_functions(chosen, x->type, product, why)) return false;
  if (!(chosen->has_axis ? read_along_axis : read_blocks)(chosen, x, product->n, &l, why)) {
    return false;
  }
  product->rows = l.rows;
  product->row_units = l.row_units;
  product->right = l.right;
  product->axis = l.axis;
  product->x_align = npy_type_size(x->type);
  product->scale = chosen->scale;
  return size_result(chosen, x, &l, product, why);
}

/* ----------------------------------------------------------------------- plan and chain */

static int make_plan(const npy_options *chosen, const npy_array *w, const kron_eye_options *how,
                     npy_product *product) {
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = product->m;
  shape.n = product->n;
  shape.right = product->right;
  shape.op = chosen->factors[0].transpose ? KRON_EYE_TRANSPOSE : KRON_EYE_NO_TRANSPOSE;
  return product->types->create(&product->plan, &shape, w->values, how);
}

static kron_eye_factor chain_factor(const npy_factor *factor, const npy_array *w) {
  if (factor->weights == NULL) return kron_eye_factor_identity(factor->identity);
  kron_eye_factor made = KRON_EYE_FACTOR_INIT;
  made.op = factor->transpose ? KRON_EYE_TRANSPOSE : KRON_EYE_NO_TRANSPOSE;
  made.m = rows_of(factor, &w->header);
  made.n = columns_of(factor, &w->header);
  made.w = w->values;
  made.ldw = w->header.dims[1];
  return made;
}

/* The factors, and an identity for what is on the right of them. */
static int make_chain(const npy_options *chosen, const npy_array *w, const kron_eye_options *how,
                      npy_product *product) {
  kron_eye_factor factors[NPY_MOST_FACTORS + 1];
  for (size_t f = 0; f < chosen->factor_count; ++f) {
    factors[f] = chain_factor(&chosen->factors[f], &w[f]);
  }
  factors[chosen->factor_count] = kron_eye_factor_identity(product->right);
  const int status =
      product->types->create_chain(&product->chain, chosen->factor_count + 1, factors, how);
  if (status != KRON_EYE_OK) return status;
  product->workspace_bytes = kron_eye_chain_workspace(product->chain);
  if (product->workspace_bytes == 0) return KRON_EYE_OK;
  product->workspace = malloc(product->workspace_bytes);
  return product->workspace != NULL ? KRON_EYE_OK : KRON_EYE_NO_MEMORY;
}

bool npy_product_make(const npy_options *chosen, const npy_array *w, npy_product *product,
                      failure *why) {
  kron_eye_options how = KRON_EYE_OPTIONS_INIT;
  how.threads = chosen->threads;
  how.route = KRON_EYE_ROUTE_KERNEL; /* a row's bits then do not depend on how X is cut */
  const int status = (chosen->factor_count == 1 ? make_plan : make_chain)(chosen, w, &how, product);
  return status == KRON_EYE_OK || explain(why, "%s", kron_eye_status_text(status));
}

bool npy_product_apply(const npy_product *product, size_t units, const void *x, void *y,
                       failure *why) {
  const int status = (product->chain != NULL ? product->types->apply_chain : product->types->apply)(
      product, units, x, product->x_length, y, product->y_length);
  return status == KRON_EYE_OK || explain(why, "%s", kron_eye_status_text(status));
}

void npy_product_free(npy_product *product) {
  kron_eye_plan_destroy(product->plan);
  kron_eye_chain_destroy(product->chain);
  free(product->workspace);
  product->plan = NULL;
  product->chain = NULL;
  product->workspace = NULL;
}

size_t npy_product_units(const npy_product *product, size_t bytes) {
  const size_t longest = product->x_bytes > product->y_bytes ? product->x_bytes : product->y_bytes;
  const size_t fit = longest == 0 ? bytes : bytes / longest;
  return fit > 0 ? fit : 1;
}
