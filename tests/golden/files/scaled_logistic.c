/* SPDX-License-Identifier: MIT-0 */
/* scaled_logistic: sklearn.StandardScaler > LogisticRegression, compiled by thumbling 0.0.0. The
 * contract is in scaled_logistic.h. */
#include "scaled_logistic.h"
#include "thumbling/compiler.h"
#include "thumbling/argmax.h"
#include "thumbling/dense.h"
#include "thumbling/softmax.h"

#if THB_RUNTIME_ABI != 2
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* 3 outputs of 3 weights, 3 at a time: word of 2 weights of each in turn */
/* clang-format off */
static const THB_DENSE_ALIGNED int16_t scaled_logistic_score_weight[9] = {
    8192, -8192, -24576, 24576, 16384, -16384, 8192, 1024, -9216,
};
/* clang-format on */
/* biases */
/* clang-format off */
static const int32_t scaled_logistic_score_bias[3] = {
    -40960, 3072, 37888,
};
/* clang-format on */

THB_NOINLINE static void scaled_logistic_score_run(const int16_t *x, int32_t *out)
{
    int32_t sum[3];
    thb_dense_s16_s16_rows3_acc32(scaled_logistic_score_bias, x, scaled_logistic_score_weight, sum,
                                  1U, 1U);
    sum[0] += (int32_t)scaled_logistic_score_weight[6] * x[2];
    sum[1] += (int32_t)scaled_logistic_score_weight[7] * x[2];
    sum[2] += (int32_t)scaled_logistic_score_weight[8] * x[2];
    out[0] = thb_dense_round_acc32(sum[0], 0U);
    out[1] = thb_dense_round_acc32(sum[1], 0U);
    out[2] = thb_dense_round_acc32(sum[2], 0U);
}

thb_status_t scaled_logistic_predict(const int16_t x[SCALED_LOGISTIC_N_FEATURES],
                                     scaled_logistic_output_t *out)
{
    scaled_logistic_score_run(x, out->score);
    out->label = thb_argmax(out->score, 3);
    thb_softmax(out->score, out->proba, 3U, 15U);
    return THB_OK;
}

/* clang-format off */
THB_OWN_SECTION("scaled_logistic_model")
const thb_model_t scaled_logistic_model = {
    THB_FIELD(magic, {'T', 'H', 'B', 'M', 'O', 'D', 'E', 'L'}),
    THB_FIELD(bytes, sizeof(thb_model_t)),
    THB_FIELD(abi, 2),
    THB_FIELD(n_features, 3),
    THB_FIELD(in_bytes, 6),
    THB_FIELD(out_bytes, 28),
    THB_FIELD(id, {0xC1, 0xD7, 0x5C, 0x18, 0x38, 0x9F, 0xC0, 0x68}),
    THB_FIELD(name, "scaled_logistic"),
    THB_FIELD(version, "0.0.0"),
    THB_FIELD(input_type, "int16"),
    THB_FIELD(source, "sklearn.StandardScaler > LogisticRegression"),
    THB_FIELD(outputs, "label[1],proba[3],score[3]"),
};
/* clang-format on */
