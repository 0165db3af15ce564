# SPDX-License-Identifier: MIT
"""Trees whose leaf vectors are added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from thumbling.ir.interval import Interval, computed, require, require_array, sole
from thumbling.ir.ops.base import Int32Array, Op, Record, op


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntTree(Record):
    """A tree on stored inputs: node i goes to `left[i]` where `key(x[feature[i]]) <= threshold[i]`.

    `key` is the stored integer itself, for float32 the order-preserving integer of its bits
    (`fixedpoint.float_key`). A float32 NaN goes left where `nan_left[i]`. At leaves `feature` is
    -1 and `left` is the row of the ensemble's leaf table. Node 0 is the root; children come after
    their parent.
    """

    word: ClassVar[str] = "tree"
    feature: Int32Array
    threshold: Int32Array
    left: Int32Array
    right: Int32Array
    nan_left: npt.NDArray[np.bool_]

    @property
    def n_nodes(self) -> int:
        """Splits and leaves."""
        return len(self.feature)

    def lines(self) -> list[str]:
        """See `Record.lines`."""
        return [f"{i}: {self._node(i)}" for i in range(self.n_nodes)]

    def _node(self, i: int) -> str:
        if self.feature[i] < 0:
            return f"leaf {self.left[i]}"
        nan = "left" if self.nan_left[i] else "right"
        test = f"x[{self.feature[i]}] <= {self.threshold[i]}"
        return f"{test} ? {self.left[i]} : {self.right[i]} nan {nan}"


@op
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TreeEnsemble(Op):
    """`output = base + sum over trees of leaf[row reached]`, in int32.

    `leaf` has shape (rows, width). The sum is proved not to overflow (`TensorType` of the output).
    """

    trees: tuple[IntTree, ...]
    leaf: Int32Array
    base: Int32Array

    def infer(self, *x: Interval) -> Interval:
        """See `Op.infer`."""
        values = sole(x)
        require_array(self.leaf, np.int32, 2, "the leaf table")
        require_array(self.base, np.int32, 1, "the base")
        require(self.base.shape == self.leaf.shape[1:], "base and leaves have different widths")
        require(isinstance(self.trees, tuple) and bool(self.trees), "an ensemble holds no trees")
        low, high = self.base.astype(np.int64), self.base.astype(np.int64)
        leaf = self.leaf.astype(np.int64)
        for tree in self.trees:
            reached = leaf[_leaves(tree, values.size, len(leaf))]
            low, high = low + reached.min(axis=0), high + reached.max(axis=0)
        return computed(low, high, "a sum of leaves")


def _leaves(tree: IntTree, n_features: int, n_rows: int) -> npt.NDArray[np.int32]:
    """The rows of the leaf table that a well-formed tree reaches."""
    require(isinstance(tree, IntTree), "an ensemble holds something else than trees")
    for column in (tree.feature, tree.threshold, tree.left, tree.right):
        require_array(column, np.int32, 1, "a column of a tree")
        require(len(column) == tree.n_nodes, "the columns of a tree have different lengths")
    require_array(tree.nan_left, np.bool_, 1, "a column of a tree")
    require(len(tree.nan_left) == tree.n_nodes, "the columns of a tree have different lengths")
    split, index = tree.feature >= 0, np.arange(tree.n_nodes)
    require(bool((tree.feature < n_features).all()), "a split reads a feature that is not there")
    for child in (tree.left, tree.right):
        ok = (child[split] > index[split]) & (child[split] < tree.n_nodes)
        require(bool(ok.all()), "a child does not come after its parent")
    children = np.concatenate([tree.left[split], tree.right[split]])
    parents = np.bincount(children, minlength=tree.n_nodes)
    require(bool((parents[1:] == 1).all()), "a node is not the child of one other")
    rows = tree.left[~split]
    require(bool(((rows >= 0) & (rows < n_rows)).all()), "a leaf has no row")
    return rows
