/* The register block all layers but the first share: a few rows of inputs times one slice of weights.
 *
 * A slice is 2 * LANES filters: LANES consecutive output channels of the lower half, then the LANES channels of
 * the upper half that Max-Feature-Map compares with them. Its weights lie as depth x 2 x LANES. */
#ifndef LIGHTCNN_PRODUCT_H
#define LIGHTCNN_PRODUCT_H

#include "vector.h"

/* sums[r][h] += sum over k of x[r][k] * weights[k][h], in the order of k, whatever the number of rows.
 * Where multiplication and addition are two roundings (UNFUSED), each chunk has a sum of its own: shorter chains of
 * additions round less, which more than makes up for it.
 * k runs over `chunks` chunks that lie `chunk_stride` floats apart; row r starts r * row_stride floats further.
 * Meanwhile as many weights at `ahead` are fetched into the second cache, for a later call. */
INLINE void product(const int rows, vec sums[][2], const float *x, size_t row_stride, size_t chunks,
                    size_t chunk_stride, const float *weights, const float *ahead) {
    for (size_t chunk = 0; chunk < chunks; chunk++) {
#ifdef UNFUSED
        vec before[rows][2];
        UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int h = 0; h < 2; h++) {
                before[r][h] = sums[r][h];
                sums[r][h] = zero();
            }
#endif
        _Pragma("GCC unroll 4") for (int k = 0; k < CHUNK; k++) {
            vec low = load(weights), high = load(weights + LANES);
            weights += 2 * LANES;
            UNROLL for (int line = 0; line < 2 * LANES; line += 16) __builtin_prefetch(ahead + line, 0, 2);
            ahead += 2 * LANES;
            UNROLL for (int r = 0; r < rows; r++) {
                vec value = splat(x[r * row_stride + k]);
                sums[r][0] += value * low;
                sums[r][1] += value * high;
            }
        }
#ifdef UNFUSED
        UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int h = 0; h < 2; h++) sums[r][h] += before[r][h];
#endif
        x += chunk_stride;
    }
}

/* Calls block(rows, first_row) with constant `rows` until `count` rows are covered. A full block is not taken when that
 * would leave less than 4 rows, which are slow. */
#if ROWS > 8
#define COVER_EIGHT(left, row, block) else if (left >= 8) { block(8, row) row += 8; }
#else
#define COVER_EIGHT(left, row, block)
#endif
#define COVER(count, block)                                                   \
    for (size_t row = 0, left; (left = (count) - row) > 0;) {                 \
        if (left == ROWS || left >= ROWS + 4) { block(ROWS, row) row += ROWS; } \
        COVER_EIGHT(left, row, block)                                         \
        else if (left >= 4) { block(4, row) row += 4; }                       \
        else { block(1, row) row += 1; }                                      \
    }

#endif
