/* guarded.c - [inaccessible page | slack and data | inaccessible page], by mmap. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "guarded.h"

#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

static size_t page_bytes(void) {
  return (size_t)sysconf(_SC_PAGESIZE);
}

guarded guarded_create(size_t bytes, guarded_edge edge) {
  const size_t page = page_bytes();
  const size_t body = (bytes + page - 1) / page * page;
  guarded array = {NULL, bytes, NULL, body + 2 * page};
  array.map = mmap(NULL, array.map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_true(array.map != MAP_FAILED);
  char *start = (char *)array.map + page;
  if (body != 0) assert_int_equal(mprotect(start, body, PROT_READ | PROT_WRITE), 0);
  array.data = edge == GUARDED_START ? start : start + (body - bytes);
  return array;
}

void guarded_read_only(const guarded *array) {
  const size_t page = page_bytes();
  const size_t body = array->map_bytes - 2 * page;
  if (body != 0) assert_int_equal(mprotect((char *)array->map + page, body, PROT_READ), 0);
}

void guarded_destroy(guarded *array) {
  if (array->map != NULL) assert_int_equal(munmap(array->map, array->map_bytes), 0);
  *array = (guarded){NULL, 0, NULL, 0};
}
