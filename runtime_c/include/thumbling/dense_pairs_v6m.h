/* SPDX-License-Identifier: MIT */
/*
 * The 32-bit rows of dense_pairs.h for Armv6-M (Cortex-M0, M0+), whose compilers keep nothing in
 * r8..r12: sums live there, a pair of weights is one aligned word, 8 cycles for two products.
 * dense_pairs.h includes this for these cores and says what the functions mean.
 */
#ifndef THUMBLING_DENSE_PAIRS_V6M_H
#define THUMBLING_DENSE_PAIRS_V6M_H

#include "dense_pairs.h"

#if defined(__ARM_ARCH_6M__) && !defined(THB_NO_INTRINSICS)

#ifdef __cplusplus
extern "C" {
#endif

/* Row r's sum, and in the register after the last row's the pointer to the sums: cheapest first. */
#define THB_V6M_0_      "r12"
#define THB_V6M_1_      "lr"
#define THB_V6M_2_      "r8"
#define THB_V6M_3_      "r9"
#define THB_V6M_4_      "r10"
#define THB_V6M_5_      "r11"
#define THB_V6M_SUM_1_  THB_V6M_1_
#define THB_V6M_SUM_2_  THB_V6M_2_
#define THB_V6M_SUM_3_  THB_V6M_3_
#define THB_V6M_SUM_4_  THB_V6M_4_
#define THB_V6M_SUM_5_  THB_V6M_5_
#define THB_V6M_USED_1_ THB_V6M_0_, THB_V6M_1_
#define THB_V6M_USED_2_ THB_V6M_USED_1_, THB_V6M_2_
#define THB_V6M_USED_3_ THB_V6M_USED_2_, THB_V6M_3_
#define THB_V6M_USED_4_ THB_V6M_USED_3_, THB_V6M_4_
#define THB_V6M_USED_5_ THB_V6M_USED_4_, THB_V6M_5_

#define THB_V6M_BEGIN_(r) "ldr %[p], [%[t], #4*" #r "]\n\tmov " THB_V6M_##r##_ ", %[p]\n\t"
#define THB_V6M_END_(r)   "mov %[u], " THB_V6M_##r##_ "\n\tstr %[u], [%[t], #4*" #r "]\n\t"

/* t is w[0] | w[1] << 16. */
#define THB_V6M_MAC_(r)                                                   \
    "ldmia %[w]!, {%[t]}\n\tsxth %[u], %[t]\n\tmuls %[u], %[p], %[u]\n\t" \
    "add " THB_V6M_##r##_ ", %[u]\n\tasrs %[t], %[t], #16\n\t"            \
                          "muls %[t], %[q], %[t]\n\tadd " THB_V6M_##r##_ ", %[t]\n\t"

/* LDRSH and LDRSB have no form with a constant offset. */
#define THB_V6M_PAIR_(load, first, second)                      \
    "movs %[p], #" #first "\n\t" load " %[p], [%[x], %[p]]\n\t" \
    "movs %[q], #" #second "\n\t" load " %[q], [%[x], %[q]]\n\t"
#define THB_V6M_BYTES_(first, second) \
    "ldrb %[p], [%[x], #" #first "]\n\tldrb %[q], [%[x], #" #second "]\n\t"
#define THB_V6M_UNIT_S16_S16_(rows) \
    THB_V6M_PAIR_("ldrsh", 0, 2) THB_DENSE_EACH_##rows##_(THB_V6M_MAC_) "adds %[x], #4\n\t"
#define THB_V6M_UNIT_S8_S16_(rows)                                      \
    THB_V6M_PAIR_("ldrsb", 0, 2)                                        \
    THB_DENSE_EACH_##rows##_(THB_V6M_MAC_) THB_V6M_PAIR_("ldrsb", 1, 3) \
        THB_DENSE_EACH_##rows##_(THB_V6M_MAC_) "adds %[x], #4\n\t"
#define THB_V6M_UNIT_U8_S16_(rows)                              \
    THB_V6M_BYTES_(0, 2)                                        \
    THB_DENSE_EACH_##rows##_(THB_V6M_MAC_) THB_V6M_BYTES_(1, 3) \
        THB_DENSE_EACH_##rows##_(THB_V6M_MAC_) "adds %[x], #4\n\t"

/* 8-bit weights: the word of a row is read twice, for its bytes 0 and 1, then 2 and 3. */
#define THB_V6M_LOW_(r)                                                                \
    "ldr %[t], [%[w], #4*" #r "]\n\tsxtb %[u], %[t]\n\tmuls %[u], %[p], %[u]\n\t"      \
    "add " THB_V6M_##r##_ ", %[u]\n\tlsls %[t], %[t], #16\n\tasrs %[t], %[t], #24\n\t" \
                          "muls %[t], %[q], %[t]\n\tadd " THB_V6M_##r##_ ", %[t]\n\t"
#define THB_V6M_HIGH_(r)                                                                          \
    "ldr %[t], [%[w], #4*" #r "]\n\tlsls %[u], %[t], #8\n\tasrs %[u], %[u], #24\n\t"              \
    "muls %[u], %[p], %[u]\n\tadd " THB_V6M_##r##_ ", %[u]\n\tasrs %[t], %[t], #24\n\t"           \
                                                   "muls %[t], %[q], %[t]\n\tadd " THB_V6M_##r##_ \
        ", %[t]\n\t"
#define THB_V6M_UNIT_S16_S8_(rows)                                      \
    THB_V6M_PAIR_("ldrsh", 0, 4)                                        \
    THB_DENSE_EACH_##rows##_(THB_V6M_LOW_) THB_V6M_PAIR_("ldrsh", 2, 6) \
        THB_DENSE_EACH_##rows##_(THB_V6M_HIGH_) "adds %[x], #8\n\t"     \
                                                "adds %[w], #4*" #rows "\n\t"
#define THB_V6M_UNIT_S8_S8_(rows)                                       \
    THB_V6M_PAIR_("ldrsb", 0, 1)                                        \
    THB_DENSE_EACH_##rows##_(THB_V6M_LOW_) THB_V6M_PAIR_("ldrsb", 2, 3) \
        THB_DENSE_EACH_##rows##_(THB_V6M_HIGH_) "adds %[x], #4\n\t"     \
                                                "adds %[w], #4*" #rows "\n\t"
#define THB_V6M_UNIT_U8_S8_(rows)                                   \
    THB_V6M_BYTES_(0, 1)                                            \
    THB_DENSE_EACH_##rows##_(THB_V6M_LOW_) THB_V6M_BYTES_(2, 3)     \
        THB_DENSE_EACH_##rows##_(THB_V6M_HIGH_) "adds %[x], #4\n\t" \
                                                "adds %[w], #4*" #rows "\n\t"

/*
 * `step` is the number of inputs of a unit. The empty assembly hides what `end` is: on the stack the
 * sums may begin where the inputs end, and a compiler that sees that keeps both in one register,
 * which then changes.
 */
#define THB_V6M_ROWS_(x_name, x_type, w_name, w_type, UNIT, step, rows)                           \
    THB_INLINE void thb_dense_##x_name##_##w_name##_rows##rows##_acc32(                           \
        const int32_t *bias, const x_type *x, const w_type *w, int32_t *sum, unsigned turns,      \
        unsigned units)                                                                           \
    {                                                                                             \
        const x_type *end = x + turns * units * (step);                                           \
        int32_t p, q;                                                                             \
        __asm__("" : "+l"(end));                                                                  \
        __asm__ volatile(                                                                         \
            ".syntax unified\n\t" THB_DENSE_EACH_##rows##_(                                       \
                THB_V6M_BEGIN_) "mov " THB_V6M_SUM_##rows##_                                      \
            ", %[u]\n"                                                                            \
            "1:\n\t" UNIT(rows) "cmp %[x], %[end]\n\tbne 1b\n\t"                                  \
                                "mov %[t], " THB_V6M_SUM_##rows##_                                \
            "\n\t" THB_DENSE_EACH_##rows##_(THB_V6M_END_)                                         \
            : [x] "+l"(x), [w] "+l"(w), [t] "+l"(bias), [u] "+l"(sum), [p] "=&l"(p), [q] "=&l"(q) \
            : [end] "l"(end)                                                                      \
            : THB_V6M_USED_##rows##_, "cc", "memory");                                            \
    }

