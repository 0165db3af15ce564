/* SPDX-License-Identifier: MIT */
/*
 * Dense layers of 8- or 16-bit inputs and weights, two products a step, up to five rows of
 * weights at a time, so that an input is read once for all of them:
 *
 *     sum[r] = bias[r] + sum over pairs p of w[p][r][0] * x[p][0] + w[p][r][1] * x[p][1]
 *
 * A pair of 16-bit inputs are two neighbours. Of 8-bit inputs a word holds four, x[0..3], and
 * gives the pairs (x[0], x[2]) and (x[1], x[3]). 16-bit weights stand in that order; of 8-bit
 * weights a word of a row holds two pairs v and u as v[0], u[0], v[1], u[1]. `turns * units` is
 * the number of pairs or words; `units` of them stand in a row between two tests for the end
 * where the compiler can be told so. w begins at a word.
 */
#ifndef THUMBLING_DENSE_PAIRS_H
#define THUMBLING_DENSE_PAIRS_H

#include "compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A table of weights of its own begins at a word where the compiler can be told. */
#if defined(__GNUC__)
#define THB_DENSE_ALIGNED __attribute__((aligned(4)))
#else
#define THB_DENSE_ALIGNED
#endif

/* Keeps a compiler from loading weights far ahead, which fills the registers and then the stack. */
#if defined(__GNUC__)
#define THB_DENSE_IN_ORDER() __asm__ volatile("" ::: "memory")
#else
#define THB_DENSE_IN_ORDER() ((void)0)
#endif

/*
 * Two int16_t, and acc + a.lo * b.lo + a.hi * b.hi. Where the core has the DSP extension a pair is
 * one word and the sum one instruction.
 */
#if defined(__ARM_FEATURE_DSP) && !defined(THB_NO_INTRINSICS)

typedef uint32_t thb_s16x2_t;

/* Behind a row's word of four weights: each becomes two, so words loaded ahead cost twice. */
#define THB_DENSE_NEXT_ROW_() THB_DENSE_IN_ORDER();

THB_INLINE uint32_t thb_dense_word(const void *p)
{
    uint32_t word; /* copied, as callers' rows may begin anywhere: LDR may read there */
    __builtin_memcpy(&word, p, sizeof word);
    return word;
}

THB_INLINE thb_s16x2_t thb_s16x2_load(const int16_t *p)
{
    return thb_dense_word(p);
}

/* Both fit int16_t. */
THB_INLINE thb_s16x2_t thb_s16x2_pack(int32_t lo, int32_t hi)
{
    uint32_t pair;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(lo), "r"(hi));
    return pair;
}

#define THB_DENSE_EXTEND_(name, type, text)                  \
    THB_INLINE thb_s16x2_t name(const type *p)               \
    {                                                        \
        uint32_t pair;                                       \
        __asm__(text : "=r"(pair) : "r"(thb_dense_word(p))); \
        return pair;                                         \
    }

THB_DENSE_EXTEND_(thb_u8x4_even, uint8_t, "uxtb16 %0, %1")
THB_DENSE_EXTEND_(thb_u8x4_odd, uint8_t, "uxtb16 %0, %1, ror #8")
THB_DENSE_EXTEND_(thb_s8x4_even, int8_t, "sxtb16 %0, %1")
THB_DENSE_EXTEND_(thb_s8x4_odd, int8_t, "sxtb16 %0, %1, ror #8")

