/* SPDX-License-Identifier: MIT */
/* Whether a block of constants is whole and for this code. */
#ifndef THUMBLING_BLOCK_CHECK_H
#define THUMBLING_BLOCK_CHECK_H

#include "block.h"
#include "compiler.h"
#include "thumbling.h"

#define thb_block_check THB_SHARED_NAME(thb_block_check)

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Reads the head of a block and, if it is right, the rest of `length` bytes: eight steps a byte, so
 * call it once, when a block is new. Answers THB_OK or the first of these that holds:
 * THB_ERR_NO_BLOCK, THB_ERR_BLOCK_ABI, THB_ERR_BLOCK_LAYOUT, THB_ERR_BLOCK_CRC.
 */
thb_status_t thb_block_check(const thb_block_t *block, const uint8_t layout_id[8], uint32_t length);

#ifdef __cplusplus
}
#endif

/* Keeps a compiler that sees the whole program from computing with a block that may be replaced;
 * and says where a block begins at least, so that weights are read by words. */
#if defined(__GNUC__)
#define THB_REPLACEABLE(block) __asm__("" : "+r"(block))
#define THB_AT_A_WORD(block)   ((block) = __builtin_assume_aligned(block, 4))
#else
#define THB_REPLACEABLE(block) ((void)0)
#define THB_AT_A_WORD(block)   ((void)(block))
#endif

#endif
