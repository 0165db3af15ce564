/* SPDX-License-Identifier: MIT-0 */
/* forest_binary: sklearn.RandomForestClassifier, compiled by thumbling 0.0.0. The contract is in
 * forest_binary.h. */
#include "forest_binary.h"
#include "thumbling/compiler.h"

#if THB_RUNTIME_ABI != 2
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* Tree 0: 6 splits. */
THB_APART int32_t forest_binary_tree0(const uint8_t *x)
{
    if (x[1] > 2) {
        if (x[0] > 4) {
            return 12;
        }
        if (x[0] <= 1) {
            return 0;
        }
        return 4;
    }
    if (x[0] <= 3) {
        if (x[2] <= 5) {
            return 0;
        }
        return 12;
    }
    if (x[2] <= 5) {
        return 0;
    }
    return 12;
}

/* Tree 1: 3 splits. */
THB_APART int32_t forest_binary_tree1(const uint8_t *x)
{
    if (x[0] <= 1) {
        if (x[2] <= 6) {
            return 0;
        }
        return 12;
    }
    if (x[2] <= 5) {
        return 0;
    }
    return 12;
}

/* Tree 2: 5 splits. */
THB_APART int32_t forest_binary_tree2(const uint8_t *x)
{
    if (x[1] > 2) {
        if (x[2] <= 6) {
            return 0;
        }
        return 12;
    }
    if (x[0] <= 3) {
        if (x[1] <= 1) {
            return 6;
        }
        return 9;
    }
    if (x[1] <= 0) {
        return 6;
    }
    return 3;
}

thb_status_t forest_binary_predict(const uint8_t x[FOREST_BINARY_N_FEATURES],
                                   forest_binary_output_t *out)
{
    int32_t votes[1];
    int32_t sum = 0;
    sum += forest_binary_tree0(x);
    sum += forest_binary_tree1(x);
    sum += forest_binary_tree2(x);
    votes[0] = sum;
    out->label = votes[0] > 18;
    out->proba[0] = 36 - votes[0];
    out->proba[1] = votes[0];
    return THB_OK;
}

/* clang-format off */
THB_OWN_SECTION("forest_binary_model")
const thb_model_t forest_binary_model = {
    THB_FIELD(magic, {'T', 'H', 'B', 'M', 'O', 'D', 'E', 'L'}),
    THB_FIELD(bytes, sizeof(thb_model_t)),
    THB_FIELD(abi, 2),
    THB_FIELD(n_features, 3),
    THB_FIELD(in_bytes, 3),
    THB_FIELD(out_bytes, 12),
    THB_FIELD(id, {0x6C, 0x86, 0xF3, 0x7E, 0x24, 0x4D, 0x28, 0xB6}),
    THB_FIELD(name, "forest_binary"),
    THB_FIELD(version, "0.0.0"),
    THB_FIELD(input_type, "uint8"),
    THB_FIELD(source, "sklearn.RandomForestClassifier"),
    THB_FIELD(outputs, "label[1],proba[2]"),
};
/* clang-format on */
