/*
 * Forms that another program has: NumPy's, say, from numpy_forms.py. The program takes part in the
 * rounds like any form. It gets its commands on stdin and answers on stdout, line by line:
 *
 *     load DIR ROWS BLOCKS TYPE...
 *         DIR/x.npy is float32, rows x blocks*n; DIR/w.npy is float64, m x n. The answer is any
 *         number of the first two lines, then the third.
 *         - form TYPE<tab>NAME<tab>NOTE    a form that it has, numbered from 0
 *         - absent TYPE<tab>NAME<tab>NOTE  a form that it cannot do, and why
 *         - ready
 *     save NUMBER
 *         Does the form once and writes y to DIR/y.npy, rows x blocks*m, in the type in which it is
 *         computed. The answer is
 *         - saved
 *     time NUMBER COUNT
 *         Does the form COUNT times. The answer is the seconds that took, without the start and the
 *         answer itself:
 *         - WALL PROCESSOR
 *
 * End of input ends it. It finds the number of threads in OMP_NUM_THREADS and the like.
 */
#ifndef KRON_EYE_BENCH_EXTERNAL_H
#define KRON_EYE_BENCH_EXTERNAL_H

#include "data.h"
#include "form.h"

#include <stdio.h>
#include <sys/types.h>

struct external {
  pid_t process;
  FILE *commands, *answers;
  char directory[256]; /* temporary, for the arrays */
  size_t count;
  struct form *forms;
};

/** Starts `command` through the shell, gives it the data and asks for its forms. */
void external_open(struct external *external, const char *command, const struct dataset *data,
                   unsigned types, size_t threads);
struct form_list external_forms(const struct external *external);
/** Ends the program and removes the arrays. The forms' names stay. */
void external_close(struct external *external);
void external_free(struct external *external);

#endif
