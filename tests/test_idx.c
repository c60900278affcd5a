/* test_idx.c - IDX files, plain and gzip: valid ones of every kind, and invalid ones. */
#include "check.h"
#include "support_scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/idx.h"

enum { ALL = 1 << 30 /* bytes: a limit that no file here reaches */, SMALL = 16 + 2 * 3 * 4 };

/* The header of an IDX file; returns its length. */
static size_t put_header(uint8_t *bytes, uint8_t type, size_t ndim, const uint32_t *dims) {
  const uint8_t start[4] = {0, 0, type, (uint8_t)ndim};
  memcpy(bytes, start, 4);
  for (size_t d = 0; d < ndim; d++)
    for (size_t b = 0; b < 4; b++) bytes[4 + 4 * d + b] = (uint8_t)(dims[d] >> (24 - 8 * b));
  return 4 + 4 * ndim;
}

/* Element i of every file. It has no short period, so that shifted or repeated reads are detected.
 */
static uint8_t element(size_t i) {
  return (uint8_t)(i * 7 + i / 251);
}

/* A complete file of `size` bytes on the heap. */
static uint8_t *make_file(size_t ndim, const uint32_t *dims, size_t *size) {
  size_t count = 1;
  for (size_t d = 0; d < ndim; d++) count *= dims[d];
  uint8_t *bytes = malloc(4 + 4 * ndim + count);
  assert_non_null(bytes);
  const size_t start = put_header(bytes, 0x08, ndim, dims);
  for (size_t i = 0; i < count; i++) bytes[start + i] = element(i);
  *size = start + count;
  return bytes;
}

static void small_file(uint8_t bytes[SMALL]) {
  const uint32_t dims[3] = {2, 3, 4};
  size_t size = 0;
  uint8_t *made = make_file(3, dims, &size);
  assert_int_equal(size, SMALL);
  memcpy(bytes, made, SMALL);
  free(made);
}

static void check_read(const char *path, size_t ndim, const uint32_t *dims) {
  idx_array array;
  failure why = {""};
  if (!idx_read(path, ALL, &array, &why)) fail_msg("%s: %s", path, why.text);
  assert_int_equal(array.header.ndim, ndim);
  size_t count = 1;
  for (size_t d = 0; d < IDX_MAX_DIMS; d++) {
    const size_t expected = d < ndim ? dims[d] : 1;
    assert_int_equal(array.header.dims[d], expected);
    count *= expected;
  }
  assert_int_equal(array.header.data_bytes, count);
  for (size_t i = 0; i < count; i++) assert_int_equal(array.values[i], element(i));
  idx_free(&array);
  assert_null(array.values);
}

static void check_refused(const char *path, const char *expected) {
  idx_array array;
  failure why = {""};
  assert_false(idx_read(path, ALL, &array, &why));
  if (strstr(why.text, expected) == NULL) fail_msg("'%s' lacks '%s'", why.text, expected);
  assert_null(strchr(why.text, '\n'));
  assert_null(array.values);
}

static void good_files_are_read(void **state) {
  scratch *s = *state;
  static const struct {
    size_t ndim;
    uint32_t dims[3];
  } shapes[] = {
      {1, {1}},
      {1, {7}},
      {1, {0}},
      {2, {3, 5}},
      {2, {0, 5}},
      {3, {2, 3, 4}},
      {3, {1, 1, 1}},
      {3, {0, 3, 4}},
      {3, {37, 28, 28}},
      {3, {3, 0, 4}},
      {1, {1 << 20}}, /* exactly the reader's first step */
      {1, {(1 << 20) + 1}},
      {3, {5, 1000, 1001}}, /* several steps */
  };
  size_t cases = 0;
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    size_t size = 0;
    uint8_t *bytes = make_file(shapes[i].ndim, shapes[i].dims, &size);
    check_read(scratch_write(s, "plain", bytes, size), shapes[i].ndim, shapes[i].dims);
    check_read(scratch_write_gzip(s, "gzip", bytes, size), shapes[i].ndim, shapes[i].dims);
    free(bytes);
    cases += 2;
  }
  check_cases("good files", cases, 26);
}

