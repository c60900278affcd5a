#include "kernel/kernel.h"

#define LIST_portable 1
#define LIST_avx2 (KRON_EYE_BUILT_ISA >= 1)
#define LIST_avx512 (KRON_EYE_BUILT_ISA >= 2)

/* A row of the list for each of the types. */
#define FOR_GRADIENT_TYPES(DO, isa, family, mr, vectors)                                           \
  DO(isa, f32, family, mr, vectors)                                                                \
  DO(isa, f64, family, mr, vectors)
#define FOR_SPARSE_TYPES(DO, isa, family, mr, vectors)                                             \
  FOR_GRADIENT_TYPES(DO, isa, family, mr, vectors)                                                 \
  DO(isa, f32_f64, family, mr, vectors)
#define FOR_TYPES(DO, isa, family, mr, vectors)                                                    \
  FOR_SPARSE_TYPES(DO, isa, family, mr, vectors)                                                   \
  DO(isa, u8_f32, family, mr, vectors)

#define DECLARE(isa, types, family, mr, vectors)                                                   \
  kron_eye_kernel KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa);
#define DECLARE_SPARSE(isa, types, family, mr, vectors)                                            \
  kron_eye_sparse_kernel KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa);
#define DECLARE_GRADIENT(isa, types, family, mr, vectors)                                          \
  kron_eye_gradient_kernel KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa);
#define KERNEL(isa, family, mr, vectors) FOR_TYPES(DECLARE, isa, family, mr, vectors)
#define SPARSE_KERNEL(isa, family, mr, vectors)                                                    \
  FOR_SPARSE_TYPES(DECLARE_SPARSE, isa, family, mr, vectors)
#define GRADIENT_KERNEL(isa, family, mr, vectors)                                                  \
  FOR_GRADIENT_TYPES(DECLARE_GRADIENT, isa, family, mr, vectors)
#include "kernel/kernel_list.inc"

enum { ISA_portable = KRON_EYE_PORTABLE, ISA_avx2 = KRON_EYE_AVX2, ISA_avx512 = KRON_EYE_AVX512 };
enum {
  TYPES_f32 = KRON_EYE_F32,
  TYPES_f64 = KRON_EYE_F64,
  TYPES_f32_f64 = KRON_EYE_F32_F64,
  TYPES_u8_f32 = KRON_EYE_U8_F32
};
enum {
  FAMILY_panel = KRON_EYE_PANEL,
  FAMILY_columns = KRON_EYE_COLUMNS,
  FAMILY_lists = KRON_EYE_LISTS,
  FAMILY_dot = KRON_EYE_DOT,
  FAMILY_block = KRON_EYE_BLOCK,
  FAMILY_tuple = KRON_EYE_TUPLE,
  FAMILY_lane = KRON_EYE_LANE,
  FAMILY_fibre = KRON_EYE_FIBRE,
  FAMILY_each = KRON_EYE_EACH,
  FAMILY_interleave = KRON_EYE_INTERLEAVE,
  FAMILY_csr = KRON_EYE_CSR,
  FAMILY_gather = KRON_EYE_GATHER,
  FAMILY_scale = KRON_EYE_SCALE,
  FAMILY_outer = KRON_EYE_OUTER,
  FAMILY_outer_skip = KRON_EYE_OUTER_SKIP
};

#define INFO(isa_, types_, family_, mr_, vectors_)                                                 \
  .name = #types_ "_" #family_ "_" #mr_ "x" #vectors_ "v__" #isa_,                                 \
  .isa = (enum kron_eye_isa)ISA_##isa_, .types = (enum kron_eye_types)TYPES_##types_,              \
  .family = (enum kron_eye_family)FAMILY_##family_, .mr = mr_, .vectors = vectors_
#define ROW(isa, types, family, mr, vectors)                                                       \
  {INFO(isa, types, family, mr, vectors),                                                          \
   .run = KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa)},
#define SPARSE_ROW(isa, types, family, mr, vectors)                                                \
  {INFO(isa, types, family, mr, vectors),                                                          \
   .run_sparse = KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa)},
#define GRADIENT_ROW(isa, types, family, mr, vectors)                                              \
  {INFO(isa, types, family, mr, vectors),                                                          \
   .run_gradient = KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa)},

const struct kron_eye_kernel_info kron_eye_kernel_table[] = {
#define KERNEL(isa, family, mr, vectors) FOR_TYPES(ROW, isa, family, mr, vectors)
#define SPARSE_KERNEL(isa, family, mr, vectors)                                                    \
  FOR_SPARSE_TYPES(SPARSE_ROW, isa, family, mr, vectors)
#define GRADIENT_KERNEL(isa, family, mr, vectors)                                                  \
  FOR_GRADIENT_TYPES(GRADIENT_ROW, isa, family, mr, vectors)
#include "kernel/kernel_list.inc"
    {.name = NULL, .isa = KRON_EYE_ISA_COUNT},
};

const struct kron_eye_kernel_info *kron_eye_kernel_first(enum kron_eye_isa isa) {
  const struct kron_eye_kernel_info *k = kron_eye_kernel_table;
  while (k->name && k->isa != isa) k++;
  return k;
}

static bool fits(const struct kron_eye_kernel_info *kernel, enum kron_eye_types types,
                 enum kron_eye_family family) {
  return kernel->types == types && kernel->family == family;
}

const struct kron_eye_kernel_info *kron_eye_kernel_find(enum kron_eye_isa isa,
                                                        enum kron_eye_types types,
                                                        enum kron_eye_family family,
                                                        size_t vectors) {
  for (const struct kron_eye_kernel_info *k = kron_eye_kernel_first(isa); k->isa == isa; k++)
    if (fits(k, types, family) && k->vectors == vectors) return k;
  return NULL;
}

size_t kron_eye_kernel_widest(enum kron_eye_isa isa, enum kron_eye_types types,
                              enum kron_eye_family family) {
  size_t widest = 0;
  for (const struct kron_eye_kernel_info *k = kron_eye_kernel_first(isa); k->isa == isa; k++)
    if (fits(k, types, family) && k->vectors > widest) widest = k->vectors;
  return widest;
}

size_t kron_eye_kernel_lanes(enum kron_eye_isa isa, enum kron_eye_types types) {
  static const size_t vector_bytes[KRON_EYE_ISA_COUNT] = {
      [KRON_EYE_PORTABLE] = 16, [KRON_EYE_AVX2] = 32, [KRON_EYE_AVX512] = 64};
  return vector_bytes[isa] / kron_eye_base_types[types].y_size;
}

size_t kron_eye_kernel_group(size_t right) {
  size_t group = 1;
  while (group < right) group *= 2;
  return group;
}

size_t kron_eye_kernel_outputs(const struct kron_eye_kernel_info *kernel) {
  switch (kernel->family) {
  case KRON_EYE_LANE:
    return kernel->mr;
  case KRON_EYE_DOT:
    return kernel->vectors;
  case KRON_EYE_GATHER:
  case KRON_EYE_SCALE:
    return 1;
  default:
    return kernel->vectors * kron_eye_kernel_lanes(kernel->isa, kernel->types);
  }
}
