#include "kernel/vec_portable.h"

#define TYPES f32
#define XT f32
#define YT f32
#define STAGED 0
#define LIST_portable 1
#include "kernel/bodies.h"
