/* SPDX-License-Identifier: MIT */
/*
 * Dense layers: out[k] = (bias[k] + sum of weight[k][j] * x[j]) >> shift, halves up.
 *
 * The compiler proves for every input of the type that no sum, in any order, leaves the
 * accumulator, and that the result fits int32_t or is saturated. The reference is thumbling.reference.dense.
 */
#ifndef THUMBLING_DENSE_H
#define THUMBLING_DENSE_H

#include "compiler.h"
#include "dense_pairs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Nothing is added before a shift of zero: half a unit is 1 << (shift - 1). */
THB_INLINE int32_t thb_dense_round_acc32(int32_t acc, unsigned shift)
{
    return shift == 0U ? acc : (acc + (int32_t)(1UL << (shift - 1U))) >> shift;
}

THB_INLINE int32_t thb_dense_round_acc64(int64_t acc, unsigned shift)
{
    return (int32_t)(shift == 0U ? acc : (acc + (int64_t)(1ULL << (shift - 1U))) >> shift);
}

/* The same where the result may leave int32_t. */
THB_INLINE int32_t thb_dense_saturate_acc64(int64_t acc, unsigned shift)
{
    const int64_t value = shift == 0U ? acc : (acc + (int64_t)(1ULL << (shift - 1U))) >> shift;
    if (value > INT32_MAX) {
        return INT32_MAX;
    }
    return value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

/* Products of at most 16 bits by 16 fit 32. Armv6-M has no long multiply: 16 by 32 are two short. */
#define THB_DENSE_SHORT_(w, x) ((int32_t)(w) * (int32_t)(x))
#define THB_DENSE_LONG_(w, x)  ((int64_t)(w) * (x))
#if defined(__ARM_ARCH_6M__) && !defined(THB_NO_INTRINSICS)
#define THB_DENSE_MIXED_(w, x) \
    ((int64_t)((w) * ((x) >> 16)) * 65536 + (int64_t)((w) * ((x) & 65535)))
#else
#define THB_DENSE_MIXED_(w, x) THB_DENSE_LONG_(w, x)
#endif

/*
 * Products of n = turns * units inputs and weights, one at a time, added to a bias. `units`
 * products stand in a row between two tests for the end where the compiler can be told so.
 */
#define THB_DENSE_ONE_(x_name, x_type, w_name, w_type, bits, PRODUCT)                        \
    THB_INLINE int##bits##_t thb_dense_##x_name##_##w_name##_acc##bits(                      \
        int##bits##_t sum, const x_type *x, const w_type *w, unsigned turns, unsigned units) \
    {                                                                                        \
        for (unsigned j = 0; j < turns; j++) {                                               \
            THB_UNROLL                                                                       \
            for (unsigned i = 0; i < units; i++) {                                           \
                const w_type weight = *w++;                                                  \
                const x_type value = *x++;                                                   \
                sum += PRODUCT(weight, value);                                               \
            }                                                                                \
        }                                                                                    \
        return sum;                                                                          \
    }

#define THB_DENSE_FAMILY_(w_name, w_type, bits, NARROW, WIDE)   \
    THB_DENSE_ONE_(s8, int8_t, w_name, w_type, bits, NARROW)    \
    THB_DENSE_ONE_(u8, uint8_t, w_name, w_type, bits, NARROW)   \
    THB_DENSE_ONE_(s16, int16_t, w_name, w_type, bits, NARROW)  \
    THB_DENSE_ONE_(u16, uint16_t, w_name, w_type, bits, NARROW) \
    THB_DENSE_ONE_(s32, int32_t, w_name, w_type, bits, WIDE)

THB_DENSE_FAMILY_(s8, int8_t, 32, THB_DENSE_SHORT_, THB_DENSE_SHORT_)
THB_DENSE_FAMILY_(s16, int16_t, 32, THB_DENSE_SHORT_, THB_DENSE_SHORT_)
THB_DENSE_FAMILY_(s32, int32_t, 32, THB_DENSE_SHORT_, THB_DENSE_SHORT_)
THB_DENSE_FAMILY_(s8, int8_t, 64, THB_DENSE_SHORT_, THB_DENSE_MIXED_)
THB_DENSE_FAMILY_(s16, int16_t, 64, THB_DENSE_SHORT_, THB_DENSE_MIXED_)
THB_DENSE_FAMILY_(s32, int32_t, 64, THB_DENSE_LONG_, THB_DENSE_LONG_)

#ifdef __cplusplus
}
#endif

#endif
