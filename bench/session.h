/*
 * A session: one case, one number of threads, all forms, measured in interleaved rounds.
 *
 * In each round every form runs once, in a newly shuffled order, so that drift and disturbances
 * affect all forms alike. The times of two forms in one round are a pair. A sample repeats a short
 * form until it takes long enough for the clock. Before each sample of several threads, the session
 * waits until the threads of the previous form have stopped spinning (idle.h).
 */
#ifndef KRON_EYE_BENCH_SESSION_H
#define KRON_EYE_BENCH_SESSION_H

#include "blas.h"
#include "data.h"
#include "form.h"

#include <stdbool.h>

struct settings {
  unsigned types;        /* set of types to measure */
  const char *forms;     /* only forms whose name has one of these, between "|"; NULL: all */
  size_t rounds;         /* at most */
  double seconds;        /* no round starts after this many */
  double sample_seconds; /* a sample takes at least this long */
  double settle_seconds; /* most time to wait for idle threads before a sample */
  bool sweep;            /* only forms that take part in sweeps */
  size_t blas_count;
  const struct blas *blas; /* [0] is the linked one */
  size_t with_count;
  const char *const *with; /* commands of programs that have more forms, see external.h */
};

struct external;

enum { NAME_SIZE = 96 };

struct entry {
  const struct form *form;
  struct task task;
  char name[NAME_SIZE]; /* "OpenBLAS: one tall gemm" */
  char note[NOTE_SIZE];
  void *state;
  double scale;      /* rows of the case per row that the form does */
  size_t iterations; /* runs in a sample */
  double *seconds;   /* [round], of one run, scaled to all rows */
  double *processor; /* the same in processor time */
};

struct left_out {
  char name[NAME_SIZE];
  char note[NOTE_SIZE];
};

struct session {
  const char *case_name;
  struct dimensions size;
  char data[200]; /* description */
  size_t threads;
  size_t count, rounds, left_out_count;
  struct entry *entries;
  struct left_out *left_out;
  size_t external_count;
  struct external *externals;
};

/** Prepares, checks and measures every form. Dies if a form fails or its result is wrong. */
void session_run(struct session *session, const char *case_name, const struct dataset *data,
                 size_t threads, const struct settings *settings);
void session_free(struct session *session);

#endif
