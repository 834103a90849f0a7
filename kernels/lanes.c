#include "vector.h"

/* Floats in a vector of this set; the packing of weights depends on it. */
size_t KERNEL(lanes)(void) { return LANES; }
