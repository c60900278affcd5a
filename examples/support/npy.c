#include "support/npy.h"

#include "support/atomic_file.h"
#include "support/size.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const unsigned char MAGIC[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'}; /* then the version */
enum { PREAMBLE = 8 /* bytes: magic and version */, TEXT_LIMIT = 10000 /* bytes */ };

/* NumPy's names of the types, without the byte order. */
static const char *const type_names[] = {[NPY_UINT8] = "u1",
                                         [NPY_FLOAT32] = "f4",
                                         [NPY_FLOAT64] = "f8",
                                         [NPY_INT32] = "i4",
                                         [NPY_INT64] = "i8"};
enum { TYPE_COUNT = sizeof type_names / sizeof type_names[0] };

size_t npy_type_size(npy_type type) {
  return (size_t)(type_names[type][1] - '0');
}

static char machine_byte_order(void) {
  const uint16_t one = 1;
  unsigned char first;
  memcpy(&first, &one, 1);
  return first == 1 ? '<' : '>';
}

/* ------------------------------------------------------- the header's text, token by token */

typedef struct cursor {
  const char *at;
  const char *end;
  bool python2; /* sizes may end in L, as Python 2 wrote them */
} cursor;

static void skip_blanks(cursor *text) {
  while (text->at < text->end && strchr(" \t\r\n", *text->at) != NULL && *text->at != '\0') {
    ++text->at;
  }
}

static bool at_end(cursor *text) {
  skip_blanks(text);
  return text->at == text->end;
}

static bool take(cursor *text, const char *token) {
  const size_t length = strlen(token);
  skip_blanks(text);
  if ((size_t)(text->end - text->at) < length || memcmp(text->at, token, length) != 0) return false;
  text->at += length;
  return true;
}

/* A quoted string without escapes; *content lies between the quotes. */
static bool take_string(cursor *text, cursor *content) {
  skip_blanks(text);
  if (text->at == text->end || (*text->at != '\'' && *text->at != '"')) return false;
  const char *first = text->at + 1;
  const char *close = memchr(first, *text->at, (size_t)(text->end - first));
  if (close == NULL || memchr(first, '\\', (size_t)(close - first)) != NULL) return false;
  *content = (cursor){first, close, false};
  text->at = close + 1;
  return true;
}

static bool equals(cursor content, const char *word) {
  const size_t length = strlen(word);
  return (size_t)(content.end - content.at) == length && memcmp(content.at, word, length) == 0;
}

/* A decimal number without sign; false also if it exceeds PTRDIFF_MAX. */
static bool take_size(cursor *text, size_t *size) {
  skip_blanks(text);
  const char *first = text->at;
  size_t value = 0;
  for (; text->at < text->end && *text->at >= '0' && *text->at <= '9'; ++text->at) {
    const size_t digit = (size_t)(*text->at - '0');
    if (!size_product(value, 10, &value) || value > (size_t)PTRDIFF_MAX - digit) return false;
    value += digit;
  }
  *size = value;
  if (text->at == first) return false;
  if (text->python2 && text->at < text->end && *text->at == 'L') ++text->at;
  return true;
}

/* ------------------------------------------------------------------- the header's meaning */

static bool take_type(cursor *text, npy_type *type, failure *why) {
  cursor name;
  if (!take_string(text, &name))
    return explain(why, "has no plain element type in its .npy header");
  char order = '=';
  if (name.at < name.end && strchr("<>=|", *name.at) != NULL && *name.at != '\0') {
    order = *name.at++;
  }
  for (size_t i = 0; i < TYPE_COUNT; ++i) {
    if (!equals(name, type_names[i])) continue;
    *type = (npy_type)i;
    if (npy_type_size(*type) == 1 || order == '=' || order == machine_byte_order()) return true;
    return explain(why, "is not in this machine's byte order");
  }
  return explain(why, "holds elements that are not float32, float64, uint8, int32 or int64; "
                      "convert them with astype");
}

static bool take_order(cursor *text, bool *fortran_order, failure *why) {
  *fortran_order = take(text, "True");
  if (*fortran_order || take(text, "False")) return true;
  return explain(why, "has a broken memory order in its .npy header");
}

/* A tuple: (5,) or (5, 6) or (5, 6,) but not (5). */
static bool take_shape(cursor *text, npy_header *header, failure *why) {
  if (!take(text, "(")) return explain(why, "has a broken shape in its .npy header");
  bool comma = true;
  header->ndim = 0;
  while (!take(text, ")")) {
    if (!comma) return explain(why, "has a broken shape in its .npy header");
    if (header->ndim == NPY_MAX_DIMS) {
      return explain(why, "has more than %d dimensions", NPY_MAX_DIMS);
    }
    if (!take_size(text, &header->dims[header->ndim])) {
      return explain(why, "has a shape with a size that is negative, too large or no number");
    }
    ++header->ndim;
    comma = take(text, ",");
  }
  if (header->ndim == 0) return explain(why, "holds a single number, not an array");
  if (header->ndim == 1 && !comma) return explain(why, "has a broken shape in its .npy header");
  return true;
}

