/* SPDX-License-Identifier: MIT */
/* Trees as byte code: small, at the price of a loop.
 *
 * A split begins with a header of one or two bytes (the first byte holds the high bits):
 *   bits 7, 6 of the first byte   kind: 0 two subtrees, 1 one leaf, 2 two leaves, 3 as 0, far
 *   bit 5 (float32 only)          NaN goes left
 *   the bits below                feature
 * It goes on with the threshold (1, 2 or 4 bytes, low byte first), and then by kind:
 *   0   skip: the bytes of the left subtree (1 byte); left subtree; right subtree
 *   1   leaf; the other subtree
 *   2   left leaf; right leaf
 *   3   skip (3 bytes, low byte first); left subtree; right subtree
 * A leaf is the number of a row, in one or two bytes (the first byte holds the high bits):
 *   bit 7 of the first byte       the leaf of kind 1 is the left child
 *   bit 6                         8 more, low bits of the number in the byte behind
 *   the bits below                number
 * Leaves have no nodes of their own, so a walk ends at a split. */
#ifndef THUMBLING_TREE_CODE_H
#define THUMBLING_TREE_CODE_H

#include "float_order.h"

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
    uint8_t leaf_bytes;       /* 1 or 2 */
    uint8_t long_leaves;      /* whether a leaf can have bit 6 */
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

THB_INLINE uint32_t thb_tree_leaf_bytes(const uint8_t *leaf, thb_tree_format_t format)
{
    return format.leaf_bytes + (format.long_leaves ? leaf[0] >> 6 & 1U : 0U);
}

THB_INLINE uint32_t thb_tree_leaf_row(const uint8_t *leaf, thb_tree_format_t format)
{
    uint32_t row = leaf[0] & 0x3FU;
    if (format.leaf_bytes == 2) {
        row = row << 8 | leaf[1];
    }
    if (format.long_leaves && (leaf[0] & 0x40U) != 0U) {
        row = row << 8 | leaf[format.leaf_bytes];
    }
    return row;
}

/* The number of the leaf at which x ends in the tree whose code starts at p. */
THB_INLINE uint32_t thb_tree_code_row(const uint8_t *p, const void *x, thb_tree_format_t format)
{
    for (;;) {
        const uint32_t head = p[0];
        uint32_t feature = head & (format.x_type == THB_X_FLOAT32 ? 0x1FU : 0x3FU);
        int left;
        p++;
        if (format.header_bytes == 2) {
            feature = feature << 8 | *p++;
        }
        left = thb_tree_left(thb_tree_feature(x, format.x_type, feature),
                             thb_tree_threshold(p, format), head & 0x20U, format.x_type);
        p += format.threshold_bytes;
        if (head < 0x40U) {
            const uint32_t skip = *p++;
            if (!left) {
                p += skip;
            }
        } else if (head < 0x80U) {
            if (left == p[0] >> 7) {
                break;
            }
            p += thb_tree_leaf_bytes(p, format);
        } else if (head < 0xC0U) {
            if (!left) {
                p += thb_tree_leaf_bytes(p, format);
            }
            break;
        } else {
            if (!left) {
                p += p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
            }
            p += 3;
        }
    }
    return thb_tree_leaf_row(p, format);
}

#endif
