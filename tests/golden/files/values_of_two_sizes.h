/* SPDX-License-Identifier: MIT-0 */
/* values_of_two_sizes: sklearn.LinearRegression, compiled by thumbling 0.0.0.
 * Model id 64f62169273ebeff. Compiled from values_of_two_sizes.joblib, SHA-256 0123456789abcdef..,
 * by:
 *   thumbling compile values_of_two_sizes.joblib --board nucleo_f401re --data rows.csv \
 *       --input-type int16
 *
 * Input: 3 x int16, the real values themselves:
 *   x[0]  x0  (0 .. 5 is certified)
 *   x[1]  x1  (0 .. 3 is certified)
 *   x[2]  x2  (0 .. 10 is certified)
 * Output:
 *   value[2]  real = stored * scale, which is 1/32, 1/8388608 in turn; bounded, |error| <=
 *   6.66134e-12, 1.38236e-17
 *       for inputs within the range of the data weights are rounded to a power of two, sums are
 *       exact
 * Fidelity to the source, measured on the data when this was compiled, on
 *   stored rows (what the compiler does): worst error below 1e-12, 24 rows
 *   the real rows as they were (what its caller gets): worst error below 1e-12, 24 rows
 */
#ifndef VALUES_OF_TWO_SIZES_H
#define VALUES_OF_TWO_SIZES_H

#include "thumbling/thumbling.h"

#define VALUES_OF_TWO_SIZES_MODEL_ID   "64f62169273ebeff"
#define VALUES_OF_TWO_SIZES_INPUT_T    int16_t
#define VALUES_OF_TWO_SIZES_N_FEATURES 3
#define VALUES_OF_TWO_SIZES_N_VALUE    2
/* One scale for each value, as initialisers: const double scale[] =
 * VALUES_OF_TWO_SIZES_VALUE_SCALE; */
/* clang-format off */
#define VALUES_OF_TWO_SIZES_VALUE_SCALE_NUM {1.0, 1.0}
#define VALUES_OF_TWO_SIZES_VALUE_SCALE_DEN {32.0, 8388608.0}
#define VALUES_OF_TWO_SIZES_VALUE_SCALE {1.0 / 32.0, 1.0 / 8388608.0}
#define VALUES_OF_TWO_SIZES_VALUE_SCALE_0 (1.0 / 32.0)
#define VALUES_OF_TWO_SIZES_VALUE_SCALE_1 (1.0 / 8388608.0)
/* clang-format on */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int32_t value[2];
} values_of_two_sizes_output_t;

/* One inference. x and out must not be NULL. Answers THB_OK. */
thb_status_t values_of_two_sizes_predict(const int16_t x[VALUES_OF_TWO_SIZES_N_FEATURES],
                                         values_of_two_sizes_output_t *out);

/* What the model says of itself; the linker drops it where the program does not name it. */
extern const thb_model_t values_of_two_sizes_model;

#ifdef __cplusplus
}
#endif

#endif
