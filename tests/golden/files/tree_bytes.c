/* SPDX-License-Identifier: MIT-0 */
/* tree_bytes: sklearn.DecisionTreeClassifier, compiled by thumbling 0.0.0. The contract is in
 * tree_bytes.h. */
#include "tree_bytes.h"
#include "thumbling/compiler.h"
#include "thumbling/argmax.h"
#include "thumbling/tree_code.h"

#if THB_RUNTIME_ABI != 2
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* 1 trees as byte code, format in thumbling/tree_code.h. */
/* clang-format off */
static const uint8_t tree_bytes_code[34] = {
    0, 5, 17, 1, 3, 7, 64, 3, 128, 129, 1, 0, 1, 64, 1, 1, 130, 12, 1, 0, 1, 3, 4, 130, 2, 2, 1,
    64, 7, 2, 130, 10, 2, 1,
};
/* clang-format on */

thb_status_t tree_bytes_predict(const int16_t x[TREE_BYTES_N_FEATURES], tree_bytes_output_t *out)
{
    /* clang-format off */
    const thb_tree_format_t format = {
        THB_FIELD(x_type, THB_X_INT16),
        THB_FIELD(header_bytes, 1),
        THB_FIELD(threshold_bytes, 1),
        THB_FIELD(threshold_signed, 0),
        THB_FIELD(leaf_bytes, 1),
        THB_FIELD(long_leaves, 0),
    };
    /* clang-format on */
    out->proba[0] = 0;
    out->proba[1] = 0;
    out->proba[2] = 0;
    {
        uint32_t row = thb_tree_code_row(tree_bytes_code, x, format);
        out->proba[row] += 65532;
    }
    out->label = thb_argmax(out->proba, 3);
    return THB_OK;
}

/* clang-format off */
THB_OWN_SECTION("tree_bytes_model")
const thb_model_t tree_bytes_model = {
    THB_FIELD(magic, {'T', 'H', 'B', 'M', 'O', 'D', 'E', 'L'}),
    THB_FIELD(bytes, sizeof(thb_model_t)),
    THB_FIELD(abi, 2),
    THB_FIELD(n_features, 3),
    THB_FIELD(in_bytes, 6),
    THB_FIELD(out_bytes, 16),
    THB_FIELD(id, {0xEF, 0x98, 0x71, 0xE5, 0x3E, 0x43, 0xBE, 0x20}),
    THB_FIELD(name, "tree_bytes"),
    THB_FIELD(version, "0.0.0"),
    THB_FIELD(input_type, "int16"),
    THB_FIELD(source, "sklearn.DecisionTreeClassifier"),
    THB_FIELD(outputs, "label[1],proba[3]"),
};
/* clang-format on */
