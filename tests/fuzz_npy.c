/* fuzz_npy.c - arbitrary bytes as a .npy file: the header alone, and the whole file. */
#include "fuzz_input.h"

#include <string.h>

#include "support/npy.h"

enum { MOST_BYTES = 1 << 16 };

/* What must hold for an accepted header. */
static void check_header(const npy_header *h, size_t size) {
  size_t elements = 1;
  FUZZ_REQUIRE(h->ndim >= 1 && h->ndim <= NPY_MAX_DIMS);
  for (size_t d = 0; d < NPY_MAX_DIMS; d++)
    FUZZ_REQUIRE(d < h->ndim ? !__builtin_mul_overflow(elements, h->dims[d], &elements)
                             : h->dims[d] == 1);
  FUZZ_REQUIRE(h->data_bytes == elements * npy_type_size(h->type));
  FUZZ_REQUIRE(h->data_offset <= size && h->data_offset <= NPY_MAX_HEADER);
}

/* What npy_format_header() writes for it is read back as the same header. */
static void check_round_trip(const npy_header *h) {
  char text[NPY_FORMATTED];
  failure why;
  npy_header again;
  const size_t length = npy_format_header(text, h->type, h->ndim, h->dims);
  FUZZ_REQUIRE(npy_parse_header(text, length, &again, &why));
  FUZZ_REQUIRE(again.type == h->type && again.ndim == h->ndim && !again.fortran_order);
  FUZZ_REQUIRE(memcmp(again.dims, h->dims, sizeof h->dims) == 0);
  FUZZ_REQUIRE(again.data_bytes == h->data_bytes && again.data_offset % 64 == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  npy_header header;
  npy_array array;
  failure why = {""};
  const bool parsed = npy_parse_header(data, size, &header, &why);
  FUZZ_REQUIRE(memchr(why.text, '\0', sizeof why.text) != NULL && strchr(why.text, '\n') == NULL);
  if (parsed) {
    check_header(&header, size);
    check_round_trip(&header);
  }
  if (npy_read(fuzz_file(data, size), MOST_BYTES, &array, &why)) {
    FUZZ_REQUIRE(parsed && header.data_offset + header.data_bytes == size);
    FUZZ_REQUIRE(array.header.data_bytes == header.data_bytes);
    if (!header.fortran_order && header.data_bytes != 0)
      FUZZ_REQUIRE(memcmp(array.values, data + header.data_offset, header.data_bytes) == 0);
    npy_free(&array);
  }
  return 0;
}
