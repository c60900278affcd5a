#include "support/idx.h"

#include "support/size.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { UNSIGNED_BYTE = 0x08, FIRST_STEP = 1 << 20 /* bytes */, LONGEST_READ = 1 << 24 /* bytes */ };

static size_t big_endian_32(const uint8_t *bytes) {
  return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

bool idx_parse_header(const void *data, size_t size, idx_header *header, failure *why) {
  const uint8_t *bytes = data;
  if (size < 4) return explain(why, "ends inside its IDX header");
  if (bytes[0] != 0 || bytes[1] != 0) {
    return explain(why, "is not an IDX file (it does not start with two zero bytes)");
  }
  if (bytes[2] != UNSIGNED_BYTE) {
    return explain(why, "holds elements of IDX type 0x%02x, not unsigned bytes (0x08)", bytes[2]);
  }
  const size_t ndim = bytes[3];
  if (ndim < 1 || ndim > IDX_MAX_DIMS) {
    return explain(why, "has %zu dimensions, not 1 to %d", ndim, IDX_MAX_DIMS);
  }
  const size_t data_offset = 4 + 4 * ndim;
  if (size < data_offset) return explain(why, "ends inside its IDX header");

  *header = (idx_header){ndim, {1, 1, 1}, data_offset, 1};
  for (size_t d = 0; d < ndim; ++d) {
    header->dims[d] = big_endian_32(bytes + 4 + 4 * d);
    if (!size_product(header->data_bytes, header->dims[d], &header->data_bytes)) {
      return explain(why, "claims a size that fits in no memory");
    }
  }
  return true;
}

/* The reason why gzread() returned less than requested, or true if the file simply ended there. */
static bool explain_end(gzFile file, failure *why) {
  int code = Z_OK;
  gzerror(file, &code);
  switch (code) {
  case Z_OK:
    return true;
  case Z_ERRNO:
    return explain(why, "cannot be read: %s", strerror(errno));
  case Z_BUF_ERROR:
    return explain(why, "is cut short inside its compressed data");
  case Z_MEM_ERROR:
    return explain(why, "cannot be decompressed: out of memory");
  default:
    return explain(why, "has damaged compressed data");
  }
}

/* Reads up to `size` bytes; *got < size only at the end of the file. */
static bool read_bytes(gzFile file, uint8_t *to, size_t size, size_t *got, failure *why) {
  *got = 0;
  while (*got < size) {
    const size_t left = size - *got;
    const int step = gzread(file, to + *got, left < LONGEST_READ ? (unsigned)left : LONGEST_READ);
    if (step <= 0) return explain_end(file, why);
    *got += (size_t)step;
  }
  return true;
}

static bool read_header(gzFile file, idx_header *header, failure *why) {
  uint8_t bytes[IDX_MAX_HEADER];
  size_t size = 0;
  if (!read_bytes(file, bytes, 4, &size, why)) return false;
  if (size == 4 && bytes[3] <= IDX_MAX_DIMS) {
    size_t more = 0;
    if (!read_bytes(file, bytes + 4, 4 * (size_t)bytes[3], &more, why)) return false;
    size += more;
  }
  return idx_parse_header(bytes, size, header, why);
}

/* Reads the data into a buffer that grows to at most twice the data already read. */
static bool read_data(gzFile file, idx_array *array, failure *why) {
  const size_t wanted = array->header.data_bytes;
  size_t capacity = 0;
  size_t filled = 0;
  while (filled < wanted) {
    const size_t grown = capacity == 0 ? FIRST_STEP : 2 * capacity;
    capacity = grown < wanted ? grown : wanted;
    uint8_t *values = realloc(array->values, capacity);
    if (values == NULL) return explain(why, "does not fit in memory");
    array->values = values;
    size_t got = 0;
    if (!read_bytes(file, values + filled, capacity - filled, &got, why)) return false;
    filled += got;
    if (filled < capacity) {
      return explain(why, "claims %zu bytes of data but ends after %zu", wanted, filled);
    }
  }
  uint8_t extra;
  size_t got = 0;
  if (!read_bytes(file, &extra, 1, &got, why)) return false;
  if (got != 0) return explain(why, "has more data than the %zu bytes that it claims", wanted);
  return true;
}

static bool read_array(gzFile file, size_t max_bytes, idx_array *array, failure *why) {
  if (!read_header(file, &array->header, why)) return false;
  if (array->header.data_bytes > max_bytes) {
    return explain(why, "claims %zu bytes of data, more than the %zu allowed",
                   array->header.data_bytes, max_bytes);
  }
  return read_data(file, array, why);
}

bool idx_read(const char *path, size_t max_bytes, idx_array *array, failure *why) {
  *array = (idx_array){0};
  errno = 0; /* gzopen() sets it unless memory ran out */
  gzFile file = gzopen(path, "rb");
  if (file == NULL) {
    return explain(why, "cannot be opened: %s", errno == 0 ? "out of memory" : strerror(errno));
  }
  const bool done = read_array(file, max_bytes, array, why);
  gzclose_r(file);
  if (!done) idx_free(array);
  return done;
}

void idx_free(idx_array *array) {
  free(array->values);
  *array = (idx_array){0};
}
