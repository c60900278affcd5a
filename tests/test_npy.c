/* test_npy.c - .npy files: what is written is read back; every valid header; invalid files. */
#include "check.h"
#include "support_scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/npy.h"

enum {
  ALL = 1 << 30 /* bytes: a limit that no file here reaches */,
  CAPACITY = 1 << 16 /* bytes */
};

/* A file under construction. */
typedef struct bytes {
  size_t size;
  unsigned char at[CAPACITY];
} bytes;

static void append(bytes *file, const void *data, size_t size) {
  assert_true(size <= sizeof file->at - file->size);
  memcpy(file->at + file->size, data, size);
  file->size += size;
}

/* Magic, version, and a header with the given text, its length encoded as the version requires. */
static void make_header(bytes *file, unsigned char major, const char *text) {
  const size_t length = strlen(text);
  const unsigned char version[2] = {major, 0};
  const unsigned char little[4] = {(unsigned char)length, (unsigned char)(length >> 8), 0, 0};
  file->size = 0;
  append(file, "\x93NUMPY", 6);
  append(file, version, 2);
  append(file, little, major == 1 ? 2 : 4);
  append(file, text, length);
}

/* Replaces every '~' of a header's text by the machine's byte order as NumPy spells it. */
static const char *spell(const char *text, char order) {
  static char spelled[512];
  snprintf(spelled, sizeof spelled, "%s", text);
  for (char *c = spelled; (c = strchr(c, '~')) != NULL;) *c = order;
  return spelled;
}

static char own_order(void) {
  const unsigned short one = 1;
  return *(const unsigned char *)&one == 1 ? '<' : '>';
}

static void check_refused(const char *path, const char *expected) {
  npy_array array;
  failure why = {""};
  assert_false(npy_read(path, ALL, &array, &why));
  if (strstr(why.text, expected) == NULL) fail_msg("'%s' lacks '%s'", why.text, expected);
  assert_null(strchr(why.text, '\n'));
  assert_null(array.values);
}

static void written_arrays_are_read_back(void **state) {
  scratch *s = *state;
  static const size_t shapes[][1 + NPY_MAX_DIMS] = {
      {1, 1},       {1, 7},       {1, 0},          {2, 3, 5}, {2, 0, 5},
      {3, 2, 3, 4}, {3, 4, 0, 1}, {3, 37, 28, 28}, {2, 1, 1}, {2, 1000000, 0}};
  static const npy_type types[] = {NPY_UINT8, NPY_FLOAT32, NPY_FLOAT64, NPY_INT32, NPY_INT64};
  static const size_t sizes[] = {1, 4, 8, 4, 8};
  unsigned char values[8 * 37 * 28 * 28];
  for (size_t i = 0; i < sizeof values; i++) values[i] = (unsigned char)(i * 7 + i / 251);
  size_t cases = 0;
  for (size_t t = 0; t < 5; t++) {
    assert_int_equal(npy_type_size(types[t]), sizes[t]);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++, cases++) {
      const size_t ndim = shapes[i][0];
      const size_t *dims = shapes[i] + 1;
      size_t size = sizes[t];
      for (size_t d = 0; d < ndim; d++) size *= dims[d];
      npy_array array;
      failure why = {""};
      const char *path = scratch_path(s, "array.npy");
      if (!npy_write(path, types[t], ndim, dims, values, &why)) fail_msg("%s", why.text);
      if (!npy_read(path, size, &array, &why)) fail_msg("%s", why.text);
      assert_int_equal(array.header.type, types[t]);
      assert_int_equal(array.header.ndim, ndim);
      for (size_t d = 0; d < NPY_MAX_DIMS; d++)
        assert_int_equal(array.header.dims[d], d < ndim ? dims[d] : 1);
      assert_int_equal(array.header.data_bytes, size);
      if (size > 0) assert_memory_equal(array.values, values, size);
      npy_free(&array);
      assert_int_equal(scratch_count(s), 1); /* no temporary file */
    }
  }
  check_cases("arrays written and read back", cases, 50);
}

