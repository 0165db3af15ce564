# SPDX-License-Identifier: MIT
"""Meaning of `Softmax`: probabilities in units of 2**-15 by integers alone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from thumbling.errors import InternalError
from thumbling.fixedpoint import EXP_ONE, Int64Array, exp_q16
from thumbling.ir.ops.softmax import Softmax
from thumbling.reference.meaning import Evaluation, meaning


def _ratio(part: Int64Array, whole: Int64Array) -> Int64Array:
    """`part / whole` in units of 2**-15, rounded to nearest; part <= 2**16, whole < 2**32."""
    return (part * (1 << 15) + whole // 2) // whole


def _softmax(score: Int64Array, fraction_bits: int) -> Int64Array:
    power = exp_q16(score.max(axis=1, keepdims=True) - score, fraction_bits)
    return _ratio(power, power.sum(axis=1, keepdims=True))


def _sigmoid(score: Int64Array, fraction_bits: int) -> Int64Array:
    power = exp_q16(np.abs(score), fraction_bits)
    small = _ratio(power, EXP_ONE + power)
    second = np.where(score > 0, (1 << 15) - small, small)
    return np.concatenate([(1 << 15) - second, second], axis=1)


def _ovr(score: Int64Array, fraction_bits: int) -> Int64Array:
    """Sigmoids over their sum.

    Where all scores are negative, all sigmoids carry the factor exp(greatest score); it cancels,
    so it is left out and small sigmoids keep their precision.
    """
    common = np.minimum(score.max(axis=1, keepdims=True), 0)
    power = exp_q16(common - np.minimum(score, 0), fraction_bits)
    weight = _ratio(power, EXP_ONE + exp_q16(np.abs(score), fraction_bits))
    return _ratio(weight, weight.sum(axis=1, keepdims=True))


@meaning(Softmax)
def evaluate_softmax(op: Softmax, at: Evaluation, score: npt.NDArray[np.generic]) -> Int64Array:
    """Probabilities of score rows of shape (n, n_scores)."""
    match op.mode:
        case "softmax":
            return _softmax(score.astype(np.int64), op.fraction_bits)
        case "sigmoid":
            return _sigmoid(score.astype(np.int64), op.fraction_bits)
        case "ovr":
            return _ovr(score.astype(np.int64), op.fraction_bits)
    raise InternalError(f"no softmax mode is called {op.mode!r}")


def softmax_error(mode: str, n_scores: int) -> Fraction:
    """Bound on the error of a probability against the exact function of the same scores.

    One exponential is off by at most e = 2**-17 + 2**-18 + 2**-18 = 2**-16 (`exp_q16`, its
    relative part at most absolute as exp <= 1), a quotient by 2**-16 from rounding.
    softmax: the sum is at least 1 and off by (n - 1) e (the greatest term is exact), so a
    probability by at most e + (n - 1) e + 2**-16. sigmoid: the same with two terms.
    ovr: a weight is off by 2 e + 2**-16, the sum of weights at least 1/2, hence twice n + 1 times.
    """
    unit = Fraction(1, 1 << 16)
    if mode == "softmax":
        return (n_scores + 1) * unit
    if mode == "sigmoid":
        return 3 * unit
    return 2 * (n_scores + 1) * 3 * unit + unit
