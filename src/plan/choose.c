/* Chooses the route and the kernels for a problem on this machine. */
#include "base/checked_size.h"
#include "base/thresholds.h"
#include "plan/plan.h"

#include <assert.h>

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

struct chooser {
  const struct kron_eye_operator *op;
  size_t lanes;
  struct kron_eye_panel *panels;
  size_t count;
  double sum_work; /* lane: what each sum of a large tile costs more */
  /* Those of the instruction set and types, by family and vectors; NULL where there is none. */
  const struct kron_eye_kernel_info *kernels[KRON_EYE_FAMILY_COUNT][KRON_EYE_VECTORS_MAX + 1];
};

/* Reads the table once: searching it for each kernel took most of the time that a small plan
   takes. */
static void find_kernels(struct chooser *c, enum kron_eye_isa isa) {
  for (const struct kron_eye_kernel_info *k = kron_eye_kernel_table; k->name; k++)
    if (k->isa == isa && k->types == c->op->types) c->kernels[k->family][k->vectors] = k;
}

/* The kernel with so many vectors, which must exist. */
static const struct kron_eye_kernel_info *kernel(const struct chooser *c,
                                                 enum kron_eye_family family, size_t vectors) {
  assert(c->kernels[family][vectors]);
  return c->kernels[family][vectors];
}

/* The most vectors that a kernel of the family has. */
static size_t widest(const struct chooser *c, enum kron_eye_family family) {
  size_t vectors = KRON_EYE_VECTORS_MAX;
  while (!c->kernels[family][vectors]) vectors--;
  return vectors;
}

/* Sparse x needs right = 1 and a type for which there are sparse kernels. */
static bool sparse_possible(const struct kron_eye_operator *op) {
  return op->right == 1 && op->types != KRON_EYE_U8_F32;
}

static void add(struct chooser *c, struct kron_eye_panel panel) {
  if (c->panels) c->panels[c->count] = panel;
  c->count++;
}

/* W is stored by rows, `stride` elements apart. The kernel for sparse x gathers from them, for any
   number of outputs. */
static void add_sparse_by_rows(const struct chooser *c, struct kron_eye_panel *panel,
                               size_t stride) {
  panel->sparse_stride = stride;
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
    add_sparse_by_rows(c, &panel, (c->op->n + c->lanes - 1) / c->lanes * c->lanes);
    add(c, panel);
  }
}

/* The size of part p, where `total` is divided into `parts` as evenly as possible. */
static size_t even_part(size_t total, size_t parts, size_t p) {
  return total / parts + (p < total % parts);
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
  const size_t vectors = (c->op->m + c->lanes - 1) / c->lanes, panels = (vectors + most - 1) / most;
  for (size_t p = 0, first = 0; p < panels; p++) {
    const size_t mine = even_part(vectors, panels, p);
    add(c, panel_of(c, first, mine));
    first += mine * c->lanes;
  }
}

/* The same for tuples of right elements, of which a vector holds some. */
static void choose_tuples(struct chooser *c) {
  const size_t most = widest(c, KRON_EYE_TUPLE), group = kron_eye_kernel_group(c->op->right);
  const size_t in_vector = c->lanes / group;
  const size_t vectors = (c->op->m + in_vector - 1) / in_vector;
  const size_t panels = (vectors + most - 1) / most;
  for (size_t p = 0, first = 0; p < panels; p++) {
    const size_t mine = even_part(vectors, panels, p);
    add(c, (struct kron_eye_panel){.first = first,
                                   .outputs = least(mine * in_vector, c->op->m - first),
                                   .dense = kernel(c, KRON_EYE_TUPLE, mine)});
    first += mine * in_vector;
  }
}

/* How the outputs of a block are divided: by panels of one kernel, as evenly as possible. */
struct lane_cut {
  const struct kron_eye_kernel_info *kernel;
  size_t panels;
  double cost;
};

/* The cost of a tile: for each column its loads or its multiply-adds, whichever are more, and a
   constant for its start and write-back. */
static double lane_tile_cost(const struct chooser *c, size_t outputs, size_t vectors) {
  const size_t loads = outputs + vectors, sums = outputs * vectors;
  double column = (double)(loads > sums ? loads : sums);
  if (sums > KRON_EYE_LANE_SUMS) column += (double)(sums - KRON_EYE_LANE_SUMS) * c->sum_work;
  return (double)c->op->n * column + KRON_EYE_LANE_TILE_WORK;
}

