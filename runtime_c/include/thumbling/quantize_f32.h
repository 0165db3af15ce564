/* SPDX-License-Identifier: MIT */
/*
 * float to fixed point on the bits of the float: x * 2**shift rounded to nearest, halves away from
 * zero, saturated to a symmetric range.
 *
 * Integer instructions only, so that every core, with or without an FPU and in every rounding
 * mode, gives the same bits. The reference is thumbling.reference.quantize_f32.
 */
#ifndef THUMBLING_QUANTIZE_F32_H
#define THUMBLING_QUANTIZE_F32_H

#include "float_order.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * value / 2**right rounded to nearest, halves up, for 1 <= right <= 255 and value < 2**32 - 1.
 *
 * Arm shifts by the low byte of a register, gives zero for 33 to 255, and leaves the last bit that
 * went out, the half, in the carry.
 */
#if defined(__thumb2__) && !defined(THB_NO_INTRINSICS)
THB_INLINE uint32_t thb_round_right_u32(uint32_t value, uint32_t right)
{
    __asm__("lsrs %0, %0, %1\n\tadc %0, %0, #0" : "+l"(value) : "l"(right) : "cc");
    return value;
}
#elif defined(__thumb__) && !defined(THB_NO_INTRINSICS)
THB_INLINE uint32_t thb_round_right_u32(uint32_t value, uint32_t right)
{
    __asm__(".syntax unified\n\tlsrs %0, %0, %1\n\tadcs %0, %0, %2"
            : "+l"(value)
            : "l"(right), "l"(0)
            : "cc");
    return value;
}
#else
THB_INLINE uint32_t thb_round_right_u32(uint32_t value, uint32_t right)
{
    return right > 32U ? 0U : ((value >> (right - 1U)) + 1U) >> 1;
}
#endif

/*
 * Puts x in units of 2**-shift into q, a signed number of `bits` bits without the least one, and
 * answers THB_OK, or THB_ERR_NAN where x is one. `exponent` is 158 - shift, the biased exponent of floats from
 * 2**31 units on: 33 to 255, hence subnormals become zero.
 */
THB_INLINE thb_status_t thb_quantize_f32(const float *x, uint32_t exponent, uint32_t bits,
                                         int32_t *q)
{
    const uint32_t pattern = thb_f32_bits(x);
    const int32_t right = (int32_t)exponent - (int32_t)((pattern >> 23) & 0xFFU);
    const int32_t sign = (int32_t)pattern >> 31;
    uint32_t magnitude = ((uint32_t)1 << (bits - 1U)) - 1U;
    if (THB_LIKELY(right >= 33 - (int32_t)bits)) {
        magnitude = thb_round_right_u32((pattern << 8) | 0x80000000U, (uint32_t)right);
        magnitude -= magnitude >> (bits - 1U); /* rounded up to 2**(bits - 1) */
    } else if ((pattern << 1) > (THB_F32_INF << 1)) {
        return THB_ERR_NAN;
    }
    *q = ((int32_t)magnitude ^ sign) - sign;
    THB_NOW(*q);
    return THB_OK;
}

#ifdef __cplusplus
}
#endif

#endif
