/* SPDX-License-Identifier: MIT-0 */
/* block_logistic: the constants of model 321a8725b60e5e77, apart from its code.
 * A linker script places them by the name of this file's object.
 */
#include "block_logistic.h"

/* clang-format off */
const block_logistic_data_t block_logistic_data = {
    .head = {
        .magic = THB_BLOCK_MAGIC,
        .abi = 2U,
        .length = 72U,
        .crc32 = 0xD476F528U,
        .layout_id = {0x78, 0xBE, 0x24, 0x8C, 0x6E, 0x94, 0x4C, 0xA7},
        .model_id = {0x32, 0x1A, 0x87, 0x25, 0xB6, 0x0E, 0x5E, 0x77},
    },
    /* Weights by 8 features, an odd rest filled with zero: those of each output. */
    .score_weight = {
        8192, -4096, 16384, 0, -24576, 12288, 2048, 0, 16384, -8192, -18432, 0,
    },
    /* Bias of each sum. */
    .score_bias = {
        -41943040, 3145728, 38797312,
    },
    /* Feature j is read as fixed point with s fraction bits, stored here as 158 - s. */
    .score_exponent = {
        148, 147, 149,
    },
    /* Fraction bits of the scores. */
    .proba_fraction_bits = {
        25,
    },
};
/* clang-format on */
