#include "kernel/vec_avx512.h"

#define TYPES f32_f64
#define XT f32
#define YT f64
#define STAGED 1
#define LIST_avx512 1
#include "kernel/bodies.h"
