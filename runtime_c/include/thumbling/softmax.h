/* SPDX-License-Identifier: MIT */
/*
 * Probabilities in units of 2**-15 from scores in units of 2**-fraction_bits, by integers alone.
 *
 * The reference is thumbling.reference.softmax; its error bounds are proved there and in
 * thumbling.fixedpoint.exp_q16.
 */
#ifndef THUMBLING_SOFTMAX_H
#define THUMBLING_SOFTMAX_H

#include "compiler.h"

#define thb_softmax     THB_SHARED_NAME(thb_softmax)
#define thb_sigmoid     THB_SHARED_NAME(thb_sigmoid)
#define thb_softmax_ovr THB_SHARED_NAME(thb_softmax_ovr)

#ifdef __cplusplus
extern "C" {
#endif

/* n competing scores to n probabilities; score and proba may be the same array. */
void thb_softmax(const int32_t *score, int32_t *proba, unsigned n, unsigned fraction_bits);

/* One score to the probabilities of the first and the second class. */
void thb_sigmoid(int32_t score, int32_t *proba, unsigned fraction_bits);

/* One sigmoid for each score, over their sum; score and proba may be the same array. */
void thb_softmax_ovr(const int32_t *score, int32_t *proba, unsigned n, unsigned fraction_bits);

#ifdef __cplusplus
}
#endif

#endif
