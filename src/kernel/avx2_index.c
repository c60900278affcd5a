#include "kernel/vec_avx2.h"

#define LIST_avx2 1
#include "kernel/index_bodies.h"
