/* SPDX-License-Identifier: MIT */
/* Guarded, since a program of one file may include it once for each model. */
#ifndef THUMBLING_BLOCK_C
#define THUMBLING_BLOCK_C

#include "thumbling/block_check.h"

#define THB_CRC_POLYNOMIAL 0xEDB88320U
#define THB_CRC_FROM       16U /* the first byte behind the CRC itself */

static uint32_t thb_crc32(const uint8_t *at, const uint8_t *end)
{
    uint32_t crc = 0xFFFFFFFFU;
    for (; at != end; at++) {
        crc ^= *at;
        for (uint32_t bit = 0; bit < 8U; bit++) {
            crc = crc >> 1 ^ (THB_CRC_POLYNOMIAL & (0U - (crc & 1U)));
        }
    }
    return ~crc;
}

THB_SHARED thb_status_t thb_block_check(const thb_block_t *block, const uint8_t layout_id[8],
                                        uint32_t length)
{
    const uint8_t *const bytes = (const uint8_t *)block;
    if (block->magic != THB_BLOCK_MAGIC) {
        return THB_ERR_NO_BLOCK;
    }
    if (block->abi != THB_RUNTIME_ABI) {
        return THB_ERR_BLOCK_ABI;
    }
    for (uint32_t i = 0; i < sizeof block->layout_id; i++) {
        if (block->layout_id[i] != layout_id[i]) {
            return THB_ERR_BLOCK_LAYOUT;
        }
    }
    if (block->length != length) {
        return THB_ERR_BLOCK_CRC;
    }
    return block->crc32 == thb_crc32(bytes + THB_CRC_FROM, bytes + length) ? THB_OK
                                                                           : THB_ERR_BLOCK_CRC;
}

#endif
