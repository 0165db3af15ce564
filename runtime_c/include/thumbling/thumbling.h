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
    THB_ERR_NAN = -1,          /* an input that must be a number is NaN */
    THB_ERR_NO_BLOCK = -2,     /* no block of constants begins there */
    THB_ERR_BLOCK_ABI = -3,    /* the block was made for another version of the runtime */
    THB_ERR_BLOCK_LAYOUT = -4, /* the block was made for other code: its members differ */
    THB_ERR_BLOCK_CRC = -5     /* the block is damaged, or not all there */
};

/*
 * What a model says of itself, as <name>_model. `thumbling inspect` finds it by its magic in any
 * image that holds it. A linker that drops what nobody uses drops it, unless the program names it or
 * the linker is told -u <name>_model. Texts are UTF-8 with a zero behind, cut where they are longer.
 */
typedef struct {
    char magic[8];       /* "THBMODEL", without a zero */
    uint32_t bytes;      /* of this struct */
    uint32_t abi;        /* THB_RUNTIME_ABI */
    uint32_t n_features; /* values in x */
    uint32_t in_bytes;   /* of x */
    uint32_t out_bytes;  /* of <name>_output_t */
    uint8_t id[8];       /* <NAME>_MODEL_ID */
    char name[52];
    char version[24];   /* of thumbling */
    char input_type[8]; /* float32, int8 .. */
    char source[128];   /* what was compiled: sklearn.RandomForestClassifier */
    char outputs[64];   /* fields of <name>_output_t with their lengths: label[1],proba[3] */
} thb_model_t;

#ifdef __cplusplus
}
#endif

#endif
