/* SPDX-License-Identifier: MIT-0 */
/* wearable_accelerometer_gesture_probability: sklearn.StandardScaler > LogisticRegression, compiled
 * by thumbling 0.0.0. The contract is in wearable_accelerometer_gesture_probability.h. */
#include "wearable_accelerometer_gesture_probability.h"
#include "thumbling/compiler.h"
#include "thumbling/argmax.h"
#include "thumbling/dense.h"
#include "thumbling/float_order.h"
#include "thumbling/quantize_f32.h"
#include "thumbling/softmax.h"

#if THB_RUNTIME_ABI != 2
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* Feature j is read as fixed point with s fraction bits, stored here as 158 - s. */
/* clang-format off */
static const uint8_t wearable_accele_b0fd_score_exponent[3] = {
    148, 147, 149,
};
/* clang-format on */
/* Weights by 8 features, an odd rest filled with zero: those of each output. */
/* clang-format off */
static const THB_DENSE_ALIGNED int16_t wearable_accele_b0fd_score_weight[12] = {
    8192, -4096, 16384, 0, -24576, 12288, 2048, 0, 16384, -8192, -18432, 0,
};
/* clang-format on */
/* Bias of each sum. */
/* clang-format off */
static const int32_t wearable_accele_b0fd_score_bias[3] = {
    -41943040, 3145728, 38797312,
};
/* clang-format on */

THB_INLINE thb_status_t wearable_accele_b0fd_score_pair(const float *x, uint32_t j,
                                                        thb_s16x2_t *pair)
{
    int32_t lo;
    if (thb_quantize_f32(&x[j], wearable_accele_b0fd_score_exponent[j], 16U, &lo) != 0) {
        return THB_ERR_NAN;
    }
    int32_t hi;
    if (thb_quantize_f32(&x[j + 1U], wearable_accele_b0fd_score_exponent[j + 1U], 16U, &hi) != 0) {
        return THB_ERR_NAN;
    }
    *pair = thb_s16x2_pack(lo, hi);
    return THB_OK;
}

THB_INLINE thb_status_t wearable_accele_b0fd_score_last(const float *x, uint32_t j,
                                                        thb_s16x2_t *pair)
{
    int32_t lo;
    if (thb_quantize_f32(&x[j], wearable_accele_b0fd_score_exponent[j], 16U, &lo) != 0) {
        return THB_ERR_NAN;
    }
    *pair = thb_s16x2_pack(lo, 0);
    return THB_OK;
}

THB_NOINLINE static thb_status_t wearable_accele_b0fd_score_run(const float *x, int32_t *out)
{
    const int16_t *w = wearable_accele_b0fd_score_weight;
    uint32_t j = 0;
    for (uint32_t k = 0; k < 3U; k++) {
        out[k] = wearable_accele_b0fd_score_bias[k];
    }
    thb_s16x2_t p0, p1;
    if (wearable_accele_b0fd_score_pair(x, j + 0U, &p0) != THB_OK) {
        return THB_ERR_NAN;
    }
    if (wearable_accele_b0fd_score_last(x, j + 2U, &p1) != THB_OK) {
        return THB_ERR_NAN;
    }
    for (uint32_t k = 0; k < 3U; k++) {
        int32_t sum;
        sum = out[k];
        sum = thb_s16x2_mac32(sum, p0, thb_s16x2_weights(&w[0]));
        sum = thb_s16x2_mac32(sum, p1, thb_s16x2_weights(&w[2]));
        out[k] = sum;
        THB_DENSE_IN_ORDER();
        w += 4;
    }
    return THB_OK;
}

thb_status_t wearable_accelerometer_gesture_probability_predict(
    const float x[WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_N_FEATURES],
    wearable_accelerometer_gesture_probability_output_t *out)
{
    if (wearable_accele_b0fd_score_run(x, out->score) != THB_OK) {
        return THB_ERR_NAN;
    }
    out->label = thb_argmax(out->score, 3);
    thb_softmax(out->score, out->proba, 3U, 25U);
    return THB_OK;
}

/* clang-format off */
THB_OWN_SECTION("wearable_accelerometer_gesture_probability_model")
const thb_model_t wearable_accelerometer_gesture_probability_model = {
    THB_FIELD(magic, {'T', 'H', 'B', 'M', 'O', 'D', 'E', 'L'}),
    THB_FIELD(bytes, sizeof(thb_model_t)),
    THB_FIELD(abi, 2),
    THB_FIELD(n_features, 3),
    THB_FIELD(in_bytes, 12),
    THB_FIELD(out_bytes, 28),
    THB_FIELD(id, {0xF9, 0x3A, 0xBA, 0xAF, 0x15, 0xEC, 0x4E, 0x50}),
    THB_FIELD(name, "wearable_accelerometer_gesture_probability"),
    THB_FIELD(version, "0.0.0"),
    THB_FIELD(input_type, "float32"),
    THB_FIELD(source, "sklearn.StandardScaler > LogisticRegression"),
    THB_FIELD(outputs, "label[1],proba[3],score[3]"),
};
/* clang-format on */
