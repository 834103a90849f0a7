/* The first layer: bytes of an image to float32, convolution over its 1 or 3 planes, bias, Max-Feature-Map and
 * pooling, all in registers.
 *
 * 3x3 filters are applied directly. 5x5 filters are applied along x by Winograd's F(4, 5), interpolated at 0, +-1/2,
 * +-1, +-2 and infinity, and summed directly along y: 40 multiplications for 4 outputs instead of 100. Counted
 * in operations, a transform in both directions would cost more than it saves with one plane. */
#include "layers.h"

/* Columns of a register block of two rows. */
#define COLUMNS (ROWS >= 8 ? 4 : 2)

#define FIRST_POINTS 8

/* Floats of scratch that KERNEL(first) needs for `rows` pooled rows: the strip of pixels and its transform. */
size_t KERNEL(first_scratch)(size_t side, size_t planes, size_t kernel, size_t rows) {
    return planes * (2 * rows + kernel - 1) * (side + kernel - 1 + side / 4 * FIRST_POINTS);
}

/* Bytes to 0..=1 with a frame of zeros; the quotient is the correctly rounded one. */
static void strip(const uint8_t *image, size_t side, size_t kernel, size_t top, size_t rows, float *to) {
    size_t frame = kernel / 2, width = side + 2 * frame;
    for (size_t y = 0; y < rows; y++, to += width) {
        size_t row = top + y - frame;
        for (size_t x = 0; x < frame; x++)
            to[x] = to[frame + side + x] = 0;
        if (row < side)
            for (size_t x = 0; x < side; x++)
                to[frame + x] = (float)image[row * side + x] / 255.0f;
        else
            for (size_t x = 0; x < side; x++)
                to[frame + x] = 0;
    }
}

/* Direct 3x3 convolution. */
INLINE void direct(const enum finish finish, const struct first *f, const float *strips, size_t rows,
                   float *output) {
    enum { kernel = 3 };
    size_t width = f->side + kernel - 1, half = f->side / 2, taps = f->planes * kernel * kernel;
    for (size_t slice = 0; slice < f->output_chunks * CHUNK / LANES; slice++) {
        size_t channel = slice * LANES;
        vec low_bias = load(f->bias + 2 * channel), high_bias = load(f->bias + 2 * channel + LANES);
        float *plane = output + channel / CHUNK * half * half * CHUNK + channel % CHUNK;
        for (size_t y = 0; y < rows; y++)
            for (size_t x = 0; x < f->side; x += COLUMNS) {
                vec low[2][COLUMNS], high[2][COLUMNS];
                UNROLL for (int i = 0; i < 2; i++)
                    UNROLL for (int j = 0; j < COLUMNS; j++) { low[i][j] = low_bias; high[i][j] = high_bias; }
                const float *weights = (const float *)f->weights + slice * taps * 2 * LANES;
                const float *from = strips + 2 * y * width + x;
                for (size_t p = 0; p < f->planes; p++) {
                    for (size_t ky = 0; ky < kernel; ky++)
                        UNROLL for (size_t kx = 0; kx < kernel; kx++) {
                            vec low_weight = load(weights), high_weight = load(weights + LANES);
                            weights += 2 * LANES;
                            UNROLL for (int i = 0; i < 2; i++)
                                UNROLL for (int j = 0; j < COLUMNS; j++) {
                                    vec value = splat(from[(ky + i) * width + kx + j]);
                                    low[i][j] += value * low_weight;
                                    high[i][j] += value * high_weight;
                                }
                        }
                    from += (2 * rows + kernel - 1) * width;
                }
                UNROLL for (int i = 0; i < 2; i++)
                    UNROLL for (int j = 0; j < COLUMNS; j++) low[i][j] = larger(low[i][j], high[i][j]);
                UNROLL for (int j = 0; j < COLUMNS; j += 2)
                    store(plane + (y * half + (x + j) / 2) * CHUNK,
                          pool(finish, low[0][j], low[0][j + 1], low[1][j], low[1][j + 1]));
            }
    }
}

/* B^T d: the transform of 8 pixels. */
INLINE void transform_pixels(const float *d, float *v) {
    const scalar a = 0.25f, b = 1, c = 4; /* squares of the points */
    v[0] = (d[6] - d[4] * (a + b + c)) + (d[2] * (a * b + a * c + b * c) - d[0] * (a * b * c));
    v[7] = (d[7] - d[5] * (a + b + c)) + (d[3] * (a * b + a * c + b * c) - d[1] * (a * b * c));
    scalar even = (d[6] - d[4] * (b + c)) + d[2] * (b * c), odd = ((d[5] - d[3] * (b + c)) + d[1] * (b * c)) * 0.5f;
    v[1] = even + odd;
    v[2] = even - odd;
    even = (d[6] - d[4] * (a + c)) + d[2] * (a * c);
    odd = (d[5] - d[3] * (a + c)) + d[1] * (a * c);
    v[3] = even + odd;
    v[4] = even - odd;
    even = (d[6] - d[4] * (a + b)) + d[2] * (a * b);
    odd = ((d[5] - d[3] * (a + b)) + d[1] * (a * b)) * 2;
    v[5] = even + odd;
    v[6] = even - odd;
}

