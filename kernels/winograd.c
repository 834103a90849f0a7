/* 3x3 convolution, bias, Max-Feature-Map and what follows it, in floats. */
#include "product.h"
#include "winograd.h"

/* G g, in float64 because it is done once: the transform of 3 weights of each filter of a slice. */
INLINE void transform_weights(double g[3][2 * LANES], double u[6][2 * LANES]) {
    const double a = 2.0 / 3.0, b = 3.0 / 2.0;
    const double at_a = 1 / (2 * a * a * (a * a - b * b)), at_b = 1 / (2 * b * b * (b * b - a * a));
    for (size_t lane = 0; lane < 2 * LANES; lane++) {
        double even = g[0][lane] + g[2][lane] * (a * a), odd = g[1][lane] * a;
        double even2 = g[0][lane] + g[2][lane] * (b * b), odd2 = g[1][lane] * b;
        u[0][lane] = g[0][lane];
        u[1][lane] = (even + odd) * at_a;
        u[2][lane] = (even - odd) * at_a;
        u[3][lane] = (even2 + odd2) * at_b;
        u[4][lane] = (even2 - odd2) * at_b;
        u[5][lane] = g[2][lane];
    }
}

/* Transforms filters (2 * outputs) x inputs x 3 x 3 into one slice, 36 x inputs x 2 x LANES. */
void KERNEL(winograd_weights)(const float *filters, size_t inputs, size_t outputs, size_t slice, float *to) {
    for (size_t input = 0; input < inputs; input++) {
        double columns[3][3][2 * LANES], half[3][6][2 * LANES], rows[3][2 * LANES], u[6][2 * LANES];
        for (size_t lane = 0; lane < 2 * LANES; lane++) {
            size_t filter = slice * LANES + lane % LANES + lane / LANES * outputs;
            const float *g = filters + (filter * inputs + input) * 9;
            for (int x = 0; x < 3; x++)
                for (int y = 0; y < 3; y++)
                    columns[x][y][lane] = g[y * 3 + x];
        }
        for (int x = 0; x < 3; x++)
            transform_weights(columns[x], half[x]);
        for (int y = 0; y < 6; y++) {
            for (int x = 0; x < 3; x++)
                for (size_t lane = 0; lane < 2 * LANES; lane++)
                    rows[x][lane] = half[x][y][lane];
            transform_weights(rows, u);
            for (int x = 0; x < 6; x++)
                for (size_t lane = 0; lane < 2 * LANES; lane++)
                    to[((y * 6 + x) * inputs + input) * 2 * LANES + lane] = (float)u[x][lane];
        }
    }
}

/* Distance between two points of the transformed input, in floats. An odd number of cache lines, lest the 36 points
 * fall into the same set of the cache. */
INLINE size_t point_stride(size_t chunks, size_t tiles) { return (chunks * tiles | 1) * CHUNK; }
/* Floats of scratch that KERNEL(winograd) needs. */
size_t KERNEL(winograd_scratch)(size_t input_chunks, size_t tiles) {
    return POINTS * point_stride(input_chunks, tiles) + tiles * TILE_STRIDE;
}

/* One tile of one chunk, LANES channels of it. `from` is the pixel left above the tile. */
INLINE void input_tile(const float *from, size_t row_stride, size_t column_stride, float *to, size_t stride) {
    wide half[6][6];
    UNROLL for (int x = 0; x < 6; x++) {
        wide d[6], v[6];
        UNROLL for (int y = 0; y < 6; y++) d[y] = WIDEN(load(from + y * row_stride + x * column_stride));
        transform_input(d, v);
        UNROLL for (int y = 0; y < 6; y++) half[y][x] = v[y];
    }
    UNROLL for (int y = 0; y < 6; y++) {
        wide v[6];
        transform_input(half[y], v);
        UNROLL for (int x = 0; x < 6; x++) store(to + (y * 6 + x) * stride, NARROW(v[x]));
    }
}

/* The same at the border, where pixels outside the image count as zero. */
static void border_tile(const float *image, size_t side, size_t top, size_t left, float *to, size_t stride) {
    float patch[POINTS * LANES];
    for (size_t y = 0; y < 6; y++)
        for (size_t x = 0; x < 6; x++) {
            /* top and left are one past the pixel meant, so that they are never negative. */
            size_t row = top + y - 1, column = left + x - 1;
            vec value = row < side && column < side ? load(image + (row * side + column) * CHUNK) : zero();
            store(patch + (y * 6 + x) * LANES, value);
        }
    input_tile(patch, 6 * LANES, LANES, to, stride);
}

/* Transforms the inputs of tiles first .. first + tiles, into points x chunks x tiles x CHUNK. */
static void inputs(const struct winograd *w, size_t first, size_t tiles, float *to) {
    size_t side = w->side, across = side / 4, stride = point_stride(w->input_chunks, tiles);
    for (size_t chunk = 0; chunk < w->input_chunks; chunk++)
        for (size_t tile = 0; tile < tiles; tile++) {
            size_t image = (first + tile) / (across * across), place = (first + tile) % (across * across);
            size_t top = place / across * 4, left = place % across * 4;
            const float *plane = w->input + (image * w->input_chunks + chunk) * side * side * CHUNK;
            float *at = to + (chunk * tiles + tile) * CHUNK;
            int inner = top > 0 && left > 0 && top + 4 < side && left + 4 < side;
            for (size_t lanes = 0; lanes < CHUNK; lanes += LANES) {
                if (inner)
                    input_tile(plane + ((top - 1) * side + left - 1) * CHUNK + lanes, side * CHUNK, CHUNK,
                               at + lanes, stride);
                else
                    border_tile(plane + lanes, side, top, left, at + lanes, stride);
            }
        }
}

/* The products of one slice at every point, into tiles x points x 2 x LANES. */
static void products(const float *transformed, size_t chunks, size_t tiles, const float *weights, float *to) {
    for (size_t point = 0; point < POINTS; point++) {
        const float *x = transformed + point * point_stride(chunks, tiles);
        float *at = to + point * 2 * LANES;
        const float *next = point + 1 < POINTS ? weights + chunks * CHUNK * 2 * LANES : weights;
#define BLOCK(rows, row)                                                            \
    {                                                                               \
        vec sums[rows][2];                                                          \
        UNROLL for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = zero();     \
        product(rows, sums, x + row * CHUNK, CHUNK, chunks, tiles * CHUNK, weights, \
                row == 0 ? next : weights); \
        UNROLL for (int r = 0; r < rows; r++) {                                     \
            store(at + (row + r) * TILE_STRIDE, sums[r][0]);                        \
            store(at + (row + r) * TILE_STRIDE + LANES, sums[r][1]);                \
        }                                                                           \
    }
        COVER(tiles, BLOCK)
#undef BLOCK
        weights = next;
    }
}

/* Tiles first_tile .. + tiles, counted over all images, of output slices first_slice .. + slices. */
void KERNEL(winograd)(const struct winograd *w, size_t first_tile, size_t tiles, size_t first_slice,
                      size_t slices, float *scratch) {
    size_t depth = w->input_chunks * CHUNK;
    float *products_at = scratch + POINTS * point_stride(w->input_chunks, tiles);
    inputs(w, first_tile, tiles, scratch);
    for (size_t slice = first_slice; slice < first_slice + slices; slice++) {
        products(scratch, w->input_chunks, tiles, (const float *)w->weights + slice * POINTS * depth * 2 * LANES, products_at);
        finish_tiles(w, first_tile, tiles, slice, products_at);
    }
}
