#include "kernel/vec_portable.h"

#define TYPES f32_f64
#define XT f32
#define YT f64
#define STAGED 1
#define LIST_portable 1
#include "kernel/bodies.h"
