/* SPDX-License-Identifier: MIT-0 */
/* forest: sklearn.RandomForestClassifier, compiled by thumbling 0.0.0. The contract is in forest.h.
 * */

/* Without what costs GCC's code for trees much flash and stack for little time. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("no-tree-dominator-opts")
#pragma GCC optimize("no-tree-fre")
#pragma GCC optimize("no-tree-pre")
#pragma GCC optimize("no-tree-reassoc")
#pragma GCC optimize("reorder-blocks-algorithm=simple")
#endif

#include "forest.h"
#include "thumbling/compiler.h"
#include "thumbling/argmax.h"
#include "thumbling/sums.h"

#if THB_RUNTIME_ABI != 2
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* Trees 0 to 2: two sums a word, low half first; none exceeds 65535. */
static void forest_trees0(const int16_t *x, uint32_t *sum)
{
    THB_SUM_LOAD(uint32_t, 0);
    THB_SUM_LOAD(uint32_t, 1);
    /* Tree 0: 5 splits. */
    if (x[1] <= 1) {
        if (x[0] <= 1) {
            goto tree0_row9;
        }
        if (x[2] <= 0) {
            goto tree0_row0;
        }
        goto tree0_row5;
    }
    if (x[2] <= 0) {
        goto tree0_row0;
    }
    if (x[0] <= 3) {
        goto tree0_row4;
    }
    goto tree0_row0;
tree0_row0:
    THB_SUM(1) += 0x00005190U;
    goto tree1;
tree0_row4:
    THB_SUM(0) += 0x3D2C0A32U;
    THB_SUM(1) += 0x00000A32U;
    goto tree1;
tree0_row5:
    THB_SUM(0) += 0x45E90BA7U;
    goto tree1;
tree0_row9:
    THB_SUM(0) += 0x00005190U;
tree1:
    /* Tree 1: 5 splits. */
    if (x[0] <= 2) {
        if (x[2] <= 0) {
            goto tree1_row9;
        }
        if (x[2] <= 2) {
            goto tree1_row3;
        }
        goto tree1_row8;
    }
    if (x[2] <= 1) {
        goto tree1_row0;
    }
    if (x[1] <= 1) {
        goto tree1_row3;
    }
    goto tree1_row1;
tree1_row0:
    THB_SUM(1) += 0x00005190U;
    goto tree2;
tree1_row1:
    THB_SUM(0) += 0x10500000U;
    THB_SUM(1) += 0x00004140U;
    goto tree2;
tree1_row3:
    THB_SUM(0) += 0x51900000U;
    goto tree2;
tree1_row8:
    THB_SUM(0) += 0x24402D50U;
    goto tree2;
tree1_row9:
    THB_SUM(0) += 0x00005190U;
tree2:
    /* Tree 2: 6 splits. */
    if (x[1] <= 1) {
        if (x[0] <= 1) {
            goto tree2_row9;
        }
        if (x[1] <= 0) {
            goto tree2_row7;
        }
        goto tree2_row2;
    }
    if (x[1] <= 2) {
        if (x[2] <= 2) {
            goto tree2_row0;
        }
        goto tree2_row6;
    }
    if (x[0] <= 2) {
        goto tree2_row3;
    }
    goto tree2_row0;
tree2_row0:
    THB_SUM(1) += 0x00005190U;
    goto tree3;
tree2_row2:
    THB_SUM(0) += 0x3D2C0000U;
    THB_SUM(1) += 0x00001464U;
    goto tree3;
tree2_row3:
    THB_SUM(0) += 0x51900000U;
    goto tree3;
tree2_row6:
    THB_SUM(0) += 0x30F01050U;
    THB_SUM(1) += 0x00001050U;
    goto tree3;
tree2_row7:
    THB_SUM(0) += 0x3D2C1464U;
    goto tree3;
tree2_row9:
    THB_SUM(0) += 0x00005190U;
tree3:
    THB_SUM_STORE(0);
    THB_SUM_STORE(1);
}

thb_status_t forest_predict(const int16_t x[FOREST_N_FEATURES], forest_output_t *out)
{
    uint32_t *const sum = (uint32_t *)out->proba;
    sum[0] = 0U;
    sum[1] = 0U;
    forest_trees0(x, sum);
    out->proba[2] = (int32_t)(sum[1] & 0xFFFFU);
    out->proba[1] = (int32_t)(sum[0] >> 16);
    out->proba[0] = (int32_t)(sum[0] & 0xFFFFU);
    out->label = thb_argmax(out->proba, 3);
    return THB_OK;
}

/* clang-format off */
THB_OWN_SECTION("forest_model")
const thb_model_t forest_model = {
    THB_FIELD(magic, {'T', 'H', 'B', 'M', 'O', 'D', 'E', 'L'}),
    THB_FIELD(bytes, sizeof(thb_model_t)),
    THB_FIELD(abi, 2),
    THB_FIELD(n_features, 3),
    THB_FIELD(in_bytes, 6),
    THB_FIELD(out_bytes, 16),
    THB_FIELD(id, {0x3F, 0x6B, 0xE1, 0xEE, 0x67, 0x09, 0x62, 0x26}),
    THB_FIELD(name, "forest"),
    THB_FIELD(version, "0.0.0"),
    THB_FIELD(input_type, "int16"),
    THB_FIELD(source, "sklearn.RandomForestClassifier"),
    THB_FIELD(outputs, "label[1],proba[3]"),
};
/* clang-format on */

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
