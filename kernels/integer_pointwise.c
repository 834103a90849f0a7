/* 1x1 convolution, bias and Max-Feature-Map in integers.
 *
 * Weights are slices x inputs/2 pairs x 2 x LANES; scales are mean and input: inputs, output: slices x 2 x LANES. */
#include "integer.h"

/* Words of 4 bytes of scratch that KERNEL(integer_pointwise) needs. */
size_t KERNEL(integer_pointwise_scratch)(size_t input_chunks, size_t count) { return input_chunks * count * PAIRS; }

/* Pixels first .. first + count of one image, all output channels. */
void KERNEL(integer_pointwise)(const struct pointwise *p, size_t image, size_t first, size_t count, float *scratch) {
    const float *input = p->input + (image * p->input_chunks * p->pixels + first) * CHUNK;
    float *output = p->output + (image * p->output_chunks * p->pixels + first) * CHUNK;
    pair *rounded = (pair *)scratch;
    for (size_t chunk = 0; chunk < p->input_chunks; chunk++)
        for (size_t lanes = 0; lanes < CHUNK; lanes += LANES) {
            vec mean = load(p->scales.mean + chunk * CHUNK + lanes);
            vec scale = load(p->scales.input + chunk * CHUNK + lanes);
            const float *from = input + chunk * p->pixels * CHUNK + lanes;
            int16_t *to = (int16_t *)(rounded + chunk * count * PAIRS) + lanes;
            for (size_t pixel = 0; pixel < count; pixel++)
                store_rounded(to + pixel * CHUNK, (load(from + pixel * CHUNK) - mean) * scale);
        }
    for (size_t slice = 0; slice < p->output_chunks * CHUNK / LANES; slice++) {
        size_t channel = slice * LANES;
        const pair *weights = (const pair *)p->weights + slice * p->input_chunks * PAIRS * 2 * LANES;
        vec low_bias = load(p->bias + 2 * channel), high_bias = load(p->bias + 2 * channel + LANES);
        vec low_scale = load(p->scales.output + 2 * channel), high_scale = load(p->scales.output + 2 * channel + LANES);
        float *at = output + channel / CHUNK * p->pixels * CHUNK + channel % CHUNK;
#define BLOCK(rows, row)                                                                                         \
    {                                                                                                            \
        whole sums[rows][2];                                                                                     \
        UNROLL for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = (whole){0};                              \
        integer_product(rows, sums, rounded + row * PAIRS, PAIRS, p->input_chunks, count * PAIRS, weights, weights); \
        UNROLL for (int r = 0; r < rows; r++)                                                                    \
            store(at + (row + r) * CHUNK, larger(to_floats(sums[r][0]) * low_scale + low_bias,                   \
                                                 to_floats(sums[r][1]) * high_scale + high_bias));               \
    }
        COVER(count, BLOCK)
#undef BLOCK
    }
}
