# SPDX-License-Identifier: MIT
"""What trees compare on the chip: the stored input where that is enough, else integers of values.

Every number a tree looks at is traced back to the farthest number it depends on monotonely. Where
all of these are columns of the input, trees read the input itself. Otherwise what they look at is
gathered: columns of the input as keys, and the integers of values that had to be computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from thumbling.ir.graph import Certificate, certify
from thumbling.ir.interval import HIGH, LOW
from thumbling.ir.ops.trees import IntTree, TreeEnsemble
from thumbling.ir.source import INPUT
from thumbling.ir.source.arrays import FloatArray
from thumbling.ir.source.forest import Tree
from thumbling.passes.fold_thresholds import (
    Axis,
    Compared,
    ComputedAxis,
    InputAxis,
    Int64,
    fold_thresholds,
    tree_compare,
)
from thumbling.quantize.gathering import Number, gather
from thumbling.quantize.lowering import Lowering
from thumbling.quantize.stored import Integers

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreeInput:
    """A tensor, and trees as they read it: pairs (tree, keys), `key(x) <= keys[i]` goes left.

    `exact` says that every comparison is the source's.
    """

    tensor: str
    trees: tuple[tuple[Tree, Int64], ...]
    exact: bool

    def certify(self, proved: Certificate) -> Certificate:
        """What is proved of sums of leaves: nothing where a path may be another."""
        if self.exact:
            return proved
        return Certificate(
            kind="measured",
            epsilon=None,
            reason="trees compare numbers that are computed with an error, so a path may be"
            " another where one lies close to a threshold",
        )

    def certified(self, error: FloatArray, what: str) -> Certificate:
        """What is proved of something computed of the sums."""
        return self.certify(certify("bounded", error, what))

    def ensemble(self, rows: tuple[Int64, ...], base: Int64, output: str) -> TreeEnsemble:
        """The op whose leaves are the distinct rows; `rows[t]` has a line per node of tree t."""
        pairs = zip(rows, self.trees, strict=True)
        leaf_rows = [r[tree.left < 0] for r, (tree, _) in pairs]
        table, inverse = np.unique(np.concatenate(leaf_rows), axis=0, return_inverse=True)
        numbers = iter(np.asarray(inverse).ravel().tolist())
        trees: list[IntTree] = []
        for tree, keys in self.trees:
            row = np.full(len(tree.left), -1, dtype=np.int64)
            for node in np.flatnonzero(tree.left < 0):
                row[node] = next(numbers)
            trees.append(_int_tree(tree, keys, row))
        return TreeEnsemble(
            inputs=(self.tensor,),
            output=output,
            trees=tuple(trees),
            leaf=table.astype(np.int32),
            base=base.astype(np.int32),
        )


def _int_tree(tree: Tree, keys: Int64, rows: Int64) -> IntTree:
    """The tree with thresholds `keys` and leaf rows `rows[node]`, in depth-first order."""
    order = _depth_first(tree)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    split = tree.left[order] >= 0
    left, right = (place[np.maximum(child[order], 0)] for child in (tree.left, tree.right))
    # What no int32 is below stands as its opposite: all are at most the greatest.
    never = split & (keys[order] < LOW)
    left, right = np.where(never, right, left), np.where(never, left, right)
    key = np.where(never, HIGH, keys[order])
    return IntTree(
        feature=np.where(split, tree.feature[order], -1).astype(np.int32),
        threshold=np.where(split, key, 0).astype(np.int32),
        left=np.where(split, left, rows[order]).astype(np.int32),
        right=np.where(split, right, -1).astype(np.int32),
        nan_left=split & tree.nan_left[order],
    )


def _depth_first(tree: Tree) -> Int64:
    """Nodes with the left child next to its parent; trees may be thousands deep."""
    order, work = [], [0]
    left, right = tree.left.tolist(), tree.right.tolist()
    while work:
        node = work.pop()
        order.append(node)
        if left[node] >= 0:
            work += [right[node], left[node]]
    return np.array(order, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Splits:
    """All splits of some trees, tree by tree: arrays of one length."""

    feature: Int64
    threshold: npt.NDArray[np.float64]
    nan_left: Flags


def _splits(trees: tuple[Tree, ...]) -> _Splits:
    at = [tree.left >= 0 for tree in trees]
    pairs = list(zip(trees, at, strict=True))
    return _Splits(
        feature=np.concatenate([tree.feature[s] for tree, s in pairs]),
        threshold=np.concatenate([tree.threshold[s] for tree, s in pairs]),
        nan_left=np.concatenate([tree.nan_left[s] for tree, s in pairs]),
    )


def tree_input(name: str, trees: tuple[Tree, ...], at: Lowering) -> TreeInput:
    """What the trees of a source op that reads value `name` read here."""
    splits, trace = _splits(trees), at.source.trace(name)
    axis = InputAxis(source=at.source, spec=at.spec)
    if trace is None or not trace.sense[np.unique(splits.feature)].all():
        return _gathered(name, trees, splits, at)
    what = Compared(
        name=name,
        feature=splits.feature,
        column=trace.column[splits.feature],
        threshold=splits.threshold,
        falls=trace.sense[splits.feature] < 0,
    )
    turned = what.falls ^ axis.falls(what.column)
    nan_left = _nan_left(what, splits.nan_left, at)
    return TreeInput(
        tensor=INPUT,
        trees=_placed(trees, fold_thresholds(axis, what), turned, nan_left, what.column),
        exact=True,
    )


def _nan_left(what: Compared, own: Flags, at: Lowering) -> Flags:
    """Where a NaN of the input goes: as trees say, unless it has become a number before them."""
    if not at.spec.dtype.is_float:
        return own
    axis = InputAxis(source=at.source, spec=at.spec)
    _, first, inverse = np.unique(what.feature, return_index=True, return_inverse=True)
    nan = np.full(len(first), HIGH, dtype=np.int64)
    rows = axis.values(nan, what.column[first], what.name)
    seen = rows[np.arange(len(first)), what.feature[first]][inverse]
    return np.where(np.isnan(seen), own, tree_compare(seen, what.threshold))


def _placed(
    trees: tuple[Tree, ...], keys: Int64, turned: Flags, nan_left: Flags, place: Int64
) -> tuple[tuple[Tree, Int64], ...]:
    """Trees whose splits look at numbers `place`, and the keys they compare these with.

    Where a number falls as its key rises, it has `turned`: children (and NaN routes) are swapped.
    """
    placed, start = [], 0
    for tree in trees:
        split = tree.left >= 0
        part = slice(start, start + int(split.sum()))
        start = part.stop
        feature, own = tree.feature.copy(), np.zeros(len(tree.left), dtype=np.int64)
        feature[split], own[split] = place[part], keys[part]
        swap, missing = np.zeros((2, len(tree.left)), dtype=np.bool_)
        swap[split], missing[split] = turned[part], nan_left[part]
        moved = Tree(
            feature=feature,
            threshold=tree.threshold,
            left=np.where(swap, tree.right, tree.left),
            right=np.where(swap, tree.left, tree.right),
            nan_left=missing ^ swap,
            value=tree.value,
            label=tree.label,
        )
        placed.append((moved, own))
    return tuple(placed)


def _gathered(name: str, trees: tuple[Tree, ...], splits: _Splits, at: Lowering) -> TreeInput:
    """All numbers that trees look at in one tensor, in order of their features."""
    bases = {j: at.source.base(name, j) for j in np.unique(splits.feature).tolist()}
    named = sorted({base for base, _, _ in bases.values()})
    made = {base: at.integers(base) for base in named if base != INPUT}
    keys = np.zeros(len(splits.feature), dtype=np.int64)
    turned = np.zeros(len(keys), dtype=np.bool_)
    nan_left = splits.nan_left.copy()
    for mine, axis, what in _compared(name, splits, bases, made, at):
        keys[mine] = fold_thresholds(axis, what)
        turned[mine] = what.falls ^ axis.falls(what.column)
        if isinstance(axis, InputAxis):
            nan_left[mine] = _nan_left(what, nan_left[mine], at)
    # A NaN goes left or right by standing at one end of the order of integers.
    high = ~(nan_left ^ turned)
    seen = [
        Number(value=bases[j][0], column=bases[j][1], nan_high=end and bases[j][0] == INPUT)
        for j, end in zip(splits.feature.tolist(), high.tolist(), strict=True)
    ]
    numbers = sorted(set(seen))
    place = np.array([numbers.index(number) for number in seen], dtype=np.int64)
    read = gather(numbers, made, at)
    errors = [made[n.value].features[n.column].error for n in numbers if n.value != INPUT]
    return TreeInput(
        tensor=read.tensor,
        trees=_placed(trees, keys, turned, nan_left, place),
        exact=not any(errors),
    )


def _compared(
    name: str,
    splits: _Splits,
    bases: dict[int, tuple[str, int, bool]],
    made: dict[str, Integers],
    at: Lowering,
) -> Iterator[tuple[Int64, Axis, Compared]]:
    """The splits on each value, and what they compare."""
    base, column, falls = (
        np.array([bases[j][part] for j in splits.feature.tolist()]) for part in range(3)
    )
    for value in sorted(set(base.tolist())):
        mine = np.flatnonzero(base == value)
        axis = axis_of(value, made.get(value), at)
        yield (
            mine,
            axis,
            Compared(
                name=name,
                feature=splits.feature[mine],
                column=column[mine],
                threshold=splits.threshold[mine],
                falls=falls[mine],
            ),
        )


def axis_of(value: str, made: Integers | None, at: Lowering) -> Axis:
    """The numbers of a value that is computed, or the columns of the input."""
    if made is None:
        return InputAxis(source=at.source, spec=at.spec)
    return ComputedAxis(
        source=at.source,
        row=at.spec.real(np.zeros((1, at.spec.n_features), dtype=at.spec.dtype.numpy)),
        name=value,
        slope=np.array([float(f.slope) for f in made.features]),
        offset=np.array([float(f.offset) for f in made.features]),
        bounds=at.bounds_of(made.tensor),
    )
