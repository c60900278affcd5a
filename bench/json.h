/* Results in Google Benchmark's schema, so that its tools can compare two files. */
#ifndef KRON_EYE_BENCH_JSON_H
#define KRON_EYE_BENCH_JSON_H

#include "machine.h"
#include "session.h"

/** Writes all samples of all sessions, and each form's figures as counters of its median. The file
 * appears whole or not at all. */
void json_write(const char *path, const char *executable, const struct machine *machine,
                size_t blas_count, const struct blas *blas, size_t session_count,
                const struct session *sessions, const char *against);

#endif
