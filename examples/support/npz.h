/*
 * npz.h - reading NumPy's .npz format: a zip archive of .npy files, compressed or not.
 *
 * libzip does the unpacking. The size that the archive claims for a member is not trusted: the
 * member is read up to the caller's limit, and its checksum is verified.
 */
#ifndef KRON_EYE_EXAMPLES_NPZ_H
#define KRON_EYE_EXAMPLES_NPZ_H

#include "support/npy.h"

/** Reads the member `name` (including ".npy"), at most max_bytes long, as an array in C order, to
 * be freed by npy_free(). If it returns false, there is nothing to free. */
bool npz_read(const char *path, const char *name, size_t max_bytes, npy_array *array, failure *why);

/** Reads the last `size` bytes of the member, for the text in a short array of bytes. */
bool npz_read_end(const char *path, const char *name, void *to, size_t size, failure *why);

#endif
