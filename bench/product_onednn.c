/*
 * oneDNN's convolution with 1 x 1 filters, for the products that are one: x and y are used in place
 * (batch images of n and m channels, `right` pixels), W in the layout that the library asks for.
 */
#include "product.h"

#include "onednn.h"
#include "util.h"

#include <stdlib.h>

struct state {
  dnnl_engine_t engine;
  dnnl_stream_t stream;
  dnnl_primitive_t convolution;
  dnnl_memory_t x, w, y;
};

static void run(void *state) {
  const struct state *s = state;
  const dnnl_exec_arg_t arguments[] = {
      {DNNL_ARG_SRC, s->x}, {DNNL_ARG_WEIGHTS, s->w}, {DNNL_ARG_DST, s->y}};
  onednn_need(dnnl_primitive_execute(s->convolution, s->stream, 3, arguments), "convolution");
  onednn_need(dnnl_stream_wait(s->stream), "convolution");
}

static void destroy(void *state) {
  struct state *s = state;
  dnnl_memory_destroy(s->x);
  dnnl_memory_destroy(s->w);
  dnnl_memory_destroy(s->y);
  dnnl_primitive_destroy(s->convolution);
  dnnl_stream_destroy(s->stream);
  dnnl_engine_destroy(s->engine);
  free(s);
}

static dnnl_memory_desc_t layout(size_t first, size_t second, size_t pixels,
                                 dnnl_format_tag_t tag) {
  dnnl_memory_desc_t description;
  const dnnl_dims_t dims = {(dnnl_dim_t)first, (dnnl_dim_t)second, 1, (dnnl_dim_t)pixels};
  onednn_need(dnnl_memory_desc_init_by_tag(&description, 4, dims, dnnl_f32, tag), "layout");
  return description;
}

static void create(const struct product *p, struct state *s) {
  const dnnl_memory_desc_t x = layout(p->batch, p->n, p->right, dnnl_nchw);
  const dnnl_memory_desc_t y = layout(p->batch, p->m, p->right, dnnl_nchw);
  const dnnl_memory_desc_t any = layout(p->m, p->n, 1, dnnl_format_tag_any);
  const dnnl_memory_desc_t plain = layout(p->m, p->n, 1, dnnl_oihw);
  const dnnl_dims_t one = {1, 1}, none = {0, 0};
  dnnl_convolution_desc_t convolution;
  onednn_need(dnnl_convolution_forward_desc_init(&convolution, dnnl_forward_inference,
                                                 dnnl_convolution_direct, &x, &any, NULL, &y, one,
                                                 none, none),
              "convolution");
  dnnl_primitive_desc_t description;
  onednn_need(dnnl_primitive_desc_create(&description, &convolution, NULL, s->engine, NULL),
              "convolution");
  onednn_need(dnnl_primitive_create(&s->convolution, description), "convolution");
  s->x = onednn_memory(s->engine, &x, p->x);
  s->y = onednn_memory(s->engine, &y, p->y);
  s->w = onednn_reordered(s->engine, s->stream, &plain, p->w,
                          dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0));
  dnnl_primitive_desc_destroy(description);
}

bool product_onednn(const struct product *p, struct way *way) {
  const size_t few = 32; /* channels */
  if (p->type != TYPE_F32 || p->left != 1 || p->each || p->transposed || p->m < few) return false;
  if (p->right == 1) return false;
  struct state *s = allocate(1, sizeof *s);
  onednn_need(dnnl_engine_create(&s->engine, dnnl_cpu, 0), "engine");
  onednn_need(dnnl_stream_create(&s->stream, s->engine, dnnl_stream_default_flags), "stream");
  create(p, s);
  *way = (struct way){.name = "oneDNN", .run = run, .state = s, .destroy = destroy};
  return true;
}
