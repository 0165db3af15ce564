/* SPDX-License-Identifier: MIT-0 */
/* tree_code: sklearn.DecisionTreeClassifier, compiled by thumbling 0.0.0. The contract is in
 * tree_code.h. */
#include "tree_code.h"
#include "thumbling/argmax.h"

#if THB_RUNTIME_ABI != 1
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* Leaf rows of 3 votes, two to a word, low half first; no sum exceeds 65535. */
/* clang-format off */
static const uint32_t tree_code_leaf[6] = {
    0U, 65532U, 4294705152U, 0U, 65532U, 0U,
};
/* clang-format on */

/* Tree 0: 10 splits. */
static inline int32_t tree_code_tree0(const int16_t *x)
{
    if (x[0] > 5) {
        if (x[1] <= 3) {
            if (x[2] <= 2) {
                return 0;
            }
            return 2;
        }
        if (x[0] > 7) {
            return 0;
        }
        if (x[2] <= 10) {
            return 0;
        }
        return 2;
    }
    if (x[1] <= 3) {
        if (x[0] <= 3) {
            return 4;
        }
        if (x[1] <= 1) {
            return 4;
        }
        return 2;
    }
    if (x[0] > 1) {
        return 2;
    }
    if (x[2] <= 12) {
        return 2;
    }
    return 4;
}

thb_status_t tree_code_predict(const int16_t x[TREE_CODE_N_FEATURES], tree_code_output_t *out)
{
    const uint32_t *row;
    uint32_t sum0 = 0;
    uint32_t sum1 = 0;
    row = tree_code_leaf + tree_code_tree0(x);
    sum0 += row[0];
    sum1 += row[1];
    out->proba[0] = (int32_t)(sum0 & 0xFFFFU);
    out->proba[1] = (int32_t)(sum0 >> 16);
    out->proba[2] = (int32_t)(sum1 & 0xFFFFU);
    out->label = thb_argmax(out->proba, 3);
    return THB_OK;
}
