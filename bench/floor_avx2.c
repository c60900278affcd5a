#define ISA avx2
#define VECTOR_BYTES 32
#define CHAINS 12
#include "floor_body.h"
