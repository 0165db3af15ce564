/* SPDX-License-Identifier: MIT-0 */
/* forest_binary: sklearn.RandomForestClassifier, compiled by thumbling 0.1.0. The contract is in forest_binary.h. */
#include "forest_binary.h"
#include "thumbling/tree_code.h"

#if THB_RUNTIME_ABI != 1
#error "forest_binary.c was generated for another version of the thumbling runtime"
#endif

/* 3 trees as byte code, format in thumbling/tree_code.h. */
/* clang-format off */
static const uint8_t forest_binary_code[59] = {
    1, 2, 13, 0, 3, 5, 2, 5, 1, 128, 133, 2, 5, 1, 128, 133, 0, 4, 5, 0, 1, 1, 128, 130, 133, 0, 1,
    5, 2, 6, 1, 128, 133, 2, 5, 1, 128, 133, 1, 2, 13, 0, 3, 5, 1, 1, 1, 131, 132, 1, 0, 1, 131,
    129, 2, 6, 1, 128, 133,
};
/* clang-format on */

/* Where each tree begins. */
/* clang-format off */
static const uint16_t forest_binary_start[3] = {
    0, 25, 38,
};
/* clang-format on */

/* Leaf rows of 1. */
/* clang-format off */
static const uint16_t forest_binary_leaf[6] = {
    0, 8190, 10920, 16380, 24570, 32760,
};
/* clang-format on */

thb_status_t forest_binary_predict(const uint8_t x[FOREST_BINARY_N_FEATURES],
                                   forest_binary_output_t *out)
{
    int32_t votes[1];
    const thb_tree_format_t format = {THB_X_UINT8, 1, 1, 0};
    int32_t sum = 0;
    uint32_t i;
    for (i = 0; i < 3; i++) {
        const uint8_t *tree = forest_binary_code + forest_binary_start[i];
        sum += forest_binary_leaf[thb_tree_code_row(tree, x, format)];
    }
    votes[0] = sum;
    out->label = votes[0] > 49140;
    out->proba[0] = 98280 - votes[0];
    out->proba[1] = votes[0];
    return THB_OK;
}
