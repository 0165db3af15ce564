/* SPDX-License-Identifier: MIT-0 */
/* wearable_accelerometer_gesture_classifier: sklearn.RandomForestClassifier, compiled by thumbling
 * 0.0.0.
 * Model id 425fba4dbf974b44. Compiled from wearable_accelerometer_gesture_classifier.joblib,
 * SHA-256 0123456789abcdef.., by:
 *   thumbling compile wearable_accelerometer_gesture_classifier.joblib --board nucleo_f401re \
 *       --data rows.csv --input-type int16 --input-scale 0.125 --output all --optimize speed
 *
 * Input: 3 x int16, real = stored * scale + offset:
 *   x[0]  x0  (real = stored * 0.125 + 0.0; stored 0 .. 40 in the data)
 *   x[1]  x1  (real = stored * 0.125 + 0.0; stored 0 .. 24 in the data)
 *   x[2]  x2  (real = stored * 0.125 + 0.0; stored 0 .. 80 in the data)
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
#ifndef WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_H
#define WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_H

#include "thumbling/thumbling.h"

#define WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_MODEL_ID            "425fba4dbf974b44"
#define WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_INPUT_T             int16_t
#define WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_N_FEATURES          3
#define WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_PROBA_SCALE_NUM     1.0
#define WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_PROBA_SCALE_DEN     62640.0
#define WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_PROBA_SCALE         (1.0 / 62640.0)
#define WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_PROBA_SCALE_NUM_INT 1
#define WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_PROBA_SCALE_DEN_INT 62640
#define WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_N_PROBA             3
#define WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_N_CLASSES           3
/* clang-format off */
#define WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_CLASS_NAMES {"0", "1", "2"}
/* clang-format on */

/* Classes: values of label, indices of proba. */
/* clang-format off */
enum {
    WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_CLASS_0 = 0,
    WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_CLASS_1 = 1,
    WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_CLASS_2 = 2
};
/* clang-format on */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int32_t label;
    int32_t proba[3];
} wearable_accelerometer_gesture_classifier_output_t;

/* One inference. x and out must not be NULL. Answers THB_OK. */
thb_status_t wearable_accelerometer_gesture_classifier_predict(
    const int16_t x[WEARABLE_ACCELEROMETER_GESTURE_CLASSIFIER_N_FEATURES],
    wearable_accelerometer_gesture_classifier_output_t *out);

/* What the model says of itself; the linker drops it where the program does not name it. */
extern const thb_model_t wearable_accelerometer_gesture_classifier_model;

#ifdef __cplusplus
}
#endif

#endif
