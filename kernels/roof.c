/* What the machine can do at most, the roof that the other kernels are held against: multiply-adds in registers,
 * and the reading of memory. */
#include "vector.h"

/* Independent sums: more than two multiply-add units times their latency, less than the registers of any set. */
#define SUMS 12

/* `rounds` times SUMS * LANES multiply-adds. The sum is returned lest the work be left out. */
float KERNEL(roof_multiply_adds)(size_t rounds, float factor, float term) {
    vec sums[SUMS], factors = splat(factor), terms = splat(term), all = zero();
    UNROLL for (int i = 0; i < SUMS; i++) sums[i] = splat((float)i);
    for (size_t round = 0; round < rounds; round++)
        UNROLL for (int i = 0; i < SUMS; i++) sums[i] = sums[i] * factors + terms;
    UNROLL for (int i = 0; i < SUMS; i++) all += sums[i];
    float total = 0;
    for (int lane = 0; lane < LANES; lane++) total += all[lane];
    return total;
}

/* Floating-point operations of a round. */
size_t KERNEL(roof_operations)(void) { return 2 * SUMS * LANES; }

/* Reads `count` floats, but for the last ones that do not fill all sums, and returns the total. */
float KERNEL(roof_read)(const float *from, size_t count) {
    vec sums[SUMS], all = zero();
    UNROLL for (int i = 0; i < SUMS; i++) sums[i] = zero();
    for (size_t at = 0; at + SUMS * LANES <= count; at += SUMS * LANES)
        UNROLL for (int i = 0; i < SUMS; i++) sums[i] += load(from + at + i * LANES);
    UNROLL for (int i = 0; i < SUMS; i++) all += sums[i];
    float total = 0;
    for (int lane = 0; lane < LANES; lane++) total += all[lane];
    return total;
}
