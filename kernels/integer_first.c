/* The first layer in integers: bytes as they are, weights rounded to 16 bits, direct convolution, bias,
 * Max-Feature-Map and pooling.
 *
 * Weights are slices x planes x kernel x (kernel + 1)/2 pairs x 2 x LANES, the last of each row with a zero; output
 * scales are slices x 2 x LANES. */
#include "integer.h"

/* Columns of a register block of two rows. */
#define COLUMNS (ROWS >= 8 ? 4 : 2)

/* Pixels of a row in the strip: one more than the frame needs, for the last pair. */
INLINE size_t strip_width(size_t side, size_t kernel) { return side + kernel + 1; }

/* Words of 4 bytes of scratch that KERNEL(integer_first) needs for `rows` pooled rows. */
size_t KERNEL(integer_first_scratch)(size_t side, size_t planes, size_t kernel, size_t rows) {
    return planes * (2 * rows + kernel - 1) * strip_width(side, kernel) / 2 + 1;
}

/* Bytes to 16 bits with a frame of zeros. */
static void strip(const uint8_t *image, size_t side, size_t kernel, size_t top, size_t rows, int16_t *to) {
    size_t frame = kernel / 2, width = strip_width(side, kernel);
    for (size_t y = 0; y < rows; y++, to += width) {
        size_t row = top + y - frame;
        for (size_t x = 0; x < width; x++)
            to[x] = 0;
        if (row < side)
            for (size_t x = 0; x < side; x++)
                to[frame + x] = image[row * side + x];
    }
}

INLINE void convolve(const size_t kernel, const enum finish finish, const struct first *f, const int16_t *strips,
                     size_t rows, float *output) {
    size_t width = strip_width(f->side, kernel), half = f->side / 2, pairs = f->planes * kernel * ((kernel + 1) / 2);
    for (size_t slice = 0; slice < f->output_chunks * CHUNK / LANES; slice++) {
        size_t channel = slice * LANES;
        vec low_bias = load(f->bias + 2 * channel), high_bias = load(f->bias + 2 * channel + LANES);
        vec low_scale = load(f->scales.output + 2 * channel), high_scale = load(f->scales.output + 2 * channel + LANES);
        float *plane = output + channel / CHUNK * half * half * CHUNK + channel % CHUNK;
        for (size_t y = 0; y < rows; y++)
            for (size_t x = 0; x < f->side; x += COLUMNS) {
                whole low[2][COLUMNS], high[2][COLUMNS];
                vec most[2][COLUMNS];
                UNROLL for (int i = 0; i < 2; i++)
                    UNROLL for (int j = 0; j < COLUMNS; j++) low[i][j] = high[i][j] = (whole){0};
                const pair *weights = (const pair *)f->weights + slice * pairs * 2 * LANES;
                const int16_t *from = strips + 2 * y * width + x;
                for (size_t p = 0; p < f->planes; p++) {
                    UNROLL for (size_t ky = 0; ky < kernel; ky++)
                        UNROLL for (size_t kx = 0; kx < kernel; kx += 2) {
                            whole low_weight = load_pairs(weights), high_weight = load_pairs(weights + LANES);
                            weights += 2 * LANES;
                            UNROLL for (int i = 0; i < 2; i++)
                                UNROLL for (int j = 0; j < COLUMNS; j++) {
                                    whole value = splat_pair(*(const pair *)(from + (ky + i) * width + kx + j));
                                    low[i][j] = dot(low[i][j], value, low_weight);
                                    high[i][j] = dot(high[i][j], value, high_weight);
                                }
                        }
                    from += (2 * rows + kernel - 1) * width;
                }
                UNROLL for (int i = 0; i < 2; i++)
                    UNROLL for (int j = 0; j < COLUMNS; j++)
                        most[i][j] = larger(to_floats(low[i][j]) * low_scale + low_bias,
                                            to_floats(high[i][j]) * high_scale + high_bias);
                UNROLL for (int j = 0; j < COLUMNS; j += 2)
                    store(plane + (y * half + (x + j) / 2) * CHUNK,
                          pool(finish, most[0][j], most[0][j + 1], most[1][j], most[1][j + 1]));
            }
    }
}

/* Pooled rows row .. row + rows of one image, all output channels. */
void KERNEL(integer_first)(const struct first *f, size_t image, size_t row, size_t rows, float *scratch) {
    size_t high = 2 * rows + f->kernel - 1, half = f->side / 2;
    int16_t *strips = (int16_t *)scratch;
    for (size_t p = 0; p < f->planes; p++)
        strip(f->input + (image * f->planes + p) * f->side * f->side, f->side, f->kernel, 2 * row, high,
              strips + p * high * strip_width(f->side, f->kernel));
    float *output = f->output + (image * f->output_chunks * half + row) * half * CHUNK;
    if (f->kernel == 3 && f->finish == POOL_MAX)
        convolve(3, POOL_MAX, f, strips, rows, output);
    else if (f->kernel == 3)
        convolve(3, POOL_MAX_PLUS_AVERAGE, f, strips, rows, output);
    else if (f->finish == POOL_MAX)
        convolve(5, POOL_MAX, f, strips, rows, output);
    else
        convolve(5, POOL_MAX_PLUS_AVERAGE, f, strips, rows, output);
}
