/* What each layer's kernels are given; the float and the integer one take the same struct. How the weights of an
 * integer layer lie is said in integer_*.c. */
#ifndef LIGHTCNN_LAYERS_H
#define LIGHTCNN_LAYERS_H

#include "vector.h"

/* The same struct is `FirstArguments` in src/kernels/ffi/first.rs. */
struct first {
    const uint8_t *input; /* images x planes x side x side */
    const void *weights;  /* floats: slices x planes x kernel x taps x 2 x LANES: 3 taps, or 8 points for 5x5 */
    const float *bias;    /* slices x 2 x LANES */
    float *output;        /* images x output_chunks x side/2 x side/2 x CHUNK */
    size_t side;          /* a multiple of 8 */
    size_t planes, kernel, output_chunks;
    size_t finish; /* POOL_MAX or POOL_MAX_PLUS_AVERAGE */
    struct scales scales;
};
AT(first, input, 0);
AT(first, weights, 1);
AT(first, bias, 2);
AT(first, output, 3);
AT(first, side, 4);
AT(first, planes, 5);
AT(first, kernel, 6);
AT(first, output_chunks, 7);
AT(first, finish, 8);
AT(first, scales, 9);
WORDS(first, 12);

/* The same struct is `PointwiseArguments` in src/kernels/ffi/pointwise.rs. */
struct pointwise {
    const float *input;   /* images x input_chunks x pixels x CHUNK */
    const void *weights;  /* floats: slices x inputs x 2 x LANES */
    const float *bias;    /* slices x 2 x LANES */
    float *output;        /* images x output_chunks x pixels x CHUNK */
    size_t pixels, input_chunks, output_chunks;
    struct scales scales;
};
AT(pointwise, input, 0);
AT(pointwise, weights, 1);
AT(pointwise, bias, 2);
AT(pointwise, output, 3);
AT(pointwise, pixels, 4);
AT(pointwise, input_chunks, 5);
AT(pointwise, output_chunks, 6);
AT(pointwise, scales, 7);
WORDS(pointwise, 10);

/* The same struct is `WinogradArguments` in src/kernels/ffi/winograd.rs. */
struct winograd {
    const float *input;    /* images x input_chunks x side x side x CHUNK */
    const void *weights;   /* floats: slices x 36 x inputs x 2 x LANES */
    const float *bias;     /* slices x 2 x LANES */
    const float *residual; /* for ADD: what is added, laid out like the output */
    float *output;         /* images x output_chunks x side x side x CHUNK, half the side if pooled */
    size_t side;           /* a multiple of 4 */
    size_t input_chunks, output_chunks;
    size_t finish;
    struct scales scales;
};
AT(winograd, input, 0);
AT(winograd, weights, 1);
AT(winograd, bias, 2);
AT(winograd, residual, 3);
AT(winograd, output, 4);
AT(winograd, side, 5);
AT(winograd, input_chunks, 6);
AT(winograd, output_chunks, 7);
AT(winograd, finish, 8);
AT(winograd, scales, 9);
WORDS(winograd, 12);

/* The same struct is `DenseArguments` in src/kernels/ffi/dense.rs. */
struct dense {
    const float *input;   /* images x inputs */
    const void *weights;  /* floats: slices x inputs x 2 x LANES */
    const float *bias;    /* slices x 2 x LANES */
    float *output;        /* images x outputs */
    size_t images;
    size_t inputs;          /* a multiple of BLOCK_INPUTS */
    size_t outputs;         /* after Max-Feature-Map if there is one */
    size_t max_feature_map; /* 1: a slice gives LANES outputs; 0: it gives 2 * LANES */
    struct scales scales;
};
AT(dense, input, 0);
AT(dense, weights, 1);
AT(dense, bias, 2);
AT(dense, output, 3);
AT(dense, images, 4);
AT(dense, inputs, 5);
AT(dense, outputs, 6);
AT(dense, max_feature_map, 7);
AT(dense, scales, 8);
WORDS(dense, 11);

#endif
