/* SPDX-License-Identifier: MIT */
/*
 * Dense layers: out[k] = (bias[k] + sum of weight[k][j] * x[j]) >> shift, halves up.
 *
 * The compiler proves for every input of the type that no sum, in any order, leaves the
 * accumulator, and that the result fits int32_t. The reference is thumbling.reference.dense.
 */
#ifndef THUMBLING_DENSE_H
#define THUMBLING_DENSE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Weights are read two at a time, so tables begin at a word where the compiler can be told. */
#if defined(__GNUC__)
#define THB_DENSE_ALIGNED __attribute__((aligned(4)))
#else
#define THB_DENSE_ALIGNED
#endif

/*
 * Before a loop over pairs: how far to unroll it, with pairs in words or in halves. Halves need an
 * instruction each for their address on ARMv6-M, which eats what unrolling saves.
 */
#define THB_DENSE_PRAGMA_(text) _Pragma(#text)
#if !defined(__GNUC__) || defined(__clang__)
#define THB_DENSE_UNROLL(words, halves)
#elif defined(__ARM_FEATURE_DSP) && !defined(THB_NO_INTRINSICS)
#define THB_DENSE_UNROLL(words, halves) THB_DENSE_PRAGMA_(GCC unroll words)
#else
#define THB_DENSE_UNROLL(words, halves) THB_DENSE_PRAGMA_(GCC unroll halves)
#endif

/* `weight` has n_out rows of n_in values; `bias` has n_out. */
#define THB_DENSE_LAYER_(weight_name, weight_type, bits) \
    typedef struct {                                     \
        const weight_type *weight;                       \
        const int##bits##_t *bias;                       \
        uint16_t n_in;                                   \
        uint16_t n_out;                                  \
        uint8_t shift;                                   \
    } thb_dense_##weight_name##_acc##bits##_t;

/* Nothing is added before a shift of zero: half a unit is 1 << (shift - 1). */
static inline int32_t thb_dense_round_acc32(int32_t acc, unsigned shift)
{
    return shift == 0U ? acc : (acc + (int32_t)(1UL << (shift - 1U))) >> shift;
}

static inline int32_t thb_dense_round_acc64(int64_t acc, unsigned shift)
{
    return (int32_t)(shift == 0U ? acc : (acc + (int64_t)(1ULL << (shift - 1U))) >> shift);
}

#define THB_DENSE_KERNEL_(x_name, x_type, weight_name, weight_type, bits)                    \
    static inline void thb_dense_##x_name##_##weight_name##_acc##bits(                       \
        const thb_dense_##weight_name##_acc##bits##_t *layer, const x_type *x, int32_t *out) \
    {                                                                                        \
        const weight_type *weight = layer->weight;                                           \
        for (unsigned k = 0; k < layer->n_out; k++) {                                        \
            int##bits##_t acc = layer->bias[k];                                              \
            for (unsigned j = 0; j < layer->n_in; j++) {                                     \
                acc += (int##bits##_t) * weight++ * (int##bits##_t)x[j];                     \
            }                                                                                \
            out[k] = thb_dense_round_acc##bits(acc, layer->shift);                           \
        }                                                                                    \
    }

#define THB_DENSE_FAMILY_(weight_name, weight_type, bits)            \
    THB_DENSE_LAYER_(weight_name, weight_type, bits)                 \
    THB_DENSE_KERNEL_(s8, int8_t, weight_name, weight_type, bits)    \
    THB_DENSE_KERNEL_(u8, uint8_t, weight_name, weight_type, bits)   \
    THB_DENSE_KERNEL_(s16, int16_t, weight_name, weight_type, bits)  \
    THB_DENSE_KERNEL_(u16, uint16_t, weight_name, weight_type, bits) \
    THB_DENSE_KERNEL_(s32, int32_t, weight_name, weight_type, bits)

THB_DENSE_FAMILY_(s8, int8_t, 32)
THB_DENSE_FAMILY_(s16, int16_t, 32)
THB_DENSE_FAMILY_(s32, int32_t, 32)
THB_DENSE_FAMILY_(s8, int8_t, 64)
THB_DENSE_FAMILY_(s16, int16_t, 64)
THB_DENSE_FAMILY_(s32, int32_t, 64)

/*
 * Two neighbouring int16_t and acc + a.lo * b.lo + a.hi * b.hi, the building blocks of unrolled
 * layers. Where the core has the DSP extension a pair is one word and the sum one instruction.
 */
#if defined(__ARM_FEATURE_DSP) && !defined(THB_NO_INTRINSICS)

typedef uint32_t thb_s16x2_t;

static inline thb_s16x2_t thb_s16x2_load(const int16_t *p)
{
    uint32_t word; /* copied, as callers' rows are aligned to two bytes only: LDR may be not */
    __builtin_memcpy(&word, p, sizeof word);
    return word;
}

static inline int32_t thb_s16x2_mac32(int32_t acc, thb_s16x2_t a, thb_s16x2_t b)
{
    int32_t sum;
    __asm__("smlad %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(acc));
    return sum;
}

static inline int64_t thb_s16x2_mac64(int64_t acc, thb_s16x2_t a, thb_s16x2_t b)
{
    __asm__("smlald %Q0, %R0, %1, %2" : "+r"(acc) : "r"(a), "r"(b));
    return acc;
}

#else

typedef struct {
    int16_t lo, hi;
} thb_s16x2_t;

static inline thb_s16x2_t thb_s16x2_load(const int16_t *p)
{
    const thb_s16x2_t pair = {p[0], p[1]};
    return pair;
}

static inline int32_t thb_s16x2_mac32(int32_t acc, thb_s16x2_t a, thb_s16x2_t b)
{
    acc += (int32_t)a.lo * b.lo; /* two steps: both products at once may exceed int32_t */
    return acc + (int32_t)a.hi * b.hi;
}

static inline int64_t thb_s16x2_mac64(int64_t acc, thb_s16x2_t a, thb_s16x2_t b)
{
    acc += (int32_t)a.lo * b.lo;
    return acc + (int32_t)a.hi * b.hi;
}

#endif

#ifdef __cplusplus
}
#endif

#endif
