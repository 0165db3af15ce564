/* SPDX-License-Identifier: MIT */
/* The runtime's kernels for many inputs at once, as functions of a shared library. */
#include "../../runtime_c/src/softmax.c"
#include "thumbling/argmax.h"
#include "thumbling/dense.h"
#include "thumbling/interpolate.h"
#include "thumbling/quantize_f32.h"
#include "thumbling/requantize.h"

void each_exp(const uint32_t *distance, unsigned n, unsigned fraction_bits, uint32_t *power);
void each_row(int mode, const int32_t *score, int32_t *proba, unsigned rows, unsigned n,
              unsigned fraction_bits);
void each_argmax(const int32_t *value, int32_t *label, unsigned rows, int32_t n);
void each_comparison(const float *x, unsigned n, int32_t key, int32_t *to);
void each_quantized(const float *x, int32_t *to, unsigned n, uint32_t exponent, uint32_t bits);
void each_rounded(const int64_t *acc, int32_t *to, unsigned n, unsigned shift);
void each_rescaled(int bits, const int32_t *value, int32_t *to, unsigned n, int32_t multiplier,
                   unsigned shift);
void each_interpolated(const int16_t *table, const int16_t *x, int32_t *to, unsigned n,
                       unsigned bits);

void each_exp(const uint32_t *distance, unsigned n, unsigned fraction_bits, uint32_t *power)
{
    for (unsigned i = 0; i < n; i++) {
        power[i] = thb_exp_q16(distance[i], fraction_bits);
    }
}

/* mode 0: softmax, 1: one sigmoid for each score over their sum, 2: sigmoid of one score */
void each_row(int mode, const int32_t *score, int32_t *proba, unsigned rows, unsigned n,
              unsigned fraction_bits)
{
    for (unsigned i = 0; i < rows; i++) {
        if (mode == 0) {
            thb_softmax(&score[i * n], &proba[i * n], n, fraction_bits);
        } else if (mode == 1) {
            thb_softmax_ovr(&score[i * n], &proba[i * n], n, fraction_bits);
        } else {
            thb_sigmoid(score[i], &proba[2U * i], fraction_bits);
        }
    }
}

void each_argmax(const int32_t *value, int32_t *label, unsigned rows, int32_t n)
{
    for (unsigned i = 0; i < rows; i++) {
        const int32_t *row = &value[i * (unsigned)n];
        int32_t best = INT32_MIN;
        int32_t next = 0;
        for (int32_t j = 0; j < n; j++) {
            thb_argmax_next(&best, &next, row[j], j);
        }
        label[2U * i] = thb_argmax(row, n);
        label[2U * i + 1U] = next;
    }
}

/* Three answers an input: NaN goes right, goes left, is not thought of. */
void each_comparison(const float *x, unsigned n, int32_t key, int32_t *to)
{
    for (unsigned i = 0; i < n; i++) {
        const uint32_t bits = thb_f32_bits(&x[i]);
        to[3U * i] = thb_f32_le_nan_right(bits, key);
        to[3U * i + 1U] = thb_f32_le_nan_left(bits, key);
        to[3U * i + 2U] = thb_f32_le(bits, key);
    }
}

/* Where x is a NaN, INT32_MIN, which no quantised number is. */
void each_quantized(const float *x, int32_t *to, unsigned n, uint32_t exponent, uint32_t bits)
{
    for (unsigned i = 0; i < n; i++) {
        if (thb_quantize_f32(&x[i], exponent, bits, &to[i]) != 0) {
            to[i] = INT32_MIN;
        }
    }
}

/* Three answers: of 64 bits, saturated, and of the low 32 bits. */
void each_rounded(const int64_t *acc, int32_t *to, unsigned n, unsigned shift)
{
    for (unsigned i = 0; i < n; i++) {
        to[3U * i] = thb_dense_round_acc64(acc[i] >> 32, shift);
        to[3U * i + 1U] = thb_dense_saturate_acc64(acc[i], shift);
        to[3U * i + 2U] = thb_dense_round_acc32((int32_t)(acc[i] >> 34), shift);
    }
}

/* Brought into -100..1000 at the end. */
void each_rescaled(int bits, const int32_t *value, int32_t *to, unsigned n, int32_t multiplier,
                   unsigned shift)
{
    for (unsigned i = 0; i < n; i++) {
        to[2U * i] = bits == 32 ? thb_rescale_acc32(value[i], multiplier, shift)
                                : thb_rescale_acc64(value[i], multiplier, shift);
        to[2U * i + 1U] = thb_clip(to[2U * i], -100, 1000);
    }
}

void each_interpolated(const int16_t *table, const int16_t *x, int32_t *to, unsigned n,
                       unsigned bits)
{
    for (unsigned i = 0; i < n; i++) {
        to[i] = thb_interpolate(table, x[i], bits);
    }
}
