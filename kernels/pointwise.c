/* 1x1 convolution, bias and Max-Feature-Map: a matrix product over the pixels of an image. */
#include "layers.h"
#include "product.h"

/* Pixels first .. first + count of one image, all output channels. */
void KERNEL(pointwise)(const struct pointwise *p, size_t image, size_t first, size_t count) {
    const float *input = p->input + (image * p->input_chunks * p->pixels + first) * CHUNK;
    float *output = p->output + (image * p->output_chunks * p->pixels + first) * CHUNK;
    for (size_t slice = 0; slice < p->output_chunks * CHUNK / LANES; slice++) {
        size_t channel = slice * LANES;
        const float *weights = (const float *)p->weights + slice * p->input_chunks * CHUNK * 2 * LANES;
        vec low_bias = load(p->bias + 2 * channel), high_bias = load(p->bias + 2 * channel + LANES);
        float *at = output + channel / CHUNK * p->pixels * CHUNK + channel % CHUNK;
#define BLOCK(rows, row)                                                                                   \
    {                                                                                                      \
        vec sums[rows][2];                                                                                 \
        UNROLL for (int r = 0; r < rows; r++) { sums[r][0] = low_bias; sums[r][1] = high_bias; }           \
        product(rows, sums, input + row * CHUNK, CHUNK, p->input_chunks, p->pixels * CHUNK, weights, weights);      \
        UNROLL for (int r = 0; r < rows; r++) store(at + (row + r) * CHUNK, larger(sums[r][0], sums[r][1])); \
    }
        COVER(count, BLOCK)
#undef BLOCK
    }
}
