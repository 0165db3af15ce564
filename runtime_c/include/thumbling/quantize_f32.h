/* SPDX-License-Identifier: MIT */
/*
 * float to fixed point on the bits of the float: floor(x * 2**shift + 1/2), saturated.
 *
 * Integer instructions only, so that every core, with or without an FPU and in every rounding
 * mode, gives the same bits. The reference is thumbling.reference.quantize_f32.
 */
#ifndef THUMBLING_QUANTIZE_F32_H
#define THUMBLING_QUANTIZE_F32_H

#include "thumbling/float_order.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `bits` of a float that is no NaN; -100 <= shift <= 100; limit is the greatest result. */
static inline int32_t thb_quantize_bits(uint32_t bits, int32_t shift, int32_t limit)
{
    const int32_t exponent = (int32_t)((bits >> 23) & 0xFFU);
    const int32_t mantissa = (int32_t)((bits & 0x007FFFFFU) | 0x00800000U);
    /* x = +-mantissa * 2**(exponent - 150); subnormals are far below half a unit */
    const int32_t left = exponent - 150 + shift;
    int32_t value = (bits >> 31) != 0U ? -mantissa : mantissa;
    if (exponent == 0 || left < -24) {
        return 0;
    }
    if (left > 7) { /* at least 2**31 */
        return value < 0 ? -limit - 1 : limit;
    }
    if (left >= 0) {
        value *= (int32_t)(1UL << left); /* below 2**24 * 2**7 */
    } else {
        value = (value + (int32_t)(1UL << (-left - 1))) >> -left;
    }
    if (value > limit) {
        return limit;
    }
    return value < -limit - 1 ? -limit - 1 : value;
}

/* Quantizes n values; answers 0, or -1 where one of them is a NaN. */
static inline int thb_quantize_f32(const float *x, const int8_t *shift, unsigned n, int32_t limit,
                                   int32_t *out)
{
    for (unsigned i = 0; i < n; i++) {
        const uint32_t bits = thb_f32_bits(&x[i]);
        if ((bits & 0x7FFFFFFFU) > 0x7F800000U) {
            return -1;
        }
        out[i] = thb_quantize_bits(bits, shift[i], limit);
    }
    return 0;
}

#ifdef __cplusplus
}
#endif

#endif
