/* SPDX-License-Identifier: MIT-0 */
/* logistic_label: sklearn.StandardScaler > LogisticRegression, compiled by thumbling 0.0.0.
 * Model id fa6e6c7d85de004f. All options are in manifest.json. Rebuild with:
 *   thumbling compile MODEL --name logistic_label --input-type int16 ...
 *
 * Input: 3 x int16, the real values themselves:
 *   x[0]  x0  (0 .. 5 in the data)
 *   x[1]  x1  (0 .. 3 in the data)
 *   x[2]  x2  (0 .. 10 in the data)
 * Output:
 *   label  the index of the class; bounded
 *       for inputs within the range of the data a label can differ only where the source's two best
 *       scores lie within 1.01e-14
 * Classes: 0 = 0; 1 = 1; 2 = 2
 */
#ifndef LOGISTIC_LABEL_H
#define LOGISTIC_LABEL_H

#include "thumbling/thumbling.h"

#define LOGISTIC_LABEL_MODEL_ID   "fa6e6c7d85de004f"
#define LOGISTIC_LABEL_INPUT_T    int16_t
#define LOGISTIC_LABEL_N_FEATURES 3
#define LOGISTIC_LABEL_N_CLASSES  3
/* clang-format off */
#define LOGISTIC_LABEL_CLASS_NAMES {"0", "1", "2"}
/* clang-format on */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int32_t label;
} logistic_label_output_t;

/* One inference. x and out must not be NULL. Answers THB_OK. */
thb_status_t logistic_label_predict(const int16_t x[LOGISTIC_LABEL_N_FEATURES],
                                    logistic_label_output_t *out);

#ifdef __cplusplus
}
#endif

#endif
