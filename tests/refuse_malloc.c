/*
 * refuse_malloc.c - linked into a program with -Wl,--wrap=malloc, the malloc of the program's own
 * objects that refuses the allocation whose number, from 1, the environment's KRON_EYE_TEST_REFUSE
 * says. The libraries that are loaded keep theirs.
 */
#include <stddef.h>
#include <stdlib.h>

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);

void *__wrap_malloc(size_t bytes) {
  static long asked;
  const char *refuse = getenv("KRON_EYE_TEST_REFUSE");
  return refuse != NULL && ++asked == atol(refuse) ? NULL : __real_malloc(bytes);
}
