/* SPDX-License-Identifier: MIT-0 */
/* regressor: sklearn.DecisionTreeRegressor, compiled by thumbling 0.0.0. The contract is in
 * regressor.h. */

/* Compiled for speed whatever the project's level is. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("O2")
#pragma GCC optimize("no-tree-dominator-opts")
#pragma GCC optimize("no-tree-fre")
#pragma GCC optimize("no-tree-pre")
#pragma GCC optimize("no-tree-reassoc")
#endif

#include "regressor.h"
#include "thumbling/compiler.h"

#if THB_RUNTIME_ABI != 2
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* Tree 0: 7 splits. */
THB_APART int32_t regressor_tree0(const int8_t *x)
{
    if (x[1] <= 1) {
        if (x[1] <= 0) {
            if (x[0] <= 2) {
                return -21504;
            }
            return -15360;
        }
        if (x[0] <= 2) {
            return -9216;
        }
        return -3072;
    }
    if (x[1] <= 2) {
        if (x[0] <= 2) {
            return 3072;
        }
        return 9216;
    }
    if (x[0] <= 2) {
        return 15360;
    }
    return 21504;
}

thb_status_t regressor_predict(const int8_t x[REGRESSOR_N_FEATURES], regressor_output_t *out)
{
    int32_t sum = -1024;
    sum += regressor_tree0(x);
    out->value = sum;
    return THB_OK;
}

/* clang-format off */
THB_OWN_SECTION("regressor_model")
const thb_model_t regressor_model = {
    THB_FIELD(magic, {'T', 'H', 'B', 'M', 'O', 'D', 'E', 'L'}),
    THB_FIELD(bytes, sizeof(thb_model_t)),
    THB_FIELD(abi, 2),
    THB_FIELD(n_features, 3),
    THB_FIELD(in_bytes, 3),
    THB_FIELD(out_bytes, 4),
    THB_FIELD(id, {0x37, 0xA1, 0x73, 0x35, 0x70, 0xD7, 0x18, 0xE4}),
    THB_FIELD(name, "regressor"),
    THB_FIELD(version, "0.0.0"),
    THB_FIELD(input_type, "int8"),
    THB_FIELD(source, "sklearn.DecisionTreeRegressor"),
    THB_FIELD(outputs, "value[1]"),
};
/* clang-format on */

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
