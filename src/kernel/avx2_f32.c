#include "kernel/vec_avx2.h"

#define TYPES f32
#define XT f32
#define YT f32
#define STAGED 0
#define LIST_avx2 1
#include "kernel/bodies.h"
