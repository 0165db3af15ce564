# SPDX-License-Identifier: MIT
"""Sums of leaf rows: their ranges, their units, and how far they are off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from thumbling.ir.ops.trees import TreeEnsemble
from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.source.forest import Forest
from thumbling.ir.types import TensorType, quant
from thumbling.quantize.affine import Feature
from thumbling.quantize.leaves import Errors, Leaves, is_short, rounding


def sums_type(op: TreeEnsemble, scale: tuple[Fraction, ...]) -> TensorType:
    """The proved range of the sums: base plus the least and greatest leaf of every tree."""
    low, high = op.base.astype(np.int64), op.base.astype(np.int64)
    for tree in op.trees:
        reached = op.leaf[tree.left[tree.feature < 0]].astype(np.int64)
        low, high = low + reached.min(axis=0), high + reached.max(axis=0)
    return TensorType(
        shape=(len(scale),), quant=quant(scale), low=int(low.min()), high=int(high.max())
    )


def sums_features(kind: TensorType, errors: Sequence[float]) -> tuple[Feature, ...]:
    """What the integers of a tensor of multiples mean, with bounds on their errors."""
    return tuple(
        Feature(
            slope=scale,
            offset=Fraction(0),
            low=kind.low,
            high=kind.high,
            seen_low=kind.low,
            seen_high=kind.high,
            error=error,
        )
        for scale, error in zip(kind.scales, errors, strict=True)
    )


def epsilons(errors: Errors, forest: Forest) -> FloatArray:
    """Proved bounds on the errors of the means, by column: the worst leaf of each tree, averaged.

    Where the source's own float64 sum can round (leaf values that are no multiples of 2**-20),
    its rounding is part of the bound, and so is that of its quotient. So 0 means that both sums
    are exact, ties included.
    """
    at_leaves = [t.left < 0 for t in forest.trees]
    worst = np.stack([e[at].max(axis=0) for e, at in zip(errors, at_leaves, strict=True)])
    n_trees, mean = len(worst), worst.mean(axis=0) * (1 + len(worst) * 2.0**-52)
    if n_trees == 1:
        return np.asarray(mean)
    values = [t.value[at] for t, at in zip(forest.trees, at_leaves, strict=True)]
    largest = np.stack([np.abs(v).max(axis=0) for v in values]).max(axis=0)
    if all(is_short(v).all() for v in values):
        return np.asarray(np.where(mean == 0, 0.0, mean + largest * 2.0**-53))
    return np.asarray(mean + rounding(largest, n_trees))


def lowest_terms(leaves: Leaves, forest: Forest) -> Leaves:
    """Exact leaves in the greatest unit that divides them all: whole votes become ones.

    Small numbers are small constants in C. Only rows of leaves keep their meaning.
    """
    at_leaves = [t.left < 0 for t in forest.trees]
    if any(e[at].any() for e, at in zip(leaves.error, at_leaves, strict=True)):
        return leaves
    units = units_of(leaves, forest)
    values = [np.unique(r[at]) for r, at in zip(leaves.rows, at_leaves, strict=True)]
    unit = math.gcd(units, *np.concatenate(values).tolist())
    scale = tuple(s * unit for s in leaves.scale)
    return replace(leaves, rows=tuple(r // unit for r in leaves.rows), scale=scale)


def units_of(leaves: Leaves, forest: Forest) -> int:
    """What stands for a whole vote of one tree."""
    return int(1 / (leaves.scale[0] * len(forest.trees)))
