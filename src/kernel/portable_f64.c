#include "kernel/vec_portable.h"

#define TYPES f64
#define XT f64
#define YT f64
#define STAGED 0
#define LIST_portable 1
#include "kernel/bodies.h"
