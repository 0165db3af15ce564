/* SPDX-License-Identifier: MIT-0 */
/* tree_straight: sklearn.DecisionTreeClassifier, compiled by thumbling 0.0.0. The contract is in
 * tree_straight.h. */

/* Compiled for speed whatever the project's level is. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("O2")
#pragma GCC optimize("no-gcse")
#pragma GCC optimize("no-tree-dominator-opts")
#pragma GCC optimize("no-tree-fre")
#pragma GCC optimize("no-tree-pre")
#pragma GCC optimize("no-tree-reassoc")
#endif

#include "tree_straight.h"
#include "thumbling/compiler.h"
#include "thumbling/float_order.h"

#if THB_RUNTIME_ABI != 2
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* Leaf vectors of 3 votes, two to a word, low half first; no sum exceeds 65535. */
/* clang-format off */
static const uint32_t tree_straight_leaf[6] = {
    0U, 65532U, 4294705152U, 0U, 65532U, 0U,
};
/* clang-format on */

/* Tree 0: 10 splits. */
THB_APART int32_t tree_straight_tree0(const float *x)
{
    if (!thb_f32_le_nan_right(thb_f32_bits(&x[0]), 1075838976) /* > 2.5 */) {
        if (thb_f32_le_nan_right(thb_f32_bits(&x[1]), 1069547520) /* <= 1.5 */) {
            if (thb_f32_le_nan_right(thb_f32_bits(&x[2]), 1065353216) /* <= 1.0 */) {
                return 0;
            }
            return 2;
        }
        if (!thb_f32_le_nan_right(thb_f32_bits(&x[0]), 1080033280) /* > 3.5 */) {
            return 0;
        }
        if (thb_f32_le_nan_right(thb_f32_bits(&x[2]), 1084227584) /* <= 5.0 */) {
            return 0;
        }
        return 2;
    }
    if (thb_f32_le_nan_right(thb_f32_bits(&x[1]), 1069547520) /* <= 1.5 */) {
        if (thb_f32_le(thb_f32_bits(&x[0]), 1069547520) /* <= 1.5 */) {
            return 4;
        }
        if (thb_f32_le(thb_f32_bits(&x[1]), 1056964608) /* <= 0.5 */) {
            return 4;
        }
        return 2;
    }
    if (!thb_f32_le(thb_f32_bits(&x[0]), 1056964608) /* > 0.5 */) {
        return 2;
    }
    if (thb_f32_le_nan_right(thb_f32_bits(&x[2]), 1086324736) /* <= 6.0 */) {
        return 2;
    }
    return 4;
}

thb_status_t tree_straight_predict(const float x[TREE_STRAIGHT_N_FEATURES],
                                   tree_straight_output_t *out)
{
    const uint32_t *row;
    uint32_t sum0 = 0U;
    uint32_t sum1 = 0U;
    row = tree_straight_leaf + tree_straight_tree0(x);
    sum0 += row[0];
    sum1 += row[1];
    out->proba[2] = (int32_t)(sum1 & 0xFFFFU);
    out->proba[1] = (int32_t)(sum0 >> 16);
    out->proba[0] = (int32_t)(sum0 & 0xFFFFU);
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

/* clang-format off */
THB_OWN_SECTION("tree_straight_model")
const thb_model_t tree_straight_model = {
    THB_FIELD(magic, {'T', 'H', 'B', 'M', 'O', 'D', 'E', 'L'}),
    THB_FIELD(bytes, sizeof(thb_model_t)),
    THB_FIELD(abi, 2),
    THB_FIELD(n_features, 3),
    THB_FIELD(in_bytes, 12),
    THB_FIELD(out_bytes, 16),
    THB_FIELD(id, {0xE1, 0x01, 0x6F, 0x81, 0xB7, 0x7D, 0x4F, 0x78}),
    THB_FIELD(name, "tree_straight"),
    THB_FIELD(version, "0.0.0"),
    THB_FIELD(input_type, "float32"),
    THB_FIELD(source, "sklearn.DecisionTreeClassifier"),
    THB_FIELD(outputs, "label[1],proba[3]"),
};
/* clang-format on */

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
