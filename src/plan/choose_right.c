/*
 * Chooses the panels where right is more than 1: tuple up to half a vector and lane beyond, or
 * fibre where these leave many lanes over, or interleave for 3 and 5. All of them give the same
 * bits, so that the choice may depend on anything, as here on left. Costs are in multiply-adds of a
 * vector, for one block.
 */
#include "base/checked_size.h"
#include "base/thresholds.h"
#include "plan/chooser.h"

/* How the outputs of a block are divided: by panels of one kernel, as evenly as possible. */
struct lane_cut {
  const struct kron_eye_kernel_info *kernel;
  size_t panels;
  double cost;
};

/* A column of a tile of many: its multiply-adds, and its loads. */
static double long_column_cost(size_t outputs, size_t vectors) {
  return (double)(outputs * vectors) + kron_eye_lane_vector_load * (double)vectors +
         kron_eye_lane_output_load * (double)outputs;
}

/* A column of a tile of few: its loads or its multiply-adds, whichever are more. */
static double short_column_cost(const struct chooser *c, size_t outputs, size_t vectors) {
  const size_t loads = outputs + vectors, sums = outputs * vectors;
  const double column = (double)(loads > sums ? loads : sums);
  if (sums <= KRON_EYE_LANE_SUMS) return column;
  return column + (double)(sums - KRON_EYE_LANE_SUMS) * kron_eye_lane_sum_work[c->isa];
}

/* The cost of a tile: its columns, and a constant for its start and write-back. */
static double lane_tile_cost(const struct chooser *c, size_t outputs, size_t vectors) {
  const double column = c->op->n >= KRON_EYE_LANE_LONG ? long_column_cost(outputs, vectors)
                                                       : short_column_cost(c, outputs, vectors);
  return (double)c->op->n * column + KRON_EYE_LANE_TILE_WORK;
}

