/* SPDX-License-Identifier: MIT-0 */
/* forest: sklearn.RandomForestClassifier, compiled by thumbling 0.0.0. The contract is in forest.h.
 * */
#include "forest.h"
#include "thumbling/argmax.h"

#if THB_RUNTIME_ABI != 1
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* Leaf rows of 3 votes, two to a word, low half first; no sum exceeds 65535. */
/* clang-format off */
static const uint32_t forest_leaf[20] = {
    0U, 20880U, 273678336U, 16704U, 1026293760U, 5220U, 1368391680U, 0U, 1026296370U, 2610U,
    1172900775U, 0U, 821039184U, 4176U, 1026298980U, 0U, 608185680U, 0U, 20880U, 0U,
};
/* clang-format on */

/* Tree 0: 5 splits. */
static inline int32_t forest_tree0(const int16_t *x)
{
    if (x[1] <= 1) {
        if (x[0] <= 1) {
            return 18;
        }
        if (x[2] <= 0) {
            return 0;
        }
        return 10;
    }
    if (x[2] <= 0) {
        return 0;
    }
    if (x[0] <= 3) {
        return 8;
    }
    return 0;
}

/* Tree 1: 5 splits. */
static inline int32_t forest_tree1(const int16_t *x)
{
    if (x[0] <= 2) {
        if (x[2] <= 0) {
            return 18;
        }
        if (x[2] <= 2) {
            return 6;
        }
        return 16;
    }
    if (x[2] <= 1) {
        return 0;
    }
    if (x[1] <= 1) {
        return 6;
    }
    return 2;
}

/* Tree 2: 6 splits. */
static inline int32_t forest_tree2(const int16_t *x)
{
    if (x[1] <= 1) {
        if (x[0] <= 1) {
            return 18;
        }
        if (x[1] <= 0) {
            return 14;
        }
        return 4;
    }
    if (x[1] <= 2) {
        if (x[2] <= 2) {
            return 0;
        }
        return 12;
    }
    if (x[0] <= 2) {
        return 6;
    }
    return 0;
}

thb_status_t forest_predict(const int16_t x[FOREST_N_FEATURES], forest_output_t *out)
{
    const uint32_t *row;
    uint32_t sum0 = 0;
    uint32_t sum1 = 0;
    row = forest_leaf + forest_tree0(x);
    sum0 += row[0];
    sum1 += row[1];
    row = forest_leaf + forest_tree1(x);
    sum0 += row[0];
    sum1 += row[1];
    row = forest_leaf + forest_tree2(x);
    sum0 += row[0];
    sum1 += row[1];
    out->proba[0] = (int32_t)(sum0 & 0xFFFFU);
    out->proba[1] = (int32_t)(sum0 >> 16);
    out->proba[2] = (int32_t)(sum1 & 0xFFFFU);
    out->label = thb_argmax(out->proba, 3);
    return THB_OK;
}
