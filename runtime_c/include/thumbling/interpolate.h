/* SPDX-License-Identifier: MIT */
/* Functions of 16-bit integers by lines between points. The reference is
 * thumbling.reference.interpolate. */
#ifndef THUMBLING_INTERPOLATE_H
#define THUMBLING_INTERPOLATE_H

#include "compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The table has a point at every 2^bits from -32768 on, 2^(16 - bits) + 1 of them; bits is 4 to 15.
 * Two points are less than 2^16 apart and the part of the way is below 2^bits: the product fits.
 */
THB_INLINE int32_t thb_interpolate(const int16_t *table, int16_t x, unsigned bits)
{
    const uint32_t above = (uint32_t)((int32_t)x + 32768);
    const int16_t *const point = &table[above >> bits];
    const int32_t part = (int32_t)(above & ((1UL << bits) - 1U));
    const int32_t half = (int32_t)((1UL << bits) >> 1U);
    return point[0] + (((point[1] - point[0]) * part + half) >> bits);
}

#ifdef __cplusplus
}
#endif

#endif
