/* What the float and the integer 3x3 convolution share: Winograd's F(4x4, 3x3), where an output tile of 4x4 costs 36
 * multiplications a channel instead of 144 (Lavin, Gray, "Fast Algorithms for Convolutional Neural Networks", 2016).
 *
 * The polynomials are interpolated at 0, +-2/3, +-3/2 and infinity. Against the usual 0, +-1, +-2 that halves the
 * rounding error, to 1.5 times that of direct summation, and 2/3 * 3/2 = 1 saves multiplications.
 *
 * A tile never meets another one: its arithmetic is the same whatever tiles are computed along with it. */
#ifndef LIGHTCNN_WINOGRAD_H
#define LIGHTCNN_WINOGRAD_H

#include "layers.h"

#define A ((scalar)2 / 3)
#define B ((scalar)3 / 2)
#define POINTS 36

/* B^T d: the transform of 6 inputs. */
INLINE void transform_input(const wide d[6], wide v[6]) {
    const scalar both = A * A + B * B;
    wide even = d[4] - d[2] * (B * B), odd = (d[3] - d[1] * (B * B)) * A;
    wide even2 = d[4] - d[2] * (A * A), odd2 = (d[3] - d[1] * (A * A)) * B;
    v[0] = (d[0] + d[4]) - d[2] * both;
    v[1] = even + odd;
    v[2] = even - odd;
    v[3] = even2 + odd2;
    v[4] = even2 - odd2;
    v[5] = (d[1] + d[5]) - d[3] * both;
}

/* A^T m: 4 outputs from 6 products. */
INLINE void transform_output(const wide m[6], wide y[4]) {
    wide sum = m[1] + m[2], difference = m[1] - m[2];
    wide sum2 = m[3] + m[4], difference2 = m[3] - m[4];
    y[0] = (m[0] + sum) + sum2;
    y[1] = difference * A + difference2 * B;
    y[2] = sum * (A * A) + sum2 * (B * B);
    y[3] = difference * (A * A * A) + (difference2 * (B * B * B) + m[5]);
}

/* Distance between two tiles of products, in floats: an odd number of cache lines. */
#define TILE_STRIDE (POINTS * 2 * LANES + 16)

/* A^T m A for one half of a slice. */
INLINE void output_tile(const float *products, vec y[4][4]) {
    wide half[4][6], out[4];
    UNROLL for (int x = 0; x < 6; x++) {
        wide m[6];
        UNROLL for (int row = 0; row < 6; row++) m[row] = WIDEN(load(products + (row * 6 + x) * 2 * LANES));
        transform_output(m, out);
        UNROLL for (int row = 0; row < 4; row++) half[row][x] = out[row];
    }
    UNROLL for (int row = 0; row < 4; row++) {
        transform_output(half[row], out);
        UNROLL for (int x = 0; x < 4; x++) y[row][x] = NARROW(out[x]);
    }
}

INLINE void outputs(const enum finish finish, const struct winograd *w, size_t first, size_t tiles,
                    size_t slice, const float *products) {
    size_t across = w->side / 4, pooled = finish >= POOL_MAX, side = pooled ? w->side / 2 : w->side;
    size_t edge = pooled ? 2 : 4, channel = slice * LANES;
    vec low_bias = load(w->bias + slice * 2 * LANES), high_bias = load(w->bias + slice * 2 * LANES + LANES);
    for (size_t tile = 0; tile < tiles; tile++, products += TILE_STRIDE) {
        size_t image = (first + tile) / (across * across), place = (first + tile) % (across * across);
        size_t top = place / across * edge, left = place % across * edge;
        size_t at = (((image * w->output_chunks + channel / CHUNK) * side + top) * side + left) * CHUNK +
                    channel % CHUNK;
        vec low[4][4], high[4][4];
        output_tile(products, low);
        output_tile(products + LANES, high);
        UNROLL for (int y = 0; y < 4; y++)
            UNROLL for (int x = 0; x < 4; x++)
                low[y][x] = larger(low[y][x] + low_bias, high[y][x] + high_bias);
        if (pooled) {
            UNROLL for (int y = 0; y < 2; y++)
                UNROLL for (int x = 0; x < 2; x++)
                    store(w->output + at + (y * side + x) * CHUNK,
                          pool(finish, low[2 * y][2 * x], low[2 * y][2 * x + 1], low[2 * y + 1][2 * x],
                               low[2 * y + 1][2 * x + 1]));
        } else {
            UNROLL for (int y = 0; y < 4; y++)
                UNROLL for (int x = 0; x < 4; x++) {
                    size_t pixel = at + (y * side + x) * CHUNK;
                    vec value = low[y][x];
                    if (finish == ADD)
                        value += load(w->residual + pixel);
                    store(w->output + pixel, value);
                }
        }
    }
}

/* Transforms the products of one slice back and finishes its outputs. */
INLINE void finish_tiles(const struct winograd *w, size_t first, size_t tiles, size_t slice, const float *products) {
    switch ((enum finish)w->finish) {
    case KEEP: outputs(KEEP, w, first, tiles, slice, products); break;
    case ADD: outputs(ADD, w, first, tiles, slice, products); break;
    case POOL_MAX: outputs(POOL_MAX, w, first, tiles, slice, products); break;
    case POOL_MAX_PLUS_AVERAGE: outputs(POOL_MAX_PLUS_AVERAGE, w, first, tiles, slice, products); break;
    }
}

#endif
