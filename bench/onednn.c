#include "onednn.h"

#include "util.h"

void onednn_need(dnnl_status_t status, const char *what) {
  if (status != dnnl_success) die("oneDNN: %s: status %d", what, (int)status);
}

dnnl_memory_t onednn_memory(dnnl_engine_t engine, const dnnl_memory_desc_t *description,
                            void *values) {
  dnnl_memory_t result;
  onednn_need(dnnl_memory_create(&result, description, engine, values), "memory");
  return result;
}

dnnl_memory_t onednn_reordered(dnnl_engine_t engine, dnnl_stream_t stream,
                               const dnnl_memory_desc_t *given, const void *values,
                               const dnnl_memory_desc_t *wanted) {
  dnnl_memory_t from = onednn_memory(engine, given, (void *)(size_t)values);
  dnnl_memory_t to = onednn_memory(engine, wanted, DNNL_MEMORY_ALLOCATE);
  dnnl_primitive_desc_t description;
  dnnl_primitive_t reorder;
  onednn_need(dnnl_reorder_primitive_desc_create(&description, given, engine, wanted, engine, NULL),
              "reorder");
  onednn_need(dnnl_primitive_create(&reorder, description), "reorder");
  const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
  onednn_need(dnnl_primitive_execute(reorder, stream, 2, arguments), "reorder");
  onednn_need(dnnl_stream_wait(stream), "reorder");
  dnnl_primitive_destroy(reorder);
  dnnl_primitive_desc_destroy(description);
  dnnl_memory_destroy(from);
  return to;
}