/* {'descr': '<f4', 'fortran_order': False, 'shape': (5, 6), } with the keys in any order. */
static bool parse_dictionary(cursor *text, npy_header *header, failure *why) {
  bool has_type = false;
  bool has_order = false;
  bool has_shape = false;
  bool comma = true;
  if (!take(text, "{")) return explain(why, "has no dictionary in its .npy header");
  while (!take(text, "}")) {
    cursor key;
    if (!comma || !take_string(text, &key) || !take(text, ":")) {
      return explain(why, "has a broken dictionary in its .npy header");
    }
    if (equals(key, "descr") && !has_type) {
      if (!take_type(text, &header->type, why)) return false;
      has_type = true;
    } else if (equals(key, "fortran_order") && !has_order) {
      if (!take_order(text, &header->fortran_order, why)) return false;
      has_order = true;
    } else if (equals(key, "shape") && !has_shape) {
      if (!take_shape(text, header, why)) return false;
      has_shape = true;
    } else {
      return explain(why, "has an unknown or repeated key in its .npy header");
    }
    comma = take(text, ",");
  }
  if (!at_end(text)) return explain(why, "has something after the dictionary in its .npy header");
  if (!has_type || !has_order || !has_shape) {
    return explain(why, "has no element type, memory order or shape in its .npy header");
  }
  return true;
}

static bool count_bytes(npy_header *header, failure *why) {
  header->data_bytes = npy_type_size(header->type);
  for (size_t d = 0; d < header->ndim; ++d) {
    if (!size_product(header->data_bytes, header->dims[d], &header->data_bytes)) {
      return explain(why, "claims a size that fits in no memory");
    }
  }
  return true;
}

bool npy_parse_header(const void *data, size_t size, npy_header *header, failure *why) {
  const unsigned char *bytes = data;
  if (size < sizeof MAGIC || memcmp(bytes, MAGIC, sizeof MAGIC) != 0)
    return explain(why, "is not a .npy file");
  if (size < PREAMBLE) return explain(why, "ends inside its .npy header");
  const unsigned major = bytes[6];
  if (major < 1 || major > 3 || bytes[7] != 0) {
    return explain(why, "has .npy version %u.%u, not 1.0 to 3.0", major, (unsigned)bytes[7]);
  }
  /* The text's length: little-endian, 2 bytes in version 1.0, 4 bytes later. */
  const size_t length_bytes = major == 1 ? 2 : 4;
  if (size < PREAMBLE + length_bytes) return explain(why, "ends inside its .npy header");
  size_t length = 0;
  for (size_t i = length_bytes; i-- > 0;) length = length << 8 | bytes[PREAMBLE + i];
  const size_t start = PREAMBLE + length_bytes;
  if (length > TEXT_LIMIT) return explain(why, "claims a .npy header of %zu bytes", length);
  if (size - start < length) return explain(why, "ends inside its .npy header");

  *header = (npy_header){.data_offset = start + length};
  for (size_t d = 0; d < NPY_MAX_DIMS; ++d) header->dims[d] = 1;
  /* NumPy too takes Python 2's sizes in the versions that Python 2 could write. */
  cursor text = {(const char *)bytes + start, (const char *)bytes + start + length, major < 3};
  return parse_dictionary(&text, header, why) && count_bytes(header, why);
}

bool npy_check_file_size(const npy_header *header, size_t file_size, failure *why) {
  const size_t present = file_size < header->data_offset ? 0 : file_size - header->data_offset;
  if (present == header->data_bytes) return true;
  return explain(why, "claims %zu bytes of data but holds %zu", header->data_bytes, present);
}

/* ---------------------------------------------------------------------------------- files */

/* Reads exactly `size` bytes of the file from `offset` on. */
static bool read_exactly(int descriptor, size_t offset, void *to, size_t size, failure *why) {
  const size_t longest = (size_t)1 << 30; /* bytes; Linux transfers less than 2 GiB per call */
  char *bytes = to;
  while (size > 0) {
    const ssize_t step = pread(descriptor, bytes, size < longest ? size : longest, (off_t)offset);
    if (step < 0 && errno == EINTR) continue;
    if (step < 0) return explain(why, "cannot be read: %s", strerror(errno));
    if (step == 0) return explain(why, "became shorter while it was read");
    bytes += step;
    offset += (size_t)step;
    size -= (size_t)step;
  }
  return true;
}

static bool read_header(int descriptor, npy_header *header, failure *why) {
  struct stat file;
  if (fstat(descriptor, &file) != 0) return explain(why, "cannot be read: %s", strerror(errno));
  if (!S_ISREG(file.st_mode)) return explain(why, "is not a regular file");
  if ((uintmax_t)file.st_size > (uintmax_t)PTRDIFF_MAX) return explain(why, "is too large");
  const size_t file_size = (size_t)file.st_size;
  char bytes[NPY_MAX_HEADER];
  const size_t size = file_size < sizeof bytes ? file_size : sizeof bytes;
  return read_exactly(descriptor, 0, bytes, size, why) &&
         npy_parse_header(bytes, size, header, why) && npy_check_file_size(header, file_size, why);
}

