/* The kernels in which nothing fuses, so that every set gives the same bits; one source, as float.c says. */
#include "integer_winograd.c"
#include "integer_pointwise.c"
#include "integer_first.c"
#include "integer_dense.c"
