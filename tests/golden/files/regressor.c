/* SPDX-License-Identifier: MIT-0 */
/* regressor: sklearn.DecisionTreeRegressor, compiled by thumbling 0.0.0. The contract is in
 * regressor.h. */

/* Compiled for speed whatever the project's level is. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("O2")
#pragma GCC optimize("no-tree-dominator-opts")
#pragma GCC optimize("no-tree-fre")
#pragma GCC optimize("no-tree-pre")
#pragma GCC optimize("no-tree-reassoc")
#endif

#include "regressor.h"
#include "thumbling/compiler.h"

#if THB_RUNTIME_ABI != 2
#error "generated for another version of the thumbling runtime: compile the model again"
#endif

/* Tree 0: 7 splits. */
THB_APART int32_t regressor_tree0(const int8_t *x)
{
    if (x[1] <= 1) {
        if (x[1] <= 0) {
            if (x[0] <= 2) {
                return -21504;
            }
            return -15360;
        }
        if (x[0] <= 2) {
            return -9216;
        }
        return -3072;
    }
    if (x[1] <= 2) {
        if (x[0] <= 2) {
            return 3072;
        }
        return 9216;
    }
    if (x[0] <= 2) {
        return 15360;
    }
    return 21504;
}

thb_status_t regressor_predict(const int8_t x[REGRESSOR_N_FEATURES], regressor_output_t *out)
{
    int32_t sum = -1024;
    sum += regressor_tree0(x);
    out->value = sum;
    return THB_OK;
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
