/* Chooses the route and the kernels for a problem on this machine. */
#include "base/checked_size.h"
#include "base/thresholds.h"
#include "plan/chooser.h"

static bool blas_has(enum kron_eye_types types) {
  return types == KRON_EYE_F32 || types == KRON_EYE_F64;
}

bool kron_eye_plan_prefers_blas(const struct kron_eye_operator *op,
                                const kron_eye_options *options) {
  if (options->route != KRON_EYE_ROUTE_AUTO) return options->route == KRON_EYE_ROUTE_BLAS;
  return blas_has(op->types) && options->zeros != KRON_EYE_ZEROS_SKIP &&
         op->m >= KRON_EYE_BLAS_MIN_OUTPUTS && op->n > KRON_EYE_BLAS_MIN_W / op->m;
}

bool kron_eye_plan_packing_pays(const struct kron_eye_operator *op, size_t batch) {
  const double ws = op->w_block != 0 ? (double)op->left : 1;
  const double blocks = (double)batch * (double)op->left;
  const double w = (double)op->m * (double)op->n;
  /* right = 1: the BLAS takes all blocks of a W in one call; else a call for each. */
  const double calls =
      op->right == 1 ? blocks * KRON_EYE_PACK_ROW_WORK : blocks * KRON_EYE_PACK_CALL_WORK;
  const double gain = blocks * (double)op->right * w + calls;
  return gain - ws * KRON_EYE_PACK_MIN_ROWS * w >= KRON_EYE_PACK_MIN_WORK;
}

/* Reads the table once: searching it for each kernel took most of the time that a small plan
   takes. */
static void find_kernels(struct chooser *c, enum kron_eye_isa isa) {
  for (const struct kron_eye_kernel_info *k = kron_eye_kernel_first(isa); k->isa == isa; k++)
    if (k->types == c->op->types) c->kernels[k->family][k->vectors] = k;
}

/* Sparse x needs right = 1 and a type for which there are sparse kernels. */
static bool sparse_possible(const struct kron_eye_operator *op) {
  return op->right == 1 && op->types != KRON_EYE_U8_F32;
}

/* The kernel for sparse x gathers from W, whose rows are `row` elements apart and whose columns are
   `column` apart, for any number of outputs. */
static void add_gather(const struct chooser *c, struct kron_eye_panel *panel, size_t row,
                       size_t column) {
  panel->sparse_stride = row;
  panel->sparse_column = column;
  for (size_t v = 0; sparse_possible(c->op) && v <= KRON_EYE_VECTORS_MAX; v++)
    panel->sparse[v] = kernel(c, KRON_EYE_GATHER, 1);
}

/* Dot wastes no lanes if there are few outputs, but has to add up the lanes of each sum. */
static bool dots_pay(const struct chooser *c) {
  const size_t m = c->op->m;
  return m <= KRON_EYE_DOT_MAX_OUTPUTS && c->op->n >= kron_eye_dot_min[m - 1] / c->lanes;
}

/* Panels for the widest dot kernel and, for the remaining outputs, for kernels of half its size, a
   quarter, and so on. */
static void choose_dots(struct chooser *c) {
  size_t outputs = widest(c, KRON_EYE_DOT);
  for (size_t first = 0; first < c->op->m; first += outputs) {
    while (outputs > c->op->m - first) outputs /= 2;
    struct kron_eye_panel panel = {
        .first = first, .outputs = outputs, .dense = kernel(c, KRON_EYE_DOT, outputs)};
    add_gather(c, &panel, ceiling(c->op->n, c->lanes) * c->lanes, 1);
    add(c, panel);
  }
}

/* One panel of so many vectors, with the kernels of all families that share its packing. */
static struct kron_eye_panel panel_of(const struct chooser *c, size_t first, size_t vectors) {
  struct kron_eye_panel panel = {
      .first = first, .outputs = vectors * c->lanes, .sparse_stride = vectors * c->lanes};
  if (panel.outputs > c->op->m - first) panel.outputs = c->op->m - first;
  panel.dense = kernel(c, KRON_EYE_PANEL, vectors);
  panel.columns = kernel(c, KRON_EYE_COLUMNS, vectors);
  panel.lists = kernel(c, KRON_EYE_LISTS, vectors);
  for (size_t v = 1; sparse_possible(c->op) && v <= vectors; v++)
    panel.sparse[v] = kernel(c, KRON_EYE_CSR, v);
  return panel;
}

