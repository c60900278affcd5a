/* The families that do not depend on the types of a product, for the instruction set of the stub
   that includes this. */
#include "base/checked_size.h"
#include "base/nonzero.h"
#include "kernel/index_kernel.h"
#include "kernel/kernel.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernel/check_body.h"

#include "kernel/compress_body.h"

/* The rows of the list become functions. */
#define DEFINE_CHECK(isa, types, family, mr, vectors)                                              \
  kron_eye_check_kernel KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa);                     \
  bool KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa)(const void *integers, size_t count,   \
                                                             size_t limit) {                       \
    return types##_##family(integers, count, limit);                                               \
  }
#define DEFINE_CONVERT(isa, types, family, mr, vectors)                                            \
  kron_eye_convert_kernel KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa);                   \
  size_t KRON_EYE_KERNEL_NAME(types, family, mr, vectors,                                          \
                              isa)(const struct kron_eye_convert_task *task) {                     \
    return types##_##family(task);                                                                 \
  }
#define CHECK_KERNEL(isa, family, mr, vectors)                                                     \
  KRON_EYE_CHECK_TYPES(DEFINE_CHECK, isa, family, mr, vectors)
#define CONVERT_KERNEL(isa, family, mr, vectors)                                                   \
  KRON_EYE_CONVERT_TYPES(DEFINE_CONVERT, isa, family, mr, vectors)
#include "kernel/kernel_list.inc"
