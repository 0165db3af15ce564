/* SPDX-License-Identifier: MIT */
#ifndef THUMBLING_THUMBLING_H
#define THUMBLING_THUMBLING_H

#include <stdint.h>

/* Generated code names the version of the runtime it was written for and stops the build on another. */
#define THB_RUNTIME_ABI 2

#ifdef __cplusplus
extern "C" {
#endif

/* What a prediction returns. Zero is success, errors are negative; outputs are valid only with THB_OK.
 * An enum's size would depend on flags such as -fshort-enums. */
typedef int32_t thb_status_t;
enum {
    THB_OK = 0,
    THB_ERR_NAN = -1 /* an input that must be a number is NaN */
};

#ifdef __cplusplus
}
#endif

#endif