/* As few panels as the widest kernel allows, and as even as whole vectors allow, so that odd sizes
   are not much slower than others. */
static void choose_panels(struct chooser *c) {
  const size_t most = widest(c, KRON_EYE_PANEL);
  const size_t vectors = ceiling(c->op->m, c->lanes), panels = ceiling(vectors, most);
  for (size_t p = 0, first = 0; p < panels; p++) {
    const size_t mine = even_part(vectors, panels, p);
    add(c, panel_of(c, first, mine));
    first += mine * c->lanes;
  }
}

/* Does a vector hold whole blocks of a small square W? With four inputs that pays where a
   permutation stays within 16 bytes. */
static bool blocks_pay(const struct chooser *c) {
  const size_t n = c->op->n, right = c->op->right;
  if (!c->kernels[KRON_EYE_BLOCK][1] || c->op->m != n) return false;
  if (n == 4) return right == 1 && kron_eye_base_types[c->op->types].y_size == sizeof(float);
  return n == 2 && right <= c->lanes / 2 && c->lanes / 2 % right == 0;
}

static void choose_block(struct chooser *c) {
  struct kron_eye_panel panel = {
      .outputs = c->op->m, .sparse_stride = c->lanes, .dense = kernel(c, KRON_EYE_BLOCK, 1)};
  if (sparse_possible(c->op)) panel.sparse[1] = kernel(c, KRON_EYE_CSR, 1);
  add(c, panel);
}

/* Does a task that walks the blocks pay? With many inputs a call for each block costs little, and
   zeros may be skipped. */
static bool walking_pays(const struct chooser *c, const kron_eye_options *options) {
  return c->op->w_block != 0 && c->op->right == 1 && c->op->n <= KRON_EYE_EACH_MAX_INPUTS &&
         c->op->m <= widest(c, KRON_EYE_EACH) * c->lanes && options->zeros != KRON_EYE_ZEROS_SKIP;
}

static void choose_each(struct chooser *c) {
  const size_t m = c->op->m, vectors = ceiling(m, c->lanes);
  struct kron_eye_panel panel = {
      .outputs = m, .sparse_stride = c->lanes, .dense = kernel(c, KRON_EYE_EACH, vectors)};
  if (m > c->lanes)
    add_gather(c, &panel, 1, m);
  else if (sparse_possible(c->op))
    panel.sparse[1] = kernel(c, KRON_EYE_CSR, 1);
  add(c, panel);
}

size_t kron_eye_plan_panels(const struct kron_eye_operator *op, const kron_eye_options *options,
                            enum kron_eye_isa isa, bool blas, struct kron_eye_panel *panels) {
  struct chooser c = {
      .op = op, .isa = isa, .lanes = kron_eye_kernel_lanes(isa, op->types), .panels = panels};
  find_kernels(&c, isa);
  if (blas) {
    struct kron_eye_panel copy = {.first = 0, .outputs = op->m};
    add_gather(&c, &copy, op->n, 1);
    add(&c, copy);
  } else if (!dots_pay(&c) && walking_pays(&c, options)) {
    choose_each(&c);
  } else if (blocks_pay(&c)) {
    choose_block(&c);
  } else if (op->right > 1) {
    kron_eye_plan_choose_right(&c);
  } else if (dots_pay(&c)) {
    choose_dots(&c);
  } else {
    choose_panels(&c);
  }
  return c.count;
}

/* Blocks that a tile of a kernel for right > 1 takes. */
static size_t blocks_of_tile(const struct kron_eye_plan *plan,
                             const struct kron_eye_kernel_info *kernel) {
  const size_t lanes = kron_eye_kernel_lanes(plan->isa, plan->op.types);
  if (kernel->family == KRON_EYE_LANE) return plan->op.right <= lanes ? kernel->vectors : 1;
  return kernel->mr > plan->op.right ? kernel->mr / plan->op.right : 1;
}