/* Byte for byte the output of numpy.save (NumPy 1.24). */
static void header_is_numpys(void **state) {
  (void)state;
  char text[NPY_FORMATTED];
  char expected[128];
  const size_t matrix[2] = {30, 784};
  const size_t vector[1] = {5};
  memset(expected, ' ', sizeof expected);
  memcpy(expected, "\x93NUMPY\x01\x00v\x00", 10);
  const char *words =
      spell("{'descr': '~f4', 'fortran_order': False, 'shape': (30, 784), }", own_order());
  memcpy(expected + 10, words, strlen(words));
  expected[127] = '\n';
  assert_int_equal(npy_format_header(text, NPY_FLOAT32, 2, matrix), 128);
  assert_memory_equal(text, expected, 128);

  memset(expected + 10, ' ', 117);
  words = "{'descr': '|u1', 'fortran_order': False, 'shape': (5,), }";
  memcpy(expected + 10, words, strlen(words));
  assert_int_equal(npy_format_header(text, NPY_UINT8, 1, vector), 128);
  assert_memory_equal(text, expected, 128);

  size_t largest[NPY_MAX_DIMS];
  for (size_t d = 0; d < NPY_MAX_DIMS; d++) largest[d] = SIZE_MAX;
  assert_int_equal(npy_format_header(text, NPY_FLOAT64, NPY_MAX_DIMS, largest), NPY_FORMATTED);
}

