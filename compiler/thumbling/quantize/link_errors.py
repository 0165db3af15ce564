# SPDX-License-Identifier: MIT
"""From bounds on scores to bounds on probabilities, ours and the source's own rounding."""

from __future__ import annotations

from typing import Final

import numpy as np

from thumbling.ir.source.linear import Linear
from thumbling.quantize.affine import Feature
from thumbling.quantize.upward import ROUNDOFF, above, upward
from thumbling.reference.softmax import softmax_error

LEAST_SCORE: Final = {"float32": -87.0, "float64": -700.0}
"""Sigmoids of scores below are subnormal or zero in the type of the scores."""

# exp and expit of NumPy and SciPy are off by at most 4 units in the last place (NumPy documents
# 2.5 for float32 exp); a unit is two roundoffs.
_FUNCTION = 8
_TURNS = 200


def _source_error(kind: str, n_scores: int, dtype: str) -> float:
    """Bound on |probability the source computes - that of its scores|, in units of roundoff.

    sigmoid: the function, and 1 - p. softmax: a difference d of scores is off by d, so its exp
    by d exp(-d) < 1, then the function; p has them once and, with all additions, in the sum.
    ovr: the function once and in the sum. A quotient rounds once.
    """
    match kind:
        case "sigmoid":
            units = _FUNCTION + 1
        case "softmax":
            units = 2 * (_FUNCTION + 1) + 2 * n_scores
        case _:
            units = 2 * _FUNCTION + n_scores + 1
    return 1.01 * units * ROUNDOFF[dtype]


def proba_error(kind: str, n_scores: int, score_error: float, dtype: str) -> float:
    """Bound on the error of a probability whose scores are all off by at most `score_error`.

    `kind` is that of the link; `dtype` is the type of the source's scores and probabilities.
    """
    # A probability moves at most 1/2 (sigmoid: 1/4) for each unit all scores may be off.
    slope = 0.25 if kind == "sigmoid" else 0.5
    ours = above(softmax_error(kind, n_scores))
    error = upward(slope * score_error + ours + _source_error(kind, n_scores, dtype), 4)
    return min(error, 1.0) if np.isfinite(error) else error


def least_best_score(linear: Linear, features: tuple[Feature, ...]) -> float:
    """A number that the greatest score of no row where q is as seen is below.

    The greatest is not below any mean of them, and the least value of a mean is at an end of every
    feature. Any weights prove something; they are sought as in a game, in which those classes gain
    weight that score most on the row that is worst so far (multiplicative weights).
    """
    ends = np.array([[above(f.at(q)) for q in (f.seen_low, f.seen_high)] for f in features])
    best, weights = -np.inf, np.full(len(linear.coef), 1.0 / len(linear.coef))
    with np.errstate(all="ignore"):
        size = np.abs(linear.coef) @ np.abs(ends).max(axis=1) + np.abs(linear.intercept)
        lost = float(size.max()) * (len(features) + len(weights)) * 2.0**-50
        for turn in range(1, _TURNS + 1):
            mean = weights @ linear.coef
            row = np.where(mean * ends[:, 0] < mean * ends[:, 1], ends[:, 0], ends[:, 1])
            scores = linear.coef @ row + linear.intercept
            best = max(best, float(weights @ scores))
            gain = (scores - scores.max()) / max(float(np.ptp(scores)), 1.0)
            weights = weights * np.exp(gain / np.sqrt(turn))
            weights /= weights.sum()
    return best - lost if np.isfinite(best - lost) else -np.inf
