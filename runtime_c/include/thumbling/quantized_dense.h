/* SPDX-License-Identifier: MIT */
/*
 * A dense layer on float32 input that is quantized on the fly: no buffer for the quantized row.
 *
 * `*_s32` goes through the features once and keeps all sums in the output (sums proved to fit 32
 * bits). `*_s64` goes through them once an output and keeps one 64-bit sum. Both answer 0, or -1
 * where an input is a NaN.
 */
#ifndef THUMBLING_QUANTIZED_DENSE_H
#define THUMBLING_QUANTIZED_DENSE_H

#include "thumbling/float_order.h"
#include "thumbling/quantize_f32.h"

THB_INLINE int thb_is_nan(uint32_t bits)
{
    return (bits << 1) > (THB_F32_INF << 1);
}

/* Defines one variant for a weight type; weight is [n_in][n_out]. */
#define THB_QUANTIZED_DENSE_S32(name, weight_t)                                                   \
    THB_INLINE int name(const float *x, uint32_t n_in, uint32_t n_out, const int8_t *shift,       \
                        const weight_t *weight, const int32_t *bias, int32_t limit, int32_t *out) \
    {                                                                                             \
        uint32_t j, k;                                                                            \
        for (k = 0; k < n_out; k++) {                                                             \
            out[k] = bias[k];                                                                     \
        }                                                                                         \
        for (j = 0; j < n_in; j++) {                                                              \
            const uint32_t bits = thb_f32_bits(&x[j]);                                            \
            int32_t q;                                                                            \
            if (thb_is_nan(bits)) {                                                               \
                return -1;                                                                        \
            }                                                                                     \
            q = thb_quantize_bits(bits, shift[j], limit);                                         \
            for (k = 0; k < n_out; k++) {                                                         \
                out[k] += *weight++ * q;                                                          \
            }                                                                                     \
        }                                                                                         \
        return 0;                                                                                 \
    }

THB_QUANTIZED_DENSE_S32(thb_quantized_dense_s8_s32, int8_t)
THB_QUANTIZED_DENSE_S32(thb_quantized_dense_s16_s32, int16_t)

/* Defines one variant for a weight type; weight is [n_out][n_in]; right is the final shift. */
#define THB_QUANTIZED_DENSE_S64(name, weight_t)                                             \
    THB_INLINE int name(const float *x, uint32_t n_in, uint32_t n_out, const int8_t *shift, \
                        const weight_t *weight, const int64_t *bias, int32_t limit,         \
                        uint32_t right, int32_t *out)                                       \
    {                                                                                       \
        uint32_t j, k;                                                                      \
        for (k = 0; k < n_out; k++) {                                                       \
            int64_t sum = bias[k];                                                          \
            for (j = 0; j < n_in; j++) {                                                    \
                const uint32_t bits = thb_f32_bits(&x[j]);                                  \
                if (thb_is_nan(bits)) {                                                     \
                    return -1;                                                              \
                }                                                                           \
                sum += (int64_t)*weight++ * thb_quantize_bits(bits, shift[j], limit);       \
            }                                                                               \
            if (right != 0U) {                                                              \
                sum = (sum + ((int64_t)1 << (right - 1U))) >> right;                        \
            }                                                                               \
            out[k] = (int32_t)sum;                                                          \
        }                                                                                   \
        return 0;                                                                           \
    }

THB_QUANTIZED_DENSE_S64(thb_quantized_dense_s8_s64, int8_t)
THB_QUANTIZED_DENSE_S64(thb_quantized_dense_s16_s64, int16_t)
THB_QUANTIZED_DENSE_S64(thb_quantized_dense_s32_s64, int32_t)

#endif
