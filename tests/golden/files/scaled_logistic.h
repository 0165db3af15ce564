/* SPDX-License-Identifier: MIT-0 */
/* scaled_logistic: sklearn.StandardScaler > LogisticRegression, compiled by thumbling 0.0.0.
 * Model id c1d75c18389fc068. Compiled from scaled_logistic.joblib, SHA-256 0123456789abcdef.., by:
 *   thumbling compile scaled_logistic.joblib --board nucleo_f401re --data rows.csv \
 *       --input-type int16 --output all
 *
 * Input: 3 x int16, the real values themselves:
 *   x[0]  x0  (-14 .. 19 is certified)
 *   x[1]  x1  (-7 .. 10 is certified)
 *   x[2]  x2  (-27 .. 37 is certified)
 * Output:
 *   label  the index of the class; bounded
 *       for inputs within the range of the data or scaled to -8..8, whichever is wider a label can
 *       differ only where the source's two best scores lie within 5.43e-14
 *   proba[3]  real = stored * 1/32768; bounded, |error| <= 6.10352e-05
 *       for inputs within the range of the data or scaled to -8..8, whichever is wider scores are
 *       bounded and the integer exp is proved
 *   score[3]  real = stored * 1/32768; bounded, |error| <= 2.71519e-14
 *       for inputs within the range of the data or scaled to -8..8, whichever is wider weights are
 *       rounded to one power of two, sums are exact
 * Fidelity to the source, measured on the data when this was compiled, on
 *   stored rows (what the compiler does): 24 of 24 labels equal, worst error 2.4e-05
 *   the real rows as they were (what its caller gets): 24 of 24 labels equal, worst error 2.4e-05
 * Classes: 0 = 0; 1 = 1; 2 = 2
 */
#ifndef SCALED_LOGISTIC_H
#define SCALED_LOGISTIC_H

#include "thumbling/thumbling.h"

#define SCALED_LOGISTIC_MODEL_ID            "c1d75c18389fc068"
#define SCALED_LOGISTIC_INPUT_T             int16_t
#define SCALED_LOGISTIC_N_FEATURES          3
#define SCALED_LOGISTIC_PROBA_SCALE_NUM     1.0
#define SCALED_LOGISTIC_PROBA_SCALE_DEN     32768.0
#define SCALED_LOGISTIC_PROBA_SCALE         (1.0 / 32768.0)
#define SCALED_LOGISTIC_PROBA_SCALE_NUM_INT 1
#define SCALED_LOGISTIC_PROBA_SCALE_DEN_INT 32768
#define SCALED_LOGISTIC_N_PROBA             3
#define SCALED_LOGISTIC_SCORE_SCALE_NUM     1.0
#define SCALED_LOGISTIC_SCORE_SCALE_DEN     32768.0
#define SCALED_LOGISTIC_SCORE_SCALE         (1.0 / 32768.0)
#define SCALED_LOGISTIC_SCORE_SCALE_NUM_INT 1
#define SCALED_LOGISTIC_SCORE_SCALE_DEN_INT 32768
#define SCALED_LOGISTIC_N_SCORE             3
#define SCALED_LOGISTIC_N_CLASSES           3
/* clang-format off */
#define SCALED_LOGISTIC_CLASS_NAMES {"0", "1", "2"}
/* clang-format on */

/* Classes: values of label, indices of proba. */
/* clang-format off */
enum {
    SCALED_LOGISTIC_CLASS_0 = 0,
    SCALED_LOGISTIC_CLASS_1 = 1,
    SCALED_LOGISTIC_CLASS_2 = 2
};
/* clang-format on */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int32_t label;
    int32_t proba[3];
    int32_t score[3];
} scaled_logistic_output_t;

/* One inference. x and out must not be NULL. Answers THB_OK. */
thb_status_t scaled_logistic_predict(const int16_t x[SCALED_LOGISTIC_N_FEATURES],
                                     scaled_logistic_output_t *out);

/* What the model says of itself; the linker drops it where the program does not name it. */
extern const thb_model_t scaled_logistic_model;

#ifdef __cplusplus
}
#endif

#endif
