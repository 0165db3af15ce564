/* SPDX-License-Identifier: MIT-0 */
/* wearable_accelerometer_gesture_classifier: sklearn.RandomForestClassifier, compiled by thumbling
 * 0.0.0. The contract is in wearable_accelerometer_gesture_classifier.h. */

/* Compiled for speed whatever the project's level is. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O2")
#endif

#include "wearable_accelerometer_gesture_classifier.h"
#include "thumbling/argmax.h"

#if THB_RUNTIME_ABI != 1
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* Leaf rows of 3 votes, two to a word, low half first; no sum exceeds 65535. */
/* clang-format off */
static const uint32_t wearable_accele_3422_leaf[20] = {
    0U, 20880U, 273678336U, 16704U, 1026293760U, 5220U, 1368391680U, 0U, 1026296370U, 2610U,
    1172900775U, 0U, 821039184U, 4176U, 1026298980U, 0U, 608185680U, 0U, 20880U, 0U,
};
/* clang-format on */

/* Tree 0: 5 splits. */
static inline int32_t wearable_accele_3422_tree0(const int16_t *x)
{
    if (x[1] <= 12) {
        if (x[0] <= 12) {
            return 18;
        }
        if (x[2] <= 4) {
            return 0;
        }
        return 10;
    }
    if (x[2] <= 4) {
        return 0;
    }
    if (x[0] <= 28) {
        return 8;
    }
    return 0;
}

/* Tree 1: 5 splits. */
static inline int32_t wearable_accele_3422_tree1(const int16_t *x)
{
    if (x[0] <= 20) {
        if (x[2] <= 4) {
            return 18;
        }
        if (x[2] <= 16) {
            return 6;
        }
        return 16;
    }
    if (x[2] <= 8) {
        return 0;
    }
    if (x[1] <= 12) {
        return 6;
    }
    return 2;
}

/* Tree 2: 6 splits. */
static inline int32_t wearable_accele_3422_tree2(const int16_t *x)
{
    if (x[1] <= 12) {
        if (x[0] <= 12) {
            return 18;
        }
        if (x[1] <= 4) {
            return 14;
        }
        return 4;
    }
    if (x[1] <= 20) {
        if (x[2] <= 20) {
            return 0;
        }
        return 12;
    }
    if (x[0] <= 20) {
        return 6;
    }
    return 0;
}

thb_status_t wearable_accelerometer_gesture_classifier_predict(
    const int16_t x[WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_N_FEATURES],
    wearable_accelerometer_gesture_classifier_output_t *out)
{
    const uint32_t *row;
    uint32_t sum0 = 0;
    uint32_t sum1 = 0;
    row = wearable_accele_3422_leaf + wearable_accele_3422_tree0(x);
    sum0 += row[0];
    sum1 += row[1];
    row = wearable_accele_3422_leaf + wearable_accele_3422_tree1(x);
    sum0 += row[0];
    sum1 += row[1];
    row = wearable_accele_3422_leaf + wearable_accele_3422_tree2(x);
    sum0 += row[0];
    sum1 += row[1];
    out->proba[0] = (int32_t)(sum0 & 0xFFFFU);
    out->proba[1] = (int32_t)(sum0 >> 16);
    out->proba[2] = (int32_t)(sum1 & 0xFFFFU);
    {
        int32_t best = out->proba[0];
        int32_t label = 0;
        if (out->proba[1] > best) {
            best = out->proba[1];
            label = 1;
        }
        if (out->proba[2] > best) {
            label = 2;
        }
        out->label = label;
    }
    return THB_OK;
}