/* Files of two elements, with the header in every equivalent spelling. */
static void every_valid_header_is_read(void **state) {
  scratch *s = *state;
  static const struct {
    npy_type type;
    size_t ndim;
    const char *text;
  } headers[] = {
      {NPY_FLOAT32, 1, "{'descr': '~f4', 'fortran_order': False, 'shape': (2,), }   \n"},
      {NPY_FLOAT64, 1, "{'descr': '~f8', 'fortran_order': False, 'shape': (2,), }\n"},
      {NPY_UINT8, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n"},
      {NPY_UINT8, 1, "{'descr': 'u1', 'fortran_order': False, 'shape': (2,)}"},
      {NPY_UINT8, 1, "{'descr': '<u1', 'fortran_order': False, 'shape': (2,)}\n"},
      {NPY_UINT8, 1, "{'descr': '>u1', 'fortran_order': False, 'shape': (2,)}\n"},
      {NPY_FLOAT32, 1, "{'descr': '=f4', 'fortran_order': False, 'shape': (2,)}\n"},
      {NPY_FLOAT32, 1, "{'descr': 'f4', 'fortran_order': False, 'shape': (2,)}\n"},
      {NPY_FLOAT32, 2, "{'shape': (1, 2), 'fortran_order': False, 'descr': '~f4'}\n"},
      {NPY_FLOAT32, 2, "{\"shape\": (2, 1,), \"descr\": \"~f4\", \"fortran_order\": False}\n"},
      {NPY_FLOAT32, 3, "{'fortran_order':False,'shape':(1,2,1),'descr':'~f4'}"},
      {NPY_FLOAT32, 2, "{'shape': (1L, 2L), 'fortran_order': False, 'descr': '~f4'}\n"},
      {NPY_FLOAT32, 1, "{'shape': (2L,), 'fortran_order': False, 'descr': '~f4'}\n"},
      {NPY_FLOAT32, 3, " {\n'fortran_order' : False ,\t'shape': ( 1 , 1 ,2 ) ,'descr': '~f4' , }"},
  };
  static const double data[2] = {1.5, -2.5};
  static bytes file;
  size_t cases = 0;
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
    for (unsigned char version = 1; version <= 3; version++, cases++) {
      if (version == 3 && strchr(headers[i].text, 'L') != NULL) continue; /* see below */
      make_header(&file, version, spell(headers[i].text, own_order()));
      const size_t start = file.size;
      const size_t size = 2 * npy_type_size(headers[i].type);
      append(&file, data, size);
      npy_array array;
      failure why = {""};
      if (!npy_read(scratch_write(s, "a.npy", file.at, file.size), ALL, &array, &why))
        fail_msg("%s: %s", headers[i].text, why.text);
      assert_int_equal(array.header.type, headers[i].type);
      assert_int_equal(array.header.ndim, headers[i].ndim);
      assert_int_equal(array.header.data_offset, start);
      assert_int_equal(array.header.data_bytes, size);
      assert_memory_equal(array.values, data, size);
      npy_free(&array);
    }
  check_cases("valid headers", cases, 42);
}

#define ENTRY_TYPE "'descr': '~f4'"
#define ENTRY_ORDER "'fortran_order': False"
#define ONES "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1," /* 16 dimensions */
#define HEAD "{" ENTRY_TYPE ", " ENTRY_ORDER ", 'shape': "

static void bad_headers_are_refused(void **state) {
  scratch *s = *state;
  static const struct {
    const char *text, *expected;
  } headers[] = {
      {"", "no dictionary"},
      {"\n", "no dictionary"},
      {"[1, 2]\n", "no dictionary"},
      {"{}\n", "no element type"},
      {"{", "broken dictionary"},
      {"{,}", "broken dictionary"},
      {"{'descr' '~f4'}", "broken dictionary"},
      {"{descr: '~f4'}", "broken dictionary"},
      {"{'descr", "broken dictionary"},
      {"{'descr': '~f4", "no plain element type"},
      {"{" ENTRY_TYPE, "broken dictionary"},
      {"{" ENTRY_TYPE ", " ENTRY_ORDER "}", "no element type, memory order or shape"},
      {"{" ENTRY_TYPE ", 'shape': (2,)}", "no element type, memory order or shape"},
      {"{" ENTRY_ORDER ", 'shape': (2,)}", "no element type, memory order or shape"},
      {"{" ENTRY_TYPE " " ENTRY_ORDER ", 'shape': (2,)}", "broken dictionary"},
      {"{" ENTRY_TYPE ", " ENTRY_TYPE ", " ENTRY_ORDER ", 'shape': (2,)}", "repeated key"},
      {HEAD "(2,), 'shape': (2,)}", "repeated key"},
      {HEAD "(2,), 'owner': 1}", "unknown"},
      {HEAD "(2,), '': 1}", "unknown"},
      {HEAD "(2,)}x", "after the dictionary"},
      {HEAD "(2,)}{}", "after the dictionary"},
      {HEAD "(2,)} # comment\n", "after the dictionary"},
      /* shapes */
      {HEAD "()}", "single number"},
      {HEAD "(2)}", "broken shape"},
      {HEAD "[2]}", "broken shape"},
      {HEAD "2}", "broken shape"},
      {HEAD "(1 2)}", "broken shape"},
      {HEAD "(2,", "no number"},
      {HEAD "(,)}", "no number"},
      {HEAD "(2,,)}", "no number"},
      {HEAD "(-2,)}", "negative"},
      {HEAD "(+2,)}", "no number"},
      {HEAD "(0x2,)}", "broken shape"},
      {HEAD "(2.0,)}", "broken shape"},
      {HEAD "(2LL,)}", "broken shape"},
      {HEAD "(2l,)}", "broken shape"},
      {HEAD "('2',)}", "no number"},
      {HEAD "(1+1,)}", "broken shape"},
      {HEAD "(__import__('os').system('true'),)}", "no number"},
      {HEAD "(" ONES ONES ONES ONES "2)}", "more than 64 dimensions"},
      {HEAD "(9223372036854775808,)}", "too large"},
      {HEAD "(18446744073709551618,)}", "too large"}, /* 2^64 + 2 */
      {HEAD "(99999999999999999999999999999999999999,)}", "too large"},
      {HEAD "(4294967296, 4294967296)}", "fits in no memory"},
      {HEAD "(4611686018427387905, 2)}", "fits in no memory"}, /* 8 bytes, modulo 2^64 */
      {HEAD "(9223372036854775807,)}", "fits in no memory"},
      {HEAD "(3,)}", "claims 12 bytes of data but holds 8"},
      {HEAD "(1,)}", "claims 4 bytes of data but holds 8"},
      {HEAD "(0,)}", "claims 0 bytes of data but holds 8"},
      {HEAD "(1000000000, 2)}", "claims 8000000000 bytes of data but holds 8"},
      {HEAD "(1000000000000000, 2)}", "claims 8000000000000000 bytes of data but holds 8"},
      /* element types */
      {"{'descr': '~f2', " ENTRY_ORDER ", 'shape': (2,)}",
       "not float32, float64, uint8, int32 or int64"},
      {"{'descr': '~i2', " ENTRY_ORDER ", 'shape': (2,)}",
       "not float32, float64, uint8, int32 or int64"},
      {"{'descr': '|i1', " ENTRY_ORDER ", 'shape': (2,)}",
       "not float32, float64, uint8, int32 or int64"},
      {"{'descr': '|O', " ENTRY_ORDER ", 'shape': (2,)}",
       "not float32, float64, uint8, int32 or int64"},
      {"{'descr': '', " ENTRY_ORDER ", 'shape': (2,)}",
       "not float32, float64, uint8, int32 or int64"},
      {"{'descr': '~', " ENTRY_ORDER ", 'shape': (2,)}",
       "not float32, float64, uint8, int32 or int64"},
      {"{'descr': '~~f4', " ENTRY_ORDER ", 'shape': (2,)}",
       "not float32, float64, uint8, int32 or int64"},
      {"{'descr': '~f44', " ENTRY_ORDER ", 'shape': (2,)}",
       "not float32, float64, uint8, int32 or int64"},
      {"{'descr': ' ~f4', " ENTRY_ORDER ", 'shape': (2,)}",
       "not float32, float64, uint8, int32 or int64"},
      {"{'descr': '\\x3cf4', " ENTRY_ORDER ", 'shape': (2,)}", "no plain element type"},
      {"{'descr': [('x', '~f4')], " ENTRY_ORDER ", 'shape': (2,)}", "no plain element type"},
      {"{'descr': '|f4', " ENTRY_ORDER ", 'shape': (2,)}", "byte order"},
      {"{'descr': '!f4', " ENTRY_ORDER ", 'shape': (2,)}",
       "not float32, float64, uint8, int32 or int64"},
      /* memory orders */
      {"{" ENTRY_TYPE ", 'fortran_order': True, 'shape': (1, 2, 1)}", "Fortran order"},
      {"{" ENTRY_TYPE ", 'fortran_order': 0, 'shape': (1, 2)}", "broken memory order"},
      {"{" ENTRY_TYPE ", 'fortran_order': false, 'shape': (1, 2)}", "broken memory order"},
      {"{" ENTRY_TYPE ", 'fortran_order': Falsehood, 'shape': (2,)}", "broken dictionary"},
  };
  static bytes file;
  size_t cases = 0;
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
    for (unsigned char version = 1; version <= 3; version++, cases++) {
      make_header(&file, version, spell(headers[i].text, own_order()));
      append(&file, "\0\0\0\0\0\0\0\0", 8);
      check_refused(scratch_write(s, "bad.npy", file.at, file.size), headers[i].expected);
    }
  make_header(
      &file, 1,
      spell("{'descr': '~f8', " ENTRY_ORDER ", 'shape': (1,)}", own_order() == '<' ? '>' : '<'));
  append(&file, "\0\0\0\0\0\0\0\0", 8);
  check_refused(scratch_write(s, "bad.npy", file.at, file.size), "byte order");
  make_header(&file, 3, spell(HEAD "(2L,)}", own_order())); /* Python 2 wrote no version 3 */
  append(&file, "\0\0\0\0\0\0\0\0", 8);
  check_refused(scratch_write(s, "bad.npy", file.at, file.size), "broken shape");
  check_cases("bad headers", cases, 204);
}

/* The file holds the columns of [[1, 2, 3], [4, 5, 6]] one after the other. */
static void fortran_order_becomes_c_order(void **state) {
  scratch *s = *state;
  static const float columns[6] = {1, 4, 2, 5, 3, 6}, rows[6] = {1, 2, 3, 4, 5, 6};
  static const char *const shapes[] = {"(2, 3)", "(6,)", "(1, 6)", "(6, 1)"};
  static bytes file;
  size_t cases = 0;
  for (; cases < sizeof shapes / sizeof *shapes; cases++) {
    char text[128];
    snprintf(text, sizeof text, "{'descr': '~f4', 'fortran_order': True, 'shape': %s}",
             shapes[cases]);
    const float *data = cases == 0 ? columns : rows; /* a vector has only one order */
    make_header(&file, 1, spell(text, own_order()));
    append(&file, data, sizeof columns);
    npy_array array;
    failure why = {""};
    if (!npy_read(scratch_write(s, "f.npy", file.at, file.size), ALL, &array, &why))
      fail_msg("%s", why.text);
    assert_true(array.header.fortran_order);
    assert_memory_equal(array.values, rows, sizeof rows);
    npy_free(&array);
  }
  check_cases("shapes in Fortran order", cases, 4);
}

static void bad_preambles_are_refused(void **state) {
  scratch *s = *state;
  static const struct {
    const char *data;
    size_t size;
    const char *expected;
  } files[] = {
      {"", 0, "is not a .npy file"},
      {"\x93NUMP", 5, "is not a .npy file"},
      {"\x93numpy\x01\x00", 8, "is not a .npy file"},
      {"PK\x03\x04 an .npz file", 16, "is not a .npy file"},
      {"\x93NUMPY", 6, "ends inside"},
      {"\x93NUMPY\x01", 7, "ends inside"},
      {"\x93NUMPY\x00\x00\x02\x00{}", 12, "version 0.0"},
      {"\x93NUMPY\x04\x00\x02\x00\x00\x00{}", 14, "version 4.0"},
      {"\x93NUMPY\x01\x01\x02\x00{}", 12, "version 1.1"},
      {"\x93NUMPY\xff\xff\x02\x00{}", 12, "version 255.255"},
      {"\x93NUMPY\x01\x00", 8, "ends inside"},
      {"\x93NUMPY\x01\x00\x02", 9, "ends inside"},
      {"\x93NUMPY\x02\x00\x02\x00\x00", 11, "ends inside"},
      {"\x93NUMPY\x01\x00\x03\x00{}", 12, "ends inside"},
      {"\x93NUMPY\x01\x00\xff\xff{}", 12, "claims a .npy header of 65535 bytes"},
      {"\x93NUMPY\x01\x00\x11\x27{}", 12, "claims a .npy header of 10001 bytes"},
      {"\x93NUMPY\x01\x00\x10\x27{}", 12, "ends inside"},
      {"\x93NUMPY\x02\x00\xff\xff\xff\xff{}", 14, "claims a .npy header of 4294967295 bytes"},
      {"\x93NUMPY\x03\x00\x02\x00\x01\x00{}", 14, "claims a .npy header of 65538 bytes"},
      /* a NUL is not a blank */
      {"\x93NUMPY\x01\x00\x37\x00{'descr': 'u1', 'fortran_order': False, 'shape': (0,)}\x00", 65,
       "after the dictionary"},
  };
  size_t cases = 0;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++, cases++)
    check_refused(scratch_write(s, "bad.npy", files[i].data, files[i].size), files[i].expected);
  check_cases("bad preambles", cases, 20);
}

