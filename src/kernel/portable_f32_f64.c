#include "kernel/vec_portable.h"

#define XT f32
#define YT f64
#define STAGED 1
#define LIST_portable 1
#define LIST_f32_f64 1
#include "kernel/bodies.h"
