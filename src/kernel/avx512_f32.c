#include "kernel/vec_avx512.h"

#define TYPES f32
#define XT f32
#define YT f32
#define STAGED 0
#define LIST_avx512 1
#include "kernel/bodies.h"
