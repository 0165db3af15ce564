/* SPDX-License-Identifier: MIT */
/*
 * The constants of a model as one block apart from its code, so that a new model's can take their
 * place: in pages of flash of their own, or wherever the caller has checked some.
 *
 * A block is a struct that begins with thb_block_t. It is little-endian, every member lies at a
 * multiple of its size, and what is between them is zero: the same bytes on every target.
 */
#ifndef THUMBLING_BLOCK_H
#define THUMBLING_BLOCK_H

#include <stdint.h>

/* "THBC", low byte first. */
#define THB_BLOCK_MAGIC 0x43424854U

typedef struct {
    uint32_t magic;       /* THB_BLOCK_MAGIC */
    uint32_t abi;         /* THB_RUNTIME_ABI of the code it is for */
    uint32_t length;      /* bytes of the whole block */
    uint32_t crc32;       /* of all bytes behind this one: IEEE 802.3, as zlib.crc32 */
    uint8_t layout_id[8]; /* which code can read it */
    uint8_t model_id[8];  /* whose constants it has */
} thb_block_t;

#endif
