/* SPDX-License-Identifier: MIT-0 */
/* label_in_passes: sklearn.RandomForestClassifier, compiled by thumbling 0.0.0. The contract is in
 * label_in_passes.h. */
#include "label_in_passes.h"
#include "thumbling/compiler.h"
#include "thumbling/argmax.h"
#include "thumbling/tree_code.h"

#if THB_RUNTIME_ABI != 2
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* 3 trees as byte code, format in thumbling/tree_code.h. */
/* clang-format off */
static const uint8_t label_in_passes_code[81] = {
    1, 0, 13, 0, 1, 4, 130, 3, 0, 3, 130, 2, 64, 90, 64, 121, 0, 1, 6, 128, 0, 64, 78, 64, 70, 128,
    3, 49, 36, 0, 1, 8, 66, 0, 128, 130, 2, 9, 64, 132, 2, 0, 4, 129, 2, 46, 6, 130, 1, 64, 67, 64,
    97, 1, 0, 13, 0, 1, 4, 128, 0, 0, 3, 128, 3, 64, 128, 64, 93, 0, 1, 5, 129, 1, 64, 86, 28, 129,
    1, 59, 12,
};
/* clang-format on */
/* Where each tree begins. */
/* clang-format off */
static const uint16_t label_in_passes_start[3] = {
    0, 29, 53,
};
/* clang-format on */
/* Sparse leaf vectors: pairs of column and value. Bit 7 of a column is set on all but the last pair
 * of a vector. */
/* clang-format off */
static const uint8_t label_in_passes_column[144] = {
    128, 140, 35, 128, 141, 35, 139, 150, 24, 137, 147, 26, 135, 136, 138, 139, 142, 143, 144, 145,
    148, 149, 150, 151, 152, 153, 155, 28, 134, 137, 140, 141, 146, 147, 154, 29, 133, 136, 139,
    144, 145, 150, 151, 152, 155, 30, 133, 151, 30, 132, 135, 138, 142, 143, 148, 149, 153, 156,
    31, 132, 133, 148, 149, 150, 151, 158, 31, 132, 148, 31, 131, 134, 137, 141, 147, 154, 157, 32,
    131, 134, 137, 140, 146, 154, 157, 32, 131, 146, 147, 32, 130, 145, 33, 130, 144, 145, 33, 129,
    130, 132, 133, 135, 136, 138, 139, 142, 143, 144, 145, 148, 149, 150, 151, 152, 153, 155, 156,
    158, 159, 161, 34, 129, 130, 142, 143, 144, 161, 34, 129, 142, 143, 34, 128, 131, 134, 137,
    140, 141, 146, 147, 154, 157, 160, 35,
};
/* clang-format on */
/* The values, of vectors of 36. */
/* clang-format off */
static const uint16_t label_in_passes_leaf[144] = {
    17640, 17640, 17640, 17640, 17640, 17640, 17640, 17640, 17640, 17640, 17640, 17640, 4410, 4410,
    4410, 4410, 2205, 2205, 2205, 2205, 2205, 2205, 2205, 2205, 4410, 4410, 4410, 4410, 8820, 8820,
    4410, 4410, 4410, 4410, 8820, 8820, 5880, 5880, 5880, 2940, 2940, 5880, 5880, 5880, 5880, 5880,
    17640, 17640, 17640, 5880, 5880, 5880, 2940, 2940, 5880, 5880, 5880, 5880, 5880, 8820, 8820,
    4410, 4410, 4410, 4410, 8820, 8820, 17640, 17640, 17640, 5880, 5880, 5880, 5880, 11760, 5880,
    5880, 5880, 5880, 5880, 5880, 5880, 11760, 5880, 5880, 5880, 17640, 8820, 8820, 17640, 17640,
    17640, 17640, 17640, 8820, 8820, 17640, 2714, 2714, 1357, 1357, 2714, 2714, 2714, 1357, 2714,
    2714, 2714, 2714, 1357, 2714, 1357, 1357, 1357, 2714, 2714, 2714, 1357, 1357, 2714, 2714,
    11760, 5880, 5880, 5880, 5880, 5880, 11760, 17640, 8820, 8820, 17640, 2940, 5880, 5880, 2940,
    2940, 5880, 5880, 2940, 2940, 5880, 5880, 2940,
};
/* clang-format on */
/* Where the votes of each output end. */
/* clang-format off */
static const uint16_t label_in_passes_end[3] = {
    12, 24, 36,
};
/* clang-format on */

thb_status_t label_in_passes_predict(const int16_t x[LABEL_IN_PASSES_N_FEATURES],
                                     label_in_passes_output_t *out)
{
    /* clang-format off */
    const thb_tree_format_t format = {
        THB_FIELD(x_type, THB_X_INT16),
        THB_FIELD(header_bytes, 1),
        THB_FIELD(threshold_bytes, 1),
        THB_FIELD(threshold_signed, 0),
        THB_FIELD(leaf_bytes, 1),
        THB_FIELD(long_leaves, 1),
    };
    /* clang-format on */
    uint16_t votes[18]; /* none exceeds 65535 */
    int32_t best = INT32_MIN;
    uint32_t group = 0, begin = 0;
    out->label[0] = 0;
    out->label[1] = 0;
    out->label[2] = 0;
    /* All trees again for every 18 votes, so that few are on the stack. */
    for (uint32_t first = 0; first < 36; first += 18) {
        THB_ROLLED
        for (uint32_t j = 0; j < 18; j++) {
            votes[j] = 0;
            THB_NO_LIBRARY_CALL();
        }
        for (uint32_t i = 0; i < 3; i++) {
            const uint8_t *tree = label_in_passes_code + label_in_passes_start[i];
            uint32_t row = thb_tree_code_row(tree, x, format);
            uint32_t j;
            do {
                j = label_in_passes_column[row];
                const uint32_t at = (j & 0x7fU) - first;
                if (at < 18U) {
                    votes[at] = (uint16_t)(votes[at] + label_in_passes_leaf[row]);
                }
                row++;
            } while ((j & 0x80U) != 0U);
        }
        THB_ROLLED
        for (uint32_t j = 0; j < 18; j++) {
            if (first + j == label_in_passes_end[group]) {
                group++;
                begin = first + j;
                best = INT32_MIN;
            }
            thb_argmax_next(&best, out->label + group, votes[j], (int32_t)(first + j - begin));
        }
    }
    return THB_OK;
}

/* clang-format off */
THB_OWN_SECTION("label_in_passes_model")
const thb_model_t label_in_passes_model = {
    THB_FIELD(magic, {'T', 'H', 'B', 'M', 'O', 'D', 'E', 'L'}),
    THB_FIELD(bytes, sizeof(thb_model_t)),
    THB_FIELD(abi, 2),
    THB_FIELD(n_features, 3),
    THB_FIELD(in_bytes, 6),
    THB_FIELD(out_bytes, 12),
    THB_FIELD(id, {0x60, 0x73, 0xA4, 0x67, 0x04, 0x83, 0x64, 0xE9}),
    THB_FIELD(name, "label_in_passes"),
    THB_FIELD(version, "0.0.0"),
    THB_FIELD(input_type, "int16"),
    THB_FIELD(source, "sklearn.RandomForestClassifier"),
    THB_FIELD(outputs, "label[3]"),
};
/* clang-format on */
