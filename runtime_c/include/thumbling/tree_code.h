/* SPDX-License-Identifier: MIT */
/* Trees as byte code: small, at the price of a loop.
 *
 * A node begins with a header of one or two bytes (the first byte holds the high bits):
 *   bit 7 of the first byte    leaf; the bits below bit 6 are the row of the leaf table
 *   bit 6                      long form: a split has a skip of 3 bytes instead of 1,
 *                              a leaf has 8 more bits of row in the byte after the header
 *   bit 5 (float32 only)       NaN goes left
 *   the bits below             feature
 * A split goes on with the threshold (1, 2 or 4 bytes, low byte first) and the skip (low byte
 * first): the bytes of the left subtree, which follows; the right subtree stands behind it. */
#ifndef THUMBLING_TREE_CODE_H
#define THUMBLING_TREE_CODE_H

#include "thumbling/float_order.h"

typedef enum {
    THB_X_INT8,
    THB_X_UINT8,
    THB_X_INT16,
    THB_X_UINT16,
    THB_X_INT32,
    THB_X_FLOAT32
} thb_x_type_t;

/* The format of one model's byte code. Always a constant, so that the walk is specialised. */
typedef struct {
    thb_x_type_t x_type;
    uint8_t header_bytes;     /* 1 or 2 */
    uint8_t threshold_bytes;  /* 1, 2 or 4 */
    uint8_t threshold_signed; /* whether the top bit of a 1- or 2-byte threshold is a sign */
} thb_tree_format_t;

THB_INLINE int32_t thb_tree_feature(const void *x, thb_x_type_t type, uint32_t f)
{
    switch (type) {
    case THB_X_INT8:
        return ((const int8_t *)x)[f];
    case THB_X_UINT8:
        return ((const uint8_t *)x)[f];
    case THB_X_INT16:
        return ((const int16_t *)x)[f];
    case THB_X_UINT16:
        return ((const uint16_t *)x)[f];
    case THB_X_INT32:
        return ((const int32_t *)x)[f];
    case THB_X_FLOAT32:
    default:
        return (int32_t)thb_f32_bits((const float *)x + f);
    }
}

THB_INLINE int32_t thb_tree_threshold(const uint8_t *p, thb_tree_format_t format)
{
    uint32_t t = p[0];
    if (format.threshold_bytes == 1) {
        return format.threshold_signed ? (int8_t)t : (int32_t)t;
    }
    t |= (uint32_t)p[1] << 8;
    if (format.threshold_bytes == 2) {
        return format.threshold_signed ? (int16_t)t : (int32_t)t;
    }
    return (int32_t)(t | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
}

/* Whether x goes left at a split with this threshold. */
THB_INLINE int thb_tree_left(int32_t x, int32_t threshold, uint32_t nan_left, thb_x_type_t type)
{
    uint32_t bits = (uint32_t)x;
    if (type != THB_X_FLOAT32) {
        return x <= threshold;
    }
    if ((bits << 1) > (THB_F32_INF << 1)) {
        return nan_left != 0;
    }
    return (x < 0 ? (int32_t)(bits ^ 0x7FFFFFFFU) : x) <= threshold;
}

/* The row of the leaf table at which x ends in the tree whose code starts at p. */
THB_INLINE uint32_t thb_tree_code_row(const uint8_t *p, const void *x, thb_tree_format_t format)
{
    for (;;) {
        const uint32_t flags = p[0];
        const uint32_t mask = format.x_type == THB_X_FLOAT32 ? 0x1FU : 0x3FU;
        uint32_t low = flags & ((flags & 0x80U) != 0U ? 0x3FU : mask);
        int32_t threshold;
        uint32_t skip;
        p++;
        if (format.header_bytes == 2) {
            low = low << 8 | *p++;
        }
        if ((flags & 0x80U) != 0U) {
            return (flags & 0x40U) != 0U ? low << 8 | *p : low;
        }
        threshold = thb_tree_threshold(p, format);
        p += format.threshold_bytes;
        skip = *p++;
        if ((flags & 0x40U) != 0U) {
            skip |= (uint32_t)p[0] << 8 | (uint32_t)p[1] << 16;
            p += 2;
        }
        if (!thb_tree_left(thb_tree_feature(x, format.x_type, low), threshold, flags & 0x20U,
                           format.x_type)) {
            p += skip;
        }
    }
}

#endif
