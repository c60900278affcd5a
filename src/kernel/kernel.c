#include "kernel/kernel.h"

#include <stdbool.h>
#include <string.h>

#define LIST_portable 1
#if defined(__x86_64__)
#define LIST_avx2 1
#define LIST_avx512 1
#endif
#define LIST_f32 1
#define LIST_f64 1
#define LIST_f32_f64 1
#define LIST_u8_f32 1

#define KERNEL(isa, types, family, mr, nr)                                                         \
  kron_eye_kernel KRON_EYE_KERNEL_NAME(types, family, mr, nr, isa);
#include "kernel/kernel_list.inc"

enum { ISA_portable = KRON_EYE_PORTABLE, ISA_avx2 = KRON_EYE_AVX2, ISA_avx512 = KRON_EYE_AVX512 };
enum {
  FAMILY_panel = KRON_EYE_PANEL,
  FAMILY_columns = KRON_EYE_COLUMNS,
  FAMILY_lists = KRON_EYE_LISTS,
  FAMILY_dot = KRON_EYE_DOT,
  FAMILY_csr = KRON_EYE_CSR,
  FAMILY_gather = KRON_EYE_GATHER
};

const struct kron_eye_kernel_info kron_eye_kernel_table[] = {
#define KERNEL(isa, types, family, mr, nr)                                                         \
  {#types "_" #family "_" #mr "x" #nr "__" #isa,                                                   \
   KRON_EYE_KERNEL_NAME(types, family, mr, nr, isa),                                               \
   (enum kron_eye_isa)ISA_##isa,                                                                   \
   KRON_EYE_KERNEL_##types,                                                                        \
   (enum kron_eye_family)FAMILY_##family,                                                          \
   mr,                                                                                             \
   nr},
#include "kernel/kernel_list.inc"
    {NULL, NULL, KRON_EYE_PORTABLE, KRON_EYE_KERNEL_f32, KRON_EYE_PANEL, 0, 0},
};

static bool fits(const struct kron_eye_kernel_info *kernel, enum kron_eye_isa isa,
                 enum kron_eye_kernel_types types, enum kron_eye_family family) {
  return kernel->isa == isa && kernel->types == types && kernel->family == family;
}

const struct kron_eye_kernel_info *kron_eye_kernel_find(enum kron_eye_isa isa,
                                                        enum kron_eye_kernel_types types,
                                                        enum kron_eye_family family, size_t nr) {
  for (const struct kron_eye_kernel_info *k = kron_eye_kernel_table; k->name; k++)
    if (fits(k, isa, types, family) && k->nr == nr) return k;
  return NULL;
}

size_t kron_eye_kernel_widest(enum kron_eye_isa isa, enum kron_eye_kernel_types types,
                              enum kron_eye_family family) {
  size_t widest = 0;
  for (const struct kron_eye_kernel_info *k = kron_eye_kernel_table; k->name; k++)
    if (fits(k, isa, types, family) && k->nr > widest) widest = k->nr;
  return widest;
}

size_t kron_eye_kernel_lanes(enum kron_eye_isa isa, enum kron_eye_kernel_types types) {
  size_t narrowest = kron_eye_kernel_widest(isa, types, KRON_EYE_PANEL);
  for (const struct kron_eye_kernel_info *k = kron_eye_kernel_table; k->name; k++)
    if (fits(k, isa, types, KRON_EYE_PANEL) && k->nr < narrowest) narrowest = k->nr;
  return narrowest;
}
