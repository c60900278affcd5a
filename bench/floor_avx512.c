#define ISA avx512
#define VECTOR_BYTES 64
#define CHAINS 24
#include "floor_body.h"
