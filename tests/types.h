/*
 * types.h - one run-time interface to the element types of the library, so that a test is written
 * once and loops over them. Values are passed as double, which holds all of them exactly.
 */
#ifndef TESTS_TYPES_H
#define TESTS_TYPES_H

#include <stddef.h>

#include <kron_eye.h>

#include "oracle.h"

typedef enum element { ELEMENT_U8, ELEMENT_F32, ELEMENT_F64 } element;

size_t element_size(element e);                               /**< bytes */
double element_get(element e, const void *array, size_t i);   /**< array[i] */
void element_set(element e, void *array, size_t i, double v); /**< array[i] = v, converted */

/** The one-call functions of one type. */
typedef struct call_types {
  const char *name;
  element e;
  const oracle_format *format;
  int (*matvec)(size_t k, size_t m, size_t n, const void *w, const void *x, void *y);
  int (*matvec_batch)(size_t batch, size_t k, size_t m, size_t n, const void *w, const void *x,
                      void *y);
} call_types;

enum { CALL_TYPES = 2 };
extern const call_types all_call_types[CALL_TYPES];

/** The plan functions of one suffix. W has the type of y. */
typedef struct plan_types {
  const char *name;
  element x, y;
  const oracle_format *format;
  int (*create)(kron_eye_plan **out, const kron_eye_shape *shape, const void *w, size_t ldw,
                const kron_eye_options *options);
  int (*apply)(const kron_eye_plan *plan, size_t batch, double alpha, const void *x, size_t ldx,
               double beta, void *y, size_t ldy);
} plan_types;

enum { PLAN_TYPES = 4 };
extern const plan_types all_plan_types[PLAN_TYPES];

#endif
