/* SPDX-License-Identifier: MIT-0 */
/* scaled_logistic: sklearn.StandardScaler > LogisticRegression, compiled by thumbling 0.0.0. The
 * contract is in scaled_logistic.h. */
#include "scaled_logistic.h"
#include "thumbling/argmax.h"
#include "thumbling/dense.h"
#include "thumbling/softmax.h"

#if THB_RUNTIME_ABI != 1
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* 3 outputs of 3 weights, in blocks of 3 outputs: for each pair of inputs the pairs of weights of a
 * block */
/* clang-format off */
static const THB_DENSE_ALIGNED int16_t scaled_logistic_score_weight[9] = {
    8192, -8192, -24576, 24576, 16384, -16384, 8192, 1024, -9216,
};
/* clang-format on */

static void scaled_logistic_score_run(const int16_t *x, int32_t *out)
{
    const int16_t *w = scaled_logistic_score_weight;
    const int16_t *v = x;
    int32_t a0 = -40960;
    int32_t a1 = 3072;
    int32_t a2 = 37888;
    for (unsigned j = 0; j < 1U; j++) {
        const thb_s16x2_t pair = thb_s16x2_load(v);
        a0 = thb_s16x2_mac32(a0, pair, thb_s16x2_load(&w[0]));
        a1 = thb_s16x2_mac32(a1, pair, thb_s16x2_load(&w[2]));
        a2 = thb_s16x2_mac32(a2, pair, thb_s16x2_load(&w[4]));
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

thb_status_t scaled_logistic_predict(const int16_t x[SCALED_LOGISTIC_N_FEATURES],
                                     scaled_logistic_output_t *out)
{
    scaled_logistic_score_run(x, out->score);
    out->label = thb_argmax(out->score, 3);
    thb_softmax(out->score, out->proba, 3U, 15U);
    return THB_OK;
}
