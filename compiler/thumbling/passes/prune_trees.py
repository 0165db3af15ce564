# SPDX-License-Identifier: MIT
"""Drop splits of trees that decide nothing.

Two kinds fall away: splits one side of which no stored input can reach (known from the splits
above, NaN included), and splits both of whose sides end in the same leaf row.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from thumbling.ir.graph import Graph
from thumbling.ir.interval import Interval
from thumbling.ir.ops import Op
from thumbling.ir.ops.trees import IntTree, TreeEnsemble
from thumbling.ir.verifier import intervals
from thumbling.passes.fold_thresholds import key_bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Least and greatest key of every number that trees look at, and whether it may be NaN."""

    low: list[int]
    high: list[int]
    may_be_nan: bool

    @classmethod
    def of(cls, read: Interval) -> Row:
        """A row of a tensor; of floats NaN has no key."""
        if not read.dtype.is_float:
            return cls(low=read.low.tolist(), high=read.high.tolist(), may_be_nan=False)
        low, high = key_bounds(read.dtype)
        return cls(low=[low] * read.size, high=[high] * read.size, may_be_nan=True)


@dataclass(slots=True)
class _Reach:
    """What can still arrive at a node: an interval of keys and whether NaN, per feature."""

    low: dict[int, int] = field(default_factory=dict)
    high: dict[int, int] = field(default_factory=dict)
    no_nan: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Builder:
    feature: list[int] = field(default_factory=list)
    threshold: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    nan_left: list[bool] = field(default_factory=list)

    def add(self, feature: int, threshold: int, left: int, nan_left: bool) -> int:
        self.feature.append(feature)
        self.threshold.append(threshold)
        self.left.append(left)
        self.right.append(-1)
        self.nan_left.append(nan_left)
        return len(self.feature) - 1


@dataclass(frozen=True, slots=True)
class _Leaf:
    row: int


@dataclass(frozen=True, slots=True, eq=False)
class _Split:
    feature: int
    key: int
    nan_left: bool
    left: _Leaf | _Split
    right: _Leaf | _Split


def _sides(
    reach: _Reach, feature: int, key: int, nan_left: bool, row: Row
) -> tuple[_Reach | None, _Reach | None]:
    low = reach.low.get(feature, row.low[feature])
    high = reach.high.get(feature, row.high[feature])
    nan = row.may_be_nan and feature not in reach.no_nan
    left = right = None
    if low <= key or (nan and nan_left):
        gone = reach.no_nan if nan_left else reach.no_nan | {feature}
        left = _Reach(dict(reach.low), {**reach.high, feature: min(high, key)}, gone)
    if high > key or (nan and not nan_left):
        gone = reach.no_nan | {feature} if nan_left else reach.no_nan
        right = _Reach({**reach.low, feature: max(low, key + 1)}, dict(reach.high), gone)
    return left, right


def _prune(tree: IntTree, row: Row) -> _Leaf | _Split:
    """The pruned tree as nested records, without recursion: trees may be thousands deep."""
    done: list[_Leaf | _Split] = []
    work: list[tuple[str, int, _Reach | None]] = [("visit", 0, _Reach())]
    while work:
        action, node, reach = work.pop()
        feature, key = int(tree.feature[node]), int(tree.threshold[node])
        nan_left = bool(tree.nan_left[node])
        if action == "join":
            right, left = done.pop(), done.pop()
            same = isinstance(left, _Leaf) and left == right
            done.append(left if same else _Split(feature, key, nan_left, left, right))
            continue
        if feature < 0:
            done.append(_Leaf(int(tree.left[node])))
            continue
        assert reach is not None
        left_reach, right_reach = _sides(reach, feature, key, nan_left, row)
        if left_reach is not None and right_reach is not None:
            work.append(("join", node, None))
            work.append(("visit", int(tree.right[node]), right_reach))
            work.append(("visit", int(tree.left[node]), left_reach))
        elif left_reach is not None:
            work.append(("visit", int(tree.left[node]), left_reach))
        else:
            work.append(("visit", int(tree.right[node]), right_reach))
    return done[0]


def _flatten(root: _Leaf | _Split) -> IntTree:
    """Depth-first order, left child next to its parent."""
    out = _Builder()
    work: list[tuple[_Leaf | _Split, int]] = [(root, -1)]
    while work:
        node, parent = work.pop()
        if isinstance(node, _Leaf):
            index = out.add(-1, 0, node.row, False)
        else:
            index = out.add(node.feature, node.key, -1, node.nan_left)
            out.left[index] = index + 1
            work += [(node.right, index), (node.left, -1)]
        if parent >= 0:
            out.right[parent] = index
    as32 = [np.array(v, dtype=np.int32) for v in (out.feature, out.threshold, out.left, out.right)]
    return IntTree(
        feature=as32[0],
        threshold=as32[1],
        left=as32[2],
        right=as32[3],
        nan_left=np.array(out.nan_left, dtype=np.bool_),
    )


def prune_tree(tree: IntTree, row: Row) -> IntTree:
    """The tree without what no number of a row can reach."""
    return _flatten(_prune(tree, row))


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneTrees:
    """Trees of every ensemble, and the range of their sums, which may be narrower then."""

    name: ClassVar[str] = "prune-trees"

    def run(self, graph: Graph) -> Graph:
        """See `Pass.run`."""
        if not any(isinstance(op, TreeEnsemble) for op in graph.ops):
            return graph
        found = intervals(graph)
        ops: list[Op] = []
        tensors = dict(graph.tensors)
        for op in graph.ops:
            new = op
            if isinstance(op, TreeEnsemble):
                read = found[op.inputs[0]]
                row = Row.of(read)
                new = replace(op, trees=tuple(prune_tree(tree, row) for tree in op.trees))
                sums = new.infer(read)
                low, high = int(sums.low.min()), int(sums.high.max())
                tensors[op.output] = replace(tensors[op.output], low=low, high=high)
            ops.append(new)
        return replace(graph, ops=tuple(ops), tensors=tensors)
