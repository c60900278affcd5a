/* Readable tables on stdout. */
#ifndef KRON_EYE_BENCH_TABLE_H
#define KRON_EYE_BENCH_TABLE_H

#include "machine.h"
#include "session.h"

/** The machine and the libraries: printed once, before the sessions. */
void table_head(const struct machine *machine, size_t blas_count, const struct blas *blas);

/** One session; `against` as in figures_of(). */
void table_session(const struct session *session, const char *against);

#endif
