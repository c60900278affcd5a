/* oneDNN's backward pass of an inner product for the weights: x, dy and dW in place, in the layouts
 * that they have. */
#include "gradient.h"

#include "onednn.h"
#include "util.h"

#include <stdlib.h>

struct state {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_primitive_t backward;
  dnnl_memory_t x, dy, dw;
};

static void run(void *state) {
  const struct state *s = state;
  const dnnl_exec_arg_t arguments[] = {
      {DNNL_ARG_SRC, s->x}, {DNNL_ARG_DIFF_DST, s->dy}, {DNNL_ARG_DIFF_WEIGHTS, s->dw}};
  onednn_need(dnnl_primitive_execute(s->backward, s->stream, 3, arguments), "backward");
  onednn_need(dnnl_stream_wait(s->stream), "backward");
}

static void destroy(void *state) {
  struct state *s = state;
  dnnl_memory_destroy(s->x);
  dnnl_memory_destroy(s->dy);
  dnnl_memory_destroy(s->dw);
  dnnl_primitive_destroy(s->backward);
  dnnl_stream_destroy(s->stream);
  dnnl_engine_destroy(s->engine);
  free(s);
}

static dnnl_memory_desc_t matrix(size_t rows, size_t columns) {
  dnnl_memory_desc_t description;
  const dnnl_dims_t dims = {(dnnl_dim_t)rows, (dnnl_dim_t)columns};
  onednn_need(dnnl_memory_desc_init_by_tag(&description, 2, dims, dnnl_f32, dnnl_ab), "layout");
  return description;
}

static dnnl_primitive_desc_t describe(const struct state *s, const dnnl_memory_desc_t *x,
                                      const dnnl_memory_desc_t *dw, const dnnl_memory_desc_t *dy) {
  dnnl_inner_product_desc_t forward, backward;
  dnnl_primitive_desc_t hint, description;
  onednn_need(
      dnnl_inner_product_forward_desc_init(&forward, dnnl_forward_training, x, dw, NULL, dy),
      "forward");
  onednn_need(dnnl_primitive_desc_create(&hint, &forward, NULL, s->engine, NULL), "forward");
  onednn_need(dnnl_inner_product_backward_weights_desc_init(&backward, x, dw, NULL, dy),
              "backward");
  onednn_need(dnnl_primitive_desc_create(&description, &backward, NULL, s->engine, hint),
              "backward");
  dnnl_primitive_desc_destroy(hint);
  return description;
}

bool gradient_onednn(const struct gradient *g, struct way *way) {
  const struct task *t = &g->task;
  if (t->type != TYPE_F32) return false;
  struct state *s = allocate(1, sizeof *s);
  onednn_need(dnnl_engine_create(&s->engine, dnnl_cpu, 0), "engine");
  onednn_need(dnnl_stream_create(&s->stream, s->engine, dnnl_stream_default_flags), "stream");
  const dnnl_memory_desc_t x = matrix(gradient_vectors(g), t->n), dw = matrix(t->m, t->n),
                           dy = matrix(gradient_vectors(g), t->m);
  dnnl_primitive_desc_t description = describe(s, &x, &dw, &dy);
  onednn_need(dnnl_primitive_create(&s->backward, description), "backward");
  dnnl_primitive_desc_destroy(description);
  s->x = onednn_memory(s->engine, &x, (void *)(size_t)t->x);
  s->dy = onednn_memory(s->engine, &dy, g->dy);
  s->dw = onednn_memory(s->engine, &dw, g->dw);
  *way = (struct way){.name = "oneDNN", .run = run, .state = s, .destroy = destroy};
  return true;
}
