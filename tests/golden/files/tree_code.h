/* SPDX-License-Identifier: MIT-0 */
/* tree_code: sklearn.DecisionTreeClassifier, compiled by thumbling 0.0.0.
 * Model id 92e90c51b573e5ed. All options are in manifest.json. Rebuild with:
 *   thumbling compile MODEL --name tree_code --input-type int16 ...
 *
 * Input: 3 x int16, real = stored * scale + offset:
 *   x[0]  x0  (real = stored * 0.5 + 0.0; stored 0 .. 10 in the data)
 *   x[1]  x1  (real = stored * 0.5 + 0.0; stored 0 .. 6 in the data)
 *   x[2]  x2  (real = stored * 0.5 + 0.0; stored 0 .. 20 in the data)
 * Output:
 *   label  the index of the class; exact
 *       one tree: it switches where the source does, its leaves hold the source's labels
 *   proba[3]  real = stored * 1/65532; bounded, |error| <= 1.52597e-05
 *       tree paths are exact; leaf shares are rounded to one common unit
 * Classes: 0 = idle; 1 = sha"ke / * up; 2 = tap? * /
 */
#ifndef TREE_CODE_H
#define TREE_CODE_H

#include "thumbling/thumbling.h"

#define TREE_CODE_MODEL_ID        "92e90c51b573e5ed"
#define TREE_CODE_INPUT_T         int16_t
#define TREE_CODE_N_FEATURES      3
#define TREE_CODE_PROBA_SCALE_NUM 1.0
#define TREE_CODE_PROBA_SCALE_DEN 65532.0
#define TREE_CODE_PROBA_SCALE     (1.0 / 65532.0)
#define TREE_CODE_N_PROBA         3
#define TREE_CODE_N_CLASSES       3
/* clang-format off */
#define TREE_CODE_CLASS_NAMES {"idle", "sha\042ke /* up", "tap\077 */"}
/* clang-format on */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int32_t label;
    int32_t proba[3];
} tree_code_output_t;

/* One inference. x and out must not be NULL. Answers THB_OK. */
thb_status_t tree_code_predict(const int16_t x[TREE_CODE_N_FEATURES], tree_code_output_t *out);

#ifdef __cplusplus
}
#endif

#endif
