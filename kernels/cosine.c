/* Search: cosines of a slice of gallery rows with probes, of which only those that may matter are kept. A gallery is
 * read as it lies in its file, once.
 *
 * With many probes, multiply-adds are the limit: the rows of a slice are turned so that each lies in one lane, and
 * are the weights of the product that all layers share. With few, the reading of memory is: rows are multiplied as
 * they lie, and only sums are turned. */
#include "product.h"

/* Squared lengths from here to there neither lose a bound on the error of the sums below to underflow nor leave float32
 * on the way; src/search/bound.rs counts on it. */
#define LEAST 0x1p-60f
#define MOST 0x1p100f

#if LANES == 16
#define FIRST_HALVES 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define LAST_HALVES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define FIRST_HALVES 0, 8, 1, 9, 2, 10, 3, 11
#define LAST_HALVES 4, 12, 5, 13, 6, 14, 7, 15
#else
#define FIRST_HALVES 0, 4, 1, 5
#define LAST_HALVES 2, 6, 3, 7
#endif
#ifdef __clang__
#define INTERLEAVE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define INTERLEAVE(a, b, ...) __builtin_shuffle(a, b, (mask){__VA_ARGS__})
#endif

/* Turns LANES x LANES floats, in log2(LANES) rounds of interleaving the first half of the vectors with the second. */
INLINE void turn(vec block[LANES]) {
    UNROLL for (int width = 1; width < LANES; width *= 2) {
        vec turned[LANES];
        UNROLL for (int i = 0; i < LANES / 2; i++) {
            turned[2 * i] = INTERLEAVE(block[i], block[i + LANES / 2], FIRST_HALVES);
            turned[2 * i + 1] = INTERLEAVE(block[i], block[i + LANES / 2], LAST_HALVES);
        }
        UNROLL for (int i = 0; i < LANES; i++) block[i] = turned[i];
    }
}

/* The sum of each vector, in the lane of its number. */
INLINE vec sum_each(vec block[LANES]) {
    UNROLL for (int count = LANES / 2; count > 0; count /= 2)
        UNROLL for (int i = 0; i < count; i++)
            block[i] = INTERLEAVE(block[i], block[i + count], FIRST_HALVES) +
                       INTERLEAVE(block[i], block[i + count], LAST_HALVES);
    return block[0];
}

/* Columns of a slice, `depth` rounded up to chunks. */
INLINE size_t columns(size_t depth) { return (depth + CHUNK - 1) / CHUNK * CHUNK; }

/* LANES floats of which `count` are there, and zeros for those that are not. */
INLINE vec load_some(const float *from, size_t count) {
    float values[LANES] = {0};
    for (size_t i = 0; i < LANES && i < count; i++) values[i] = from[i];
    return load(values);
}

/* Packs `count` rows of `depth` floats, at most 2 * LANES, as columns x 2 x LANES. Lanes without a row repeat the last
 * one, columns without a value are zero. */
INLINE void pack(const float *rows, size_t count, size_t depth, float *packed) {
    for (size_t column = 0; column < depth; column += LANES)
        for (size_t half = 0; half < 2; half++) {
            vec block[LANES];
            UNROLL for (size_t lane = 0; lane < LANES; lane++) {
                size_t row = half * LANES + lane;
                const float *from = rows + (row < count ? row : count - 1) * depth + column;
                block[lane] = depth - column >= LANES ? load(from) : load_some(from, depth - column);
            }
            turn(block);
            UNROLL for (size_t i = 0; i < LANES; i++) store(packed + ((column + i) * 2 + half) * LANES, block[i]);
        }
    for (size_t column = (depth + LANES - 1) / LANES * LANES; column < columns(depth); column++) {
        store(packed + column * 2 * LANES, zero());
        store(packed + column * 2 * LANES + LANES, zero());
    }
}

/* Products of a probe, whose chunks lie `stride` floats apart, with rows half * LANES .. of at most 2 * LANES,
 * `count` of which are there, and, if `squared`, of each of those rows with itself. */
