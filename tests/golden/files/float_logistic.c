/* SPDX-License-Identifier: MIT-0 */
/* float_logistic: sklearn.StandardScaler > LogisticRegression, compiled by thumbling 0.1.0. The contract is in float_logistic.h. */
#include "float_logistic.h"
#include "thumbling/argmax.h"
#include "thumbling/dense.h"
#include "thumbling/quantize_f32.h"
#include "thumbling/softmax.h"

#if THB_RUNTIME_ABI != 1
#error "float_logistic.c was generated for another version of the thumbling runtime"
#endif

/* feature j is quantized in units of 2**-shift[j] */
/* clang-format off */
static const int8_t float_logistic_fixed_shift[3] = {
    12, 12, 11,
};
/* clang-format on */

/* 3 outputs of 3 weights, in blocks of 3 outputs: for each pair of inputs the pairs of weights of a block */
/* clang-format off */
static const THB_DENSE_ALIGNED int16_t float_logistic_score_weight[9] = {
    8192, -8192, -24576, 24576, 16384, -16384, 16384, 2048, -18432,
};
/* clang-format on */

static void float_logistic_score_run(const int32_t *x, int32_t *out)
{
    const int16_t *w = float_logistic_score_weight;
    const int32_t *v = x;
    int32_t a0 = -167772160;
    int32_t a1 = 12582912;
    int32_t a2 = 155189248;
    for (unsigned j = 0; j < 1U; j++) {
        a0 += (int32_t)w[0] * v[0];
        a0 += (int32_t)w[1] * v[1];
        a1 += (int32_t)w[2] * v[0];
        a1 += (int32_t)w[3] * v[1];
        a2 += (int32_t)w[4] * v[0];
        a2 += (int32_t)w[5] * v[1];
        v += 2;
        w += 6;
    }
    a0 += (int32_t)w[0] * v[0];
    a1 += (int32_t)w[1] * v[0];
    a2 += (int32_t)w[2] * v[0];
    out[0] = thb_dense_round_acc32(a0, 0U);
    out[1] = thb_dense_round_acc32(a1, 0U);
    out[2] = thb_dense_round_acc32(a2, 0U);
}

thb_status_t float_logistic_predict(const float x[FLOAT_LOGISTIC_N_FEATURES],
                                    float_logistic_output_t *out)
{
    int32_t fixed[3];
    if (thb_quantize_f32(x, float_logistic_fixed_shift, 3U, 32767, fixed) != 0) {
        return THB_ERR_NAN;
    }
    float_logistic_score_run(fixed, out->score);
    out->label = thb_argmax(out->score, 3);
    thb_softmax(out->score, out->proba, 3U, 27U);
    return THB_OK;
}