THB_INLINE int32_t thb_s16x2_mac32(int32_t acc, thb_s16x2_t a, thb_s16x2_t b)
{
    int32_t sum;
    __asm__("smlad %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(acc));
    return sum;
}

THB_INLINE int64_t thb_s16x2_mac64(int64_t acc, thb_s16x2_t a, thb_s16x2_t b)
{
    __asm__("smlald %Q0, %R0, %1, %2" : "+r"(acc) : "r"(a), "r"(b));
    return acc;
}

#else

typedef struct {
    int16_t lo, hi;
} thb_s16x2_t;

#define THB_DENSE_NEXT_ROW_()

#if THB_CLANG && defined(__ARM_ARCH_6M__) && !defined(THB_NO_INTRINSICS)
/* Clang would keep both halves, each in a word of stack, instead of a pair. */
THB_INLINE thb_s16x2_t thb_s16x2_as_word(thb_s16x2_t pair)
{
    union {
        thb_s16x2_t pair;
        uint32_t word;
    } both;
    both.pair = pair;
    THB_NOW(both.word);
    return both.pair;
}
#else
#define thb_s16x2_as_word(pair) (pair)
#endif

THB_INLINE thb_s16x2_t thb_s16x2_pack(int32_t lo, int32_t hi)
{
    const thb_s16x2_t pair = {(int16_t)lo, (int16_t)hi};
    return thb_s16x2_as_word(pair);
}

#define THB_DENSE_PAIR_(name, type, first, second)      \
    THB_INLINE thb_s16x2_t name(const type *p)          \
    {                                                   \
        const thb_s16x2_t pair = {p[first], p[second]}; \
        return pair;                                    \
    }

THB_DENSE_PAIR_(thb_s16x2_load, int16_t, 0, 1)
THB_DENSE_PAIR_(thb_u8x4_even, uint8_t, 0, 2)
THB_DENSE_PAIR_(thb_u8x4_odd, uint8_t, 1, 3)
THB_DENSE_PAIR_(thb_s8x4_even, int8_t, 0, 2)
THB_DENSE_PAIR_(thb_s8x4_odd, int8_t, 1, 3)

THB_INLINE int32_t thb_s16x2_mac32(int32_t acc, thb_s16x2_t a, thb_s16x2_t b)
{
    a = thb_s16x2_as_word(a);
    acc += (int32_t)a.lo * b.lo; /* two steps: both products at once may exceed int32_t */
    return acc + (int32_t)a.hi * b.hi;
}

THB_INLINE int64_t thb_s16x2_mac64(int64_t acc, thb_s16x2_t a, thb_s16x2_t b)
{
    acc += (int32_t)a.lo * b.lo;
    return acc + (int32_t)a.hi * b.hi;
}

#endif

/* A pair of weights; w begins at a word. Armv6-M has no LDRSH with a constant offset, but LDR. */
#if defined(__ARM_ARCH_6M__) && !defined(THB_NO_INTRINSICS)
THB_INLINE thb_s16x2_t thb_s16x2_weights(const int16_t *w)
{
    uint32_t word;
    __builtin_memcpy(&word, __builtin_assume_aligned(w, 4), sizeof word);
    {
        const thb_s16x2_t pair = {(int16_t)word, (int16_t)(word >> 16)};
        return pair;
    }
}
#else
THB_INLINE thb_s16x2_t thb_s16x2_weights(const int16_t *w)
{
    return thb_s16x2_load(w);
}
#endif

/* M(0) M(1) .. for each row of a block. */
#define THB_DENSE_EACH_1_(M) M(0)
#define THB_DENSE_EACH_2_(M) THB_DENSE_EACH_1_(M) M(1)
#define THB_DENSE_EACH_3_(M) THB_DENSE_EACH_2_(M) M(2)
#define THB_DENSE_EACH_4_(M) THB_DENSE_EACH_3_(M) M(3)
#define THB_DENSE_EACH_5_(M) THB_DENSE_EACH_4_(M) M(4)

#define THB_DENSE_BEGIN_32_(r) int32_t a##r = bias[r];
#define THB_DENSE_BEGIN_64_(r) int64_t a##r = bias[r];
#define THB_DENSE_READ_(r)     const thb_s16x2_t w##r = thb_s16x2_load(&w[2 * r]);
#define THB_DENSE_MAC_32_(r)   a##r = thb_s16x2_mac32(a##r, v, w##r);
#define THB_DENSE_MAC_64_(r)   a##r = thb_s16x2_mac64(a##r, v, w##r);
#define THB_DENSE_END_(r)      sum[r] = a##r;

/* All weights are read before the first product: loads in a row overlap. */
#define THB_DENSE_STEP_(pair, rows, bits)                                      \
    {                                                                          \
        const thb_s16x2_t v = pair;                                            \
        THB_DENSE_EACH_##rows##_(THB_DENSE_READ_)                              \
            THB_DENSE_EACH_##rows##_(THB_DENSE_MAC_##bits##_) w += 2 * (rows); \
    }

#define THB_DENSE_UNIT_S16_S16_(rows, bits) THB_DENSE_STEP_(thb_s16x2_load(x), rows, bits) x += 2;
#define THB_DENSE_UNIT_U8_S16_(rows, bits)        \
    THB_DENSE_STEP_(thb_u8x4_even(x), rows, bits) \
    THB_DENSE_STEP_(thb_u8x4_odd(x), rows, bits) x += 4;
#define THB_DENSE_UNIT_S8_S16_(rows, bits)        \
    THB_DENSE_STEP_(thb_s8x4_even(x), rows, bits) \
    THB_DENSE_STEP_(thb_s8x4_odd(x), rows, bits) x += 4;

/* 8-bit weights: a word of a row holds what two pairs of inputs are multiplied with. */
#define THB_DENSE_MAC4_32_(r)                                  \
    a##r = thb_s16x2_mac32(a##r, v, thb_s8x4_even(&w[4 * r])); \
    a##r = thb_s16x2_mac32(a##r, u, thb_s8x4_odd(&w[4 * r]));  \
    THB_DENSE_NEXT_ROW_()
#define THB_DENSE_UNIT4_(first, second, rows)                         \
    {                                                                 \
        const thb_s16x2_t v = first, u = second;                      \
        THB_DENSE_EACH_##rows##_(THB_DENSE_MAC4_32_) w += 4 * (rows); \
        x += 4;                                                       \
    }
#define THB_DENSE_UNIT_S16_S8_(rows, bits) \
    THB_DENSE_UNIT4_(thb_s16x2_load(x), thb_s16x2_load(&x[2]), rows)
#define THB_DENSE_UNIT_U8_S8_(rows, bits) THB_DENSE_UNIT4_(thb_u8x4_even(x), thb_u8x4_odd(x), rows)
#define THB_DENSE_UNIT_S8_S8_(rows, bits) THB_DENSE_UNIT4_(thb_s8x4_even(x), thb_s8x4_odd(x), rows)

/* GCC gives every 64-bit product on Armv6-M a place of its own on the stack. */
#define THB_DENSE_UNROLL_32_ THB_UNROLL
#if defined(__ARM_ARCH_6M__)
#define THB_DENSE_UNROLL_64_
#else
#define THB_DENSE_UNROLL_64_ THB_UNROLL
#endif

#define THB_DENSE_ROWS_(x_name, x_type, w_name, w_type, UNIT, rows, bits)                        \
    THB_INLINE void thb_dense_##x_name##_##w_name##_rows##rows##_acc##bits(                      \
        const int##bits##_t *bias, const x_type *x, const w_type *w, int##bits##_t *sum,         \
        unsigned turns, unsigned units)                                                          \
    {                                                                                            \
        THB_DENSE_EACH_##rows##_(THB_DENSE_BEGIN_##bits##_) for (unsigned j = 0; j < turns; j++) \
        {                                                                                        \
            THB_DENSE_UNROLL_##bits##_ for (unsigned i = 0; i < units; i++)                      \
            {                                                                                    \
                UNIT(rows, bits)                                                                 \
            }                                                                                    \
        }                                                                                        \
        THB_DENSE_EACH_##rows##_(THB_DENSE_END_)                                                 \
    }

