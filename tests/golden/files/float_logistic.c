/* SPDX-License-Identifier: MIT-0 */
/* float_logistic: sklearn.StandardScaler > LogisticRegression, compiled by thumbling 0.0.0. The
 * contract is in float_logistic.h. */
#include "float_logistic.h"
#include "thumbling/argmax.h"
#include "thumbling/quantized_dense.h"
#include "thumbling/softmax.h"

#if THB_RUNTIME_ABI != 1
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* Feature j is quantized in units of 2**-shift[j]. */
/* clang-format off */
static const int8_t float_logistic_score_shift[3] = {
    12, 12, 11,
};
/* clang-format on */

/* Weights, feature by feature. */
/* clang-format off */
static const int16_t float_logistic_score_weight[9] = {
    8192, -24576, 16384, -8192, 24576, -16384, 16384, 2048, -18432,
};
/* clang-format on */

/* Biases. */
/* clang-format off */
static const int32_t float_logistic_score_bias[3] = {
    -167772160, 12582912, 155189248,
};
/* clang-format on */

thb_status_t float_logistic_predict(const float x[FLOAT_LOGISTIC_N_FEATURES],
                                    float_logistic_output_t *out)
{
    if (thb_quantized_dense_s16_s32(x, 3U, 3U, float_logistic_score_shift,
                                    float_logistic_score_weight, float_logistic_score_bias, 32767,
                                    out->score) != 0) {
        return THB_ERR_NAN;
    }
    out->label = thb_argmax(out->score, 3);
    thb_softmax(out->score, out->proba, 3U, 27U);
    return THB_OK;
}
