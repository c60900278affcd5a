/*
 * Rounds for the small programs (choice.c, operator.c, gradient.c, chains.c): a few ways to do the
 * same work, measured as session.h measures its forms. In each round every way takes some samples,
 * in newly shuffled order, and its lowest counts, as a disturbance only ever adds time.
 */
#ifndef KRON_EYE_BENCH_ROUNDS_H
#define KRON_EYE_BENCH_ROUNDS_H

#include "stats.h"

#include <stdbool.h>
#include <stddef.h>

enum { WAY_NAME = 64, ROUNDS_BLASES = 4 };

struct blas;

struct way {
  char name[WAY_NAME];
  void (*run)(void *state); /* once; dies if it fails */
  void *state;
  void (*destroy)(void *state); /* NULL: the state is the caller's */
  const struct blas *blas;      /* that it uses; NULL: the linked one, or none */
  bool single_blas;             /* the BLAS is limited to one thread: the way starts its own */
  size_t iterations;            /* runs in a sample */
  double *seconds;              /* [round], of one run */
  double median;                /* of these */
};

/** What the small programs can be told; each refuses what it does not use. */
struct rounds {
  size_t threads, rounds, tries; /* tries: samples of a way in a round */
  double sample_seconds;
  const char *only;                /* part of a case's name; NULL: all */
  const char *images;              /* an IDX file for the data "digits"; NULL: without them */
  size_t rows;                     /* 0: the program's own */
  size_t most;                     /* operator.c: no larger m and n, for a short test; 0: all */
  const char *blas[ROUNDS_BLASES]; /* gradient.c: other libraries, as blas_open() takes them */
  size_t blas_count;
  bool wrong; /* choice.c: estimates that are wrong on purpose */
};

/** Reads the command line into `rounds`, which holds the defaults; `used` lists the options that
 * the program knows beside --threads, --rounds, --tries, --sample-ms and --only. Prints the head of
 * the output. */
void rounds_options(struct rounds *rounds, const char *program, const char *used, int count,
                    char **arguments);

/** Is the case asked for? */
bool rounds_wants(const struct rounds *rounds, const char *name);

/** Fills in the ways' seconds and medians. */
void rounds_measure(const struct rounds *rounds, size_t count, struct way *ways);

/** Frees the seconds, and the states that are not the caller's. */
void rounds_free(size_t count, struct way *ways);

/** The way with the smallest median among those whose name starts with one of the texts between
 * "|"; NULL: none. */
const struct way *rounds_best(size_t count, const struct way *ways, const char *names);

/** The ratio above / below, paired round by round. */
struct interval rounds_ratio(const struct rounds *rounds, const struct way *above,
                             const struct way *below);

#endif
