/* A form is one way to do a task. Each file forms_*.c ends in one list; to add a form, add a row.
 */
#ifndef KRON_EYE_BENCH_FORM_H
#define KRON_EYE_BENCH_FORM_H

#include "task.h"

#include <stdbool.h>
#include <stddef.h>

enum { NOTE_SIZE = 256 };

enum group {
  GROUP_READ_FLOOR,
  GROUP_FMA_FLOOR,
  GROUP_DENSE,
  GROUP_BLAS,
  GROUP_PEER,
  GROUP_OURS,
  GROUP_PART, /* a part of the work, or what bounds it: no y, compared with no product */
};

/** Does a form of the group write y? */
static inline bool writes_y(enum group group) {
  return group != GROUP_READ_FLOOR && group != GROUP_FMA_FLOOR && group != GROUP_PART;
}

struct times {
  double wall, processor; /* seconds */
};

struct form {
  const char *name;
  enum group group;
  unsigned types;   /* set of the types it can do */
  bool sweep;       /* takes part in the sweep of shapes */
  bool single_blas; /* the BLAS is limited to one thread: the form starts its own */
  bool transposed;  /* the result is Y^T: m x (rows*blocks) */
  size_t most_rows; /* computes only this many rows, the first; 0: all */
  const char *note; /* forms of external.c: the program's note */
  void *context;    /* forms of external.c: the program */
  int parameter;    /* distinguishes rows of the list that share functions */
  /** Set-up that is not timed. If it returns NULL, the form is left out and the note says why; a
   * note may also describe what was prepared. */
  void *(*prepare)(const struct form *form, const struct task *task, char note[NOTE_SIZE]);
  /** Runs the task once; a non-zero result is a failure. */
  int (*run)(void *state);
  /** Runs it `count` times and measures how long that takes. NULL: the session measures. */
  struct times (*timed)(void *state, size_t count);
  void (*destroy)(void *state);
};

struct form_list {
  size_t count;
  const struct form *forms;
};

struct form_list floor_forms(void);
struct form_list dense_forms(void);
struct form_list blas_forms(void);
struct form_list libxsmm_forms(void);
struct form_list onednn_forms(void);
struct form_list call_forms(void); /* kron_eye's one-call functions */
struct form_list plan_forms(void); /* kron_eye's plans */
struct form_list csr_forms(void);  /* the same on sparse x */

#endif