bool npy_read_header(const char *path, npy_header *header, failure *why) {
  /* O_NONBLOCK: opening a pipe must not wait for its writer; a plain file does not care. */
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return explain(why, "cannot be opened: %s", strerror(errno));
  const bool done = read_header(descriptor, header, why);
  close(descriptor);
  return done;
}

/* A matrix in Fortran order is its transpose in C order: rows and columns are of the result. */
static bool make_c_order(npy_array *array, failure *why) {
  const size_t rows = array->header.dims[0];
  const size_t columns = array->header.dims[1];
  const size_t size = npy_type_size(array->header.type);
  char *turned = malloc(array->header.data_bytes);
  if (turned == NULL) return explain(why, "does not fit in memory");
  const char *values = array->values;
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) {
      memcpy(turned + (i * columns + j) * size, values + (j * rows + i) * size, size);
    }
  }
  free(array->values);
  array->values = turned;
  return true;
}

static bool read_array(int descriptor, size_t max_bytes, npy_array *array, failure *why) {
  if (!read_header(descriptor, &array->header, why)) return false;
  if (array->header.fortran_order && array->header.ndim > 2) {
    return explain(why, "is in Fortran order; save numpy.ascontiguousarray of it");
  }
  const size_t bytes = array->header.data_bytes;
  if (bytes > max_bytes) {
    return explain(why, "holds %zu bytes of data, more than the %zu allowed", bytes, max_bytes);
  }
  if (bytes == 0) return true;
  array->values = malloc(bytes);
  if (array->values == NULL) return explain(why, "does not fit in memory");
  if (!read_exactly(descriptor, array->header.data_offset, array->values, bytes, why)) return false;
  return !array->header.fortran_order || make_c_order(array, why);
}

bool npy_read(const char *path, size_t max_bytes, npy_array *array, failure *why) {
  *array = (npy_array){0};
  /* O_NONBLOCK: opening a pipe must not wait for its writer; it has no effect on a regular file. */
  const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return explain(why, "cannot be opened: %s", strerror(errno));
  const bool done = read_array(descriptor, max_bytes, array, why);
  close(descriptor);
  if (!done) npy_free(array);
  return done;
}

void npy_free(npy_array *array) {
  free(array->values);
  *array = (npy_array){0};
}

size_t npy_format_header(char text[NPY_FORMATTED], npy_type type, size_t ndim, const size_t *dims) {
  const size_t start = PREAMBLE + 2;
  const char order = npy_type_size(type) == 1 ? '|' : machine_byte_order();
  size_t end = start;
  /* At most 10 + 51 + 64 * 20 + 63 * 2 + 4 bytes and a newline: always within NPY_FORMATTED. */
  end += (size_t)snprintf(text + end, NPY_FORMATTED - end,
                          "{'descr': '%c%s', 'fortran_order': False, 'shape': (", order,
                          type_names[type]);
  for (size_t d = 0; d < ndim; ++d) {
    const char *separator = ndim == 1 ? "," : d + 1 < ndim ? ", " : "";
    end += (size_t)snprintf(text + end, NPY_FORMATTED - end, "%zu%s", dims[d], separator);
  }
  end += (size_t)snprintf(text + end, NPY_FORMATTED - end, "), }");
  const size_t total = (end + 1 + 63) / 64 * 64;
  memset(text + end, ' ', total - end);
  text[total - 1] = '\n';

  const size_t length = total - start;
  const unsigned char rest[] = {1, 0, (unsigned char)length, (unsigned char)(length >> 8)};
  memcpy(text, MAGIC, sizeof MAGIC);
  memcpy(text + sizeof MAGIC, rest, sizeof rest);
  return total;
}

bool npy_write(const char *path, npy_type type, size_t ndim, const size_t *dims, const void *values,
               failure *why) {
  size_t bytes = npy_type_size(type);
  if (ndim < 1 || ndim > NPY_MAX_DIMS) {
    return explain(why, "cannot be written: 1 to %d dimensions are supported", NPY_MAX_DIMS);
  }
  for (size_t d = 0; d < ndim; ++d) {
    if (!size_product(bytes, dims[d], &bytes)) return explain(why, "cannot be written: too large");
  }
  char header[NPY_FORMATTED];
  const size_t header_bytes = npy_format_header(header, type, ndim, dims);
  atomic_file file;
  if (!atomic_file_begin(&file, path, why)) return false;
  if (atomic_file_write(&file, header, header_bytes, why) &&
      atomic_file_write(&file, values, bytes, why)) {
    return atomic_file_commit(&file, why);
  }
  atomic_file_abandon(&file);
  return false;
}
