#define ISA baseline
#define VECTOR_BYTES 16
#define CHAINS 12
#include "floor_body.h"