/* The cost of one panel of a block. */
static double lane_panel_cost(const struct chooser *c, size_t nv, size_t outputs) {
  const size_t vectors = (c->op->right + c->lanes - 1) / c->lanes;
  const double tile = lane_tile_cost(c, outputs, nv);
  if (vectors == 1) return tile / (double)nv; /* it takes nv blocks */
  const size_t whole = vectors / nv, rest = vectors % nv;
  return (double)whole * tile + (rest == 0 ? 0 : lane_tile_cost(c, outputs, rest));
}

/* The cost of a block; each panel begins once for all blocks of a row. */
static double lane_cost(const struct chooser *c, const struct lane_cut *cut) {
  const size_t longer = c->op->m % cut->panels, nv = cut->kernel->vectors;
  const size_t outputs = c->op->m / cut->panels; /* of a panel; one more of the first `longer` */
  const double start = KRON_EYE_LANE_PANEL_WORK / (double)c->op->left;
  const double cost = (double)cut->panels * start +
                      (double)(cut->panels - longer) * lane_panel_cost(c, nv, outputs);
  return longer == 0 ? cost : cost + (double)longer * lane_panel_cost(c, nv, outputs + 1);
}

/* Of the kernels of all widths, each with as few panels as it can have or one more, the cheapest;
   among equals the one with fewer panels, which reads x less often. */
static struct lane_cut cheapest_lane(const struct chooser *c) {
  const size_t m = c->op->m;
  struct lane_cut best = {.kernel = NULL};
  for (size_t vectors = 1; vectors <= widest(c, KRON_EYE_LANE); vectors++) {
    const struct kron_eye_kernel_info *lane = kernel(c, KRON_EYE_LANE, vectors);
    const size_t fewest = (m + lane->mr - 1) / lane->mr;
    for (size_t panels = fewest; panels <= m && panels <= fewest + 1; panels++) {
      struct lane_cut cut = {.kernel = lane, .panels = panels};
      cut.cost = lane_cost(c, &cut);
      if (!best.kernel || cut.cost < best.cost ||
          (cut.cost <= best.cost && cut.panels <= best.panels))
        best = cut;
    }
  }
  return best;
}

static void choose_lanes(struct chooser *c) {
  const struct lane_cut cut = cheapest_lane(c);
  for (size_t p = 0, first = 0; p < cut.panels; p++) {
    const size_t outputs = even_part(c->op->m, cut.panels, p);
    add(c, (struct kron_eye_panel){.first = first, .outputs = outputs, .dense = cut.kernel});
    first += outputs;
  }
}

size_t kron_eye_plan_panels(const struct kron_eye_operator *op, enum kron_eye_isa isa, bool blas,
                            struct kron_eye_panel *panels) {
  struct chooser c = {.op = op,
                      .lanes = kron_eye_kernel_lanes(isa, op->types),
                      .panels = panels,
                      .sum_work = kron_eye_lane_sum_work[isa]};
  find_kernels(&c, isa);
  if (blas) {
    struct kron_eye_panel copy = {.first = 0, .outputs = op->m};
    add_sparse_by_rows(&c, &copy, op->n);
    add(&c, copy);
  } else if (op->right > 1 && 2 * op->right > c.lanes) {
    choose_lanes(&c);
  } else if (op->right > 1) {
    choose_tuples(&c);
  } else if (dots_pay(&c)) {
    choose_dots(&c);
  } else {
    choose_panels(&c);
  }
  return c.count;
}

/* Blocks of a group: whole tiles of the first panel's kernel. */
static size_t group_of(const struct kron_eye_plan *plan, size_t x_bytes, size_t y_bytes) {
  const struct kron_eye_kernel_info *kernel = plan->panels[0].dense;
  if (kernel->family == KRON_EYE_LANE) { /* nothing is prefetched: x is to be near in all panels */
    const size_t fitting = KRON_EYE_GROUP_NEAR_BYTES / (x_bytes + y_bytes);
    const size_t lanes = kron_eye_kernel_lanes(plan->isa, plan->op.types);
    const size_t together = plan->op.right <= lanes ? kernel->vectors : 1; /* blocks of a tile */
    return fitting > together ? fitting / together * together : together;
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
  plan->few = few_of(plan);
}

const struct kron_eye_kernel_info *kron_eye_plan_scale_kernel(enum kron_eye_types types) {
  return kron_eye_kernel_find(kron_eye_base_isa(), types, KRON_EYE_SCALE, 1);
}
