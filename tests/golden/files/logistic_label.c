/* SPDX-License-Identifier: MIT-0 */
/* logistic_label: sklearn.StandardScaler > LogisticRegression, compiled by thumbling 0.0.0. The
 * contract is in logistic_label.h. */
#include "logistic_label.h"
#include "thumbling/compiler.h"
#include "thumbling/argmax.h"
#include "thumbling/dense.h"

#if THB_RUNTIME_ABI != 2
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* 3 outputs of 3 weights */
typedef struct {
    int32_t bias[1];
    int16_t weight[3];
} logistic_label_score_block_t;

/* clang-format off */
static const logistic_label_score_block_t logistic_label_score_block[3] = {
    {{-40960},
     {8192, -8192, 8192}},
    {{3072},
     {-24576, 24576, 1024}},
    {{37888},
     {16384, -16384, -9216}},
};
/* clang-format on */

static void logistic_label_score_run(const int16_t *x, int32_t *out)
{
    int32_t best = INT32_MIN;
    *out = 0;
    const logistic_label_score_block_t *block = logistic_label_score_block;
    for (int32_t k = 0; k < 3; k += 1) {
        int32_t sum[1];
        thb_dense_s16_s16_rows1_acc32(block->bias, x, block->weight, sum, 1U, 1U);
        sum[0] += (int32_t)block->weight[2] * x[2];
        thb_argmax_next(&best, out, thb_dense_round_acc32(sum[0], 0U), k);
        block++;
    }
}

thb_status_t logistic_label_predict(const int16_t x[LOGISTIC_LABEL_N_FEATURES],
                                    logistic_label_output_t *out)
{
    logistic_label_score_run(x, &out->label);
    return THB_OK;
}

/* clang-format off */
THB_OWN_SECTION("logistic_label_model")
const thb_model_t logistic_label_model = {
    THB_FIELD(magic, {'T', 'H', 'B', 'M', 'O', 'D', 'E', 'L'}),
    THB_FIELD(bytes, sizeof(thb_model_t)),
    THB_FIELD(abi, 2),
    THB_FIELD(n_features, 3),
    THB_FIELD(in_bytes, 6),
    THB_FIELD(out_bytes, 4),
    THB_FIELD(id, {0xFA, 0x6E, 0x6C, 0x7D, 0x85, 0xDE, 0x00, 0x4F}),
    THB_FIELD(name, "logistic_label"),
    THB_FIELD(version, "0.0.0"),
    THB_FIELD(input_type, "int16"),
    THB_FIELD(source, "sklearn.StandardScaler > LogisticRegression"),
    THB_FIELD(outputs, "label[1]"),
};
/* clang-format on */
