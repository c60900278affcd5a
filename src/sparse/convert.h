/* From dense arrays to CSR. */
#ifndef KRON_EYE_SPARSE_CONVERT_H
#define KRON_EYE_SPARSE_CONVERT_H

#include "problem/from_csr.h"

/* Elements of c->x that are not zero. */
size_t kron_eye_sparse_nonzeros(const struct kron_eye_conversion *c);

/* Writes c->indptr. If its integers are too small for the count, returns false and writes nothing.
 */
bool kron_eye_sparse_count(const struct kron_eye_conversion *c);

/* Does c->indptr start at 0, and never decrease? */
bool kron_eye_sparse_ordered(const struct kron_eye_conversion *c);

/* Writes c->indices and c->values. indptr is ordered and ends within the capacity. Returns false if
   a row of x does not have as many non-zero elements as indptr says. */
bool kron_eye_sparse_fill(const struct kron_eye_conversion *c);

/* Writes c->indptr, c->indices and c->values, which have room for all elements of x, or fails as
   kron_eye_sparse_count() does. */
bool kron_eye_sparse_convert(const struct kron_eye_conversion *c);

#endif
