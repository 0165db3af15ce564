# SPDX-License-Identifier: MIT
"""Forests: paths are exact, leaves are integers in one scale.

The rounding error of leaves, summed over trees, is the proved epsilon.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from thumbling.ir.graph import Certificate, certify
from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.source.forest import Forest, LeafLabel
from thumbling.quantize.leaves import Leaves, quantize_values
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.proof import EVERYWHERE
from thumbling.quantize.registry import quantizes
from thumbling.quantize.resolution import LEFT_OVER, Moves, require_resolved
from thumbling.quantize.shares import EXACT_LABEL, Shares
from thumbling.quantize.stored import Integers, Made
from thumbling.quantize.tree_input import tree_input
from thumbling.quantize.votes import epsilons, sums_features, sums_type


@quantizes(Forest)
def quantize_forest(op: Forest, at: Lowering) -> Shares | Integers:
    """Shares of classes, or values in a unit for each."""
    return Shares(op=op, at=at) if op.is_classifier else _regression(op, at)


def _regression(op: Forest, at: Lowering) -> Integers:
    values = tuple(t.value for t in op.trees)
    bits = 16 if values[0].shape[1] == 1 else 30
    leaves = quantize_values(values, bits)
    reads = tree_input(op.inputs[0], op.trees, at)
    made = reads.ensemble(leaves.rows, leaves.base, op.output)
    kind = sums_type(made, leaves.scale)
    at.draft.add(made, kind)
    bounds = epsilons(leaves.error, op)
    if at.asked(op.output):
        _require_range(op, leaves, bounds)
    exact = not bounds.any() and reads.exact
    if exact:
        reason = "tree paths and sums are exact: the source's value is this one, rounded to float64"
    else:
        reason = "tree paths are exact; leaf values are rounded to a power of two"

    def own() -> Certificate:
        return reads.certify(certify("exact" if exact else "bounded", bounds, reason))

    return Integers(
        tensor=op.output,
        features=sums_features(kind, bounds.tolist()),
        where=EVERYWHERE if reads.exact else None,
        computed_in="float64",
        certify=reads.certified,
        own=own,
        least_best=lambda: -np.inf,
    )


def _require_range(op: Forest, leaves: Leaves, bounds: FloatArray) -> None:
    """Raise UnsupportedModelError where a value that moves in the source does not here."""
    at_leaves = [t.value[t.left < 0] for t in op.trees]
    spread = np.stack([np.ptp(v, axis=0) for v in at_leaves]).mean(axis=0)
    size = np.stack([np.abs(v).max(axis=0) for v in at_leaves]).max(axis=0)
    moves = Moves(spread=spread, noise=LEFT_OVER["float64"] * size)
    require_resolved(moves, leaves.scale, bounds, "over all leaves")


@quantizes(LeafLabel)
def quantize_leaf_label(op: LeafLabel, at: Lowering) -> Made:
    """Leaves that hold class numbers, unless the shares are made for somebody else too."""
    x, proba = op.inputs
    shares = at.stored(proba)
    if at.asked(proba) or len(at.readers(proba)) > 1:
        assert isinstance(shares, Shares)
        return shares.label(op.output, op.n_classes)
    rows = op.tree.winners(op.n_classes)
    n_outputs = rows.shape[1]
    reads = tree_input(x, (op.tree,), at)
    made = reads.ensemble((rows,), np.zeros(n_outputs, dtype=np.int64), op.output)
    at.draft.add(made, sums_type(made, (Fraction(1),) * n_outputs))
    return Made(tensor=op.output, own=lambda: reads.certify(EXACT_LABEL))
