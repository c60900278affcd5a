#include "kernel/vec_avx512.h"

#define XT f64
#define YT f64
#define STAGED 0
#define LIST_avx512 1
#define LIST_f64 1
#include "kernel/bodies.h"
