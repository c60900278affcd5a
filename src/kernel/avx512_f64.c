#include "kernel/vec_avx512.h"

#define TYPES f64
#define XT f64
#define YT f64
#define STAGED 0
#define LIST_avx512 1
#include "kernel/bodies.h"
