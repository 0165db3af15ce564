/* SPDX-License-Identifier: MIT */
/* Guarded, since a program of one file may include it once for each model. */
#ifndef THUMBLING_SOFTMAX_C
#define THUMBLING_SOFTMAX_C

#include "thumbling/softmax.h"

#define THB_ONE_Q16   65536U
#define THB_LOG2E_Q30 1549082005U /* 1 / ln 2 */
#define THB_LN2_Q16   45426U

/* 2**(-i / 32) in units of 2**-30 */
static const uint32_t thb_exp_table[32] = {
    1073741824U, 1050733751U, 1028218693U, 1006186087U, 984625594U, 963527098U, 942880699U,
    922676710U,  902905651U,  883558244U,  864625413U,  846098274U, 827968132U, 810226483U,
    792865000U,  775875538U,  759250125U,  742980960U,  727060411U, 711481005U, 696235434U,
    681316545U,  666717336U,  652430958U,  638450708U,  624770026U, 611382493U, 598281827U,
    585461881U,  572916640U,  560640218U,  548626854U,
};

/* exp(-distance * 2**-fraction_bits) in units of 2**-16; fraction_bits is 0 to 40. */
static uint32_t thb_exp_q16(uint32_t distance, unsigned fraction_bits)
{
    /* exp(-d) = 2**-e, e in units of 2**-20; d * THB_LOG2E_Q30 is below 2**63 */
    const uint64_t exponent = ((uint64_t)distance * THB_LOG2E_Q30) >> (fraction_bits + 10U);
    const uint32_t whole = exponent >> 20 > 18U ? 18U : (uint32_t)(exponent >> 20);
    if (whole == 18U) {
        return 0U; /* below half a unit */
    }
    const uint32_t low = (uint32_t)exponent;
    const uint32_t linear = ((low & 0x7FFFU) * THB_LN2_Q16) >> 4; /* Q32, below 2**27 */
    const uint32_t parabola = linear - (((linear >> 11) * (linear >> 11)) >> 11);
    const uint32_t table = thb_exp_table[(low >> 15) & 31U];
    const uint32_t power = table - (uint32_t)(((uint64_t)table * parabola) >> 32); /* Q30 */
    return (power + ((uint32_t)1 << (13U + whole))) >> (14U + whole);
}

/* part / whole in units of 2**-15, rounded; part <= 2**16 and whole < 2**32 - 2**31 + 2**16 */
static uint32_t thb_ratio(uint32_t part, uint32_t whole)
{
    return (part * 32768U + whole / 2U) / whole;
}

/* |score|, also of the least int32_t */
static uint32_t thb_magnitude(int32_t score)
{
    return score < 0 ? 0U - (uint32_t)score : (uint32_t)score;
}

static int32_t thb_greatest(const int32_t *score, unsigned n)
{
    int32_t best = score[0];
    for (unsigned i = 1; i < n; i++) {
        if (score[i] > best) {
            best = score[i];
        }
    }
    return best;
}

/* Divides n weights by their sum, in place. */
static void thb_normalise(int32_t *weight, unsigned n, uint32_t sum)
{
    for (unsigned i = 0; i < n; i++) {
        weight[i] = (int32_t)thb_ratio((uint32_t)weight[i], sum);
    }
}

THB_SHARED void thb_softmax(const int32_t *score, int32_t *proba, unsigned n,
                            unsigned fraction_bits)
{
    const int32_t best = thb_greatest(score, n);
    uint32_t sum = 0U;
    for (unsigned i = 0; i < n; i++) {
        const uint32_t power = thb_exp_q16((uint32_t)best - (uint32_t)score[i], fraction_bits);
        proba[i] = (int32_t)power;
        sum += power;
    }
    thb_normalise(proba, n, sum);
}

THB_SHARED void thb_sigmoid(int32_t score, int32_t *proba, unsigned fraction_bits)
{
    const uint32_t power = thb_exp_q16(thb_magnitude(score), fraction_bits);
    const int32_t small = (int32_t)thb_ratio(power, THB_ONE_Q16 + power);
    const int32_t second = score > 0 ? 32768 - small : small;
    proba[0] = 32768 - second;
    proba[1] = second;
}

THB_SHARED void thb_softmax_ovr(const int32_t *score, int32_t *proba, unsigned n,
                                unsigned fraction_bits)
{
    const int32_t best = thb_greatest(score, n);
    const int32_t common = best < 0 ? best : 0; /* its exp is a factor of all sigmoids: cancels */
    uint32_t sum = 0U;
    for (unsigned i = 0; i < n; i++) {
        const int32_t negative = score[i] < 0 ? score[i] : 0;
        const uint32_t power = thb_exp_q16((uint32_t)common - (uint32_t)negative, fraction_bits);
        const uint32_t one_plus = THB_ONE_Q16 + thb_exp_q16(thb_magnitude(score[i]), fraction_bits);
        const uint32_t weight = thb_ratio(power, one_plus);
        proba[i] = (int32_t)weight;
        sum += weight;
    }
    thb_normalise(proba, n, sum);
}

#endif
