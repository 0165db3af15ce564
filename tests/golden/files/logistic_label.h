/* SPDX-License-Identifier: MIT-0 */
/* logistic_label: sklearn.StandardScaler > LogisticRegression, compiled by thumbling 0.0.0.
 * Model id fa6e6c7d85de004f. Compiled from logistic_label.joblib, SHA-256 0123456789abcdef.., by:
 *   thumbling compile logistic_label.joblib --board nucleo_f401re --data rows.csv \
 *       --input-type int16 --optimize size
 *
 * Input: 3 x int16, the real values themselves:
 *   x[0]  x0  (-14 .. 19 is certified)
 *   x[1]  x1  (-7 .. 10 is certified)
 *   x[2]  x2  (-27 .. 37 is certified)
 * Output:
 *   label  the index of the class; bounded
 *       for inputs within the range of the data or scaled to -8..8, whichever is wider a label can
 *       differ only where the source's two best scores lie within 5.43e-14
 * Fidelity to the source, measured on the data when this was compiled, on
 *   stored rows (what the compiler does): 24 of 24 labels equal
 *   the real rows as they were (what its caller gets): 24 of 24 labels equal
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

/* Classes: values of label, indices of proba. */
/* clang-format off */
enum {
    LOGISTIC_LABEL_CLASS_0 = 0,
    LOGISTIC_LABEL_CLASS_1 = 1,
    LOGISTIC_LABEL_CLASS_2 = 2
};
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

/* What the model says of itself; the linker drops it where the program does not name it. */
extern const thb_model_t logistic_label_model;

#ifdef __cplusplus
}
#endif

#endif