#define THB_DENSE_S16_FAMILY_(rows, bits)                                            \
    THB_DENSE_ROWS_(s16, int16_t, s16, int16_t, THB_DENSE_UNIT_S16_S16_, rows, bits) \
    THB_DENSE_ROWS_(u8, uint8_t, s16, int16_t, THB_DENSE_UNIT_U8_S16_, rows, bits)   \
    THB_DENSE_ROWS_(s8, int8_t, s16, int16_t, THB_DENSE_UNIT_S8_S16_, rows, bits)
#define THB_DENSE_S8_FAMILY_(rows)                                              \
    THB_DENSE_ROWS_(s16, int16_t, s8, int8_t, THB_DENSE_UNIT_S16_S8_, rows, 32) \
    THB_DENSE_ROWS_(u8, uint8_t, s8, int8_t, THB_DENSE_UNIT_U8_S8_, rows, 32)   \
    THB_DENSE_ROWS_(s8, int8_t, s8, int8_t, THB_DENSE_UNIT_S8_S8_, rows, 32)

THB_DENSE_S16_FAMILY_(1, 64)
THB_DENSE_S16_FAMILY_(2, 64)

#if defined(__ARM_ARCH_6M__) && !defined(THB_NO_INTRINSICS)
#include "dense_pairs_v6m.h"
#else
THB_DENSE_S16_FAMILY_(1, 32)
THB_DENSE_S16_FAMILY_(2, 32)
THB_DENSE_S16_FAMILY_(3, 32)
THB_DENSE_S16_FAMILY_(4, 32)
THB_DENSE_S16_FAMILY_(5, 32)
THB_DENSE_S8_FAMILY_(1)
THB_DENSE_S8_FAMILY_(2)
THB_DENSE_S8_FAMILY_(3)
THB_DENSE_S8_FAMILY_(4)
THB_DENSE_S8_FAMILY_(5)
#endif

#ifdef __cplusplus
}
#endif

#endif
