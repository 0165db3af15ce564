/* SPDX-License-Identifier: MIT-0 */
/* wearable_accelerometer_gesture_probability: sklearn.StandardScaler > LogisticRegression, compiled
 * by thumbling 0.0.0.
 * Model id 648afba44fce5093. All options are in manifest.json. Rebuild with:
 *   thumbling compile MODEL --name wearable_accelerometer_gesture_probability --input-type float32
 *   ...
 *
 * Input: 3 x float32, the real values themselves:
 *   x[0]  x0  (0 .. 5 in the data)
 *   x[1]  x1  (0 .. 3 in the data)
 *   x[2]  x2  (0 .. 10 in the data)
 * Output:
 *   label  the index of the class; bounded
 *       for inputs within the range of the data a label can differ only where the source's two best
 *       scores lie within 0.000385
 *   proba[3]  real = stored * 1/32768; bounded, |error| <= 0.000157215
 *       for inputs within the range of the data scores are bounded and the integer exp is proved
 *   score[3]  real = stored * 1/134217728; bounded, |error| <= 0.000192359
 *       for inputs within the range of the data weights are rounded to one power of two, sums are
 *       exact
 * Classes: 0 = 0; 1 = 1; 2 = 2
 */
#ifndef WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_H
#define WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_H

#include "thumbling/thumbling.h"

#define WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_MODEL_ID        "648afba44fce5093"
#define WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_INPUT_T         float
#define WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_N_FEATURES      3
#define WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_PROBA_SCALE_NUM 1.0
#define WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_PROBA_SCALE_DEN 32768.0
#define WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_PROBA_SCALE     (1.0 / 32768.0)
#define WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_N_PROBA         3
#define WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_SCORE_SCALE_NUM 1.0
#define WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_SCORE_SCALE_DEN 134217728.0
#define WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_SCORE_SCALE     (1.0 / 134217728.0)
#define WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_N_SCORE         3
#define WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_N_CLASSES       3
/* clang-format off */
#define WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_CLASS_NAMES {"0", "1", "2"}
/* clang-format on */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int32_t label;
    int32_t proba[3];
    int32_t score[3];
} wearable_accelerometer_gesture_probability_output_t;

/* One inference. x and out must not be NULL. Answers THB_OK or THB_ERR_NAN. */
thb_status_t wearable_accelerometer_gesture_probability_predict(
    const float x[WEARABLE_ACCELEROMETER_GESTURE_PROBABILITY_N_FEATURES],
    wearable_accelerometer_gesture_probability_output_t *out);

#ifdef __cplusplus
}
#endif

#endif
