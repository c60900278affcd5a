/* fuzz_idx.c - arbitrary bytes as an IDX file, plain or gzip: the header alone, and the whole file.
 */
#include "fuzz_input.h"

#include <string.h>

#include "support/idx.h"

enum { MOST_BYTES = 1 << 16 };

static void check_header(const idx_header *h, size_t size) {
  size_t elements = 1;
  FUZZ_REQUIRE(h->ndim >= 1 && h->ndim <= IDX_MAX_DIMS);
  for (size_t d = 0; d < IDX_MAX_DIMS; d++)
    FUZZ_REQUIRE(d < h->ndim ? !__builtin_mul_overflow(elements, h->dims[d], &elements)
                             : h->dims[d] == 1);
  FUZZ_REQUIRE(h->data_bytes == elements);
  FUZZ_REQUIRE(h->data_offset == 4 + 4 * h->ndim && h->data_offset <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  idx_header header;
  idx_array array;
  failure why = {""};
  const bool parsed = idx_parse_header(data, size, &header, &why);
  FUZZ_REQUIRE(memchr(why.text, '\0', sizeof why.text) != NULL && strchr(why.text, '\n') == NULL);
  if (parsed) check_header(&header, size);
  if (idx_read(fuzz_file(data, size), MOST_BYTES, &array, &why)) {
    FUZZ_REQUIRE(array.header.data_bytes <= MOST_BYTES);
    check_header(&array.header, IDX_MAX_HEADER);
    const bool gzip = size >= 2 && data[0] == 0x1f && data[1] == 0x8b;
    FUZZ_REQUIRE(gzip || (parsed && header.data_offset + header.data_bytes == size));
    if (!gzip && header.data_bytes != 0)
      FUZZ_REQUIRE(memcmp(array.values, data + header.data_offset, header.data_bytes) == 0);
    idx_free(&array);
  }
  return 0;
}
