/* The feature layer: a matrix product over the images of a batch, limited by the reading of the weights. */
#include "layers.h"
#include "product.h"

/* Inputs summed before the sum is added to the total: shorter chains of additions round less. */
#define BLOCK_INPUTS 512

/* Slices first .. first + slices of all images. */
void KERNEL(dense)(const struct dense *d, size_t first, size_t slices) {
    for (size_t slice = first; slice < first + slices; slice++) {
        const float *weights = (const float *)d->weights + slice * d->inputs * 2 * LANES;
        vec low_bias = load(d->bias + slice * 2 * LANES), high_bias = load(d->bias + slice * 2 * LANES + LANES);
        /* Nothing is fetched ahead: the processor follows this stream by itself, and was slower with hints. */
#define BLOCK(rows, row)                                                                                \
    {                                                                                                   \
        vec total[rows][2];                                                                             \
        UNROLL for (int r = 0; r < rows; r++) { total[r][0] = low_bias; total[r][1] = high_bias; }      \
        for (size_t k = 0; k < d->inputs; k += BLOCK_INPUTS) {                                          \
            vec sums[rows][2];                                                                          \
            UNROLL for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = zero();                     \
            product(rows, sums, d->input + row * d->inputs + k, d->inputs, BLOCK_INPUTS / CHUNK, CHUNK, \
                    weights + k * 2 * LANES, weights + k * 2 * LANES);                                  \
            UNROLL for (int r = 0; r < rows; r++) { total[r][0] += sums[r][0]; total[r][1] += sums[r][1]; } \
        }                                                                                               \
        UNROLL for (int r = 0; r < rows; r++) {                                                         \
            float *to = d->output + (row + r) * d->outputs;                                             \
            if (d->max_feature_map)                                                                     \
                store(to + slice * LANES, larger(total[r][0], total[r][1]));                            \
            else {                                                                                      \
                store(to + slice * 2 * LANES, total[r][0]);                                             \
                store(to + slice * 2 * LANES + LANES, total[r][1]);                                     \
            }                                                                                           \
        }                                                                                               \
    }
        COVER(d->images, BLOCK)
#undef BLOCK
    }
}
