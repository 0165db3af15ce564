/* SPDX-License-Identifier: MIT-0 */
/* block_logistic: sklearn.StandardScaler > LogisticRegression, compiled by thumbling 0.0.0.
 * Model id 321a8725b60e5e77. Compiled from block_logistic.joblib, SHA-256 0123456789abcdef.., by:
 *   thumbling compile block_logistic.joblib --board nucleo_f401re --data rows.csv --output all \
 *       --constants block
 *
 * Input: 3 x float32, the real values themselves:
 *   x[0]  x0  (-13.5 .. 18.5 is certified)
 *   x[1]  x1  (-6.5 .. 9.5 is certified)
 *   x[2]  x2  (-27 .. 37 is certified)
 * Output:
 *   label  the index of the class; bounded
 *       for inputs within the range of the data or scaled to -8..8, whichever is wider a label can
 *       differ only where the source's two best scores lie within 0.0013
 *   proba[3]  real = stored * 1/32768; bounded, |error| <= 0.000385428
 *       for inputs within the range of the data or scaled to -8..8, whichever is wider scores are
 *       bounded and the integer exp is proved
 *   score[3]  real = stored * 1/33554432; bounded, |error| <= 0.000648786
 *       for inputs within the range of the data or scaled to -8..8, whichever is wider weights are
 *       rounded to one power of two, sums are exact
 * Fidelity to the source, measured on the data when this was compiled, on
 *   stored rows (what the compiler does): 24 of 24 labels equal, worst error 2.4e-05
 *   the real rows as they were (what its caller gets): 24 of 24 labels equal, worst error 2.4e-05
 * Classes: 0 = 0; 1 = 1; 2 = 2
 */
#ifndef BLOCK_LOGISTIC_H
#define BLOCK_LOGISTIC_H

#include "thumbling/thumbling.h"
#include "thumbling/block.h"

#define BLOCK_LOGISTIC_MODEL_ID            "321a8725b60e5e77"
#define BLOCK_LOGISTIC_INPUT_T             float
#define BLOCK_LOGISTIC_N_FEATURES          3
#define BLOCK_LOGISTIC_PROBA_SCALE_NUM     1.0
#define BLOCK_LOGISTIC_PROBA_SCALE_DEN     32768.0
#define BLOCK_LOGISTIC_PROBA_SCALE         (1.0 / 32768.0)
#define BLOCK_LOGISTIC_PROBA_SCALE_NUM_INT 1
#define BLOCK_LOGISTIC_PROBA_SCALE_DEN_INT 32768
#define BLOCK_LOGISTIC_N_PROBA             3
#define BLOCK_LOGISTIC_SCORE_SCALE_NUM     1.0
#define BLOCK_LOGISTIC_SCORE_SCALE_DEN     33554432.0
#define BLOCK_LOGISTIC_SCORE_SCALE         (1.0 / 33554432.0)
#define BLOCK_LOGISTIC_SCORE_SCALE_NUM_INT 1
#define BLOCK_LOGISTIC_SCORE_SCALE_DEN_INT 33554432
#define BLOCK_LOGISTIC_N_SCORE             3
#define BLOCK_LOGISTIC_N_CLASSES           3
/* clang-format off */
#define BLOCK_LOGISTIC_CLASS_NAMES {"0", "1", "2"}
/* clang-format on */

/* Classes: values of label, indices of proba. */
/* clang-format off */
enum {
    BLOCK_LOGISTIC_CLASS_0 = 0,
    BLOCK_LOGISTIC_CLASS_1 = 1,
    BLOCK_LOGISTIC_CLASS_2 = 2
};
/* clang-format on */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int32_t label;
    int32_t proba[3];
    int32_t score[3];
} block_logistic_output_t;

/* One inference. x and out must not be NULL. Answers THB_OK or THB_ERR_NAN. */
thb_status_t block_logistic_predict(const float x[BLOCK_LOGISTIC_N_FEATURES],
                                    block_logistic_output_t *out);

/* All that was learned. Its bytes are the same on every target. */
typedef struct {
    thb_block_t head;
    int16_t score_weight[12];
    int32_t score_bias[3];
    uint8_t score_exponent[3];
    uint8_t proba_fraction_bits[1];
} block_logistic_data_t;

/* clang-format off */
/* The block this was compiled with: block_logistic_data.c, and its bytes block_logistic_data.bin.
 * */
extern const block_logistic_data_t block_logistic_data;

/* Whether at data, a multiple of 8, lies a whole block for this code. Answers THB_OK, or the
 * first of these that holds: THB_ERR_NO_BLOCK, THB_ERR_BLOCK_ABI, THB_ERR_BLOCK_LAYOUT,
 * THB_ERR_BLOCK_CRC. */
thb_status_t block_logistic_check(const block_logistic_data_t *data);
/* clang-format on */

/* As block_logistic_predict, with another block, which block_logistic_check has found good. */
thb_status_t block_logistic_predict_with(const block_logistic_data_t *data,
                                         const float x[BLOCK_LOGISTIC_N_FEATURES],
                                         block_logistic_output_t *out);

/* What the model says of itself; the linker drops it where the program does not name it. */
extern const thb_model_t block_logistic_model;

#ifdef __cplusplus
}
#endif

#endif
