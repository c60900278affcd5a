#include "kernel/vec_avx2.h"

#define TYPES u8_f32
#define XT u8
#define YT f32
#define STAGED 1
#define LIST_avx2 1
#include "kernel/bodies.h"
