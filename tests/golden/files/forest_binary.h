/* SPDX-License-Identifier: MIT-0 */
/* forest_binary: sklearn.RandomForestClassifier, compiled by thumbling 0.0.0.
 * Model id 6c86f37e244d28b6. Compiled from forest_binary.joblib, SHA-256 0123456789abcdef.., by:
 *   thumbling compile forest_binary.joblib --board nucleo_f401re --input-type uint8 --output all \
 *       --optimize size
 *
 * Input: 3 x uint8, the real values themselves:
 *   x[0]  x0  (0 .. 5 in the data)
 *   x[1]  x1  (0 .. 3 in the data)
 *   x[2]  x2  (0 .. 10 in the data)
 * Output:
 *   label  the index of the class; bounded
 *       tree paths are exact; a label can differ only where the source's two best mean
 *       probabilities lie within 8.88e-16
 *   proba[2]  real = stored * 1/36; bounded, |error| <= 4.44089e-16
 *       tree paths are exact; leaf shares are rounded to one common unit
 * Fidelity to the source, measured on the data when this was compiled, on
 *   stored rows (what the compiler does): 24 of 24 labels equal, worst error below 1e-12
 *   the real rows as they were (what its caller gets): 24 of 24 labels equal, worst error below
 *   1e-12
 * Classes: 0 = 0; 1 = 1
 */
#ifndef FOREST_BINARY_H
#define FOREST_BINARY_H

#include "thumbling/thumbling.h"

#define FOREST_BINARY_MODEL_ID            "6c86f37e244d28b6"
#define FOREST_BINARY_INPUT_T             uint8_t
#define FOREST_BINARY_N_FEATURES          3
#define FOREST_BINARY_PROBA_SCALE_NUM     1.0
#define FOREST_BINARY_PROBA_SCALE_DEN     36.0
#define FOREST_BINARY_PROBA_SCALE         (1.0 / 36.0)
#define FOREST_BINARY_PROBA_SCALE_NUM_INT 1
#define FOREST_BINARY_PROBA_SCALE_DEN_INT 36
#define FOREST_BINARY_N_PROBA             2
#define FOREST_BINARY_N_CLASSES           2
/* clang-format off */
#define FOREST_BINARY_CLASS_NAMES {"0", "1"}
/* clang-format on */

/* Classes: values of label, indices of proba. */
/* clang-format off */
enum {
    FOREST_BINARY_CLASS_0 = 0,
    FOREST_BINARY_CLASS_1 = 1
};
/* clang-format on */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int32_t label;
    int32_t proba[2];
} forest_binary_output_t;

/* One inference. x and out must not be NULL. Answers THB_OK. */
thb_status_t forest_binary_predict(const uint8_t x[FOREST_BINARY_N_FEATURES],
                                   forest_binary_output_t *out);

/* What the model says of itself; the linker drops it where the program does not name it. */
extern const thb_model_t forest_binary_model;

#ifdef __cplusplus
}
#endif

#endif
