/* SPDX-License-Identifier: MIT-0 */
/* regressor: sklearn.DecisionTreeRegressor, compiled by thumbling 0.0.0.
 * Model id 37a1733570d718e4. Compiled from regressor.joblib, SHA-256 0123456789abcdef.., by:
 *   thumbling compile regressor.joblib --board nucleo_f401re --data rows.csv --input-type int8 \
 *       --optimize speed
 *
 * Input: 3 x int8, the real values themselves:
 *   x[0]  x0  (0 .. 5 in the data)
 *   x[1]  x1  (0 .. 3 in the data)
 *   x[2]  x2  (0 .. 10 in the data)
 * Output:
 *   value  real = stored * 1/8192; exact
 *       tree paths and sums are exact: the source's value is this one, rounded to float64
 * Fidelity to the source, measured on the data when this was compiled, on
 *   stored rows (what the compiler does): worst error below 1e-12, 24 rows
 *   the real rows as they were (what its caller gets): worst error below 1e-12, 24 rows
 */
#ifndef REGRESSOR_H
#define REGRESSOR_H

#include "thumbling/thumbling.h"

#define REGRESSOR_MODEL_ID            "37a1733570d718e4"
#define REGRESSOR_INPUT_T             int8_t
#define REGRESSOR_N_FEATURES          3
#define REGRESSOR_VALUE_SCALE_NUM     1.0
#define REGRESSOR_VALUE_SCALE_DEN     8192.0
#define REGRESSOR_VALUE_SCALE         (1.0 / 8192.0)
#define REGRESSOR_VALUE_SCALE_NUM_INT 1
#define REGRESSOR_VALUE_SCALE_DEN_INT 8192

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int32_t value;
} regressor_output_t;

/* One inference. x and out must not be NULL. Answers THB_OK. */
thb_status_t regressor_predict(const int8_t x[REGRESSOR_N_FEATURES], regressor_output_t *out);

/* What the model says of itself; the linker drops it where the program does not name it. */
extern const thb_model_t regressor_model;

#ifdef __cplusplus
}
#endif

#endif
