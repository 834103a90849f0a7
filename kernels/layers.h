/* What each layer's kernels are given; the float and the integer one take the same struct. How the weights of an
 * integer layer lie is said in integer_*.c. */
#ifndef LIGHTCNN_LAYERS_H
#define LIGHTCNN_LAYERS_H

#include "vector.h"

/* The same struct is `FirstArguments` in src/kernels/ffi.rs. */
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

/* The same struct is `PointwiseArguments` in src/kernels/ffi.rs. */
struct pointwise {
    const float *input;   /* images x input_chunks x pixels x CHUNK */
    const void *weights;  /* floats: slices x inputs x 2 x LANES */
    const float *bias;    /* slices x 2 x LANES */
    float *output;        /* images x output_chunks x pixels x CHUNK */
    size_t pixels, input_chunks, output_chunks;
    struct scales scales;
};

/* The same struct is `WinogradArguments` in src/kernels/ffi.rs. */
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

/* The same struct is `DenseArguments` in src/kernels/ffi.rs. */
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

#endif