/* The cost of one panel of a block. */
static double lane_panel_cost(const struct chooser *c, size_t nv, size_t outputs) {
  const size_t vectors = ceiling(c->op->right, c->lanes);
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

/* The cheapest of all tiles; among equals the one with fewer panels, which reads x less often. */
static struct lane_cut cheapest_lane(const struct chooser *c) {
  const size_t m = c->op->m;
  struct lane_cut best = {.kernel = NULL};
  for (size_t vectors = 1; vectors <= widest(c, KRON_EYE_LANE); vectors++) {
    const struct kron_eye_kernel_info *lane = kernel(c, KRON_EYE_LANE, vectors);
    for (size_t outputs = least(lane->mr, m); outputs > 0; outputs--) {
      struct lane_cut cut = {.kernel = lane, .panels = ceiling(m, outputs)};
      cut.cost = lane_cost(c, &cut);
      if (!best.kernel || cut.cost < best.cost ||
          (cut.cost <= best.cost && cut.panels <= best.panels))
        best = cut;
    }
  }
  return best;
}

static void choose_lanes(struct chooser *c, const struct lane_cut *cut) {
  for (size_t p = 0, first = 0; p < cut->panels; p++) {
    const size_t outputs = even_part(c->op->m, cut->panels, p);
    add(c, (struct kron_eye_panel){.first = first, .outputs = outputs, .dense = cut->kernel});
    first += outputs;
  }
}

/* Panels of a family whose vectors lie along i, each with `in_vector` outputs: as few as `most`
   vectors allow, and as even as whole vectors allow. */
static void choose_vectors(struct chooser *c, enum kron_eye_family family, size_t in_vector,
                           size_t most) {
  const size_t vectors = ceiling(c->op->m, in_vector), panels = ceiling(vectors, most);
  for (size_t p = 0, first = 0; p < panels; p++) {
    const size_t mine = even_part(vectors, panels, p);
    add(c, (struct kron_eye_panel){.first = first,
                                   .outputs = least(mine * in_vector, c->op->m - first),
                                   .dense = kernel(c, family, mine)});
    first += mine * in_vector;
  }
}

/* Outputs of a vector of family tuple. */
static size_t tuples_of_vector(const struct chooser *c) {
  return c->lanes / kron_eye_kernel_group(c->op->right);
}

/* Where right is not a power of two, a panel fills up the lanes of each column of x. */
static double tuple_cost(const struct chooser *c) {
  const size_t vectors = ceiling(c->op->m, tuples_of_vector(c));
  const size_t panels = ceiling(vectors, widest(c, KRON_EYE_TUPLE));
  const size_t fills = kron_eye_kernel_group(c->op->right) == c->op->right ? 0 : panels;
  return (double)c->op->n * (double)(vectors + fills) + KRON_EYE_LANE_TILE_WORK;
}

/* The cost of one tile of so many fibres of `blocks` blocks. */
static double fibre_tile_cost(const struct chooser *c, size_t fibres, size_t blocks,
                              size_t vectors) {
  const size_t sums = fibres * vectors;
  const double column = (double)(sums > KRON_EYE_FIBRE_SUMS ? sums : KRON_EYE_FIBRE_SUMS);
  const double outputs = (double)least(vectors * c->lanes, c->op->m);
  return (double)c->op->n * column + KRON_EYE_FIBRE_TILE_WORK +
         KRON_EYE_FIBRE_OUTPUT_WORK * outputs * (double)blocks;
}

/* The most vectors of a panel of family fibre. */
static size_t widest_fibre(const struct chooser *c) {
  const size_t most = widest(c, KRON_EYE_FIBRE);
  return c->op->n < KRON_EYE_LANE_LONG ? most : least(most, KRON_EYE_FIBRE_LONG_VECTORS);
}

/* All panels are taken to be as wide as the first. */
static double fibre_cost(const struct chooser *c) {
  const size_t all = ceiling(c->op->m, c->lanes);
  const size_t panels = ceiling(all, widest_fibre(c));
  const size_t vectors = ceiling(all, panels), right = c->op->right;
  const size_t mr = kernel(c, KRON_EYE_FIBRE, vectors)->mr, blocks = mr / right;
  if (blocks > 0)
    return (double)panels * fibre_tile_cost(c, blocks * right, blocks, vectors) / (double)blocks;
  const size_t tiles = ceiling(right, mr), longer = right % tiles;
  return (double)panels *
         ((double)(tiles - longer) * fibre_tile_cost(c, right / tiles, 1, vectors) +
          (double)longer * fibre_tile_cost(c, right / tiles + 1, 1, vectors));
}

/* Beyond a few vectors few lanes are left over, and fibres would read a cache line of x for a few
   of its elements. With many inputs a few lanes of one more vector are still worth it. */
static bool fibres_pay(const struct chooser *c, double other) {
  const size_t lanes = KRON_EYE_FIBRE_MAX_VECTORS * c->lanes;
  const size_t most = c->op->n < KRON_EYE_LANE_LONG ? lanes : lanes + c->lanes / 4;
  return c->op->right <= most && fibre_cost(c) < kron_eye_fibre_below * other;
}

/* The most vectors of outputs of a kernel of family interleave for so large a right, or 0. */
static size_t interleave_vectors(const struct chooser *c) {
  const size_t right = c->op->right;
  size_t vectors = right % 2 == 1 ? KRON_EYE_VECTORS_MAX : 0;
  while (vectors > 0 && !(c->kernels[KRON_EYE_INTERLEAVE][vectors] &&
                          c->kernels[KRON_EYE_INTERLEAVE][vectors]->mr >= right))
    vectors--;
  return vectors;
}

/* Where outputs fill most lanes and the inputs are not too few. */
static bool interleave_pays(const struct chooser *c) {
  const size_t lanes = ceiling(c->op->m, c->lanes) * c->lanes;
  return interleave_vectors(c) > 0 && c->op->n >= KRON_EYE_INTERLEAVE_MIN_INPUTS &&
         (double)c->op->m >= kron_eye_interleave_filled * (double)lanes;
}

void kron_eye_plan_choose_right(struct chooser *c) {
  if (interleave_pays(c)) {
    choose_vectors(c, KRON_EYE_INTERLEAVE, c->lanes, interleave_vectors(c));
    return;
  }
  if (2 * c->op->right > c->lanes) {
    const struct lane_cut cut = cheapest_lane(c);
    if (fibres_pay(c, cut.cost))
      choose_vectors(c, KRON_EYE_FIBRE, c->lanes, widest_fibre(c));
    else
      choose_lanes(c, &cut);
  } else if (fibres_pay(c, tuple_cost(c))) {
    choose_vectors(c, KRON_EYE_FIBRE, c->lanes, widest_fibre(c));
  } else {
    choose_vectors(c, KRON_EYE_TUPLE, tuples_of_vector(c), widest(c, KRON_EYE_TUPLE));
  }
}
