/* SPDX-License-Identifier: MIT */
#ifndef THUMBLING_THUMBLING_H
#define THUMBLING_THUMBLING_H

#include <stdint.h>

/* Generated code names the version of the runtime it was written for and stops the build on another. */
#define THB_RUNTIME_ABI 1

#ifdef __cplusplus
extern "C" {
#endif

/* What a prediction returns. Zero is success, errors are negative; outputs are valid only with THB_OK. */
typedef enum {
    THB_OK = 0,
    THB_ERR_NAN = -1 /* an input that must be a number is NaN */
} thb_status_t;

#ifdef __cplusplus
}
#endif

#endif
