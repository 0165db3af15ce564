/* SPDX-License-Identifier: MIT-0 */
/* label_in_passes: sklearn.RandomForestClassifier, compiled by thumbling 0.0.0.
 * Model id 6073a467048364e9. Compiled from label_in_passes.joblib, SHA-256 0123456789abcdef.., by:
 *   thumbling compile label_in_passes.joblib --board nucleo_f401re --data rows.csv \
 *       --input-type int16 --output label --optimize size
 *
 * Input: 3 x int16, the real values themselves:
 *   x[0]  x0  (0 .. 5 in the data)
 *   x[1]  x1  (0 .. 3 in the data)
 *   x[2]  x2  (0 .. 10 in the data)
 * Output:
 *   label[3]  the index of the class; bounded
 *       tree paths are exact; a label can differ only where the source's two best mean
 *       probabilities lie within 5.81e-06
 * Fidelity to the source, measured on the data when this was compiled, on
 *   stored rows (what the compiler does): 24 of 24 labels equal
 *   the real rows as they were (what its caller gets): 24 of 24 labels equal
 * Classes of output 0: 0 = 0; 1 = 1; 2 = 2; 3 = 3; 4 = 4; 5 = 5; 6 = 6; 7 = 7; 8 = 8; 9 = 9; 10 =
 * 10; 11 = 11
 * Classes of output 1: 0 = 0; 1 = 1; 2 = 2; 3 = 3; 4 = 4; 5 = 5; 6 = 6; 7 = 7; 8 = 8; 9 = 9; 10 =
 * 10; 11 = 11
 * Classes of output 2: 0 = 0; 1 = 1; 2 = 2; 3 = 3; 4 = 4; 5 = 5; 6 = 6; 7 = 7; 8 = 8; 9 = 9; 10 =
 * 10; 11 = 11
 */
#ifndef LABEL_IN_PASSES_H
#define LABEL_IN_PASSES_H

#include "thumbling/thumbling.h"

#define LABEL_IN_PASSES_MODEL_ID          "6073a467048364e9"
#define LABEL_IN_PASSES_INPUT_T           int16_t
#define LABEL_IN_PASSES_N_FEATURES        3
#define LABEL_IN_PASSES_N_LABEL           3
#define LABEL_IN_PASSES_OUTPUT0_N_CLASSES 12
#define LABEL_IN_PASSES_OUTPUT1_N_CLASSES 12
#define LABEL_IN_PASSES_OUTPUT2_N_CLASSES 12
/* clang-format off */
#define LABEL_IN_PASSES_OUTPUT0_CLASS_NAMES {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}
/* clang-format on */
/* clang-format off */
#define LABEL_IN_PASSES_OUTPUT1_CLASS_NAMES {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}
/* clang-format on */
/* clang-format off */
#define LABEL_IN_PASSES_OUTPUT2_CLASS_NAMES {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}
/* clang-format on */

/* Classes of output 0: values of label, indices of proba. */
/* clang-format off */
enum {
    LABEL_IN_PASSES_OUTPUT0_CLASS_0 = 0,
    LABEL_IN_PASSES_OUTPUT0_CLASS_1 = 1,
    LABEL_IN_PASSES_OUTPUT0_CLASS_2 = 2,
    LABEL_IN_PASSES_OUTPUT0_CLASS_3 = 3,
    LABEL_IN_PASSES_OUTPUT0_CLASS_4 = 4,
    LABEL_IN_PASSES_OUTPUT0_CLASS_5 = 5,
    LABEL_IN_PASSES_OUTPUT0_CLASS_6 = 6,
    LABEL_IN_PASSES_OUTPUT0_CLASS_7 = 7,
    LABEL_IN_PASSES_OUTPUT0_CLASS_8 = 8,
    LABEL_IN_PASSES_OUTPUT0_CLASS_9 = 9,
    LABEL_IN_PASSES_OUTPUT0_CLASS_10 = 10,
    LABEL_IN_PASSES_OUTPUT0_CLASS_11 = 11
};
/* clang-format on */

/* Classes of output 1: values of label, indices of proba. */
/* clang-format off */
enum {
    LABEL_IN_PASSES_OUTPUT1_CLASS_0 = 0,
    LABEL_IN_PASSES_OUTPUT1_CLASS_1 = 1,
    LABEL_IN_PASSES_OUTPUT1_CLASS_2 = 2,
    LABEL_IN_PASSES_OUTPUT1_CLASS_3 = 3,
    LABEL_IN_PASSES_OUTPUT1_CLASS_4 = 4,
    LABEL_IN_PASSES_OUTPUT1_CLASS_5 = 5,
    LABEL_IN_PASSES_OUTPUT1_CLASS_6 = 6,
    LABEL_IN_PASSES_OUTPUT1_CLASS_7 = 7,
    LABEL_IN_PASSES_OUTPUT1_CLASS_8 = 8,
    LABEL_IN_PASSES_OUTPUT1_CLASS_9 = 9,
    LABEL_IN_PASSES_OUTPUT1_CLASS_10 = 10,
    LABEL_IN_PASSES_OUTPUT1_CLASS_11 = 11
};
/* clang-format on */

/* Classes of output 2: values of label, indices of proba. */
/* clang-format off */
enum {
    LABEL_IN_PASSES_OUTPUT2_CLASS_0 = 0,
    LABEL_IN_PASSES_OUTPUT2_CLASS_1 = 1,
    LABEL_IN_PASSES_OUTPUT2_CLASS_2 = 2,
    LABEL_IN_PASSES_OUTPUT2_CLASS_3 = 3,
    LABEL_IN_PASSES_OUTPUT2_CLASS_4 = 4,
    LABEL_IN_PASSES_OUTPUT2_CLASS_5 = 5,
    LABEL_IN_PASSES_OUTPUT2_CLASS_6 = 6,
    LABEL_IN_PASSES_OUTPUT2_CLASS_7 = 7,
    LABEL_IN_PASSES_OUTPUT2_CLASS_8 = 8,
    LABEL_IN_PASSES_OUTPUT2_CLASS_9 = 9,
    LABEL_IN_PASSES_OUTPUT2_CLASS_10 = 10,
    LABEL_IN_PASSES_OUTPUT2_CLASS_11 = 11
};
/* clang-format on */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int32_t label[3];
} label_in_passes_output_t;

/* One inference. x and out must not be NULL. Answers THB_OK. */
thb_status_t label_in_passes_predict(const int16_t x[LABEL_IN_PASSES_N_FEATURES],
                                     label_in_passes_output_t *out);

/* What the model says of itself; the linker drops it where the program does not name it. */
extern const thb_model_t label_in_passes_model;

#ifdef __cplusplus
}
#endif

#endif
