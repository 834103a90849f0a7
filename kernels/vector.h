/* Vectors of LANES floats, the same source for every instruction set.
 *
 * build.rs compiles float.c and integer.c, which hold all the others, once per set with
 *   -DSET=name   the set's name, which becomes part of every exported name;
 *   -DLANES=n    floats in a vector: 4, 8 or 16;
 *   -DROWS=n     rows of a register block: 2 * ROWS accumulators, 2 weights and a broadcast must fit the registers;
 *   -DUNFUSED    for the floats of a set without fused multiply-add: more roundings, made up for in transforms and sums.
 *
 * `a * b + c` is one fused multiply-add wherever the set has it: -ffp-contract=fast is part of the flags. */
#ifndef LIGHTCNN_VECTOR_H
#define LIGHTCNN_VECTOR_H

#include <stddef.h>
#include <stdint.h>

/* Fails to compile unless a field of a struct that Rust has, too, lies `word` pointers behind its start. The same
 * numbers are asserted in src/kernels/ffi. */
#define AT(type, field, word) \
    _Static_assert(offsetof(struct type, field) == (word) * sizeof(void *), #type "." #field)
#define WORDS(type, words) _Static_assert(sizeof(struct type) == (words) * sizeof(void *), #type)
_Static_assert(sizeof(size_t) == sizeof(void *), "size_t");

#define JOIN3(a, b, c) a##_##b##_##c
#define JOIN(a, b, c) JOIN3(a, b, c)
/* The exported name of a kernel: lightcnn_<set>_<kernel>. */
#define KERNEL(name) JOIN(lightcnn, SET, name)

/* Channels of a chunk, the unit of the activation layout images x chunks x side x side x CHUNK. */
#define CHUNK 16

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 64")

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int32_t mask __attribute__((vector_size(4 * LANES)));
typedef float anywhere __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

INLINE vec load(const float *from) { return *(const anywhere *)from; }
INLINE void store(float *to, vec value) { *(anywhere *)to = value; }
INLINE vec zero(void) { return (vec){0}; }
/* x - 0 is x, bit for bit, so compilers make this one broadcast. */
INLINE vec splat(float value) { return value - (vec){0}; }

/* What Winograd's transforms compute in, before they round to floats. */
#ifdef UNFUSED
typedef double scalar;
typedef double wide __attribute__((vector_size(8 * LANES)));
#else
typedef float scalar;
typedef vec wide;
#endif
#define WIDEN(value) __builtin_convertvector(value, wide)
#define NARROW(value) __builtin_convertvector(value, vec)

#if LANES == 16 && defined(__AVX512F__)
#include <immintrin.h>
INLINE vec larger(vec a, vec b) { return _mm512_max_ps(a, b); }
INLINE vec smaller(vec a, vec b) { return _mm512_min_ps(a, b); }
#elif LANES == 8 && defined(__AVX__)
#include <immintrin.h>
INLINE vec larger(vec a, vec b) { return _mm256_max_ps(a, b); }
INLINE vec smaller(vec a, vec b) { return _mm256_min_ps(a, b); }
#elif LANES == 4 && defined(__SSE__)
#include <immintrin.h>
INLINE vec larger(vec a, vec b) { return _mm_max_ps(a, b); }
INLINE vec smaller(vec a, vec b) { return _mm_min_ps(a, b); }
#elif LANES == 4 && defined(__ARM_NEON)
#include <arm_neon.h>
INLINE vec larger(vec a, vec b) { return (vec)vmaxq_f32((float32x4_t)a, (float32x4_t)b); }
INLINE vec smaller(vec a, vec b) { return (vec)vminq_f32((float32x4_t)a, (float32x4_t)b); }
#else
INLINE vec larger(vec a, vec b) {
    mask first = a > b;
    return (vec)(((mask)a & first) | ((mask)b & ~first));
}
INLINE vec smaller(vec a, vec b) { return -larger(-a, -b); }
#endif

/* Whether a lane of either is `least` or more; NaN is not. */
INLINE int any_reaches(vec a, vec b, float least) {
    mask reached = (a >= splat(least)) | (b >= splat(least));
#if LANES == 16 && defined(__AVX512F__)
    return _mm512_test_epi32_mask((__m512i)reached, (__m512i)reached) != 0;
#elif LANES == 8 && defined(__AVX__)
    return _mm256_movemask_ps((__m256)reached) != 0;
#elif LANES == 4 && defined(__SSE__)
    return _mm_movemask_ps((__m128)reached) != 0;
#elif LANES == 4 && defined(__ARM_NEON) && defined(__aarch64__)
    return vmaxvq_u32((uint32x4_t)reached) != 0;
#else
    int32_t any = 0;
    for (int i = 0; i < LANES; i++) any |= reached[i];
    return any != 0;
#endif
}

/* Scales of an integer layer; null in a float layer. For the shapes see the kernels. */
struct scales {
    const float *mean;   /* subtracted from each input channel before it is rounded; part of the bias */
    const float *input;  /* times this, an input is rounded to an integer */
    const float *output; /* times this, a sum of integer products is a float */
};
AT(scales, mean, 0);
AT(scales, input, 1);
AT(scales, output, 2);
WORDS(scales, 3);

/* What is done to an output after Max-Feature-Map. The numbers are those of `Finish` in src/kernels/mod.rs. */
enum finish { KEEP = 0, ADD = 1, POOL_MAX = 2, POOL_MAX_PLUS_AVERAGE = 3 };

/* Pools a window of 2x2. */
INLINE vec pool(enum finish finish, vec a, vec b, vec c, vec d) {
    vec most = larger(larger(a, b), larger(c, d));
    if (finish == POOL_MAX)
        return most;
    return most + ((a + b) + (c + d)) * 0.25f;
}

#endif
