/* Problem and machine -> route and kernels. */
#include "plan/plan.h"
#include "plan/thresholds.h"

_Static_assert((int)KRON_EYE_F32 == KRON_EYE_KERNEL_f32 &&
                   (int)KRON_EYE_F64 == KRON_EYE_KERNEL_f64 &&
                   (int)KRON_EYE_F32_F64 == KRON_EYE_KERNEL_f32_f64 &&
                   (int)KRON_EYE_U8_F32 == KRON_EYE_KERNEL_u8_f32,
               "two rooms, one order of types");

static bool blas_has(enum kron_eye_types types) {
  return types == KRON_EYE_F32 || types == KRON_EYE_F64;
}

bool kron_eye_plan_prefers_blas(const struct kron_eye_operator *op,
                                const kron_eye_options *options) {
  if (options->route != KRON_EYE_ROUTE_AUTO) return options->route == KRON_EYE_ROUTE_BLAS;
  return blas_has(op->types) && options->zeros != KRON_EYE_ZEROS_SKIP &&
         op->m >= KRON_EYE_BLAS_LEAST_OUTPUTS && op->n > KRON_EYE_BLAS_LEAST_W / op->m;
}

struct chooser {
  enum kron_eye_isa isa;
  enum kron_eye_kernel_types types;
  size_t m, lanes;
  struct kron_eye_panel *panels;
  size_t count;
};

static const struct kron_eye_kernel_info *kernel(const struct chooser *c,
                                                 enum kron_eye_family family, size_t nr) {
  return kron_eye_kernel_find(c->isa, c->types, family, nr);
}

static void add(struct chooser *c, struct kron_eye_panel panel) {
  if (c->panels) c->panels[c->count] = panel;
  c->count++;
}

/* Dot wastes no lanes on few outputs, but adds up the lanes of each sum in the end. */
static bool dots_pay(const struct chooser *c, size_t n) {
  return c->m <= KRON_EYE_DOT_MOST_OUTPUTS && n >= kron_eye_dot_least[c->m - 1] / c->lanes;
}

/* Outputs in groups of the widest dot kernel, then of halves of it. */
static void choose_dots(struct chooser *c) {
  size_t nr = kron_eye_kernel_widest(c->isa, c->types, KRON_EYE_DOT);
  for (size_t first = 0; first < c->m; first += nr) {
    while (nr > c->m - first) nr /= 2;
    add(c, (struct kron_eye_panel){first, nr, NULL, kernel(c, KRON_EYE_DOT, nr), NULL, NULL});
  }
}

/* As few panels as the widest kernel allows, as even as whole vectors allow: no cliff at the odd
   sizes. */
static void choose_panels(struct chooser *c) {
  const size_t widest = kron_eye_kernel_widest(c->isa, c->types, KRON_EYE_PANEL) / c->lanes;
  const size_t vectors = (c->m + c->lanes - 1) / c->lanes;
  const size_t panels = (vectors + widest - 1) / widest;
  for (size_t p = 0, first = 0; p < panels; p++) {
    const size_t nr = (vectors / panels + (p < vectors % panels)) * c->lanes;
    const size_t outputs = nr < c->m - first ? nr : c->m - first;
    add(c, (struct kron_eye_panel){first, outputs, NULL, kernel(c, KRON_EYE_PANEL, nr),
                                   kernel(c, KRON_EYE_COLUMNS, nr), kernel(c, KRON_EYE_LISTS, nr)});
    first += nr;
  }
}

size_t kron_eye_plan_panels(const struct kron_eye_operator *op, enum kron_eye_isa isa,
                            struct kron_eye_panel *panels) {
  const enum kron_eye_kernel_types types = (enum kron_eye_kernel_types)op->types;
  struct chooser c = {isa, types, op->m, kron_eye_kernel_lanes(isa, types), panels, 0};
  if (dots_pay(&c, op->n))
    choose_dots(&c);
  else
    choose_panels(&c);
  return c.count;
}
