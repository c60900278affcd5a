#include "kernel/vec_avx512.h"

#define TYPES u8_f32
#define XT u8
#define YT f32
#define STAGED 1
#define LIST_avx512 1
#include "kernel/bodies.h"
