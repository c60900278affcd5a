#include "support/npz.h"

#include <stdlib.h>
#include <string.h>

#include <zip.h>

/* A complete member in memory. */
typedef struct member {
  char *bytes;
  size_t size;
} member;

/* Unpacks to the end, so that libzip compares the checksum; one byte more than allowed is asked
   for, to see a member that is longer than it says. */
static bool unpack(zip_file_t *file, size_t claimed, member *found, failure *why) {
  size_t size = 0;
  found->bytes = malloc(claimed + 1);
  if (found->bytes == NULL) return explain(why, "does not fit in memory");
  for (;;) {
    const zip_int64_t step = zip_fread(file, found->bytes + size, claimed + 1 - size);
    if (step < 0) return explain(why, "is damaged: %s", zip_file_strerror(file));
    if (step == 0) break;
    size += (size_t)step;
    if (size > claimed) return explain(why, "holds more than it claims");
  }
  if (size != claimed) return explain(why, "claims %zu bytes but holds %zu", claimed, size);
  found->size = size;
  return true;
}

static bool read_member(zip_t *archive, const char *name, size_t max_bytes, member *found,
                        failure *why) {
  zip_stat_t about;
  zip_stat_init(&about);
  if (zip_stat(archive, name, 0, &about) != 0 || (about.valid & ZIP_STAT_SIZE) == 0) {
    return explain(why, "has no member %s", name);
  }
  if (about.size > max_bytes) {
    return explain(why, "claims %llu bytes of %s, more than the %zu allowed",
                   (unsigned long long)about.size, name, max_bytes);
  }
  zip_file_t *file = zip_fopen(archive, name, 0);
  if (file == NULL) return explain(why, "cannot be unpacked: %s", zip_strerror(archive));
  const bool done = unpack(file, (size_t)about.size, found, why);
  zip_fclose(file);
  return done;
}

static bool open_and_read(const char *path, const char *name, size_t max_bytes, member *found,
                          failure *why) {
  int code = 0;
  *found = (member){NULL, 0};
  zip_t *archive = zip_open(path, ZIP_RDONLY, &code);
  if (archive == NULL) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    explain(why, "cannot be opened: %s", zip_error_strerror(&error));
    zip_error_fini(&error);
    return false;
  }
  const bool done = read_member(archive, name, max_bytes, found, why);
  zip_discard(archive);
  return done;
}

static bool parse(const member *found, npy_array *array, failure *why) {
  npy_header *header = &array->header;
  if (!npy_parse_header(found->bytes, found->size, header, why) ||
      !npy_check_file_size(header, found->size, why)) {
    return false;
  }
  if (header->fortran_order && header->ndim > 1) return explain(why, "is in Fortran order");
  array->values = malloc(header->data_bytes + 1);
  if (array->values == NULL) return explain(why, "does not fit in memory");
  memcpy(array->values, found->bytes + header->data_offset, header->data_bytes);
  return true;
}

bool npz_read(const char *path, const char *name, size_t max_bytes, npy_array *array,
              failure *why) {
  member found;
  *array = (npy_array){0};
  const bool done = open_and_read(path, name, max_bytes, &found, why) && parse(&found, array, why);
  free(found.bytes);
  return done;
}

bool npz_read_end(const char *path, const char *name, void *to, size_t size, failure *why) {
  member found;
  bool done = open_and_read(path, name, NPY_MAX_HEADER + size, &found, why);
  if (done && found.size < size) done = explain(why, "ends inside %s", name);
  if (done) memcpy(to, found.bytes + found.size - size, size);
  free(found.bytes);
  return done;
}
