/* Integer arithmetic of the quantised layers: products of 16-bit integers, exact 32-bit sums.
 *
 * Floats that scale and round are never fused here (build.rs compiles these sources without contraction), so that all
 * instruction sets give the same bits. */
#ifndef LIGHTCNN_INTEGER_H
#define LIGHTCNN_INTEGER_H

#include "layers.h"
#include "product.h"

/* LANES sums, or LANES pairs of 16-bit integers of which the lower half is the first. */
typedef int32_t whole __attribute__((vector_size(4 * LANES)));
typedef int32_t whole_anywhere __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int16_t halves_anywhere __attribute__((vector_size(2 * LANES), aligned(2), may_alias));
/* A pair of 16-bit integers wherever it lies. */
typedef int32_t pair __attribute__((aligned(2), may_alias));

/* Pairs in a chunk. */
#define PAIRS (CHUNK / 2)
/* Largest rounded input. The weights of a sum are rounded so that their magnitudes times this stay below 2^31; the
 * same number is `INPUT_LIMIT` in src/kernels/integer.rs. */
#define INPUT_LIMIT 8191.0f

INLINE whole load_pairs(const pair *from) { return *(const whole_anywhere *)from; }
INLINE whole splat_pair(pair value) { return value - (whole){0}; }
INLINE vec to_floats(whole sums) { return __builtin_convertvector(sums, vec); }

/* sums + first x * first w + second x * second w, lane by lane. */
#if LANES == 16 && defined(__AVX512VNNI__)
INLINE whole dot(whole sums, whole x, whole w) {
    return (whole)_mm512_dpwssd_epi32((__m512i)sums, (__m512i)x, (__m512i)w);
}
#elif LANES == 16 && defined(__AVX512BW__)
INLINE whole dot(whole sums, whole x, whole w) { return sums + (whole)_mm512_madd_epi16((__m512i)x, (__m512i)w); }
#elif LANES == 8 && defined(__AVX2__)
INLINE whole dot(whole sums, whole x, whole w) { return sums + (whole)_mm256_madd_epi16((__m256i)x, (__m256i)w); }
#elif LANES == 4 && defined(__SSE2__)
INLINE whole dot(whole sums, whole x, whole w) { return sums + (whole)_mm_madd_epi16((__m128i)x, (__m128i)w); }
#else
INLINE whole dot(whole sums, whole x, whole w) {
    const whole half = (whole){0} + 16;
    return sums + ((x << half) >> half) * ((w << half) >> half) + (x >> half) * (w >> half);
}
#endif

/* Rounds LANES scaled inputs to the nearest integers, ties to even, within INPUT_LIMIT. In floats of 1.5 * 2^23 and
 * around it the last bit is worth 1 and the last 16 bits are the integer. */
INLINE void store_rounded(int16_t *to, vec value) {
    value = larger(smaller(value, splat(INPUT_LIMIT)), splat(-INPUT_LIMIT));
    *(halves_anywhere *)to = __builtin_convertvector((whole)(value + splat(12582912.0f)), halves_anywhere);
}

/* As `product` in product.h, for pairs: row r starts r * row_stride pairs further, chunks lie chunk_stride pairs
 * apart, weights are pairs x 2 x LANES. */
INLINE void integer_product(const int rows, whole sums[][2], const pair *x, size_t row_stride, size_t chunks,
                            size_t chunk_stride, const pair *weights, const pair *ahead) {
    for (size_t chunk = 0; chunk < chunks; chunk++) {
        _Pragma("GCC unroll 4") for (int k = 0; k < PAIRS; k++) {
            whole low = load_pairs(weights), high = load_pairs(weights + LANES);
            weights += 2 * LANES;
            UNROLL for (int line = 0; line < 2 * LANES; line += 16) __builtin_prefetch(ahead + line, 0, 2);
            ahead += 2 * LANES;
            UNROLL for (int r = 0; r < rows; r++) {
                whole value = splat_pair(x[r * row_stride + k]);
                sums[r][0] = dot(sums[r][0], value, low);
                sums[r][1] = dot(sums[r][1], value, high);
            }
        }
        x += chunk_stride;
    }
}

#endif
