#include "kernel/vec_avx512.h"

#define LIST_avx512 1
/* So many non-zeros of 64 columns, at most, are written one by one: none, as packing a vector is
   one instruction here. */
enum { f32_i32_FEW = 0, f32_i64_FEW = 0, f64_i32_FEW = 0, f64_i64_FEW = 0 };

#include "kernel/index_bodies.h"
