#include "kernel/index_kernel.h"

#include <assert.h>

#define LIST_portable 1
#define LIST_avx2 (KRON_EYE_BUILT_ISA >= 1)
#define LIST_avx512 (KRON_EYE_BUILT_ISA >= 2)

#define DECLARE_CHECK(isa, types, family, mr, vectors)                                             \
  kron_eye_check_kernel KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa);
#define DECLARE_CONVERT(isa, types, family, mr, vectors)                                           \
  kron_eye_convert_kernel KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa);
#define CHECK_KERNEL(isa, family, mr, vectors)                                                     \
  KRON_EYE_CHECK_TYPES(DECLARE_CHECK, isa, family, mr, vectors)
#define CONVERT_KERNEL(isa, family, mr, vectors)                                                   \
  KRON_EYE_CONVERT_TYPES(DECLARE_CONVERT, isa, family, mr, vectors)
#include "kernel/kernel_list.inc"

enum { ISA_portable = KRON_EYE_PORTABLE, ISA_avx2 = KRON_EYE_AVX2, ISA_avx512 = KRON_EYE_AVX512 };
enum {
  FAMILY_outside = KRON_EYE_OUTSIDE,
  FAMILY_descends = KRON_EYE_DESCENDS,
  FAMILY_nonzeros = KRON_EYE_NONZEROS,
  FAMILY_compress = KRON_EYE_COMPRESS
};
enum { WIDE_i32, WIDE_i64, WIDE_f32_i32 = 0, WIDE_f64_i32 = 0, WIDE_f32_i64 = 1, WIDE_f64_i64 = 1 };
enum {
  X_SIZE_f32_i32 = sizeof(float),
  X_SIZE_f32_i64 = sizeof(float),
  X_SIZE_f64_i32 = sizeof(double),
  X_SIZE_f64_i64 = sizeof(double)
};

#define INFO(isa_, types_, family_, mr_, vectors_)                                                 \
  .name = #types_ "_" #family_ "_" #mr_ "x" #vectors_ "v__" #isa_,                                 \
  .isa = (enum kron_eye_isa)ISA_##isa_, .family = (enum kron_eye_index_family)FAMILY_##family_,    \
  .wide = WIDE_##types_, .mr = mr_, .vectors = vectors_
#define CHECK_ROW(isa, types, family, mr, vectors)                                                 \
  {INFO(isa, types, family, mr, vectors),                                                          \
   .check = KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa)},
#define CONVERT_ROW(isa, types, family, mr, vectors)                                               \
  {INFO(isa, types, family, mr, vectors), .x_size = X_SIZE_##types,                                \
   .convert = KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa)},

const struct kron_eye_index_kernel_info kron_eye_index_kernel_table[] = {
#define CHECK_KERNEL(isa, family, mr, vectors)                                                     \
  KRON_EYE_CHECK_TYPES(CHECK_ROW, isa, family, mr, vectors)
#define CONVERT_KERNEL(isa, family, mr, vectors)                                                   \
  KRON_EYE_CONVERT_TYPES(CONVERT_ROW, isa, family, mr, vectors)
#include "kernel/kernel_list.inc"
    {.name = NULL},
};

static const struct kron_eye_index_kernel_info *find(enum kron_eye_index_family family, bool wide,
                                                     size_t x_size) {
  const enum kron_eye_isa isa = kron_eye_base_isa();
  const struct kron_eye_index_kernel_info *k = kron_eye_index_kernel_table;
  while (k->name &&
         (k->isa != isa || k->family != family || k->wide != wide || k->x_size != x_size))
    k++;
  assert(k->name);
  return k;
}

kron_eye_check_kernel *kron_eye_check_kernel_find(enum kron_eye_index_family family, bool wide) {
  return find(family, wide, 0)->check;
}

kron_eye_convert_kernel *kron_eye_convert_kernel_find(enum kron_eye_index_family family, bool wide,
                                                      size_t x_size) {
  return find(family, wide, x_size)->convert;
}
