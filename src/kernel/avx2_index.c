#include "kernel/vec_avx2.h"

#define LIST_avx2 1
/* So many non-zeros of 64 columns, at most, are written one by one: packing a vector of floats
   takes as long as writing two or four, one of doubles longer than writing all of it. */
enum { f32_i32_FEW = 20, f32_i64_FEW = 36, f64_i32_FEW = 64, f64_i64_FEW = 64 };

#include "kernel/index_bodies.h"
