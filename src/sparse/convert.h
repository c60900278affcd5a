/* Dense arrays -> CSR. */
#ifndef KRON_EYE_SPARSE_CONVERT_H
#define KRON_EYE_SPARSE_CONVERT_H

#include "problem/from_csr.h"

/* Elements of c->x that are not zero. */
size_t kron_eye_sparse_nonzeros(const struct kron_eye_conversion *c);

/* Writes c->indptr, or, where its integers are too small for the count, returns false and does
   not. */
bool kron_eye_sparse_count(const struct kron_eye_conversion *c);

/* Does c->indptr start at 0, and never decrease? */
bool kron_eye_sparse_ordered(const struct kron_eye_conversion *c);

/* Writes c->indices and c->values; false where a row of x has not as many elements as indptr, which
   is ordered and ends within the capacity, says. */
bool kron_eye_sparse_fill(const struct kron_eye_conversion *c);

/* Writes c->indptr, c->indices and c->values, which have room for all elements of x; or does as
   kron_eye_sparse_count(). */
bool kron_eye_sparse_convert(const struct kron_eye_conversion *c);

#endif
