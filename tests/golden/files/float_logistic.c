/* SPDX-License-Identifier: MIT-0 */
/* float_logistic: sklearn.StandardScaler > LogisticRegression, compiled by thumbling 0.0.0. The
 * contract is in float_logistic.h. */
#include "float_logistic.h"
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
static const uint8_t float_logistic_score_exponent[3] = {
    148, 147, 149,
};
/* clang-format on */
/* Weights by 8 features, an odd rest filled with zero: those of each output. */
/* clang-format off */
static const THB_DENSE_ALIGNED int16_t float_logistic_score_weight[12] = {
    8192, -4096, 16384, 0, -24576, 12288, 2048, 0, 16384, -8192, -18432, 0,
};
/* clang-format on */
/* Bias of each sum. */
/* clang-format off */
static const int32_t float_logistic_score_bias[3] = {
    -41943040, 3145728, 38797312,
};
/* clang-format on */

THB_INLINE thb_status_t float_logistic_score_pair(const float *x, uint32_t j, thb_s16x2_t *pair)
{
    int32_t lo;
    if (thb_quantize_f32(&x[j], float_logistic_score_exponent[j], 16U, &lo) != 0) {
        return THB_ERR_NAN;
    }
    int32_t hi;
    if (thb_quantize_f32(&x[j + 1U], float_logistic_score_exponent[j + 1U], 16U, &hi) != 0) {
        return THB_ERR_NAN;
    }
    *pair = thb_s16x2_pack(lo, hi);
    return THB_OK;
}

THB_INLINE thb_status_t float_logistic_score_last(const float *x, uint32_t j, thb_s16x2_t *pair)
{
    int32_t lo;
    if (thb_quantize_f32(&x[j], float_logistic_score_exponent[j], 16U, &lo) != 0) {
        return THB_ERR_NAN;
    }
    *pair = thb_s16x2_pack(lo, 0);
    return THB_OK;
}

THB_NOINLINE static thb_status_t float_logistic_score_run(const float *x, int32_t *out)
{
    const int16_t *w = float_logistic_score_weight;
    uint32_t j = 0;
    for (uint32_t k = 0; k < 3U; k++) {
        out[k] = float_logistic_score_bias[k];
    }
    thb_s16x2_t p0, p1;
    if (float_logistic_score_pair(x, j + 0U, &p0) != THB_OK) {
        return THB_ERR_NAN;
    }
    if (float_logistic_score_last(x, j + 2U, &p1) != THB_OK) {
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

thb_status_t float_logistic_predict(const float x[FLOAT_LOGISTIC_N_FEATURES],
                                    float_logistic_output_t *out)
{
    if (float_logistic_score_run(x, out->score) != THB_OK) {
        return THB_ERR_NAN;
    }
    out->label = thb_argmax(out->score, 3);
    thb_softmax(out->score, out->proba, 3U, 25U);
    return THB_OK;
}

/* clang-format off */
THB_OWN_SECTION("float_logistic_model")
const thb_model_t float_logistic_model = {
    THB_FIELD(magic, {'T', 'H', 'B', 'M', 'O', 'D', 'E', 'L'}),
    THB_FIELD(bytes, sizeof(thb_model_t)),
    THB_FIELD(abi, 2),
    THB_FIELD(n_features, 3),
    THB_FIELD(in_bytes, 12),
    THB_FIELD(out_bytes, 28),
    THB_FIELD(id, {0x23, 0x05, 0x9C, 0xDF, 0xC5, 0x03, 0x7F, 0x2D}),
    THB_FIELD(name, "float_logistic"),
    THB_FIELD(version, "0.0.0"),
    THB_FIELD(input_type, "float32"),
    THB_FIELD(source, "sklearn.StandardScaler > LogisticRegression"),
    THB_FIELD(outputs, "label[1],proba[3],score[3]"),
};
/* clang-format on */
