/* The register block all layers but the first share: a few rows of inputs times one slice of weights.
 *
 * A slice is 2 * LANES filters: LANES consecutive output channels of the lower half, then the LANES channels of
 * the upper half that Max-Feature-Map compares with them. Its weights lie as depth x 2 x LANES. */
#ifndef LIGHTCNN_PRODUCT_H
#define LIGHTCNN_PRODUCT_H

#include "vector.h"

/* sums[r][h] += sum over k of x[r][k] * weights[k][h], in the order of k, whatever the number of rows.
 * k runs over `chunks` chunks that lie `chunk_stride` floats apart; row r starts r * row_stride floats further. */
INLINE void product(const int rows, vec sums[][2], const float *x, size_t row_stride, size_t chunks,
                    size_t chunk_stride, const float *weights) {
    for (size_t chunk = 0; chunk < chunks; chunk++) {
        _Pragma("GCC unroll 4") for (int k = 0; k < CHUNK; k++) {
            vec low = load(weights), high = load(weights + LANES);
            weights += 2 * LANES;
            UNROLL for (int r = 0; r < rows; r++) {
                vec value = splat(x[r * row_stride + k]);
                sums[r][0] += value * low;
                sums[r][1] += value * high;
            }
        }
        x += chunk_stride;
    }
}

/* Calls block(rows, first_row) with constant `rows` until `count` rows are covered. */
#if ROWS > 8
#define COVER_EIGHT(row, count, block) else if (count - row >= 8) { block(8, row); row += 8; }
#else
#define COVER_EIGHT(row, count, block)
#endif
#define COVER(count, block)                                        \
    for (size_t row = 0; row < (count);) {                         \
        if ((count) - row >= ROWS) { block(ROWS, row); row += ROWS; } \
        COVER_EIGHT(row, count, block)                             \
        else if ((count) - row >= 4) { block(4, row); row += 4; }  \
        else { block(1, row); row += 1; }                          \
    }

#endif
