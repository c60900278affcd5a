/*
 * npy_product.h - from the factors of W, the header of X and the options to a product that is
 * applied to pieces of X: what npy_apply and npy_apply_mpi share. One factor makes a plan, several
 * make a chain.
 *
 * X is rows of units, one after the other without gaps, and Y the same units multiplied. A unit is
 * what one row of the plan or chain is: n x right elements, whatever rows X puts them in; with
 * --axis, all that follows one combination of the indices before the axis. The first dimension of
 * `rows` is then made of all of these combinations.
 */
#ifndef KRON_EYE_EXAMPLES_NPY_PRODUCT_H
#define KRON_EYE_EXAMPLES_NPY_PRODUCT_H

#include "support/npy.h"
#include "support/npy_options.h"

#include <kron_eye.h>

typedef struct npy_product {
  size_t rows;             /**< of X and of Y */
  size_t row_units;        /**< units in a row; 0 where Y has no elements */
  size_t x_bytes, y_bytes; /**< of a unit */
  size_t x_align;          /**< bytes of an element of X: apply wants X at a multiple of it */
  npy_type y_type;
  size_t y_ndim;
  size_t y_dims[NPY_MAX_DIMS];
  size_t axis;    /**< with --axis: the dimension that it is, from 0 */
  size_t y_total; /**< bytes of the whole Y; it fits in PTRDIFF_MAX */

  /* private */
  size_t m, n; /* of all factors together */
  const struct npy_mixture *types;
  size_t right;              /* of the plan */
  size_t x_length, y_length; /* elements of a unit */
  double scale;
  kron_eye_plan *plan;   /* one of these two */
  kron_eye_chain *chain; /* is NULL */
  void *workspace;       /* of the chain */
  size_t workspace_bytes;
} npy_product;

/**
 * Takes the factor f in, from 0 on one after the other, into a product that is zeroed before the
 * first. w: the header of its matrix; not looked at for an identity. On false the fault is the
 * factor's.
 */
bool npy_product_add_factor(const npy_options *chosen, size_t f, const npy_header *w,
                            npy_product *product, failure *why);

/** Fills in all but the plan, once all factors are in. On false the fault is X's. */
bool npy_product_check_data(const npy_options *chosen, const npy_header *x, npy_product *product,
                            failure *why);

/**
 * Makes the plan or chain: the library's own kernels only. w[f]: elements of the matrix of factor
 * f, in C order; not looked at for an identity.
 */
bool npy_product_make(const npy_options *chosen, const npy_array *w, npy_product *product,
                      failure *why);

/** `units` units of X, aligned for its elements, to as many of Y. */
bool npy_product_apply(const npy_product *product, size_t units, const void *x, void *y,
                       failure *why);

/** Frees the plan or chain. A zeroed product is accepted. */
void npy_product_free(npy_product *product);

/** Units that come to at most `bytes` of X and of Y each; at least one. */
size_t npy_product_units(const npy_product *product, size_t bytes);

#endif