/* The longest header that is read; a longer one is rejected. */
static void header_length_has_a_limit(void **state) {
  (void)state;
  static bytes file;
  static char text[10002];
  npy_header header;
  failure why;
  for (size_t length = 9999; length <= 10001; length++) {
    memset(text, ' ', length);
    text[length] = '\0';
    const char *words = spell(HEAD "(2,)}", own_order());
    memcpy(text, words, strlen(words));
    make_header(&file, 2, text);
    assert_int_equal(npy_parse_header(file.at, file.size, &header, &why), length <= 10000);
  }
}

/* A file truncated or extended anywhere is rejected; a header in memory is never read past its end.
 */
static void every_cut_is_refused(void **state) {
  scratch *s = *state;
  static bytes file;
  const size_t dims[2] = {2, 3};
  const float values[6] = {1, 2, 3, 4, 5, 6};
  failure why;
  assert_true(npy_write(scratch_path(s, "a.npy"), NPY_FLOAT32, 2, dims, values, &why));
  file.size = scratch_read(s, "a.npy", file.at, sizeof file.at);
  assert_int_equal(file.size, 128 + 24);
  size_t cases = 0;
  for (size_t size = 0; size < file.size; size++, cases++)
    check_refused(scratch_write(s, "cut.npy", file.at, size), "");
  check_cases("cuts", cases, 152);
  file.at[file.size++] = 0;
  check_refused(scratch_write(s, "long.npy", file.at, file.size), "holds 25");
  for (size_t size = 0; size <= 128; size++) {
    unsigned char *exact =
        malloc(size + (size == 0)); /* so that an address sanitizer checks its end */
    assert_non_null(exact);
    memcpy(exact, file.at, size);
    npy_header header;
    assert_int_equal(npy_parse_header(exact, size, &header, &why), size == 128);
    free(exact);
  }
}

