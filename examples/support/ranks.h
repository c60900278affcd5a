/*
 * ranks.h - what the programs for MPI share: the ranks of MPI_COMM_WORLD go on together or stop
 * together, and none waits for one that has failed. All functions here are collective.
 */
#ifndef KRON_EYE_EXAMPLES_RANKS_H
#define KRON_EYE_EXAMPLES_RANKS_H

#include "support/failure.h"

#include <stddef.h>

/** This rank, and how many there are. */
int ranks_own(void);
int ranks_count(void);

/**
 * True where all ranks have done what they had to. Else false on all ranks, and `why` is on all
 * what the lowest failing rank says, with that rank's number where it is not 0.
 */
bool ranks_agree(bool done, failure *why);

/** `bytes` from rank 0 to all. */
void ranks_broadcast(void *data, size_t bytes);

/** The cores that this process may use and its node's other ranks may too, divided by those ranks;
 *  at least 1. */
size_t ranks_threads(void);

#endif