/* Blocks of a group: whole tiles of the first panel's kernel. */
static size_t group_of(const struct kron_eye_plan *plan, size_t x_bytes, size_t y_bytes) {
  const struct kron_eye_kernel_info *kernel = plan->panels[0].dense;
  if (kernel->family == KRON_EYE_LANE || kernel->family == KRON_EYE_FIBRE ||
      kernel->family == KRON_EYE_INTERLEAVE) {
    /* Nothing is prefetched: x is to be near in all panels. */
    const size_t fitting = KRON_EYE_GROUP_NEAR_BYTES / (x_bytes + y_bytes);
    const size_t together = blocks_of_tile(plan, kernel);
    return fitting > together ? fitting / together * together : together;
  }
  if (kernel->family == KRON_EYE_BLOCK) { /* in one pass: only threads need an end */
    const size_t together = kron_eye_kernel_lanes(plan->isa, plan->op.types);
    return KRON_EYE_GROUP_BYTES / x_bytes / together * together;
  }
  const size_t fitting =
      x_bytes >= y_bytes ? KRON_EYE_GROUP_BYTES / x_bytes : KRON_EYE_GROUP_Y_BYTES / y_bytes;
  const size_t mr = kernel->mr;
  if (fitting >= KRON_EYE_GROUP_ROWS) return KRON_EYE_GROUP_ROWS;
  return fitting > mr ? fitting / mr * mr : mr;
}

/* c of a strip: all if they stay in cache, otherwise some tiles. The last strip takes the rest. */
static size_t strip_of(const struct kron_eye_plan *plan, size_t column_bytes) {
  const struct kron_eye_kernel_info *kernel = plan->panels[0].dense;
  if (kernel->family != KRON_EYE_LANE) return plan->op.right;
  const size_t tile = kernel->vectors * kron_eye_kernel_lanes(plan->isa, plan->op.types);
  const size_t tiles = KRON_EYE_LANE_STRIP_BYTES / column_bytes / tile;
  const size_t width = tile * (tiles > 0 ? tiles : 1);
  return width < plan->op.right ? width : plan->op.right;
}

/* Are all panels of a long W one task, where a block is more than one strip? The panels must have
   as many outputs as the kernel, or one less. */
static bool together_of(const struct kron_eye_plan *plan) {
  const struct kron_eye_operator *op = &plan->op;
  const struct kron_eye_panel *panels = plan->panels;
  const size_t mr = panels[0].dense->mr, column = op->m * kron_eye_base_types[op->types].y_size;
  return plan->strip < op->right && plan->panel_count > 1 && panels[0].outputs == mr &&
         panels[plan->panel_count - 1].outputs + 1 >= mr && op->n >= KRON_EYE_LANE_LONG &&
         column <= KRON_EYE_LANE_TOGETHER_BYTES / op->n;
}

/* The largest number of blocks that are one task of each panel: the blocks must fit in one group,
   and the call must use neither threads nor samples of x. */
static size_t few_of(const struct kron_eye_plan *plan) {
  const struct kron_eye_operator *op = &plan->op;
  const struct kron_eye_panel *panel = &plan->panels[0];
  const bool skips = panel->columns && plan->options.zeros != KRON_EYE_ZEROS_MULTIPLY;
  if (plan->strip != op->right || op->w_block != 0 ||
      (skips && plan->options.zeros == KRON_EYE_ZEROS_SKIP))
    return 0;
  const double block = (double)op->m * (double)op->n * (double)op->right;
  double work = 2.0 * KRON_EYE_THREAD_WORK;
  if (skips && op->n >= KRON_EYE_SKIP_MIN_INPUTS) work = KRON_EYE_SAMPLE_FIRST_WORK;
  return least((size_t)((work - 1) / block), plan->group);
}

void kron_eye_plan_cut(struct kron_eye_plan *plan) {
  const struct kron_eye_types_info *type = &kron_eye_base_types[plan->op.types];
  const size_t n = plan->op.n, m = plan->op.m, right = plan->op.right;
  plan->group = group_of(plan, n * right * type->x_size, m * right * type->y_size);
  plan->strip = strip_of(plan, n * type->x_size);
  plan->together = together_of(plan);
  plan->few = few_of(plan);
}

const struct kron_eye_kernel_info *kron_eye_plan_scale_kernel(enum kron_eye_types types) {
  return kron_eye_kernel_find(kron_eye_base_isa(), types, KRON_EYE_SCALE, 1);
}
