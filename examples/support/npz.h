/*
 * npz.h - reading NumPy's .npz format: a zip archive of .npy files, compressed or not.
 *
 * libzip unpacks. Nothing that the archive claims about a member's size is believed: it is read up
 * to what the caller allows, and its checksum is compared.
 */
#ifndef KRON_EYE_EXAMPLES_NPZ_H
#define KRON_EYE_EXAMPLES_NPZ_H

#include "support/npy.h"

/** Reads the member `name` (with its ".npy"), at most max_bytes long, as an array in C order. On
 *  false, array holds nothing to free; else npy_free() it. */
bool npz_read(const char *path, const char *name, size_t max_bytes, npy_array *array, failure *why);

/** Reads the last `size` bytes of the member: a short text of an array of bytes. */
bool npz_read_end(const char *path, const char *name, void *to, size_t size, failure *why);

#endif
