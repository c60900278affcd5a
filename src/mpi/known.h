/* The callers' structs, which may be of another version, as structs of this one. Only for structs
   that the library has found sound. */
#ifndef KRON_EYE_MPI_KNOWN_H
#define KRON_EYE_MPI_KNOWN_H

#include <kron_eye.h>

#include <string.h>

static inline kron_eye_shape kron_eye_mpi_known_shape(const kron_eye_shape *shape) {
  kron_eye_shape known = KRON_EYE_SHAPE_INIT;
  memcpy(&known, shape, shape->size < sizeof known ? shape->size : sizeof known);
  known.size = sizeof known;
  return known;
}

/* NULL: the defaults. */
static inline kron_eye_options kron_eye_mpi_known_options(const kron_eye_options *options) {
  kron_eye_options known = KRON_EYE_OPTIONS_INIT;
  if (options) memcpy(&known, options, options->size < sizeof known ? options->size : sizeof known);
  known.size = sizeof known;
  return known;
}

#endif
