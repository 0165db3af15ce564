/* SPDX-License-Identifier: MIT-0 */
/* tree_bytes: sklearn.DecisionTreeClassifier, compiled by thumbling 0.0.0.
 * Model id ef9871e53e43be20. Compiled from tree_bytes.joblib, SHA-256 0123456789abcdef.., by:
 *   thumbling compile tree_bytes.joblib --board nucleo_f401re --data rows.csv --input-type int16 \
 *       --input-scale 0.5 --output all --optimize size
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
 * Fidelity to the source, measured on the data when this was compiled, on
 *   stored rows (what the compiler does): 24 of 24 labels equal, worst error below 1e-12
 *   the real rows as they were (what its caller gets): 24 of 24 labels equal, worst error below
 *   1e-12
 * Classes: 0 = idle; 1 = sha"ke / * up; 2 = tap? * /
 */
#ifndef TREE_BYTES_H
#define TREE_BYTES_H

#include "thumbling/thumbling.h"

#define TREE_BYTES_MODEL_ID            "ef9871e53e43be20"
#define TREE_BYTES_INPUT_T             int16_t
#define TREE_BYTES_N_FEATURES          3
#define TREE_BYTES_PROBA_SCALE_NUM     1.0
#define TREE_BYTES_PROBA_SCALE_DEN     65532.0
#define TREE_BYTES_PROBA_SCALE         (1.0 / 65532.0)
#define TREE_BYTES_PROBA_SCALE_NUM_INT 1
#define TREE_BYTES_PROBA_SCALE_DEN_INT 65532
#define TREE_BYTES_N_PROBA             3
#define TREE_BYTES_N_CLASSES           3
/* clang-format off */
#define TREE_BYTES_CLASS_NAMES {"idle", "sha\042ke /* up", "tap\077 */"}
/* clang-format on */

/* Classes: values of label, indices of proba. */
/* clang-format off */
enum {
    TREE_BYTES_CLASS_IDLE = 0,
    TREE_BYTES_CLASS_SHA_KE_UP = 1,
    TREE_BYTES_CLASS_TAP = 2
};
/* clang-format on */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int32_t label;
    int32_t proba[3];
} tree_bytes_output_t;

/* One inference. x and out must not be NULL. Answers THB_OK. */
thb_status_t tree_bytes_predict(const int16_t x[TREE_BYTES_N_FEATURES], tree_bytes_output_t *out);

/* What the model says of itself; the linker drops it where the program does not name it. */
extern const thb_model_t tree_bytes_model;

#ifdef __cplusplus
}
#endif

#endif