/* gzip files put end to end are one file (RFC 1952, 2.2). */
static void gzip_members_are_joined(void **state) {
  scratch *s = *state;
  const uint32_t dims[3] = {2, 3, 4};
  uint8_t bytes[SMALL];
  uint8_t joined[1024];
  size_t size = 0;
  small_file(bytes);
  const size_t cuts[] = {0, 2, 18, SMALL};
  for (size_t c = 0; c + 1 < sizeof cuts / sizeof *cuts; c++) {
    scratch_write_gzip(s, "part", bytes + cuts[c], cuts[c + 1] - cuts[c]);
    size += scratch_read(s, "part", joined + size, sizeof joined - size);
  }
  check_read(scratch_write(s, "joined", joined, size), 3, dims);
}

static void bad_headers_are_refused(void **state) {
  scratch *s = *state;
  static const struct {
    const char *bytes;
    size_t size;
    const char *expected;
  } files[] = {
      {"", 0, "ends inside its IDX header"},
      {"\0\0\x08", 3, "ends inside its IDX header"},
      {"\0\0\x08\x01\0\0\0", 7, "ends inside its IDX header"},
      {"\0\0\x08\x03\0\0\0\1\0\0\0\1", 12, "ends inside its IDX header"},
      {"PK\x03\x04 zip file", 12, "two zero bytes"},
      {"\0\1\x08\x01\0\0\0\0", 8, "two zero bytes"},
      {"\1\0\x08\x01\0\0\0\0", 8, "two zero bytes"},
      {"\0\0\x09\x01\0\0\0\0", 8, "IDX type 0x09"}, /* signed bytes */
      {"\0\0\x0d\x01\0\0\0\0", 8, "IDX type 0x0d"}, /* float32 */
      {"\0\0\x00\x01\0\0\0\0", 8, "IDX type 0x00"},
      {"\0\0\x08\x00", 4, "0 dimensions"},
      {"\0\0\x08\x04\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1x", 21, "4 dimensions"},
      {"\0\0\x08\xff", 4, "255 dimensions"},
      /* 2^31-1 three times: the product does not fit in 64 bits */
      {"\0\0\x08\x03\x7f\xff\xff\xff\x7f\xff\xff\xff\x7f\xff\xff\xff", 16, "fits in no memory"},
      {"\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16, "fits in no memory"},
      {"\0\0\x08\x02\xff\xff\xff\xff\0\0\0\1", 12, "claims 4294967295 bytes"},
      {"\0\0\x08\x02\0\1\0\0\0\0\x80\0", 12, "claims 2147483648 bytes of data, more than"},
      {"\0\0\x08\x01\0\0\0\2x", 9, "claims 2 bytes of data but ends after 1"},
      {"\0\0\x08\x01\0\0\0\2xyz", 11, "more data than the 2 bytes"},
      {"\0\0\x08\x01\0\0\0\0z", 9, "more data than the 0 bytes"},
  };
  size_t cases = 0;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    const char *plain = scratch_write(s, "plain", files[i].bytes, files[i].size);
    check_refused(plain, files[i].expected);
    const char *gzip = scratch_write_gzip(s, "gzip", files[i].bytes, files[i].size);
    check_refused(gzip, files[i].expected);
    cases += 2;
  }
  check_cases("bad files", cases, 40);
}

/* Memory is allocated for the data, not for the claim: a terabyte that is claimed but missing is
 * not allocated. */
