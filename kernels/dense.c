/* The feature layer: a matrix product over the images of a batch, limited by the reading of the weights. */
#include "product.h"

/* The same struct is `DenseArguments` in src/kernels/ffi.rs. */
struct dense {
    const float *input;   /* images x inputs */
    const float *weights; /* slices x inputs x 2 x LANES */
    const float *bias;    /* slices x 2 x LANES */
    float *output;        /* images x outputs */
    size_t images;
    size_t inputs;          /* a multiple of BLOCK_INPUTS */
    size_t outputs;         /* after Max-Feature-Map if there is one */
    size_t max_feature_map; /* 1: a slice gives LANES outputs; 0: it gives 2 * LANES */
};

/* Inputs summed before the sum is added to the total: shorter chains of additions round less. */
#define BLOCK_INPUTS 512

/* Slices first .. first + slices of all images. */
void KERNEL(dense)(const struct dense *d, size_t first, size_t slices) {
    for (size_t slice = first; slice < first + slices; slice++) {
        const float *weights = d->weights + slice * d->inputs * 2 * LANES;
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
