/* Checks the arrays of a CSR matrix. */
#ifndef KRON_EYE_SPARSE_CHECK_H
#define KRON_EYE_SPARSE_CHECK_H

#include <kron_eye.h>

/* The first fault of a matrix. Its arrays are read on at most `threads` threads (0: as many as
   OpenMP would use). */
kron_eye_csr_fault kron_eye_sparse_check(const kron_eye_csr *x, size_t threads);

#endif
