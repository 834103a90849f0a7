/* The first layer: bytes of an image to float32, direct convolution over its 1 or 3 planes, bias,
 * Max-Feature-Map and pooling, all in registers. */
#include "vector.h"

/* Columns of a register block of two rows. */
#define COLUMNS (ROWS >= 8 ? 4 : 2)

/* The same struct is `FirstArguments` in src/kernels/ffi.rs. */
struct first {
    const uint8_t *input; /* images x planes x side x side */
    const float *weights; /* slices x planes x kernel x kernel x 2 x LANES */
    const float *bias;    /* slices x 2 x LANES */
    float *output;        /* images x output_chunks x side/2 x side/2 x CHUNK */
    size_t side;          /* a multiple of 8 */
    size_t planes, kernel, output_chunks;
    size_t finish; /* POOL_MAX or POOL_MAX_PLUS_AVERAGE */
};

/* Floats of scratch that KERNEL(first) needs for `rows` pooled rows. */
size_t KERNEL(first_scratch)(size_t side, size_t planes, size_t kernel, size_t rows) {
    return planes * (2 * rows + kernel - 1) * (side + kernel - 1);
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

INLINE void bands(const size_t kernel, const enum finish finish, const struct first *f, const float *strips,
                  size_t rows, float *output) {
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
                const float *weights = f->weights + slice * taps * 2 * LANES;
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

/* Pooled rows row .. row + rows of one image, all output channels. */
void KERNEL(first)(const struct first *f, size_t image, size_t row, size_t rows, float *scratch) {
    size_t high = 2 * rows + f->kernel - 1, half = f->side / 2;
    for (size_t p = 0; p < f->planes; p++)
        strip(f->input + (image * f->planes + p) * f->side * f->side, f->side, f->kernel, 2 * row, high,
              scratch + p * high * (f->side + f->kernel - 1));
    float *output = f->output + (image * f->output_chunks * half + row) * half * CHUNK;
    if (f->kernel == 5 && f->finish == POOL_MAX)
        bands(5, POOL_MAX, f, scratch, rows, output);
    else if (f->kernel == 5)
        bands(5, POOL_MAX_PLUS_AVERAGE, f, scratch, rows, output);
    else if (f->finish == POOL_MAX)
        bands(3, POOL_MAX, f, scratch, rows, output);
    else
        bands(3, POOL_MAX_PLUS_AVERAGE, f, scratch, rows, output);
}
