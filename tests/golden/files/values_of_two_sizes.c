/* SPDX-License-Identifier: MIT-0 */
/* values_of_two_sizes: sklearn.LinearRegression, compiled by thumbling 0.0.0. The contract is in
 * values_of_two_sizes.h. */
#include "values_of_two_sizes.h"
#include "thumbling/compiler.h"
#include "thumbling/dense.h"

#if THB_RUNTIME_ABI != 2
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* 2 outputs of 3 weights, 2 at a time: word of 2 weights of each in turn */
/* clang-format off */
static const THB_DENSE_ALIGNED int16_t values_of_two_sizes_value_weight[6] = {
    32000, -8000, 8192, 0, 4000, -16384,
};
/* clang-format on */
/* biases */
/* clang-format off */
static const int32_t values_of_two_sizes_value_bias[2] = {
    160000, 4096,
};
/* clang-format on */

static void values_of_two_sizes_value_run(const int16_t *x, int32_t *out)
{
    int32_t sum[2];
    thb_dense_s16_s16_rows2_acc32(values_of_two_sizes_value_bias, x,
                                  values_of_two_sizes_value_weight, sum, 1U, 1U);
    sum[0] += (int32_t)values_of_two_sizes_value_weight[4] * x[2];
    sum[1] += (int32_t)values_of_two_sizes_value_weight[5] * x[2];
    out[0] = thb_dense_round_acc32(sum[0], 0U);
    out[1] = thb_dense_round_acc32(sum[1], 0U);
}

thb_status_t values_of_two_sizes_predict(const int16_t x[VALUES_OF_TWO_SIZES_N_FEATURES],
                                         values_of_two_sizes_output_t *out)
{
    values_of_two_sizes_value_run(x, out->value);
    return THB_OK;
}

/* clang-format off */
THB_OWN_SECTION("values_of_two_sizes_model")
const thb_model_t values_of_two_sizes_model = {
    THB_FIELD(magic, {'T', 'H', 'B', 'M', 'O', 'D', 'E', 'L'}),
    THB_FIELD(bytes, sizeof(thb_model_t)),
    THB_FIELD(abi, 2),
    THB_FIELD(n_features, 3),
    THB_FIELD(in_bytes, 6),
    THB_FIELD(out_bytes, 8),
    THB_FIELD(id, {0x64, 0xF6, 0x21, 0x69, 0x27, 0x3E, 0xBE, 0xFF}),
    THB_FIELD(name, "values_of_two_sizes"),
    THB_FIELD(version, "0.0.0"),
    THB_FIELD(input_type, "int16"),
    THB_FIELD(source, "sklearn.LinearRegression"),
    THB_FIELD(outputs, "value[2]"),
};
/* clang-format on */
