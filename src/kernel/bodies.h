/* Every family for the types and instruction set of the stub that includes this. */
#include "base/checked_size.h"
#include "base/integers.h"
#include "base/thresholds.h"
#include "kernel/kernel.h"

#include <assert.h>
#include <kron_eye.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernel/finish_body.h"
#include "kernel/rows_body.h"

#if PERMUTES
#include "kernel/block_body.h"
#endif
#include "kernel/columns_body.h"
#include "kernel/csr_body.h"
#include "kernel/dot_body.h"
#include "kernel/each_body.h"
#include "kernel/fibre_body.h"
#if MIXES
#include "kernel/interleave_body.h"
#endif
#include "kernel/lane_body.h"
#include "kernel/lists_body.h"
#if GRADIENT
#include "kernel/outer_body.h"
#endif
#include "kernel/panel_body.h"
#include "kernel/scale_body.h"
#include "kernel/tuple_body.h"

/* The rows of the list become functions. */
#define NAME_(types, family, mr, vectors, isa) KRON_EYE_KERNEL_NAME(types, family, mr, vectors, isa)
#define KERNEL(isa, family, mr, vectors)                                                           \
  kron_eye_kernel NAME_(TYPES, family, mr, vectors, isa);                                          \
  void NAME_(TYPES, family, mr, vectors, isa)(const struct kron_eye_task *task) {                  \
    JOIN(family, _kernel)(task, mr, vectors);                                                      \
  }
#if SPARSE
#define SPARSE_KERNEL(isa, family, mr, vectors)                                                    \
  kron_eye_sparse_kernel NAME_(TYPES, family, mr, vectors, isa);                                   \
  void NAME_(TYPES, family, mr, vectors, isa)(const struct kron_eye_sparse_task *task) {           \
    JOIN(family, _kernel)(task, vectors);                                                          \
  }
#endif
#if GRADIENT
#define GRADIENT_KERNEL(isa, family, mr, vectors)                                                  \
  kron_eye_gradient_kernel NAME_(TYPES, family, mr, vectors, isa);                                 \
  void NAME_(TYPES, family, mr, vectors, isa)(const struct kron_eye_gradient_task *task) {         \
    JOIN(family, _kernel)(task, mr, vectors);                                                      \
  }
#else
#define GRADIENT_KERNEL(isa, family, mr, vectors)
#endif
#include "kernel/kernel_list.inc"
