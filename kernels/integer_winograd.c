/* 3x3 convolution, bias, Max-Feature-Map and what follows it, in integers: the transformed inputs and weights of
 * winograd.h are rounded to 16 bits, the products of a point are summed exactly.
 *
 * Weights are slices x 36 x inputs/2 pairs x 2 x LANES; scales are mean: inputs, input: 36 x inputs, output:
 * slices x 36 x 2 x LANES. */
#include "integer.h"
#include "winograd.h"

/* Distance between two points of the transformed input, in pairs. An odd number of cache lines, lest the 36 points
 * fall into the same set of the cache. */
INLINE size_t point_stride(size_t chunks, size_t tiles) { return ((chunks * tiles + 1) / 2 | 1) * CHUNK; }

/* Words of 4 bytes of scratch that KERNEL(integer_winograd) needs. */
size_t KERNEL(integer_winograd_scratch)(size_t input_chunks, size_t tiles) {
    return POINTS * point_stride(input_chunks, tiles) + tiles * TILE_STRIDE;
}

/* One tile of one chunk, LANES channels of it. `from` is the pixel left above the tile; `mean` and `scale` are those
 * of the first of these channels. */
INLINE void input_tile(const float *from, size_t row_stride, size_t column_stride, const float *mean,
                       const float *scale, size_t inputs, pair *to, size_t stride) {
    vec half[6][6], middle = load(mean);
    UNROLL for (int x = 0; x < 6; x++) {
        vec d[6], v[6];
        UNROLL for (int y = 0; y < 6; y++) d[y] = load(from + y * row_stride + x * column_stride) - middle;
        transform_input(d, v);
        UNROLL for (int y = 0; y < 6; y++) half[y][x] = v[y];
    }
    UNROLL for (int y = 0; y < 6; y++) {
        vec v[6];
        transform_input(half[y], v);
        UNROLL for (int x = 0; x < 6; x++)
            store_rounded((int16_t *)(to + (y * 6 + x) * stride), v[x] * load(scale + (y * 6 + x) * inputs));
    }
}

/* The same at the border, where pixels outside the image count as zero. */
static void border_tile(const float *image, size_t side, size_t top, size_t left, const float *mean,
                        const float *scale, size_t inputs, pair *to, size_t stride) {
    float patch[POINTS * LANES];
    for (size_t y = 0; y < 6; y++)
        for (size_t x = 0; x < 6; x++) {
            /* top and left are one past the pixel meant, so that they are never negative. */
            size_t row = top + y - 1, column = left + x - 1;
            vec value = row < side && column < side ? load(image + (row * side + column) * CHUNK) : zero();
            store(patch + (y * 6 + x) * LANES, value);
        }
    input_tile(patch, 6 * LANES, LANES, mean, scale, inputs, to, stride);
}

/* Transforms and rounds the inputs of tiles first .. first + tiles, into points x chunks x tiles x CHUNK. */
static void inputs(const struct winograd *w, size_t first, size_t tiles, pair *to) {
    size_t side = w->side, across = side / 4, stride = point_stride(w->input_chunks, tiles);
    size_t channels = w->input_chunks * CHUNK;
    for (size_t chunk = 0; chunk < w->input_chunks; chunk++)
        for (size_t tile = 0; tile < tiles; tile++) {
            size_t image = (first + tile) / (across * across), place = (first + tile) % (across * across);
            size_t top = place / across * 4, left = place % across * 4;
            const float *plane = w->input + (image * w->input_chunks + chunk) * side * side * CHUNK;
            int inner = top > 0 && left > 0 && top + 4 < side && left + 4 < side;
            for (size_t lanes = 0; lanes < CHUNK; lanes += LANES) {
                const float *mean = w->scales.mean + chunk * CHUNK + lanes;
                const float *scale = w->scales.input + chunk * CHUNK + lanes;
                pair *at = to + (chunk * tiles + tile) * PAIRS + lanes / 2;
                if (inner)
                    input_tile(plane + ((top - 1) * side + left - 1) * CHUNK + lanes, side * CHUNK, CHUNK, mean,
                               scale, channels, at, stride);
                else
                    border_tile(plane + lanes, side, top, left, mean, scale, channels, at, stride);
            }
        }
}

/* The products of one slice at every point as floats, into tiles x points x 2 x LANES. */
static void products(const pair *transformed, size_t chunks, size_t tiles, const pair *weights, const float *scales,
                     float *to) {
    for (size_t point = 0; point < POINTS; point++) {
        const pair *x = transformed + point * point_stride(chunks, tiles);
        float *at = to + point * 2 * LANES;
        const pair *next = point + 1 < POINTS ? weights + chunks * PAIRS * 2 * LANES : weights;
        vec low_scale = load(scales + point * 2 * LANES), high_scale = load(scales + point * 2 * LANES + LANES);
#define BLOCK(rows, row)                                                                    \
    {                                                                                       \
        whole sums[rows][2];                                                                \
        UNROLL for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = (whole){0};         \
        integer_product(rows, sums, x + row * PAIRS, PAIRS, chunks, tiles * PAIRS, weights, \
                        row == 0 ? next : weights);                                         \
        UNROLL for (int r = 0; r < rows; r++) {                                             \
            store(at + (row + r) * TILE_STRIDE, to_floats(sums[r][0]) * low_scale);         \
            store(at + (row + r) * TILE_STRIDE + LANES, to_floats(sums[r][1]) * high_scale); \
        }                                                                                   \
    }
        COVER(tiles, BLOCK)
#undef BLOCK
        weights = next;
    }
}

/* Tiles first_tile .. + tiles, counted over all images, of output slices first_slice .. + slices. */
void KERNEL(integer_winograd)(const struct winograd *w, size_t first_tile, size_t tiles, size_t first_slice,
                              size_t slices, float *scratch) {
    size_t pairs = w->input_chunks * PAIRS;
    float *products_at = scratch + POINTS * point_stride(w->input_chunks, tiles);
    inputs(w, first_tile, tiles, (pair *)scratch);
    for (size_t slice = first_slice; slice < first_slice + slices; slice++) {
        products((const pair *)scratch, w->input_chunks, tiles,
                 (const pair *)w->weights + slice * POINTS * pairs * 2 * LANES,
                 w->scales.output + slice * POINTS * 2 * LANES, products_at);
        finish_tiles(w, first_tile, tiles, slice, products_at);
    }
}
