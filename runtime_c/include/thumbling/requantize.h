/* SPDX-License-Identifier: MIT */
/*
 * Integers of one scale to integers of another: (value * multiplier) >> shift, halves up, then
 * brought into a range. The compiler proves that the rounded value fits int32_t, and which product
 * fits it. The reference is thumbling.fixedpoint.rescale.
 */
#ifndef THUMBLING_REQUANTIZE_H
#define THUMBLING_REQUANTIZE_H

#include "compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

/* value * multiplier and half a unit fit int32_t; shift is below 32. */
THB_INLINE int32_t thb_rescale_acc32(int32_t value, int32_t multiplier, unsigned shift)
{
    const int32_t half = (int32_t)((1UL << shift) >> 1U);
    return (value * multiplier + half) >> shift;
}

/* shift is below 63. */
THB_INLINE int32_t thb_rescale_acc64(int32_t value, int32_t multiplier, unsigned shift)
{
    const int64_t half = (int64_t)((1ULL << shift) >> 1U);
    return (int32_t)(((int64_t)value * multiplier + half) >> shift);
}

/* The nearest integer of low..high. */
THB_INLINE int32_t thb_clip(int32_t value, int32_t low, int32_t high)
{
    const int32_t least = value < low ? low : value;
    return least > high ? high : least;
}

#ifdef __cplusplus
}
#endif

#endif
