/* What the users of oneDNN share. */
#ifndef KRON_EYE_BENCH_ONEDNN_H
#define KRON_EYE_BENCH_ONEDNN_H

#include <oneapi/dnnl/dnnl.h>

/** Dies where the status is not success. */
void onednn_need(dnnl_status_t status, const char *what);

/** Memory of the caller's, or DNNL_MEMORY_ALLOCATE. */
dnnl_memory_t onednn_memory(dnnl_engine_t engine, const dnnl_memory_desc_t *description,
                            void *values);

/** The values in another layout. */
dnnl_memory_t onednn_reordered(dnnl_engine_t engine, dnnl_stream_t stream,
                               const dnnl_memory_desc_t *given, const void *values,
                               const dnnl_memory_desc_t *wanted);

#endif
