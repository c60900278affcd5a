/*
 * Forms of another program, such as NumPy's from numpy_forms.py. The program takes part in the
 * rounds like any form. It reads commands from stdin and answers on stdout, line by line:
 *
 *     load DIR ROWS BLOCKS TYPE...     DIR/x.npy is float32, rows x blocks*n, and DIR/w.npy is
 *                                      float64, m x n. The answer is one line per form:
 *       form TYPE<tab>NAME<tab>NOTE    a form that it has; these are numbered from 0
 *       absent TYPE<tab>NAME<tab>NOTE  a form that it cannot run, and why
 *       ready                          ends the list
 *     save NUMBER                      run the form once and write y to DIR/y.npy, rows x blocks*m,
 *                                      in the type of the sums. The answer:
 *       saved
 *     time NUMBER COUNT                run it COUNT times. The answer:
 *       WALL PROCESSOR                 the seconds that this took, without reading the command and
 *                                      writing the answer
 *
 * End of input ends the program. OMP_NUM_THREADS and similar variables give the number of threads.
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
