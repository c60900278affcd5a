#include "kernel/vec_portable.h"

#define LIST_portable 1
#include "kernel/index_bodies.h"