/* Any single byte of a header changed to any value: rejected, or still a consistent header. */
static void every_changed_byte_is_survived(void **state) {
  (void)state;
  char text[NPY_FORMATTED];
  const size_t dims[3] = {20, 3, 4};
  const size_t size = npy_format_header(text, NPY_FLOAT64, 3, dims);
  size_t cases = 0;
  size_t refused = 0;
  for (size_t at = 0; at < size; at++)
    for (int value = 0; value < 256; value++, cases++) {
      unsigned char *changed = malloc(size);
      assert_non_null(changed);
      memcpy(changed, text, size);
      changed[at] = (unsigned char)value;
      npy_header header;
      failure why = {""};
      if (npy_parse_header(changed, size, &header, &why)) {
        assert_in_range(header.ndim, 1, NPY_MAX_DIMS);
        assert_int_equal(header.data_bytes, header.dims[0] * header.dims[1] * header.dims[2] *
                                                npy_type_size(header.type));
        assert_in_range(header.data_offset, 10, size);
      } else {
        assert_int_not_equal(why.text[0], '\0');
        refused++;
      }
      free(changed);
    }
  check_cases("changed bytes", cases, 128 * 256);
  assert_true(refused > cases / 2);
}

static void limit_is_kept(void **state) {
  scratch *s = *state;
  const size_t dims[1] = {100};
  const double values[100] = {0};
  npy_array array;
  failure why;
  const char *path = scratch_path(s, "a.npy");
  assert_true(npy_write(path, NPY_FLOAT64, 1, dims, values, &why));
  assert_false(npy_read(path, 799, &array, &why));
  assert_string_equal(why.text, "holds 800 bytes of data, more than the 799 allowed");
  assert_true(npy_read(path, 800, &array, &why));
  npy_free(&array);
}

