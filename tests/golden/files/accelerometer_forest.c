/* SPDX-License-Identifier: MIT-0 */
/* accelerometer_forest: sklearn.RandomForestClassifier, compiled by thumbling 0.0.0. The contract
 * is in accelerometer_forest.h. */
#include "accelerometer_forest.h"
#include "thumbling/compiler.h"
#include "thumbling/argmax.h"
#include "thumbling/tree_code.h"

#if THB_RUNTIME_ABI != 2
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* 3 trees as byte code, format in thumbling/tree_code.h. */
/* clang-format off */
static const uint8_t accelerometer_forest_code[103] = {
    1, 0, 0, 192, 63, 13, 64, 0, 0, 192, 63, 130, 130, 0, 0, 0, 63, 0, 10, 66, 0, 0, 0, 63, 128,
    160, 0, 0, 96, 64, 7, 0, 0, 0, 0, 32, 64, 13, 66, 0, 0, 0, 63, 130, 130, 0, 0, 0, 64, 1, 17,
    66, 0, 0, 128, 63, 128, 129, 0, 0, 192, 63, 1, 3, 1, 0, 0, 192, 63, 13, 64, 0, 0, 192, 63, 130,
    129, 0, 0, 0, 63, 15, 5, 1, 0, 0, 32, 64, 7, 130, 0, 0, 32, 64, 0, 12, 128, 0, 0, 32, 64, 1, 0,
};
/* clang-format on */
/* Where each tree begins. */
/* clang-format off */
static const uint16_t accelerometer_forest_start[3] = {
    0, 32, 64,
};
/* clang-format on */
/* Sparse leaf vectors: pairs of column and value. Bit 7 of a column is set on all but the last pair
 * of a vector. */
/* clang-format off */
static const uint8_t accelerometer_forest_column[19] = {
    2, 1, 0, 129, 2, 129, 2, 128, 129, 2, 128, 1, 128, 129, 2, 128, 1, 128, 1,
};
/* clang-format on */
/* The values, of vectors of 3. */
/* clang-format off */
static const uint16_t accelerometer_forest_leaf[19] = {
    20880, 20880, 20880, 4176, 16704, 15660, 5220, 2610, 15660, 2610, 2983, 17897, 4176, 12528,
    4176, 5220, 15660, 11600, 9280,
};
/* clang-format on */

thb_status_t accelerometer_forest_predict(const float x[ACCELEROMETER_FOREST_N_FEATURES],
                                          accelerometer_forest_output_t *out)
{
    /* clang-format off */
    const thb_tree_format_t format = {
        THB_FIELD(x_type, THB_X_FLOAT32),
        THB_FIELD(header_bytes, 1),
        THB_FIELD(threshold_bytes, 4),
        THB_FIELD(threshold_signed, 1),
        THB_FIELD(leaf_bytes, 1),
        THB_FIELD(long_leaves, 0),
    };
    /* clang-format on */
    out->proba[0] = 0;
    out->proba[1] = 0;
    out->proba[2] = 0;
    for (uint32_t i = 0; i < 3; i++) {
        const uint8_t *tree = accelerometer_forest_code + accelerometer_forest_start[i];
        uint32_t row = thb_tree_code_row(tree, x, format);
        uint32_t j;
        do {
            j = accelerometer_forest_column[row];
            out->proba[j & 0x7fU] += accelerometer_forest_leaf[row];
            row++;
        } while ((j & 0x80U) != 0U);
    }
    out->label = thb_argmax(out->proba, 3);
    return THB_OK;
}

/* clang-format off */
THB_OWN_SECTION("accelerometer_forest_model")
const thb_model_t accelerometer_forest_model = {
    THB_FIELD(magic, {'T', 'H', 'B', 'M', 'O', 'D', 'E', 'L'}),
    THB_FIELD(bytes, sizeof(thb_model_t)),
    THB_FIELD(abi, 2),
    THB_FIELD(n_features, 3),
    THB_FIELD(in_bytes, 12),
    THB_FIELD(out_bytes, 16),
    THB_FIELD(id, {0x67, 0xC6, 0x50, 0xFF, 0x17, 0xF3, 0x51, 0x35}),
    THB_FIELD(name, "accelerometer_forest"),
    THB_FIELD(version, "0.0.0"),
    THB_FIELD(input_type, "float32"),
    THB_FIELD(source, "sklearn.RandomForestClassifier"),
    THB_FIELD(outputs, "label[1],proba[3]"),
};
/* clang-format on */
