/* SPDX-License-Identifier: MIT */
/*
 * Exponential moving average. The compiler proves that no difference leaves int32_t. The reference
 * is thumbling.fixedpoint.ema_next.
 */
#ifndef THUMBLING_EMA_H
#define THUMBLING_EMA_H

#include "compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

/* mean moved towards x, of the same scale, by 2^-shift of the way, rounded: halves up. */
THB_INLINE int32_t thb_ema_next(int32_t mean, int32_t x, unsigned shift)
{
    const int32_t way = x - mean;
    return mean + (shift == 0U ? way : (way + (int32_t)(1UL << (shift - 1U))) >> shift);
}

#ifdef __cplusplus
}
#endif

#endif