static void what_is_no_file_is_refused(void **state) {
  scratch *s = *state;
  check_refused(scratch_path(s, "absent"), "cannot be opened: No such file");
  check_refused(s->folder, "not a regular file");
  check_refused("/dev/zero", "not a regular file");
}

static void impossible_arrays_are_not_written(void **state) {
  scratch *s = *state;
  const size_t dims[4] = {SIZE_MAX / 2, 2, 1, 1};
  failure why;
  const char *path = scratch_path(s, "a.npy");
  assert_false(npy_write(path, NPY_FLOAT32, 0, dims, NULL, &why));
  assert_false(npy_write(path, NPY_FLOAT32, 4, dims, NULL, &why));
  assert_false(npy_write(path, NPY_FLOAT32, 2, dims, NULL, &why));
  assert_int_equal(scratch_count(s), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
      TEST(written_arrays_are_read_back),   TEST(header_is_numpys),
      TEST(every_valid_header_is_read),     TEST(bad_headers_are_refused),
      TEST(fortran_order_becomes_c_order),  TEST(bad_preambles_are_refused),
      TEST(header_length_has_a_limit),      TEST(every_cut_is_refused),
      TEST(every_changed_byte_is_survived), TEST(limit_is_kept),
      TEST(what_is_no_file_is_refused),     TEST(impossible_arrays_are_not_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
