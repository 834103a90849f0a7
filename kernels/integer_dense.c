/* The feature layer in integers.
 *
 * Weights are slices x inputs/2 pairs x 2 x LANES; scales are mean and input: inputs, in the order of the inputs;
 * output: slices x 2 x LANES. */
#include "integer.h"

/* Inputs summed in integers, before the sum is added to the total as a float. The same number is `DENSE_BLOCK` in
 * src/kernels/integer.rs. */
#define BLOCK_INPUTS 128

/* Words of 4 bytes of scratch that KERNEL(integer_dense) needs. */
size_t KERNEL(integer_dense_scratch)(size_t images, size_t inputs) { return images * inputs / 2; }

/* Slices first .. first + slices of all images. */
void KERNEL(integer_dense)(const struct dense *d, size_t first, size_t slices, float *scratch) {
    size_t pairs = d->inputs / 2;
    pair *rounded = (pair *)scratch;
    for (size_t k = 0; k < d->inputs; k += LANES) {
        vec mean = load(d->scales.mean + k), scale = load(d->scales.input + k);
        for (size_t image = 0; image < d->images; image++)
            store_rounded((int16_t *)(rounded + image * pairs) + k,
                          (load(d->input + image * d->inputs + k) - mean) * scale);
    }
    for (size_t slice = first; slice < first + slices; slice++) {
        const pair *weights = (const pair *)d->weights + slice * pairs * 2 * LANES;
        vec low_bias = load(d->bias + slice * 2 * LANES), high_bias = load(d->bias + slice * 2 * LANES + LANES);
        vec low_scale = load(d->scales.output + slice * 2 * LANES);
        vec high_scale = load(d->scales.output + slice * 2 * LANES + LANES);
#define BLOCK(rows, row)                                                                                  \
    {                                                                                                     \
        vec total[rows][2];                                                                               \
        UNROLL for (int r = 0; r < rows; r++) total[r][0] = total[r][1] = zero();                         \
        for (size_t k = 0; k < pairs; k += BLOCK_INPUTS / 2) {                                            \
            whole sums[rows][2];                                                                          \
            UNROLL for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = (whole){0};                   \
            const pair *at = weights + k * 2 * LANES;                                                     \
            integer_product(rows, sums, rounded + row * pairs + k, pairs, BLOCK_INPUTS / CHUNK, PAIRS, at, \
                            row == 0 && k + BLOCK_INPUTS / 2 < pairs ? at + BLOCK_INPUTS * LANES : at);   \
            UNROLL for (int r = 0; r < rows; r++) {                                                       \
                total[r][0] += to_floats(sums[r][0]);                                                     \
                total[r][1] += to_floats(sums[r][1]);                                                     \
            }                                                                                             \
        }                                                                                                 \
        UNROLL for (int r = 0; r < rows; r++) {                                                           \
            float *to = d->output + (row + r) * d->outputs;                                               \
            vec low = total[r][0] * low_scale + low_bias, high = total[r][1] * high_scale + high_bias;    \
            if (d->max_feature_map)                                                                       \
                store(to + slice * LANES, larger(low, high));                                             \
            else {                                                                                        \
                store(to + slice * 2 * LANES, low);                                                       \
                store(to + slice * 2 * LANES + LANES, high);                                              \
            }                                                                                             \
        }                                                                                                 \
    }
        COVER(d->images, BLOCK)
#undef BLOCK
    }
}
