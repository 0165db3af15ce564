/* SPDX-License-Identifier: MIT-0 */
/* block_logistic: sklearn.StandardScaler > LogisticRegression, compiled by thumbling 0.0.0. The
 * contract is in block_logistic.h. */
#include "block_logistic.h"
#include "thumbling/compiler.h"
#include "thumbling/argmax.h"
#include "thumbling/block_check.h"
#include "thumbling/dense.h"
#include "thumbling/float_order.h"
#include "thumbling/quantize_f32.h"
#include "thumbling/softmax.h"

#if THB_RUNTIME_ABI != 2
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

THB_INLINE thb_status_t block_logistic_score_pair(const float *x, uint32_t j, thb_s16x2_t *pair,
                                                  const block_logistic_data_t *data)
{
    int32_t lo;
    if (thb_quantize_f32(&x[j], data->score_exponent[j], 16U, &lo) != 0) {
        return THB_ERR_NAN;
    }
    int32_t hi;
    if (thb_quantize_f32(&x[j + 1U], data->score_exponent[j + 1U], 16U, &hi) != 0) {
        return THB_ERR_NAN;
    }
    *pair = thb_s16x2_pack(lo, hi);
    return THB_OK;
}

THB_INLINE thb_status_t block_logistic_score_last(const float *x, uint32_t j, thb_s16x2_t *pair,
                                                  const block_logistic_data_t *data)
{
    int32_t lo;
    if (thb_quantize_f32(&x[j], data->score_exponent[j], 16U, &lo) != 0) {
        return THB_ERR_NAN;
    }
    *pair = thb_s16x2_pack(lo, 0);
    return THB_OK;
}

THB_NOINLINE static thb_status_t block_logistic_score_run(const float *x, int32_t *out,
                                                          const block_logistic_data_t *data)
{
    const int16_t *w = data->score_weight;
    uint32_t j = 0;
    for (uint32_t k = 0; k < 3U; k++) {
        out[k] = data->score_bias[k];
    }
    thb_s16x2_t p0, p1;
    if (block_logistic_score_pair(x, j + 0U, &p0, data) != THB_OK) {
        return THB_ERR_NAN;
    }
    if (block_logistic_score_last(x, j + 2U, &p1, data) != THB_OK) {
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

/* clang-format off */
THB_NOINLINE thb_status_t block_logistic_predict_with(const block_logistic_data_t *data,
                                                      const float x[BLOCK_LOGISTIC_N_FEATURES],
                                                      block_logistic_output_t *out)
/* clang-format on */
{
    THB_AT_A_WORD(data);
    if (block_logistic_score_run(x, out->score, data) != THB_OK) {
        return THB_ERR_NAN;
    }
    out->label = thb_argmax(out->score, 3);
    thb_softmax(out->score, out->proba, 3U, data->proba_fraction_bits[0]);
    return THB_OK;
}

thb_status_t block_logistic_predict(const float x[BLOCK_LOGISTIC_N_FEATURES],
                                    block_logistic_output_t *out)
{
    const block_logistic_data_t *data;
    data = &block_logistic_data;
    THB_REPLACEABLE(data);
    return block_logistic_predict_with(data, x, out);
}

/* clang-format off */
/* Another compiler's idea of the struct would read other constants. */
typedef char block_logistic_data_size[sizeof(block_logistic_data_t) == 72U ? 1 : -1];

thb_status_t block_logistic_check(const block_logistic_data_t *data)
/* clang-format on */
{
    static const uint8_t layout_id[8] = {0x78, 0xBE, 0x24, 0x8C, 0x6E, 0x94, 0x4C, 0xA7};
    return thb_block_check(&data->head, layout_id, (uint32_t)sizeof *data);
}

/* clang-format off */
THB_OWN_SECTION("block_logistic_model")
const thb_model_t block_logistic_model = {
    THB_FIELD(magic, {'T', 'H', 'B', 'M', 'O', 'D', 'E', 'L'}),
    THB_FIELD(bytes, sizeof(thb_model_t)),
    THB_FIELD(abi, 2),
    THB_FIELD(n_features, 3),
    THB_FIELD(in_bytes, 12),
    THB_FIELD(out_bytes, 28),
    THB_FIELD(id, {0x32, 0x1A, 0x87, 0x25, 0xB6, 0x0E, 0x5E, 0x77}),
    THB_FIELD(name, "block_logistic"),
    THB_FIELD(version, "0.0.0"),
    THB_FIELD(input_type, "float32"),
    THB_FIELD(source, "sklearn.StandardScaler > LogisticRegression"),
    THB_FIELD(outputs, "label[1],proba[3],score[3]"),
};
/* clang-format on */