#define THB_V6M_BYTES_FAMILY_(rows)                                         \
    THB_V6M_ROWS_(u8, uint8_t, s16, int16_t, THB_V6M_UNIT_U8_S16_, 4, rows) \
    THB_V6M_ROWS_(s8, int8_t, s16, int16_t, THB_V6M_UNIT_S8_S16_, 4, rows)  \
    THB_V6M_ROWS_(s16, int16_t, s8, int8_t, THB_V6M_UNIT_S16_S8_, 4, rows)  \
    THB_V6M_ROWS_(u8, uint8_t, s8, int8_t, THB_V6M_UNIT_U8_S8_, 4, rows)    \
    THB_V6M_ROWS_(s8, int8_t, s8, int8_t, THB_V6M_UNIT_S8_S8_, 4, rows)
#define THB_V6M_WORDS_FAMILY_(rows) \
    THB_V6M_ROWS_(s16, int16_t, s16, int16_t, THB_V6M_UNIT_S16_S16_, 2, rows)

THB_V6M_BYTES_FAMILY_(1)
THB_V6M_BYTES_FAMILY_(2)
THB_V6M_BYTES_FAMILY_(3)
THB_V6M_BYTES_FAMILY_(4)
THB_V6M_BYTES_FAMILY_(5)
THB_V6M_WORDS_FAMILY_(2)
THB_V6M_WORDS_FAMILY_(3)
THB_V6M_WORDS_FAMILY_(4)
THB_V6M_WORDS_FAMILY_(5)

/* One row goes by one offset for inputs and weights, from the end: as fast and half the code. */
THB_INLINE void thb_dense_s16_s16_rows1_acc32(const int32_t *bias, const int16_t *x,
                                              const int16_t *w, int32_t *sum, unsigned turns,
                                              unsigned units)
{
    int32_t acc = bias[0], offset = (int32_t)(turns * units * 4U) - 2, p, q;
    __asm__ volatile(".syntax unified\n"
                     "1:\n\t"
                     "ldrsh %[p], [%[x], %[offset]]\n\t"
                     "ldrsh %[q], [%[w], %[offset]]\n\t"
                     "muls %[p], %[q], %[p]\n\t"
                     "adds %[acc], %[acc], %[p]\n\t"
                     "subs %[offset], #2\n\t"
                     "bpl 1b\n\t"
                     : [acc] "+l"(acc), [offset] "+l"(offset), [p] "=&l"(p), [q] "=&l"(q)
                     : [x] "l"(x), [w] "l"(w)
                     : "cc", "memory");
    sum[0] = acc;
}

#ifdef __cplusplus
}
#endif

#endif

#endif
