/* SPDX-License-Identifier: MIT-0 */
/* accelerometer_forest: sklearn.RandomForestClassifier, compiled by thumbling 0.0.0.
 * Model id 67c650ff17f35135. Compiled from accelerometer_forest.joblib, SHA-256 0123456789abcdef..,
 * by:
 *   thumbling compile accelerometer_forest.joblib --board nucleo_f401re --data rows.csv \
 *       --output all --optimize size
 *
 * Input: 3 x float32, the real values themselves:
 *   x[0]  x0  (0 .. 5 in the data)
 *   x[1]  x1  (0 .. 3 in the data)
 *   x[2]  x2  (0 .. 10 in the data)
 * Output:
 *   label  the index of the class; bounded
 *       tree paths are exact; a label can differ only where the source's two best mean
 *       probabilities lie within 4.56e-06
 *   proba[3]  real = stored * 1/62640; bounded, |error| <= 2.28061e-06
 *       tree paths are exact; leaf shares are rounded to one common unit
 * Fidelity to the source, measured on the data when this was compiled, on
 *   stored rows (what the compiler does): 24 of 24 labels equal, worst error 2.3e-06
 *   the real rows as they were (what its caller gets): 24 of 24 labels equal, worst error 2.3e-06
 * Classes: 0 = 0; 1 = 1; 2 = 2
 */
#ifndef ACCELEROMETER_FOREST_H
#define ACCELEROMETER_FOREST_H

#include "thumbling/thumbling.h"

#define ACCELEROMETER_FOREST_MODEL_ID            "67c650ff17f35135"
#define ACCELEROMETER_FOREST_INPUT_T             float
#define ACCELEROMETER_FOREST_N_FEATURES          3
#define ACCELEROMETER_FOREST_PROBA_SCALE_NUM     1.0
#define ACCELEROMETER_FOREST_PROBA_SCALE_DEN     62640.0
#define ACCELEROMETER_FOREST_PROBA_SCALE         (1.0 / 62640.0)
#define ACCELEROMETER_FOREST_PROBA_SCALE_NUM_INT 1
#define ACCELEROMETER_FOREST_PROBA_SCALE_DEN_INT 62640
#define ACCELEROMETER_FOREST_N_PROBA             3
#define ACCELEROMETER_FOREST_N_CLASSES           3
/* clang-format off */
#define ACCELEROMETER_FOREST_CLASS_NAMES {"0", "1", "2"}
/* clang-format on */

/* Classes: values of label, indices of proba. */
/* clang-format off */
enum {
    ACCELEROMETER_FOREST_CLASS_0 = 0,
    ACCELEROMETER_FOREST_CLASS_1 = 1,
    ACCELEROMETER_FOREST_CLASS_2 = 2
};
/* clang-format on */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int32_t label;
    int32_t proba[3];
} accelerometer_forest_output_t;

/* One inference. x and out must not be NULL. Answers THB_OK. */
thb_status_t accelerometer_forest_predict(const float x[ACCELEROMETER_FOREST_N_FEATURES],
                                          accelerometer_forest_output_t *out);

/* What the model says of itself; the linker drops it where the program does not name it. */
extern const thb_model_t accelerometer_forest_model;

#ifdef __cplusplus
}
#endif

#endif
