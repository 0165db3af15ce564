# SPDX-License-Identifier: MIT
"""Probabilities of scores, by an integer exp."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from thumbling.errors import UnsupportedModelError
from thumbling.ir.graph import Certificate
from thumbling.ir.ops.softmax import Softmax
from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.source.link import Link
from thumbling.ir.types import TensorType, quant
from thumbling.quantize.affine import Feature
from thumbling.quantize.blending import in_one_unit
from thumbling.quantize.link_errors import LEAST_SCORE, proba_error
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.proof import unproved
from thumbling.quantize.registry import quantizes
from thumbling.quantize.stored import Integers

_ONE = 1 << 15


def _fraction_bits(scores: Integers) -> int:
    unit = scores.require_one_unit("probabilities")
    bits = unit.denominator.bit_length() - unit.numerator.bit_length()
    if unit != Fraction(2) ** -bits or bits < 0:
        raise UnsupportedModelError(
            f"scores up to 2**{31 - bits} are possible, too large for probabilities",
            hint="give --data of the range the chip will see, put a scaler before the model, or ask"
            " for --output label or score",
        )
    return bits


def _vanishes(scores: Integers) -> bool:
    """Whether all sigmoids may be too small for the type of the source's own."""
    lost = LEAST_SCORE[scores.computed_in]
    if scores.where is None or scores.least_greatest >= lost:
        return False
    return scores.least_best() < lost


@quantizes(Link)
def quantize_link(op: Link, at: Lowering) -> Integers:
    """A softmax or sigmoids in units of 2**-15."""
    scores = in_one_unit(at.integers(op.inputs[0]), at, binary=True)
    bits, n_scores = _fraction_bits(scores), len(scores.features)
    softmax = Softmax(inputs=(scores.tensor,), output=op.output, fraction_bits=bits, mode=op.kind)
    length, unit = max(2, n_scores), Fraction(1, _ONE)
    kind = TensorType(shape=(length,), quant=quant((unit,)), low=0, high=_ONE)
    at.draft.add(softmax, kind)
    error = proba_error(op.kind, n_scores, scores.worst, scores.computed_in)

    vanishes = op.kind == "ovr" and _vanishes(scores)

    def certify(error: FloatArray, what: str) -> Certificate:
        if vanishes:
            return unproved(
                f"for {scores.where} all scores may lie so far below zero that the source"
                " model's own probabilities vanish before they are normalised"
            )
        return scores.certify(error, what)

    def own() -> Certificate:
        return certify(np.array([error]), "scores are bounded and the integer exp is proved")

    feature = Feature(
        slope=unit, offset=Fraction(0), low=0, high=_ONE, seen_low=0, seen_high=_ONE, error=error
    )
    return Integers(
        tensor=op.output,
        features=(feature,) * length,
        where=None if vanishes else scores.where,
        computed_in=scores.computed_in,
        certify=certify,
        own=own,
        least_best=lambda: 0.0,
    )
