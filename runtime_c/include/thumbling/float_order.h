/* SPDX-License-Identifier: MIT */
/* Comparing float32 by their bits: x <= t for a constant t, exact for every float, without an FPU.
 *
 * `key` is the order-preserving integer of t (its bits, magnitude inverted where the sign is set).
 * Positive floats order like their bits as int32, negative ones against their bits as uint32.
 * The three functions differ in where they send NaN: `nan_right` answers 0, `nan_left` 1, and
 * `thb_f32_le` leaves it open, for inputs known not to be NaN. */
#ifndef THUMBLING_FLOAT_ORDER_H
#define THUMBLING_FLOAT_ORDER_H

#include "compiler.h"

#define THB_F32_INF      0x7F800000U
#define THB_F32_MINUSINF 0xFF800000U

THB_INLINE uint32_t thb_f32_bits(const float *x)
{
    union {
        float f;
        uint32_t u;
    } pun;
    pun.f = *x;
    return pun.u;
}

/* Bits of the float with this (negative) key. */
THB_INLINE uint32_t thb_f32_negative(int32_t key)
{
    return (uint32_t)key ^ 0x7FFFFFFFU;
}

/* The key of a float with these bits. A NaN's is INT32_MAX where `nan_high`, else INT32_MIN. */
THB_INLINE int32_t thb_f32_key(uint32_t x, uint32_t nan_high)
{
    if ((x & 0x7FFFFFFFU) > THB_F32_INF) {
        return nan_high ? INT32_MAX : INT32_MIN;
    }
    return (int32_t)((x & 0x80000000U) ? x ^ 0x7FFFFFFFU : x);
}

THB_INLINE int thb_f32_le(uint32_t x, int32_t key)
{
    return key >= 0 ? (int32_t)x <= key : x >= thb_f32_negative(key);
}

THB_INLINE int thb_f32_le_nan_right(uint32_t x, int32_t key)
{
    if (key >= 0) {
        return (int32_t)x <= key && x <= THB_F32_MINUSINF;
    }
    return x - thb_f32_negative(key) <= THB_F32_MINUSINF - thb_f32_negative(key);
}

THB_INLINE int thb_f32_le_nan_left(uint32_t x, int32_t key)
{
    if (key >= 0) {
        return (int32_t)x <= key || x > THB_F32_INF;
    }
    return x >= thb_f32_negative(key) || x - (THB_F32_INF + 1U) < 0x7FFFFFU;
}

#endif
