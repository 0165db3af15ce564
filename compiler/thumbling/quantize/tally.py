# SPDX-License-Identifier: MIT
"""Votes counted in integers that are ordered as the source's own sums of weights are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from itertools import product

import numpy as np
import numpy.typing as npt

from thumbling.ir.graph import Certificate, certify
from thumbling.ir.ops.tally import Tally as Count
from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.source.tally import Tally
from thumbling.ir.types import TensorType, quant
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.proof import EVERYWHERE, unproved
from thumbling.quantize.registry import quantizes
from thumbling.quantize.stored import Integers
from thumbling.quantize.upward import sum_rounding
from thumbling.quantize.votes import sums_features

# Sums of so many weights are compared in all ways in which members can vote for two classes.
_MOST_COMPARED = 10
_FINEST = 20


def _exact_sums(weights: FloatArray) -> bool:
    """Whether any sum of weights is exact in float64: whole numbers that are not too large."""
    return bool((weights == np.rint(weights)).all() and weights.sum() < 2**53)


def _units(weights: FloatArray, bits: int) -> npt.NDArray[np.int64]:
    """Weights in units of the greatest one, of so many bits."""
    return np.rint(weights / (float(weights.max()) or 1.0) * ((1 << bits) - 1)).astype(np.int64)


def _sides(weights: Sequence[float] | Sequence[int]) -> npt.NDArray[np.float64]:
    """The sums for two classes, for every way to vote: for the one, the other or neither.

    Added in the order of the members, as the source does; shape (ways, 2).
    """
    ways = np.array(list(product(range(3), repeat=len(weights))), dtype=np.int8)
    sums = np.zeros((len(ways), 2))
    for vote, weight in zip(ways.T, weights, strict=True):
        for side in range(2):
            sums[vote == side, side] += weight
    return sums


def _ordered_alike(weights: FloatArray, units: npt.NDArray[np.int64]) -> bool:
    """Whether integers compare as the source's sums do, ties included, whoever votes what."""
    theirs, ours = _sides(weights.tolist()), _sides(units.tolist())
    gap = np.sign(theirs[:, 0] - theirs[:, 1]) == np.sign(ours[:, 0] - ours[:, 1])
    return bool(gap.all())


def weights_in_units(weights: FloatArray) -> tuple[npt.NDArray[np.int64], bool]:
    """Integers for weights, and whether all sums of them compare as the source's do."""
    if _exact_sums(weights) and weights.sum() < 2**31:
        whole = weights.astype(np.int64)
        return whole // max(math.gcd(*whole.tolist()), 1), True
    if len(weights) <= _MOST_COMPARED:
        for bits in range(1, _FINEST):
            units = _units(weights, bits)
            if _ordered_alike(weights, units):
                return units, True
    return _units(weights, _FINEST), False


@quantizes(Tally)
def quantize_tally(op: Tally, at: Lowering) -> Integers:
    """A count for each class."""
    members = [at.stored(name).emitted() for name in op.inputs]
    units, ordered = weights_in_units(op.weights)
    unit = _unit(op, units)
    count = Count(
        inputs=tuple(tensor for tensor, _ in members),
        output=op.output,
        weight=units.astype(np.int32),
        n_classes=op.n_classes,
    )
    kind = TensorType(
        shape=(op.n_classes,), quant=quant([unit]), low=0, high=max(int(units.sum()), 1)
    )
    at.draft.add(count, kind)
    error = np.array([_error(op, units, unit)])
    make = partial(_certify, [proof for _, proof in members])
    counted = "all votes are exact, and sums of their weights compare as the source's do"
    return Integers(
        tensor=op.output,
        features=sums_features(kind, tuple(error.tolist()) * op.n_classes),
        where=EVERYWHERE if all(proof.kind == "exact" for _, proof in members) else None,
        computed_in="float64",
        certify=make,
        own=lambda: make(error, "all votes are exact; weights are rounded to one unit"),
        least_best=lambda: -math.inf,
        chosen=partial(make, np.zeros(1), counted) if ordered else None,
    )


def _unit(op: Tally, units: npt.NDArray[np.int64]) -> Fraction:
    """What one vote counts, on the whole."""
    real = sum((Fraction(weight) for weight in op.weights.tolist()), Fraction(0))
    total = int(units.sum())
    return real / (total * op.divisor) if real and total else Fraction(1)


def _error(op: Tally, units: npt.NDArray[np.int64], unit: Fraction) -> float:
    """Bound on |the source's sum - ours| of any class."""
    weights = [Fraction(weight) / op.divisor for weight in op.weights.tolist()]
    off = sum(
        (abs(w - u * unit) for w, u in zip(weights, units.tolist(), strict=True)), Fraction(0)
    )
    exact = _exact_sums(op.weights) and op.divisor == 1
    lost = 0.0 if exact else sum_rounding(len(weights) + 2, "float64") * float(sum(weights))
    return float(off) * (1 + 2.0**-50) + lost * (1 + 2.0**-50)


def _certify(proofs: list[Certificate], error: FloatArray, what: str) -> Certificate:
    """Something of the counts is proved where all votes are exact."""
    if any(proof.kind != "exact" for proof in proofs):
        return unproved("a member's label may be another where its own best two lie close")
    return certify("bounded" if error.any() else "exact", error, what)
