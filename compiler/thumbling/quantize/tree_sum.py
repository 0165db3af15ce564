# SPDX-License-Identifier: MIT
"""Boosted trees: paths are exact, the values of leaves are integers in a power of two."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from thumbling.ir.graph import Certificate, certify
from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.source.forest import Tree
from thumbling.ir.source.tree_sum import TreeSum
from thumbling.quantize.leaves import Int64, room
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.proof import EVERYWHERE
from thumbling.quantize.registry import quantizes
from thumbling.quantize.resolution import LEFT_OVER, Moves, require_resolved
from thumbling.quantize.stored import Integers
from thumbling.quantize.tree_input import tree_input
from thumbling.quantize.upward import sum_rounding
from thumbling.quantize.votes import sums_features, sums_type

_NARROW, _WIDE = 16, 30
# What the integer exp of probabilities takes.
_MOST_COMMON_BITS = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ends:
    """Least and greatest leaf of each tree, shape (trees,)."""

    low: FloatArray
    high: FloatArray

    @property
    def size(self) -> FloatArray:
        """Greatest magnitude of each tree's leaves."""
        return np.maximum(np.abs(self.low), np.abs(self.high))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Steps:
    """Integer leaves: `rows[t]` of shape (nodes, sums), `base` added once.

    `error` bounds what rounding them does to each sum, in real units.
    """

    rows: tuple[Int64, ...]
    base: Int64
    bits: tuple[int, ...]
    error: FloatArray


def _leaves_of(tree: Tree) -> FloatArray:
    return np.asarray(tree.value[tree.left < 0, 0])


def _ends(op: TreeSum) -> _Ends:
    leaves = [_leaves_of(tree) for tree in op.trees]
    return _Ends(low=np.array([v.min() for v in leaves]), high=np.array([v.max() for v in leaves]))


def _added(op: TreeSum, by_tree: FloatArray) -> FloatArray:
    """A number of each tree, added up by sum."""
    total = np.zeros(len(op.start))
    np.add.at(total, op.column, by_tree)
    return total


def _sizes(op: TreeSum, ends: _Ends) -> FloatArray:
    """Bounds on the magnitudes that the source adds up for each sum."""
    return np.asarray(np.abs(op.start) + _added(op, ends.size)) * (1 + len(op.trees) * 2.0**-52)


def _bits(op: TreeSum, ends: _Ends, leaf_bits: int) -> tuple[int, ...]:
    """The finest scales with which leaves fit around the middle of their tree, and sums int32."""
    widest = np.zeros(len(op.start))
    np.maximum.at(widest, op.column, ends.high / 2 - ends.low / 2)
    sizes = _sizes(op, ends).tolist()
    pairs = zip(widest.tolist(), sizes, strict=True)
    bits = [min(room(2 ** (leaf_bits - 1) - 2, w), room(2**30, size)) for w, size in pairs]
    return (min(*bits, _MOST_COMMON_BITS),) * len(bits) if op.compete else tuple(bits)


def _steps(op: TreeSum, leaf_bits: int) -> _Steps:
    ends = _ends(op)
    bits = _bits(op, ends, leaf_bits)
    factor = np.ldexp(1.0, bits)
    base = np.rint(op.start * factor)
    # Differences round once; quotients by a power of two do not.
    error = np.abs(base / factor - op.start) * (1 + 2.0**-50)
    rows = []
    for tree, k, low, high in zip(op.trees, op.column, ends.low, ends.high, strict=True):
        center = np.rint((low / 2 + high / 2) * factor[k])
        stored = np.rint(tree.value[:, 0] * factor[k])
        lost = np.abs(stored / factor[k] - tree.value[:, 0])[tree.left < 0].max()
        error[k] += lost * (1 + 2.0**-50)
        base[k] += center
        row = np.zeros((len(stored), len(bits)), dtype=np.int64)
        row[tree.left < 0, k] = (stored - center)[tree.left < 0]
        rows.append(row)
    error *= 1 + (len(op.trees) + 2) * 2.0**-52
    return _Steps(rows=tuple(rows), base=base.astype(np.int64), bits=bits, error=error)


def _bounds(op: TreeSum, steps: _Steps) -> FloatArray:
    """Bounds on |the source's sum - ours|: its additions round, and so may its products."""
    most = int(np.bincount(op.column, minlength=1).max(initial=0))
    lost = sum_rounding(2 * most + 2, "float64") * _sizes(op, _ends(op))
    return np.asarray((steps.error + lost) * (1 + 2.0**-50))


def _require_range(op: TreeSum, steps: _Steps, bounds: FloatArray) -> None:
    """Raise UnsupportedModelError where a value that moves in the source does not here."""
    ends = _ends(op)
    noise = LEFT_OVER["float64"] * _sizes(op, ends)
    moves = Moves(spread=_added(op, ends.high - ends.low), noise=noise)
    require_resolved(moves, _scales(steps), bounds, "over all leaves")


def _scales(steps: _Steps) -> tuple[Fraction, ...]:
    return tuple(Fraction(2) ** -bits for bits in steps.bits)


@quantizes(TreeSum)
def quantize_tree_sum(op: TreeSum, at: Lowering) -> Integers:
    """Sums in one unit where they compete, else in one each."""
    steps = _steps(op, _WIDE if at.wide else _NARROW)
    bounds = _bounds(op, steps)
    if at.asked(op.output) and not op.compete:
        _require_range(op, steps, bounds)
    reads = tree_input(op.inputs[0], op.trees, at)
    made = reads.ensemble(steps.rows, steps.base, op.output)
    kind = sums_type(made, _scales(steps))
    at.draft.add(made, kind)

    def own() -> Certificate:
        reason = "tree paths are exact; leaf values are rounded to a power of two"
        return reads.certify(certify("bounded", bounds, reason))

    return Integers(
        tensor=op.output,
        features=sums_features(kind, bounds.tolist()),
        where=EVERYWHERE if reads.exact else None,
        computed_in="float64",
        certify=reads.certified,
        own=own,
        least_best=lambda: -np.inf,
    )
