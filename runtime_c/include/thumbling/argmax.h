/* SPDX-License-Identifier: MIT */
#ifndef THUMBLING_ARGMAX_H
#define THUMBLING_ARGMAX_H

#include "compiler.h"

/* Index of the first greatest of n >= 1 values. */
static inline int32_t thb_argmax(const int32_t *value, int32_t n)
{
    int32_t best = 0;
    int32_t i;
    for (i = 1; i < n; i++) {
        if (value[i] > value[best]) {
            best = i;
        }
    }
    return best;
}

/* One value of a search from left to right that began with *best = INT32_MIN and *label = 0. */
THB_INLINE void thb_argmax_next(int32_t *best, int32_t *label, int32_t value, int32_t index)
{
    if (value > *best) {
        *best = value;
        *label = index;
    }
}

#endif
