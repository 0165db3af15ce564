/* SPDX-License-Identifier: MIT-0 */
/* accelerometer_forest: sklearn.RandomForestClassifier, compiled by thumbling 0.0.0. The contract
 * is in accelerometer_forest.h. */
#include "accelerometer_forest.h"
#include "thumbling/argmax.h"
#include "thumbling/tree_code.h"

#if THB_RUNTIME_ABI != 1
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* 3 trees as byte code, format in thumbling/tree_code.h. */
/* clang-format off */
static const uint8_t accelerometer_forest_code[115] = {
    1, 0, 0, 192, 63, 15, 0, 0, 0, 192, 63, 1, 137, 2, 0, 0, 0, 63, 1, 128, 133, 2, 0, 0, 0, 63, 1,
    128, 32, 0, 0, 96, 64, 1, 132, 128, 0, 0, 0, 32, 64, 15, 2, 0, 0, 0, 63, 1, 137, 2, 0, 0, 0,
    64, 1, 131, 136, 2, 0, 0, 128, 63, 1, 128, 1, 0, 0, 192, 63, 1, 131, 129, 1, 0, 0, 192, 63, 15,
    0, 0, 0, 192, 63, 1, 137, 1, 0, 0, 0, 63, 1, 135, 130, 1, 0, 0, 32, 64, 8, 2, 0, 0, 32, 64, 1,
    128, 134, 0, 0, 0, 32, 64, 1, 131, 128,
};
/* clang-format on */

/* Where each tree begins. */
/* clang-format off */
static const uint16_t accelerometer_forest_start[3] = {
    0, 36, 72,
};
/* clang-format on */

/* Leaf rows of 3. */
/* clang-format off */
static const uint16_t accelerometer_forest_leaf[30] = {
    0, 0, 20880, 0, 4176, 16704, 0, 15660, 5220, 0, 20880, 0, 2610, 15660, 2610, 2983, 17897, 0,
    4176, 12528, 4176, 5220, 15660, 0, 11600, 9280, 0, 20880, 0, 0,
};
/* clang-format on */

thb_status_t accelerometer_forest_predict(const float x[ACCELEROMETER_FOREST_N_FEATURES],
                                          accelerometer_forest_output_t *out)
{
    const thb_tree_format_t format = {THB_X_FLOAT32, 1, 4, 1};
    uint32_t i, j;
    out->proba[0] = 0;
    out->proba[1] = 0;
    out->proba[2] = 0;
    for (i = 0; i < 3; i++) {
        const uint8_t *tree = accelerometer_forest_code + accelerometer_forest_start[i];
        const uint16_t *row = accelerometer_forest_leaf + thb_tree_code_row(tree, x, format) * 3U;
        for (j = 0; j < 3; j++) {
            out->proba[j] += row[j];
        }
    }
    out->label = thb_argmax(out->proba, 3);
    return THB_OK;
}
