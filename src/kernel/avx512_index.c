#include "kernel/vec_avx512.h"

#define LIST_avx512 1
#include "kernel/index_bodies.h"