/* A^T m: 4 outputs from 8 products. */
INLINE void transform_products(const wide m[FIRST_POINTS], wide y[4]) {
    wide sum = m[1] + m[2], sum2 = m[3] + m[4], sum3 = m[5] + m[6];
    wide difference = m[1] - m[2], difference2 = m[3] - m[4], difference3 = m[5] - m[6];
    y[0] = (m[0] + sum) + (sum2 + sum3);
    y[1] = difference * 0.5f + (difference3 * 2 + difference2);
    y[2] = sum * 0.25f + (sum3 * 4 + sum2);
    y[3] = (difference * 0.125f + m[7]) + (difference3 * 8 + difference2);
}

/* 5x5 convolution by F(4, 5) along x. `points` holds planes x lines x side/4 x FIRST_POINTS. */
INLINE void winograd(const enum finish finish, const struct first *f, const float *points, size_t rows,
                     float *output) {
    enum { kernel = 5 };
    size_t half = f->side / 2, across = f->side / 4, width = across * FIRST_POINTS, lines = 2 * rows + kernel - 1;
    for (size_t slice = 0; slice < f->output_chunks * CHUNK / LANES; slice++) {
        size_t channel = slice * LANES;
        const float *weights = (const float *)f->weights + slice * f->planes * kernel * FIRST_POINTS * 2 * LANES;
        float *plane = output + channel / CHUNK * half * half * CHUNK + channel % CHUNK;
        vec low_bias = load(f->bias + 2 * channel), high_bias = load(f->bias + 2 * channel + LANES);
        for (size_t y = 0; y < rows; y++)
            for (size_t tile = 0; tile < across; tile++) {
                wide products[2][2][FIRST_POINTS];
                vec most[2][4];
                /* One point at a time: the pixels of a row then serve both rows of outputs from a register. */
                UNROLL for (int p = 0; p < FIRST_POINTS; p++) {
                    vec sums[2][2] = {{zero(), zero()}, {zero(), zero()}};
                    for (size_t q = 0; q < f->planes; q++)
                        UNROLL for (int ky = 0; ky < kernel; ky++) {
                            const float *x = points + (q * lines + 2 * y + ky) * width + tile * FIRST_POINTS + p;
                            const float *u = weights + ((q * kernel + ky) * FIRST_POINTS + p) * 2 * LANES;
                            vec low = load(u), high = load(u + LANES);
                            UNROLL for (int row = 0; row < 2; row++) {
                                vec value = splat(x[row * width]);
                                sums[row][0] += value * low;
                                sums[row][1] += value * high;
                            }
                        }
                    UNROLL for (int row = 0; row < 2; row++)
                        UNROLL for (int h = 0; h < 2; h++) products[row][h][p] = WIDEN(sums[row][h]);
                }
                UNROLL for (int row = 0; row < 2; row++) {
                    wide low[4], high[4];
                    transform_products(products[row][0], low);
                    transform_products(products[row][1], high);
                    UNROLL for (int x = 0; x < 4; x++) most[row][x] = larger(NARROW(low[x]) + low_bias, NARROW(high[x]) + high_bias);
                }
                UNROLL for (int x = 0; x < 4; x += 2)
                    store(plane + (y * half + 2 * tile + x / 2) * CHUNK,
                          pool(finish, most[0][x], most[0][x + 1], most[1][x], most[1][x + 1]));
            }
    }
}

/* Pooled rows row .. row + rows of one image, all output channels. */
void KERNEL(first)(const struct first *f, size_t image, size_t row, size_t rows, float *scratch) {
    size_t high = 2 * rows + f->kernel - 1, half = f->side / 2;
    for (size_t p = 0; p < f->planes; p++)
        strip(f->input + (image * f->planes + p) * f->side * f->side, f->side, f->kernel, 2 * row, high,
              scratch + p * high * (f->side + f->kernel - 1));
    float *output = f->output + (image * f->output_chunks * half + row) * half * CHUNK;
    if (f->kernel == 3) {
        if (f->finish == POOL_MAX)
            direct(POOL_MAX, f, scratch, rows, output);
        else
            direct(POOL_MAX_PLUS_AVERAGE, f, scratch, rows, output);
        return;
    }
    size_t width = f->side + f->kernel - 1, across = f->side / 4;
    float *points = scratch + f->planes * high * width;
    for (size_t line = 0; line < f->planes * high; line++)
        for (size_t tile = 0; tile < across; tile++)
            transform_pixels(scratch + line * width + 4 * tile, points + (line * across + tile) * FIRST_POINTS);
    if (f->finish == POOL_MAX)
        winograd(POOL_MAX, f, points, rows, output);
    else
        winograd(POOL_MAX_PLUS_AVERAGE, f, points, rows, output);
}
