/* The kernels whose every `a * b + c` fuses, as one source: reading the compiler's vector headers once instead of for
 * each file saves half the time of building them. */
#include "lanes.c"
#include "winograd.c"
#include "pointwise.c"
#include "first.c"
#include "dense.c"
#include "cosine.c"
#include "roof.c"
