/* SPDX-License-Identifier: MIT */
/* How the firmware sees the one model it carries; thb_app.c, rendered per model, fills it in. */
#ifndef THB_APP_H
#define THB_APP_H

#include <stdint.h>

#include "thumbling/thumbling.h"

typedef struct {
    uint8_t model_id[8];
    uint32_t in_bytes;  /* of one row: all inputs, aligned as in a struct */
    uint32_t out_bytes; /* of <name>_output_t */
    const char *name;
    const char *version;
    thb_status_t (*predict)(const void *in, void *out); /* both aligned to 8 bytes */
    void (*reset)(void); /* begins a new stream of rows; NULL where nothing is kept between them */
} thb_app_t;

extern const thb_app_t thb_app;

#endif