static void claims_take_no_memory(void **state) {
  scratch *s = *state;
  static const char bytes[] = "\0\0\x08\x02\0\x10\0\0\0\x10\0\0some data"; /* 2^20 x 2^20 */
  idx_array array;
  failure why = {""};
  const char *path = scratch_write(s, "plain", bytes, sizeof bytes - 1);
  assert_false(idx_read(path, SIZE_MAX, &array, &why));
  assert_string_equal(why.text, "claims 1099511627776 bytes of data but ends after 9");
}

/* The limit is exact, and a compressed file of a few kilobytes cannot pass it. */
static void limit_is_kept(void **state) {
  scratch *s = *state;
  const uint32_t dims[1] = {1 << 22};
  uint8_t *bytes = calloc(4 + 4 + (1 << 22), 1);
  assert_non_null(bytes);
  const size_t start = put_header(bytes, 0x08, 1, dims);
  const char *path = scratch_write_gzip(s, "bomb", bytes, start + dims[0]);
  free(bytes);
  idx_array array;
  failure why = {""};
  assert_false(idx_read(path, dims[0] - 1, &array, &why));
  assert_non_null(strstr(why.text, "more than the 4194303 allowed"));
  assert_true(idx_read(path, dims[0], &array, &why));
  idx_free(&array);
}

/* A file truncated anywhere is rejected, and so is a header in memory; nothing past its end is
 * read. */
static void every_cut_is_refused(void **state) {
  scratch *s = *state;
  uint8_t bytes[SMALL];
  uint8_t packed[1024];
  failure why;
  small_file(bytes);
  scratch_write_gzip(s, "gzip", bytes, SMALL);
  const size_t packed_size = scratch_read(s, "gzip", packed, sizeof packed);
  size_t cases = 0;
  for (size_t size = 0; size < SMALL; size++, cases++)
    check_refused(scratch_write(s, "cut", bytes, size), "");
  check_cases("cuts of a plain file", cases, SMALL);
  for (size_t size = 0; size < packed_size; size++)
    check_refused(scratch_write(s, "cut", packed, size), "");
  for (size_t size = 0; size <= IDX_MAX_HEADER; size++) {
    uint8_t *exact = malloc(size + (size == 0)); /* so that an address sanitizer checks its end */
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    idx_header header;
    assert_int_equal(idx_parse_header(exact, size, &header, &why), size == IDX_MAX_HEADER);
    free(exact);
  }
}

/* One flipped bit in a gzip file is detected, or harmless (the gzip header has a time and a name).
 */
static void every_flipped_bit_is_noticed(void **state) {
  scratch *s = *state;
  const uint32_t dims[3] = {2, 3, 4};
  uint8_t bytes[SMALL];
  uint8_t packed[1024];
  small_file(bytes);
  scratch_write_gzip(s, "gzip", bytes, SMALL);
  const size_t size = scratch_read(s, "gzip", packed, sizeof packed);
  size_t refused = 0;
  for (size_t bit = 0; bit < 8 * size; bit++) {
    packed[bit / 8] ^= (uint8_t)(1U << bit % 8);
    const char *path = scratch_write(s, "flipped", packed, size);
    idx_array array;
    failure why;
    if (idx_read(path, ALL, &array, &why)) {
      idx_free(&array);
      check_read(path, 3, dims);
    } else {
      refused++;
    }
    packed[bit / 8] ^= (uint8_t)(1U << bit % 8);
  }
  assert_true(refused > 8 * (size - 10)); /* all of them after the gzip header, some inside it */
}

static void what_is_no_file_is_refused(void **state) {
  scratch *s = *state;
  check_refused(scratch_path(s, "absent"), "cannot be opened: No such file");
  check_refused(s->folder, "cannot be read: Is a directory");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
      TEST(good_files_are_read),
      TEST(gzip_members_are_joined),
      TEST(bad_headers_are_refused),
      TEST(claims_take_no_memory),
      TEST(limit_is_kept),
      TEST(every_cut_is_refused),
      TEST(every_flipped_bit_is_noticed),
      TEST(what_is_no_file_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
