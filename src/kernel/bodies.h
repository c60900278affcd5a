/* Every family for the types and instruction set of the stub that includes this. */
#include "base/checked_size.h"
#include "base/integers.h"
#include "kernel/kernel.h"

#include <stddef.h>
#include <stdint.h>

#include "kernel/rows_body.h"

#include "kernel/columns_body.h"
#include "kernel/csr_body.h"
#include "kernel/dot_body.h"
#include "kernel/lists_body.h"
#include "kernel/panel_body.h"

/* The rows of the list that are ours become functions. */
#define DEFINE(family, name, mr, nr) DEFINE_##family(name, mr, nr)
#define KERNEL(isa, types, family, mr, nr)                                                         \
  kron_eye_kernel KRON_EYE_KERNEL_NAME(types, family, mr, nr, isa);                                \
  DEFINE(family, KRON_EYE_KERNEL_NAME(types, family, mr, nr, isa), mr, nr)
#include "kernel/kernel_list.inc"