INLINE vec multiply(const int squared, const float *rows, size_t count, size_t depth, size_t half, const float *probe,
                    size_t stride, vec *squares) {
    vec sums[LANES], square_sums[LANES];
    for (size_t lane = 0; lane < LANES; lane++) {
        size_t row = half * LANES + lane;
        const float *from = rows + (row < count ? row : count - 1) * depth, *with = probe;
        vec sum = zero(), square_sum = zero();
        _Pragma("GCC unroll 16") for (size_t chunk = 0; chunk < depth / CHUNK; chunk++) {
            UNROLL for (int k = 0; k < CHUNK; k += LANES) {
                vec values = load(from + k);
                sum += values * load(with + k);
                if (squared) square_sum += values * values;
            }
            from += CHUNK, with += stride;
        }
        for (size_t k = 0; k < depth % CHUNK; k += LANES) {
            vec values = load_some(from + k, depth % CHUNK - k);
            sum += values * load(with + k);
            if (squared) square_sum += values * values;
        }
        sums[lane] = sum;
        square_sums[lane] = square_sum;
    }
    if (squared) *squares = sum_each(square_sums);
    return sum_each(sums);
}

/* Fewer probes than this are multiplied with rows as they lie. */
#define MANY 8

/* Floats of a packed slice. */
size_t KERNEL(cosine_scratch)(size_t depth) { return columns(depth) * 2 * LANES; }

/* One over the length of each row in `squares`, or NaN where the square is none to count on. */
INLINE vec reciprocal(vec squares) {
    vec result;
    for (int i = 0; i < LANES; i++)
        result[i] = squares[i] >= LEAST && squares[i] <= MOST ? 1 / __builtin_sqrtf(squares[i]) : __builtin_nanf("");
    return result;
}

/* Adds a hit to the `count` there are if a cosine reaches the probe's threshold; how many there are then. */
INLINE size_t keep(size_t count, size_t probe, vec low, vec high, const float *thresholds, uint32_t *hits,
                   float *cosines) {
    if (!any_reaches(low, high, thresholds[probe]))
        return count;
    hits[count] = (uint32_t)probe;
    store(cosines + count * 2 * LANES, low);
    store(cosines + count * 2 * LANES + LANES, high);
    return count + 1;
}

/* `squares`: the squared length of each of the 2 * LANES rows. `hits`: the probes with which at least one row has a
 * cosine of their threshold or more, and `cosines`, 2 * LANES for each of those. Rows whose squared length is outside
 * LEAST..MOST have NaN and make no hit. Returns the number of hits. With MANY probes it meanwhile fetches as much as a
 * slice from `ahead`; with fewer the processor follows the stream by itself, and was slower with hints. */
size_t KERNEL(cosine)(const float *rows, size_t count, size_t depth, const float *ahead,
                      const float *probes, /* of length 1, columns/CHUNK x probe_count x CHUNK, zero beyond depth */
                      size_t probe_count, const float *thresholds, float *packed, float *squares, uint32_t *hits,
                      float *cosines) {
    size_t width = columns(depth), stride = probe_count * CHUNK, hit_count = 0;
    vec low_squares = zero(), high_squares = zero(), low_scale, high_scale;
    if (probe_count < MANY) {
        vec low = multiply(1, rows, count, depth, 0, probes, stride, &low_squares);
        vec high = multiply(1, rows, count, depth, 1, probes, stride, &high_squares);
        low_scale = reciprocal(low_squares), high_scale = reciprocal(high_squares);
        hit_count = keep(hit_count, 0, low * low_scale, high * high_scale, thresholds, hits, cosines);
        for (size_t probe = 1; probe < probe_count; probe++) {
            low = multiply(0, rows, count, depth, 0, probes + probe * CHUNK, stride, NULL);
            high = multiply(0, rows, count, depth, 1, probes + probe * CHUNK, stride, NULL);
            hit_count = keep(hit_count, probe, low * low_scale, high * high_scale, thresholds, hits, cosines);
        }
    } else {
        pack(rows, count, depth, packed);
        for (size_t k = 0; k < width; k++) {
            vec low = load(packed + k * 2 * LANES), high = load(packed + k * 2 * LANES + LANES);
            low_squares += low * low;
            high_squares += high * high;
        }
        low_scale = reciprocal(low_squares), high_scale = reciprocal(high_squares);
#define BLOCK(rows, row)                                                                                      \
    {                                                                                                         \
        vec sums[rows][2];                                                                                    \
        UNROLL for (int r = 0; r < rows; r++) sums[r][0] = sums[r][1] = zero();                               \
        product(rows, sums, probes + row * CHUNK, CHUNK, width / CHUNK, stride, packed, row ? packed : ahead); \
        UNROLL for (int r = 0; r < rows; r++)                                                                 \
            hit_count = keep(hit_count, row + r, sums[r][0] * low_scale, sums[r][1] * high_scale, thresholds, \
                             hits, cosines);                                                                  \
    }
        COVER(probe_count, BLOCK)
#undef BLOCK
    }
    store(squares, low_squares);
    store(squares + LANES, high_squares);
    return hit_count;
}
