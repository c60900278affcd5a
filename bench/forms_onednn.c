/*
 * oneDNN's matmul: Y ((rows*blocks) x m) = X ((rows*blocks) x n) times W^T, with x and y used in
 * place. W is converted to the layout that the library asks for before the clock starts.
 */
#include "form.h"
#include "onednn.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>

struct state {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_primitive_desc_t description;
  dnnl_primitive_t matmul;
  dnnl_memory_t x, w, y;
};

static dnnl_memory_desc_t matrix(size_t rows, size_t columns, dnnl_format_tag_t layout) {
  dnnl_memory_desc_t description;
  const dnnl_dims_t dims = {(dnnl_dim_t)rows, (dnnl_dim_t)columns};
  onednn_need(dnnl_memory_desc_init_by_tag(&description, 2, dims, dnnl_f32, layout),
              "memory descriptor");
  return description;
}

/* Converts the n x m matrix W^T from W as stored to the layout that the matmul wants. */
static void pack(struct state *state, const struct task *task) {
  const dnnl_memory_desc_t plain = matrix(task->n, task->m, dnnl_ba);
  state->w =
      onednn_reordered(state->engine, state->stream, &plain, task->w,
                       dnnl_primitive_desc_query_md(state->description, dnnl_query_weights_md, 0));
}

static void *prepare(const struct form *form, const struct task *task, char note[NOTE_SIZE]) {
  (void)form;
  struct state *state = allocate(1, sizeof *state);
  size_t vectors = task->rows * task->blocks;
  onednn_need(dnnl_engine_create(&state->engine, dnnl_cpu, 0), "engine");
  onednn_need(dnnl_stream_create(&state->stream, state->engine, dnnl_stream_default_flags),
              "stream");
  const dnnl_memory_desc_t x = matrix(vectors, task->n, dnnl_ab);
  const dnnl_memory_desc_t w = matrix(task->n, task->m, dnnl_format_tag_any);
  const dnnl_memory_desc_t y = matrix(vectors, task->m, dnnl_ab);
  dnnl_matmul_desc_t matmul;
  onednn_need(dnnl_matmul_desc_init(&matmul, &x, &w, NULL, &y), "matmul");
  onednn_need(dnnl_primitive_desc_create(&state->description, &matmul, NULL, state->engine, NULL),
              "matmul");
  onednn_need(dnnl_primitive_create(&state->matmul, state->description), "matmul");
  state->x = onednn_memory(state->engine, &x, (void *)(size_t)task->x);
  state->y = onednn_memory(state->engine, &y, task->y);
  pack(state, task);
  const char *implementation = "";
  dnnl_primitive_desc_query(state->description, dnnl_query_impl_info_str, 0,
                            (void *)&implementation);
  const dnnl_version_t *version = dnnl_version();
  snprintf(note, NOTE_SIZE, "oneDNN %d.%d.%d, %s", version->major, version->minor, version->patch,
           implementation);
  return state;
}

static int run(void *state_) {
  const struct state *state = state_;
  const dnnl_exec_arg_t arguments[] = {
      {DNNL_ARG_SRC, state->x}, {DNNL_ARG_WEIGHTS, state->w}, {DNNL_ARG_DST, state->y}};
  dnnl_status_t status = dnnl_primitive_execute(state->matmul, state->stream, 3, arguments);
  return status == dnnl_success ? (int)dnnl_stream_wait(state->stream) : (int)status;
}

static void destroy(void *state_) {
  struct state *state = state_;
  dnnl_memory_destroy(state->x);
  dnnl_memory_destroy(state->w);
  dnnl_memory_destroy(state->y);
  dnnl_primitive_destroy(state->matmul);
  dnnl_primitive_desc_destroy(state->description);
  dnnl_stream_destroy(state->stream);
  dnnl_engine_destroy(state->engine);
  free(state);
}

struct form_list onednn_forms(void) {
  static const struct form forms[] = {{.name = "oneDNN matmul, W packed",
                                       .group = GROUP_PEER,
                                       .types = SET_F32,
                                       .prepare = prepare,
                                       .run = run,
                                       .destroy = destroy}};
  return (struct form_list){1, forms};
}
